"""The good images as the network will get them at the line: read, prepared, converted once, kept in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surfedge.datasets import GOOD, fingerprint_of, split
from surfedge.detector import Preparation
from surfedge.errors import DatasetError, SurfedgeError
from surfedge.progress import Progress
from surfedge.training.batches.examples import Examples
from surfedge.training.recipe import Recipe

FEWEST = 40  # with a fifth held out, eight are left to calibrate on
LARGEST_RATIO = 1.25  # sides of one camera's images vary by less
SUSPICIOUS = ("bad", "defect", "defective", "defects", "ng", "nok", "anomaly", "anomalous", "broken", "mask", "masks")
DENIALS = ("no", "non", "not", "without", "free", "good", "ok", "normal")


@dataclass(frozen=True)
class Pictures:
    """training, validation : the pictures. held_out : paths of the latter; learned_from : of the former.

    fingerprint : SHA-256 over names and sizes of all files, so that a checkpoint is not continued with other images.
    """

    training: Examples = field(repr=False)
    validation: Examples = field(repr=False)
    held_out: tuple[Path, ...]
    learned_from: tuple[Path, ...]
    skipped: tuple[tuple[str, str], ...]
    fingerprint: str


def load_pictures(paths: Sequence[Path], recipe: Recipe, progress: Progress) -> Pictures:
    """Read `paths`, split them by the recipe's seed, check that they fit the recipe.

    Raises DatasetError: fewer than 40 readable images, images smaller than a tile, sizes that differ by more than a
    quarter, or a folder of defects given as good.
    """
    refuse_defects(paths)
    preparation = preparation_of(recipe)
    read: dict[Path, np.ndarray] = {}
    sizes: dict[Path, tuple[int, int]] = {}
    skipped: list[tuple[str, str]] = []
    for number, path in enumerate(paths):
        progress(number, len(paths), "reading")
        try:
            frame = preparation.filter(preparation.read(path))
        except SurfedgeError as error:
            skipped.append((str(path), error.reason))
            continue
        sizes[path] = frame.shape
        read[path] = recipe.family.picture(frame, recipe)
    _check_enough(read, skipped)
    _check_sizes(sizes, recipe.network.input_px if recipe.view == "tiles" else 1)
    held_out, learned_from = split(list(read), recipe.data.validation_share, recipe.seed)
    return Pictures(
        Examples([read[path] for path in learned_from]),
        Examples([read[path] for path in held_out]),
        tuple(held_out),
        tuple(learned_from),
        tuple(skipped),
        fingerprint_of(list(read)),
    )


def preparation_of(recipe: Recipe) -> Preparation:
    """How images are read and filtered, for training and in the bundle."""
    return Preparation(bit_depth=recipe.data.bit_depth or None, prefilter=recipe.data.prefilter)


def refuse_defects(paths: Sequence[Path]) -> None:
    """Raises DatasetError where the folders say that these are no good images."""
    for folder in sorted({path.resolve().parent for path in paths}):
        has_masks = (folder.parent.parent / "ground_truth" / folder.name).is_dir()
        beside_good = folder.name != GOOD and folder.parent.name == "test" and (folder.parent / GOOD).is_dir()
        if _is_suspicious(folder.name) or has_masks or beside_good:
            why = "a folder with defect masks" if has_masks else "a folder of a defect class, by its name and place"
            raise DatasetError(folder, found=why, expected="good images only", remedy="train on defect-free images")


def _is_suspicious(name: str) -> bool:
    """Whether a word of the name says defect, and none that there are none: "my_defects", not "defect-free"."""
    words = set(re.findall(r"[a-z]+", name.lower().replace("ground_truth", "mask")))
    return bool(words & set(SUSPICIOUS)) and not words & set(DENIALS)


def _check_enough(read: dict[Path, np.ndarray], skipped: list[tuple[str, str]]) -> None:
    if len(read) < FEWEST:
        reasons = f" ({len(skipped)} could not be read: {skipped[0][1]})" if skipped else ""
        raise DatasetError(
            "good images",
            found=f"{len(read)}{reasons}",
            expected=f"{FEWEST} or more",
            remedy="add good images, or use: surfedge calibrate statistics",
        )


def _check_sizes(sizes: dict[Path, tuple[int, int]], smallest_px: int) -> None:
    for path, (height, width) in sizes.items():
        if min(height, width) < smallest_px:
            raise DatasetError(
                path,
                found=f"{width} x {height} pixels",
                expected=f"at least {smallest_px} each way",
                remedy="use a recipe with smaller tiles",
            )
    for axis, name in ((0, "height"), (1, "width")):
        low = min(sizes, key=lambda path: sizes[path][axis])
        high = max(sizes, key=lambda path: sizes[path][axis])
        if sizes[high][axis] > LARGEST_RATIO * sizes[low][axis]:
            raise DatasetError(
                "good images",
                found=f"mixed sizes: {name} {sizes[low][axis]} ({low.name}) to {sizes[high][axis]} ({high.name})",
                expected="images of one camera and setting",
                remedy="train one bundle for each",
            )
