"""Square patches of a strip, or of the frames of a video: what a network is trained on (004, section 2.4.1).

>>> [(patch.line, patch.column) for patch in patches_of([Block(np.zeros((5, 7), np.uint8))], 3)]
[(0, 0), (0, 3)]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surfedge.errors import ArgumentError, DatasetError, require
from surfedge.files import csv_line
from surfedge.images import from_array
from surfedge.scoring import make_folder, refuse, whole_file
from surfedge.strips.blocks import Block, blocks_of

VIDEO_SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv")
COLUMNS = ("patch", "source", "line", "column")


@dataclass(frozen=True)
class Patch:
    """pixels : (size, size) or (size, size, 3) RGB. line, column : of its first pixel; lines count from the head of a
    strip, or from the top of a frame. source : file or frame that it begins in."""

    pixels: np.ndarray = field(repr=False)
    line: int
    column: int
    source: str = ""


@dataclass(frozen=True)
class CutPatches:
    """folder, table : where the patches and their places are. count : of patches. left_out : why blocks or frames gave
    none."""

    folder: str
    table: str
    count: int
    left_out: tuple[str, ...] = ()


def patches_of(
    blocks: Iterable[Block], size: int, step: int = 0, *, are_frames: bool = False, left_out: list[str] | None = None
) -> Iterator[Patch]:
    """Patches of `size` pixels every `step` (0: side by side), in the order of their lines; what is too narrow at the
    right, or too short at the end, gives none.

    blocks : of a strip, cut across their borders; behind a lost one the strip begins anew. are_frames : each is an
    image of its own. left_out : takes the reasons of blocks that gave nothing.
    """
    require("size", size, 1 <= size <= 16384, "1 to 16,384 px")
    require("step", step, 0 <= step <= 16384, "0 to 16,384 px")
    step, reasons = step or size, [] if left_out is None else left_out
    held: np.ndarray = np.empty((0, 0), np.uint8)
    first = due = 0  # line of the first that is held, and of the next patch
    begins: list[tuple[int, str]] = []  # where each source begins that is held
    for block in blocks:
        pixels = None if block.pixels is None else np.asarray(block.pixels)
        if pixels is None or min(pixels.shape[1 : 2 - are_frames] + pixels.shape[:are_frames]) < size:
            reasons.append(f"{block.source}: {block.reason if pixels is None else 'smaller than a patch'}")
        if are_frames or pixels is None or held.shape[1:] != pixels.shape[1:]:
            first = due = 0 if are_frames else first + len(held)
            held, begins = np.empty((0, 0), np.uint8), []
        if pixels is None:
            first = due = first + len(block)
            continue
        begins.append((first + len(held), block.source))
        held = np.concatenate([held, pixels]) if len(held) else pixels
        while due + size <= first + len(held):
            source = next(name for line, name in reversed(begins) if line <= due)
            rows = held[due - first : due - first + size]
            for column in range(0, held.shape[1] - size + 1, step):
                yield Patch(rows[:, column : column + size], due, column, source)
            due += step
        gone = min(max(0, due - first), len(held))
        held, first = held[gone:], first + gone
        begins = [each for k, each in enumerate(begins) if k + 1 == len(begins) or begins[k + 1][0] > first]


def write_patches(
    source: Any,
    folder: str | Path,
    size: int = 256,
    step: int = 0,
    *,
    every: int = 1,
    width: int | None = None,
    bits: int = 8,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CutPatches:
    """Cuts a video, or a strip as `blocks_of` takes it, into PNG files and a table of where they come from.

    folder : new or empty. every : of a video's frames each so manieth. Raises DatasetError for a source that gives no
    patch, ArgumentError for a folder that holds something.
    """
    require("every", every, every >= 1, "1 or more")
    out = Path(folder)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ArgumentError("OUT", found=f"{out}, which holds something", expected="a new or empty folder")
    is_video = isinstance(source, (str, os.PathLike)) and Path(source).suffix.lower() in VIDEO_SUFFIXES
    blocks = _frames(Path(source), every) if is_video else blocks_of(source, width=width, bits=bits)
    reasons: list[str] = []
    count = 0
    make_folder(out)
    with whole_file(out / "patches.csv") as table:
        table.write(csv_line(COLUMNS).encode())
        for patch in patches_of(blocks, size, step, are_frames=is_video, left_out=reasons):
            name = f"{count:07}.png"
            _write(out / name, patch.pixels)
            row = csv_line((name, patch.source, patch.line, patch.column))
            table.write(row.encode("utf-8", "backslashreplace"))
            count += 1
            progress(count, count)
        if not count:
            found = "; ".join(reasons[:3]) or "fewer lines or columns than a patch"
            raise DatasetError(
                source, found=found, expected=f"{size} x {size} px or more", remedy="give a smaller --size"
            )
    return CutPatches(str(out), str(out / "patches.csv"), count, tuple(reasons))


def _frames(path: Path, every: int) -> Iterator[Block]:
    """Frames of a video, RGB; raises DatasetError for one that cannot be read."""
    if not path.is_file():
        raise DatasetError(path, found="no file", expected="a video", remedy="check the path")
    capture = cv2.VideoCapture(str(path))
    try:
        number = 0
        while capture.grab():
            if number % every == 0:
                is_there, frame = capture.retrieve()
                pixels = frame[..., ::-1] if is_there else None
                yield Block(pixels, reason="cannot be decoded", source=f"{path.name}#{number}")
            number += 1
        if not number:
            raise DatasetError(path, found="no frame that can be read", expected="a video", remedy="convert it")
    finally:
        capture.release()


def _write(path: Path, pixels: np.ndarray) -> None:
    frame = from_array(np.ascontiguousarray(pixels)).pixels
    _, encoded = cv2.imencode(".png", frame if frame.ndim == 2 else frame[..., ::-1])
    try:
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        refuse(path, error)
