"""A stream of lines through a Detector: tiles that overlap across block borders, defects in metres and millimetres.

>>> from surfedge import Detector
>>> import numpy as np
>>> plate = np.random.default_rng(0).normal(128, 4, (700, 256)).clip(0, 255).astype(np.uint8)
>>> plate[300:320, 100:140] = 10
>>> scan = LineScan(Detector(), pixel_size_mm=0.5, tile_lines=256)
>>> [(defect.number, round(defect.x_m, 2), round(defect.y_mm)) for defect in scan([plate[:310], plate[310:]])]
[(1, 0.16, 60)]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from surfedge.cores import checked_count
from surfedge.detector import Detector
from surfedge.errors import require
from surfedge.strips.blocks import Block, blocks_of
from surfedge.strips.edges import StripEdges
from surfedge.strips.findings import StripDefect, Tile
from surfedge.strips.flat_field import FlatField
from surfedge.strips.joining import Joiner, Piece
from surfedge.strips.overlap import alignment, overlap_lines, tile_lines
from surfedge.strips.tile_inspection import TileInspection
from surfedge.strips.window import Losses, Window
from surfedge.strips.windows import Windows

SIDES = ("left", "right")
ONLY_MAPS = "take one of surfedge calibrate statistics, or cut the strip by surfedge data patches and score these"


class LineScan:
    """Inspects a strip that comes as blocks of lines, in constant memory; the result does not depend on the blocks.

    Parameters
    ----------
    detector : any Detector with a map; a classifier tells no place. pixel_size_mm : size of a pixel across the strip.
    line_mm : length of a line along it, the encoder's scale; None is the pixel size. y_from : the edge of the strip
    that positions across are counted from, "left" or "right" in the view. edges : how the strip's edges are followed;
    None judges the whole view. flat_field : evens out the columns first. tile_lines, overlap_lines : of a tile, and
    seen before and after it; 0 takes what suits the detector. workers : tiles inspected at once, 0 for what the bundle
    was tuned to. faint_marks : keep what the lanes show under the limit, for marks of a roll; the detector's limit must
    be above 0.

    `min_area_px`, `clear_border` and `border_px` of the decision are applied to the strip as a whole, not to tiles.
    """

    def __init__(
        self,
        detector: Detector,
        pixel_size_mm: float,
        *,
        line_mm: float | None = None,
        y_from: str = "left",
        edges: StripEdges | None = None,
        flat_field: FlatField | None = None,
        tile_lines: int = 0,
        overlap_lines: int = 0,
        workers: int = 0,
        faint_marks: bool = False,
    ) -> None:
        line_mm = pixel_size_mm if line_mm is None else line_mm
        require("detector", "a classifier", not detector.method.class_names, "a detector that says where", ONLY_MAPS)
        require("pixel_size_mm", pixel_size_mm, 0 < pixel_size_mm < 1e3, "above 0", "give the size of a pixel")
        require("line_mm", line_mm, 0 < line_mm < 1e6, "above 0", "give the length of a line")
        require("y_from", y_from, y_from in SIDES, " or ".join(SIDES))
        self.detector, self.pixel_size_mm, self.line_mm, self.y_from = detector, pixel_size_mm, line_mm, y_from
        self.edges, self.flat_field = edges, flat_field
        limit = detector.decision.threshold
        require("faint_marks", f"a limit of {limit:.4g}", not faint_marks or limit > 0, "a limit above 0")
        self.faint_marks = faint_marks
        self.tile_size = tile_lines, overlap_lines
        self._workers = checked_count("workers", workers) or detector.workers
        self._inspect = TileInspection(detector, pixel_size_mm, y_from, edges, flat_field, faint_marks)
        self.losses = Losses()

    def __call__(self, source: Any) -> Iterator[StripDefect]:
        """The defects of a strip, each as soon as it is whole; source : as `blocks_of` takes it."""
        joiner, number = Joiner(), 0
        for done in self._joined(source, joiner):
            if (defect := self.defect(done, number + 1)) is not None:
                number += 1
                yield defect

    def _joined(self, source: Any, joiner: Joiner) -> Iterator[Piece]:
        for tile in self.tiles(blocks_of(source)):
            yield from joiner.add(tile.defects)
        yield from joiner.interrupt()

    def defect(self, piece: Piece, number: int) -> StripDefect | None:
        """What a joined piece is as a defect; None for one that the decision drops."""
        decision = self.detector.decision
        if piece.area_px < decision.min_area_px or (decision.clear_border and piece.touches):
            return None
        mm = self.pixel_size_mm
        return StripDefect(
            number=number,
            x_m=piece.sum_m / piece.area_px,
            y_mm=piece.sum_px / piece.area_px * mm,
            from_m=piece.from_m,
            to_m=piece.to_m,
            from_mm=piece.from_px * mm,
            to_mm=piece.to_px * mm,
            area_mm2=piece.area_px * mm * self._mean_line_mm(piece),
            score=piece.score,
            mean_score=piece.sum_score / piece.area_px,
            severity=severity(piece.score, decision.threshold),
            label=piece.label,
            pieces=piece.pieces,
            picture=piece.picture,
        )

    def _mean_line_mm(self, piece: Piece) -> float:
        return 1e3 * (piece.to_m - piece.from_m) / (piece.below - piece.first)

    def tiles(self, blocks: Iterable[Block], skip_tiles: int = 0, columns: int | None = None) -> Iterator[Tile]:
        """Every tile in order, inspected by `workers` threads; at most twice as many windows are held.

        skip_tiles : so many are passed over. columns : the width that is expected, None for the first block's.
        """
        blocks = iter(blocks)
        held: list[Block] = []
        for block in blocks:
            held.append(block)
            if block.pixels is not None and np.ndim(block.pixels) >= 2 and len(block.pixels):
                columns = np.shape(block.pixels)[1] if columns is None else columns
                break
        step = alignment(self.detector)
        lines = self.tile_size[0] or tile_lines(self.detector, columns or 1)
        overlap = self.tile_size[1] or overlap_lines(self.detector)
        cutter = Windows(lines, overlap, step, self.line_mm, skip_tiles, columns)
        self.losses = cutter.losses
        yield from self._inspected(cutter.cut(_chained(held, blocks)), skip_tiles)

    def _inspected(self, windows: Iterator[Window], number: int) -> Iterator[Tile]:
        waiting: deque[Future[Tile]] = deque()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="surfedge") as pool:
            try:
                for window in windows:
                    waiting.append(pool.submit(self._inspect, number, window))
                    number += 1
                    if len(waiting) >= 2 * self._workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def severity(score: float, threshold: float) -> float:
    """How far a score is above the limit: 1 at the limit, 2 at twice it (or 1 above one that is not positive)."""
    return score / threshold if threshold > 0 else 1.0 + score - threshold


def _chained(held: list[Block], rest: Iterator[Block]) -> Iterator[Block]:
    yield from held
    held.clear()
    yield from rest
