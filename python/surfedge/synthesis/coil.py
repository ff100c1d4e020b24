"""Rendered coils with known truth, line after line: grain that does not repeat, edges that weave, weld, head and tail,
roll marks of a given roll, scratches along metres, pits, water, dirt.

>>> view = RenderedCoil(length_m=2.0, width_mm=300.0, view_mm=340.0, pixel_mm=0.5, seed=3)
>>> blocks = list(view.blocks(1000))
>>> [block.shape for block in blocks], blocks[0].dtype
([(1000, 680), (1000, 680), (1000, 680), (1000, 680)], dtype('uint8'))
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from surfedge.cores import usable_cores
from surfedge.errors import ArgumentError, require
from surfedge.files import replace_bytes, replace_text
from surfedge.synthesis.coil_grain import STRETCH, Grain
from surfedge.synthesis.coil_marks import CoilMark, RollMarks, paint, planned
from surfedge.synthesis.random_streams import stream

GROUND = 10.0  # grey level beside the strip
USUAL = {"scratch": 2.0, "pit": 6.0, "water": 2.0, "dirt": 2.0}  # marks at random per 100 m


@dataclass(frozen=True)
class RenderedCoil:
    """A coil as a line camera sees it.

    length_m, width_mm : of the strip. view_mm : what the camera sees across. pixel_mm, line_mm : size of a pixel, and
    the length of a line, 0 for the same. per_100_m : marks at random by kind (scratch, pit, water, dirt).
    rolls : series of marks. welds : places of welds in metres. weave_mm : how far the strip wanders.
    bare_m : length before the head and after the tail that shows no strip. seed : equal seeds give equal lines.
    """

    length_m: float = 100.0
    width_mm: float = 900.0
    view_mm: float = 1000.0
    pixel_mm: float = 0.5
    line_mm: float = 0.0
    per_100_m: Mapping[str, float] = field(default_factory=lambda: dict(USUAL))
    rolls: tuple[RollMarks, ...] = ()
    welds: tuple[float, ...] = ()
    weave_mm: float = 8.0
    bare_m: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        require("length_m", self.length_m, 0 < self.length_m <= 1e5, "above 0, at most 100,000")
        require("pixel_mm", self.pixel_mm, 0.01 <= self.pixel_mm <= 10, "0.01 to 10")
        require("line_mm", self.line_mm, 0 <= self.line_mm <= 100, "0 to 100")
        require("width_mm", self.width_mm, 16 * self.pixel_mm <= self.width_mm <= self.view_mm, "at most view_mm")
        require("bare_m", self.bare_m, 0 <= self.bare_m <= 100, "0 to 100")
        unknown = set(self.per_100_m) - set(USUAL)
        require("per_100_m", sorted(unknown), not unknown, ", ".join(USUAL))

    @property
    def columns(self) -> int:
        """Of the view."""
        return round(self.view_mm / self.pixel_mm)

    @property
    def length_of_line_mm(self) -> float:
        """Along the strip."""
        return self.line_mm or self.pixel_mm

    @property
    def lines(self) -> int:
        """In all, those without a strip too."""
        return round(1e3 * (self.length_m + 2 * self.bare_m) / self.length_of_line_mm)

    @cached_property
    def marks(self) -> list[CoilMark]:
        """The truth: every mark, places in metres from the first line and millimetres from the strip's left edge."""
        drawn = planned(self.seed, self.length_m, self.width_mm, dict(self.per_100_m), self.rolls, self.welds)
        moved = [CoilMark(**{**asdict(mark), "x_m": mark.x_m + self.bare_m}) for mark in drawn]
        return [mark for mark in moved if 0 <= mark.y_mm <= self.width_mm]

    def left_px(self, first: int, lines: int) -> np.ndarray:
        """float32 (lines,): column of the strip's left edge at each line, weaving; its raggedness is not in it."""
        line, rng = np.arange(first, first + lines), stream(self.seed, "weave")
        free = (self.view_mm - self.width_mm) / 2
        phases, amount = rng.uniform(0, 6.3, 3), min(self.weave_mm, max(0.0, free - 1)) / 3
        metres = 1e-3 * self.length_of_line_mm * line
        waves = zip((17.0, 5.3, 71.0), phases, strict=True)
        swing = sum(amount * np.sin(metres * 6.283 / long_m + phase) for long_m, phase in waves)
        return np.asarray((free + swing) / self.pixel_mm, np.float32)

    def blocks(self, lines: int = 1024) -> Iterator[np.ndarray]:
        """The lines from the head on, uint8 (lines, columns) each, the last one perhaps shorter."""
        require("lines", lines, lines >= 1, "1 or more")
        held: list[np.ndarray] = []
        count = 0
        for stretch in self._stretches():
            held.append(stretch)
            count += len(stretch)
            while count >= lines:
                whole = np.concatenate(held) if len(held) > 1 else held[0]
                yield whole[:lines].copy()
                held, count = [whole[lines:]], count - lines
        if count:
            yield np.concatenate(held)

    def _stretches(self) -> Iterator[np.ndarray]:
        grain = Grain(self.seed, self.columns, self.pixel_mm, self.length_of_line_mm)
        coming = iter(self.marks)
        under_way: list[CoilMark] = []
        following = next(coming, None)
        for number in range(-(-self.lines // STRETCH)):
            first, end_m = number * STRETCH, 1e-3 * (number + 1) * STRETCH * self.length_of_line_mm
            levels, left = grain.stretch(number), self.left_px(first, STRETCH)
            while following is not None and following.from_m <= end_m + 0.01:
                under_way.append(following)
                following = next(coming, None)
            for mark in under_way:
                paint(levels, mark, first, left, self.pixel_mm, self.length_of_line_mm)
            under_way = [mark for mark in under_way if mark.to_m > end_m - 0.01]
            self._hide_ground(levels, left, first, number)
            pixels = cv2.convertScaleAbs(np.maximum(levels, 0, out=levels))
            yield pixels[: self.lines - first]

    def _hide_ground(self, levels: np.ndarray, left: np.ndarray, first: int, number: int) -> None:
        """Dark beside the strip, before its head and behind its tail, which are cut askew."""
        lines, columns = levels.shape
        ground = np.random.default_rng([self.seed, 5, number]).normal(GROUND, 1.5, (64, columns)).astype(np.float32)
        if self.view_mm > self.width_mm:
            ragged = stream(self.seed, "ragged").normal(0, 0.4, 4096)[np.arange(first, first + lines) % 4096]
            left = left + ragged.astype(np.float32)
        right = left + np.float32(self.width_mm / self.pixel_mm)
        metres = 1e-3 * self.length_of_line_mm * np.arange(first, first + lines)[:, None]
        is_whole = metres[0] > self.bare_m + 0.05 and metres[-1] < self.bare_m + self.length_m - 0.05
        inner = max(0, int(left.max()) + 2), min(columns, int(right.min()) - 2)
        sides = ((0, inner[0]), (inner[1], columns)) if is_whole and inner[0] < inner[1] else ((0, columns),)
        for begin, end in sides:
            column = np.arange(begin, end, dtype=np.float32)[None]
            share = np.clip(column - left[:, None] + 0.5, 0, 1) * np.clip(right[:, None] - column - 0.5, 0, 1)
            if self.bare_m:
                skew = 0.05 * (column / columns - 0.5)
                share = share * ((metres > self.bare_m + skew) & (metres < self.bare_m + self.length_m + skew))
            tiled = np.tile(ground[:, begin:end], (-(-lines // 64), 1))[:lines]
            levels[:, begin:end] = levels[:, begin:end] * share + tiled * (1 - share)

    def truth(self) -> dict[str, object]:
        """Settings and marks as plain values, ready for JSON."""
        settings = asdict(self)
        marks = [{**asdict(mark), "from_m": mark.from_m, "to_m": mark.to_m} for mark in self.marks]
        return {**settings, "lines": self.lines, "columns": self.columns, "marks": marks}


def write_coil(
    coil: RenderedCoil,
    folder: str | Path,
    *,
    lines_per_image: int = 2048,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Writes a coil as numbered images ``lines/000000.png``, its truth as ``truth.json``; returns the images' folder.

    folder : new or empty. Raises ArgumentError for another one.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArgumentError("folder", found=f"{folder}, which holds something", expected="a new or empty folder")
    images = folder / "lines"
    images.mkdir(parents=True)
    total, done = coil.lines, 0
    waiting: deque[tuple[Future[None], int]] = deque()
    with ThreadPoolExecutor(
        usable_cores(), thread_name_prefix="surfedge"
    ) as pool:  # encoding costs as much as rendering
        for number, block in enumerate(coil.blocks(lines_per_image)):
            waiting.append((pool.submit(_write_image, images / f"{number:06}.png", block), len(block)))
            while len(waiting) > 2 * usable_cores():
                written, lines = waiting.popleft()
                written.result()
                done += lines
                progress(done, total)
        for written, _ in waiting:
            written.result()
    progress(total, total)
    replace_text(folder / "truth.json", json.dumps(coil.truth(), default=list))
    return images


def _write_image(path: Path, block: np.ndarray) -> None:
    """PNG with Huffman's code alone: grain repeats nothing that a search could find."""
    fast = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY]
    _, encoded = cv2.imencode(".png", block, fast)
    replace_bytes(path, encoded.tobytes())
