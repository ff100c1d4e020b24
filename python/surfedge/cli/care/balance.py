"""surfedge data balance: as many images of each class, by drawing fewer, or by flips or copies marked as such."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from surfedge.cli.care.images import add_target, classes_of, root_of
from surfedge.cli.console import Console

SUMMARY = "make classes equally large: some images of the large ones, flips or copies, marked so, of the small ones"
EXAMPLE = "surfedge data balance train/ --target 200 --to balanced/"
FLIPS = {"flip-h": 1, "flip-v": 0, "flip-hv": -1}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the task."""
    parser.add_argument("folder", help="folder with one sub-folder a class")
    parser.add_argument(
        "--target", type=int, default=0, metavar="N", help="images of each class; 0 is the median class"
    )
    parser.add_argument(
        "--by",
        choices=("flips", "copies"),
        default="flips",
        help="up to three flips of an image, then copies; or copies",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, other images")
    add_target(parser, "write the balanced set there; the images given stay as they are")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Draw, print, write on request."""
    from statistics import median

    from surfedge.cli import DONE
    from surfedge.datasets import Move, balanced, carry_out
    from surfedge.datasets.moves import check_apart

    root = root_of(arguments.folder)
    classes = classes_of(root, console)
    target = arguments.target or max(1, round(median(map(len, classes.values()))))
    chosen = balanced(classes, target, arguments.seed)
    again = {name: sum(time > 0 for _, time in images) for name, images in chosen.items()}
    console.table(
        ("class", "of itself", f"by {arguments.by}"),
        [(name, f"{len(images) - again[name]:,}", f"{again[name]:,}") for name, images in chosen.items()],
    )
    table = None
    if arguments.to:
        to = Path(arguments.to)
        check_apart(root, to)
        moves: list[Move] = []
        for name, images in chosen.items():
            for path, time in images:
                mark, made = _made(path, time, arguments.by)
                below = path.relative_to(root)
                place = (
                    to / below.with_name(f"{below.stem}.{mark}{'.png' if made else below.suffix}")
                    if mark
                    else to / below
                )
                moves.append(Move(path, place, mark or name, made))
        table = carry_out(moves, to, "copied", console.progress)
        console.line(f"wrote {len(moves):,} images; undo with: surfedge data undo {table}")
    else:
        console.line(f"nothing was written; --to DIR writes {target:,} images of each class")
    console.result(
        {
            "target": target,
            "classes": {name: {"images": len(classes[name]), "repeated": again[name]} for name in classes},
            "table": None if table is None else str(table),
        }
    )
    return DONE


def _made(path: Path, time: int, by: str) -> tuple[str, Callable[[], bytes] | None]:
    """(mark in the name, what makes the bytes); an image itself has no mark, a copy nothing that makes it."""
    if time == 0:
        return "", None
    if by == "flips" and time <= len(FLIPS):
        mark = list(FLIPS)[time - 1]
        return mark, partial(_flipped, path, FLIPS[mark])
    return f"copy-{time - (len(FLIPS) if by == 'flips' else 0)}", None


def _flipped(path: Path, code: int) -> bytes:
    """PNG of the flipped picture, depth and colour kept. Raises ImageError, and DatasetError for float samples."""
    import cv2

    from surfedge.errors import DatasetError
    from surfedge.images import read

    pixels = read(path).pixels
    if pixels.dtype.kind == "f":
        raise DatasetError(path, found="float samples", expected="8 or 16 bits to flip", remedy="use --by copies")
    flipped = cv2.flip(pixels, code)
    stored = flipped if flipped.ndim == 2 else cv2.cvtColor(flipped, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".png", stored)[1])
