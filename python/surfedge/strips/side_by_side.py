"""Cameras side by side across one strip, stitched into one view: one stream of lines, so one list of defects.

>>> view = np.arange(40, dtype=np.uint8).reshape(2, 20)
>>> cameras = SideBySide(([view[:, :12]], [view[:, 8:]]), overlap_px=(4,))
>>> bool((next(cameras.blocks()).pixels == view).all())
True
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from surfedge.errors import ArgumentError, ImageError, require
from surfedge.strips.blocks import Block, blocks_of, checked_pixels, source_name

LEAST_OVERLAP, MOST_OVERLAP = 8, 1024  # columns that `found_overlap` looks at
LINES_TO_FIND = 512
LEAST_LIKENESS = 0.3


@dataclass(frozen=True)
class SideBySide:
    """Cameras from left to right in the view.

    sources : as `blocks_of` takes them; their lines count together, by `first_line` where the cameras say it.
    overlap_px : columns that a camera sees of what the one to its left sees too, one number for each border between
    two. The cut lies in the middle of an overlap. A line that one camera lost is lost; places come from the first one.
    """

    sources: tuple[Any, ...]
    overlap_px: tuple[int, ...] = field(default=())

    def __post_init__(self) -> None:
        require("sources", len(self.sources), len(self.sources) >= 2, "two cameras or more")
        borders = len(self.sources) - 1
        is_right = len(self.overlap_px) == borders and all(each >= 0 for each in self.overlap_px)
        require("overlap_px", self.overlap_px, is_right, f"{borders} numbers, 0 or more")

    @property
    def identity(self) -> str:
        """What tells these sources from others, "" unless all of them can be read again."""
        names = [source_name(source) for source in self.sources]
        return "\n".join([*names, ",".join(map(str, self.overlap_px))]) if all(names) else ""

    def blocks(self, *, width: int | None = None, bits: int = 8) -> Iterator[Block]:
        """The stitched lines; raises ImageError for cameras that do not fit together."""
        cameras = [
            _Camera(number, blocks_of(source, width=width, bits=bits)) for number, source in enumerate(self.sources, 1)
        ]
        done = 0
        while True:
            for camera in cameras:
                camera.fill()
            if all(camera.is_over for camera in cameras):
                return
            lines = min(camera.held for camera in cameras if not camera.is_over)
            taken = [camera.take(lines) for camera in cameras]
            lost = next((block for block in taken if block.pixels is None), None)
            first = taken[0]
            if lost is not None:
                yield Block(None, lines, done, reason=lost.reason, source=lost.source)
            else:
                pixels = self._stitched([np.asarray(block.pixels) for block in taken])
                yield Block(pixels, first_line=done, position_m=first.position_m, source=first.source)
            done += lines

    def _stitched(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        if len({(part.dtype, part.shape[2:]) for part in parts}) > 1:
            found = ", ".join(f"{part.dtype} {part.shape[1:]}" for part in parts)
            raise ImageError("cameras", found=found, expected="one type of pixels")
        pieces = []
        for number, part in enumerate(parts):
            before = self.overlap_px[number - 1] if number else 0
            behind = self.overlap_px[number] if number < len(parts) - 1 else 0
            first, below = before - before // 2, part.shape[1] - behind // 2
            if first >= below:
                found = f"{part.shape[1]} columns of camera {number + 1}"
                raise ImageError("cameras", found=found, expected="more than the overlaps")
            pieces.append(part[:, first:below])
        return np.concatenate(pieces, axis=1)


class _Camera:
    """The lines of one camera, held until the others have theirs; without gaps: what is missing is a lost block."""

    def __init__(self, number: int, blocks: Iterator[Block]) -> None:
        self.is_over, self.held = False, 0
        self._name, self._blocks, self._number = f"camera {number}", blocks, number
        self._waiting: list[Block] = []
        self._due, self._usual = 0, 1

    def fill(self) -> None:
        """Has a line at least, unless the camera ended."""
        while not self.held and not self.is_over:
            block = next(self._blocks, None)
            if block is None:
                self.is_over = True
                return
            self._add(block)

    def take(self, lines: int) -> Block:
        """The next lines, at most as many as are held; lost ones behind the camera's end."""
        if self.is_over and not self.held:
            return Block(None, lines, reason=f"{self._name} ended", source=self._name)
        block = self._waiting[0]
        rest = len(block) - lines
        if rest:
            self._waiting[0] = _part(block, lines, len(block))
        else:
            self._waiting.pop(0)
        self.held = len(self._waiting[0]) if self._waiting else 0
        return _part(block, 0, lines)

    def _add(self, block: Block) -> None:
        name = f"{self._name}: {block.source}"
        if block.first_line is not None and block.first_line != self._due:
            if block.first_line > self._due:
                self._keep(
                    Block(None, block.first_line - self._due, reason=f"{self._name}: dropped lines", source=name)
                )
            else:
                block = _part(block, min(self._due - block.first_line, len(block)), len(block))
        try:
            pixels = None if block.pixels is None else checked_pixels(block)
            reason = f"{self._name}: {block.reason}"
        except ImageError as error:
            pixels, reason = None, f"{self._name}: {error.reason}"
        lines = len(block) or (self._usual if block.pixels is None else 0)
        if lines:
            self._usual = lines
            self._keep(replace(block, pixels=pixels, lines=lines, first_line=None, reason=reason, source=name))

    def _keep(self, block: Block) -> None:
        self._waiting.append(block)
        self._due += len(block)
        self.held = len(self._waiting[0])


def _part(block: Block, first: int, below: int) -> Block:
    if block.pixels is None:
        return replace(block, lines=below - first)
    places = None if block.position_m is None else np.asarray(block.position_m)[first:below]
    return replace(block, pixels=np.asarray(block.pixels)[first:below], position_m=places)


def found_overlap(left: np.ndarray, right: np.ndarray) -> int:
    """The columns that two cameras both see, by what the surface shows there.

    left, right : (lines, columns) of the same lines. Raises ArgumentError where nothing fits: an even surface, cameras
    that do not overlap, or not by 8 to 1,024 columns.

    >>> view = np.random.default_rng(0).integers(0, 255, (64, 300)).astype(np.uint8)
    >>> found_overlap(view[:, :170], view[:, 130:])
    40
    """
    one, other = (_texture(each) for each in (left, right))
    most = min(MOST_OVERLAP, one.shape[1], other.shape[1])
    likeness = np.array([_likeness(one[:, -px:], other[:, :px]) for px in range(LEAST_OVERLAP, most + 1)])
    best = int(likeness.argmax()) if likeness.size else 0
    if not likeness.size or likeness[best] < LEAST_LIKENESS:
        found = f"a likeness of {float(likeness.max(initial=0.0)):.2f} at best"
        raise ArgumentError(
            "overlap", found=found, expected="one surface in both cameras", remedy="measure and give it"
        )
    return best + LEAST_OVERLAP


def _texture(lines: np.ndarray) -> np.ndarray:
    """What changes along the strip, column by column: shading and dust on the lens do not."""
    grey = np.asarray(lines[:LINES_TO_FIND], np.float32)
    grey = grey.mean(axis=2) if grey.ndim == 3 else grey
    return np.asarray(grey - grey.mean(axis=0))


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    lines = min(len(one), len(other))
    a, b = one[:lines], other[:lines]
    return float((a * b).sum() / max(1e-6, float(np.sqrt((a * a).sum() * (b * b).sum()))))
