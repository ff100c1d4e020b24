"""surfedge generate paste: labelled defects cut out of their images and put on good surfaces."""

from __future__ import annotations

import argparse
from typing import Any

from surfedge.cli.console import Console
from surfedge.cli.generating.options import add_shared, check_counts, number_range, own_seed, show
from surfedge.synthesis.paste import MODES

SUMMARY = "cut labelled defects (masks or VOC boxes) out and put them on good surfaces"
EXAMPLE = "surfedge generate paste labelled/ --onto good/ --out made --count 200 --judge 0.3"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the method."""
    add, unset = parser.add_argument, argparse.SUPPRESS
    add("sources", metavar="SOURCES", help="labelled defects: MVTec layout, images/ and masks/, or VOC annotations")
    add("--onto", default=unset, metavar="DIR", help="folder of good images, or MVTec layout (train/good is taken)")
    add("--surface", default=unset, metavar="NAME", help="instead of --onto: render this surface (see surfedge synth)")
    add("--size", default="256", metavar="PX", help="of a rendered surface: side, or WIDTHxHEIGHT")
    add("--pixel-size", type=float, default=0.5, metavar="MM", help="of a rendered surface: side of a pixel")
    add_shared(parser)
    add("--count", type=int, default=100, metavar="N", help="number of defective images")
    add("--good", type=int, default=0, metavar="N", help="number of good images beside them, as they are")
    add("--classes", default=unset, metavar="NAMES", help="classes to take, with commas between; else all, in turn")
    add("--per-image", default="1", metavar="N", help="defects in one image, a number or LOWEST,HIGHEST")
    add("--mode", choices=MODES, default="ratio", help="multiplied into the surface, laid over it, or cloned")
    add("--strength", default="1", metavar="S", help="multiple of the defect's contrast, a number or LOWEST,HIGHEST")
    add("--match", action="store_true", help="paste, poisson: take on the mean and std of the new place")
    add("--no-flips", action="store_true", help="put defects only the way they were cut out")
    add("--feather", type=float, default=3.0, metavar="PX", help="width over which a defect fades at its edge")
    add("--scale", type=float, default=1.0, help="enlarge or shrink the defects, where pixel sizes differ")
    add(
        "--judge",
        type=float,
        default=0.0,
        metavar="FRACTION",
        help="fraction of sources, targets and images for a second set to judge by; none stands in both",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Find, divide, make, write; returns the exit code."""
    from surfedge.cli.generating.paste_plan import divided
    from surfedge.cli.generating.regions import find_regions
    from surfedge.cli.generating.writing import new_folder, write_set

    settings = _settings(arguments)
    classes = tuple(name.strip() for name in vars(arguments).get("classes", "").split(",") if name.strip())
    found = find_regions(arguments.sources, classes)
    per_image = number_range("--per-image", arguments.per_image)
    counts = arguments.count, arguments.good
    parts = divided(found.regions, _targets(arguments), counts, per_image, arguments.judge, arguments.seed)
    plan = [row for part in parts for row in part.plan(arguments.seed, settings)]
    root = new_folder(arguments.out)
    written = write_set(root, plan, arguments.threads, console.progress)
    written.skipped[:0] = found.skipped
    used = {str(source["path"]) for row in written.rows for source in row.sources}
    sources = {str(region.path) for region in found.regions}
    console.line(f"{len(found.regions):,} labelled defects in {len(sources):,} images; {len(used):,} images were used")
    return show(written, str(root), console, {"regions": len(found.regions), "sources_used": len(used)})


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the rows are made with."""
    from surfedge.cli.synth import shape_of

    _check(arguments)
    settings: dict[str, Any] = {
        "mode": arguments.mode,
        "strength": list(number_range("--strength", arguments.strength)),
        "match": arguments.match,
        "flips": not arguments.no_flips,
        "feather_px": arguments.feather,
        "scale": arguments.scale,
    }
    if "surface" in vars(arguments):
        settings |= {"shape": list(shape_of(arguments.size)), "pixel_size_mm": arguments.pixel_size}
    return settings


def _check(arguments: argparse.Namespace) -> None:
    """ArgumentError for what is out of range or contradicts itself."""
    from surfedge.errors import require
    from surfedge.registry import resolve
    from surfedge.synthesis import ALIASES, SURFACES

    given = vars(arguments)
    check_counts(count=arguments.count, good=arguments.good)
    require("--count", arguments.count, arguments.count + arguments.good > 0, "1 or more")
    own_seed(arguments.seed, 0)
    where = [name for name in ("onto", "surface") if name in given]
    require("--onto", where or "neither", len(where) == 1, "--onto DIR, or --surface NAME", "give one of them")
    if "surface" in given:
        resolve(SURFACES, ALIASES.get(arguments.surface, arguments.surface), "surface")
    low, high = number_range("--strength", arguments.strength)
    require("--strength", arguments.strength, 0 < low <= high <= 3, "above 0, at most 3")
    fits = not (arguments.match and arguments.mode == "ratio")
    require("--match", "--mode ratio", fits, "--mode paste or poisson", "ratio takes the target's mean as it is")
    require("--judge", arguments.judge, 0 <= arguments.judge < 1, "0, or a fraction below 1")
    each = number_range("--per-image", arguments.per_image)
    whole = all(number.is_integer() and 1 <= number <= 1000 for number in each)
    require("--per-image", arguments.per_image, whole, "whole numbers, 1 to 1,000")
    require("--feather", arguments.feather, 0 <= arguments.feather <= 50, "0 to 50")
    require("--scale", arguments.scale, 0.05 <= arguments.scale <= 20, "0.05 to 20")


def _targets(arguments: argparse.Namespace) -> list[str]:
    from surfedge.cli.generating.making import SURFACE
    from surfedge.datasets import good_images
    from surfedge.synthesis import ALIASES

    if "surface" in vars(arguments):
        return [SURFACE + ALIASES.get(arguments.surface, arguments.surface)]
    return [str(path.resolve()) for path in good_images(arguments.onto)]
