"""surfedge generate perlin: foreign textures under masks of gradient noise."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.cli.console import Console
from surfedge.cli.generating.options import add_shared, check_counts, number_range, own_seed, show

if TYPE_CHECKING:
    from surfedge.cli.generating.made_table import MadeRow

SUMMARY = "lay foreign textures over good images under masks of Perlin noise (as DRAEM does)"
EXAMPLE = "surfedge generate perlin leather/train/good --out made --count 200 --textures textures/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the method."""
    add = parser.add_argument
    add("good", metavar="GOOD", help="folder of good images, or MVTec layout (train/good is taken)")
    add_shared(parser)
    add("--count", type=int, default=100, metavar="N", help="number of images")
    add(
        "--share",
        type=float,
        default=0.5,
        metavar="FRACTION",
        help="fraction of them that show an anomaly; the others go to test/good",
    )
    add(
        "--textures",
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="images of anything else; without it other crops of the same image and rendered surfaces",
    )
    add("--opacity", default="0.1,1", metavar="LOW,HIGH", help="opacity of the texture under the mask, 0 to 1")
    add(
        "--turn",
        type=float,
        default=0.3,
        metavar="P",
        help="probability that the good image is turned first; 0 for a surface with a direction",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Plan, make, write; returns the exit code."""
    from surfedge.cli.generating.writing import new_folder, write_set
    from surfedge.datasets import find_images, good_images
    from surfedge.errors import ArgumentError, DatasetError

    check_counts(count=arguments.count)
    if arguments.count < 1:
        raise ArgumentError("--count", found=arguments.count, expected="1 or more")
    for name in ("share", "turn"):
        if not 0 <= getattr(arguments, name) <= 1:
            raise ArgumentError(f"--{name}", found=getattr(arguments, name), expected="0 to 1")
    low, high = number_range("--opacity", arguments.opacity)
    if not 0 <= low <= high <= 1:
        raise ArgumentError("--opacity", found=repr(arguments.opacity), expected="LOW,HIGH, each 0 to 1")
    settings = {"opacity": [low, high], "turn_probability": arguments.turn}
    targets = good_images(arguments.good)
    textures: list[Path] = []
    if "textures" in vars(arguments):
        textures = find_images([arguments.textures])
        if not textures:
            raise DatasetError(arguments.textures, found="no image", expected="a folder of textures")
    own_seed(arguments.seed, 0)
    anomalous = round(arguments.count * arguments.share)
    plan = []
    for number in range(arguments.count):
        good = number >= anomalous
        name = f"{number - anomalous if good else number:03d}"
        plan.append(partial(_row, targets, textures, settings, arguments.seed, number, name, good))
    root = new_folder(arguments.out)
    return show(write_set(root, plan, arguments.threads, console.progress), str(root), console, {})


def _row(
    targets: list[Path],
    textures: list[Path],
    settings: dict[str, Any],
    seed: int,
    number: int,
    name: str,
    good: bool,
    attempt: int,
) -> MadeRow:
    import numpy as np

    from surfedge.cli.generating.made_table import MadeRow
    from surfedge.cli.generating.making import checksum

    rng = np.random.default_rng([seed, number, attempt])
    target = targets[int(rng.integers(len(targets)))].resolve()
    sources = []
    if textures and not good:
        texture = textures[int(rng.integers(len(textures)))].resolve()
        sources = [{"path": str(texture), "sha256": checksum(texture)}]
    place = "good" if good else "perlin"
    return MadeRow(
        image=f"test/{place}/{name}.png",
        mask="" if good else f"ground_truth/perlin/{name}_mask.png",
        class_name=place,
        method="perlin",
        seed=own_seed(seed, number),
        target=str(target),
        target_sha256=checksum(target),
        sources=sources,
        settings=settings,
    )
