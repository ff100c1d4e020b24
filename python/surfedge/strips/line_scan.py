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
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from surfedge.cores import checked_count
from surfedge.detector import Detector
from surfedge.errors import SurfedgeError, require
from surfedge.images import from_array, to_grey_f32
from surfedge.strips.blocks import Block, blocks_of
from surfedge.strips.edges import StripEdges, fill_outside, inner_edges, outside
from surfedge.strips.flat_field import FlatField
from surfedge.strips.joining import Joiner, Piece, TileDefects, pieces_of
from surfedge.strips.overlap import alignment, overlap_lines, tile_lines
from surfedge.strips.windows import Losses, Window, Windows

SIDES = ("left", "right")


@dataclass(frozen=True)
class StripDefect:
    """A defect of a strip, whole: joined where tiles cut it.

    number : from 1, in the order in which defects end. x_m : metres from the head to its centre, y_mm : millimetres
    from the stated edge to its centre. from_m, to_m, from_mm, to_mm : its box. area_mm2 : of its pixels.
    score : largest value of the map inside. mean_score : the mean. severity : score over the threshold, where that is
    above 0, else their difference plus 1, so that 1 is the limit. label : its class, "" where the method has none.
    pieces : tiles that held a part of it.
    """

    number: int
    x_m: float
    y_mm: float
    from_m: float
    to_m: float
    from_mm: float
    to_mm: float
    area_mm2: float
    score: float
    mean_score: float
    severity: float
    label: str = ""
    pieces: int = 1
    picture: bytes = field(default=b"", repr=False, compare=False)

    @property
    def length_mm(self) -> float:
        """Along the strip."""
        return 1e3 * (self.to_m - self.from_m)

    @property
    def width_mm(self) -> float:
        """Across the strip."""
        return self.to_mm - self.from_mm

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without the picture."""
        values = asdict(self)
        del values["picture"]
        return values | {"length_mm": self.length_mm, "width_mm": self.width_mm}


@dataclass(frozen=True)
class NotInspected:
    """A stretch of the strip that was not inspected, with the reason; area_m2 over the strip's width there."""

    from_m: float
    to_m: float
    area_m2: float
    reason: str


@dataclass(frozen=True)
class Tile:
    """What became of one tile.

    number : from 0. window : what was seen (its pixels as they came). defects : the pieces in it.
    not_inspected : stretches of it. inspected_m2 : the area that was judged. edges_mm : mean distance of the strip's
    left and right edge from the view's left one; width_mm is their difference. reading : largest score.
    """

    number: int
    window: Window = field(repr=False)
    defects: TileDefects = field(repr=False)
    not_inspected: tuple[NotInspected, ...] = ()
    inspected_m2: float = 0.0
    edges_mm: tuple[float, float] = (0.0, 0.0)
    score: float = float("nan")

    @property
    def to_m(self) -> float:
        """Where the tile ends."""
        return float(self.window.position_m[self.window.core.stop])

    def without_pixels(self) -> Tile:
        """The same without what was seen, for keeping."""
        return replace(self, window=replace(self.window, pixels=self.window.pixels[:0]))


class LineScan:
    """Inspects a strip that comes as blocks of lines, in constant memory; the result does not depend on the blocks.

    Parameters
    ----------
    detector : any Detector. pixel_size_mm : size of a pixel across the strip. line_mm : length of a line along it, the
    encoder's scale; None is the pixel size. y_from : the edge of the strip that positions across are counted from,
    "left" or "right" in the view. edges : how the strip's edges are followed; None judges the whole view.
    flat_field : evens out the columns first. tile_lines, overlap_lines : of a tile, and seen before and after it;
    0 takes what suits the detector. workers : tiles inspected at once, 0 for what the bundle was tuned to.

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
    ) -> None:
        line_mm = pixel_size_mm if line_mm is None else line_mm
        require("pixel_size_mm", pixel_size_mm, 0 < pixel_size_mm < 1e3, "above 0", "give the size of a pixel")
        require("line_mm", line_mm, 0 < line_mm < 1e6, "above 0", "give the length of a line")
        require("y_from", y_from, y_from in SIDES, " or ".join(SIDES))
        self.detector, self.pixel_size_mm, self.line_mm, self.y_from = detector, pixel_size_mm, line_mm, y_from
        self.edges, self.flat_field = edges, flat_field
        self.tile_size = tile_lines, overlap_lines
        self._workers = checked_count("workers", workers) or detector.workers
        decision = detector.decision
        self._of_tiles = detector.with_decision(replace(decision, min_area_px=0, clear_border=False, border_px=0))
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

    def _inspect(self, number: int, window: Window) -> Tile:
        """The steps of one tile."""
        core, shape = window.core, window.pixels.shape[:2]
        if not window.present[core].any():
            lost = tuple(self._lost_stretches(window, np.full(shape[0], shape[1])))
            return Tile(number, window, pieces_of(np.zeros((1, shape[1]), bool), *_nothing(shape[1])), lost)
        pixels = window.pixels if self.flat_field is None else self.flat_field.correct(window.pixels)
        left, right = self._edges_of(pixels, window.present)
        ignore = self._ignored(left, right, window, shape[1])
        widths = np.maximum(right - left, 0)
        lost = tuple(self._lost_stretches(window, widths))
        try:
            if self.edges is not None:
                pixels = fill_outside(pixels, *inner_edges(left, right, shape[1], self.edges.margin_px))
            pixels = fill_lost(pixels, window.present & (right > left))
            if ignore is not None and ignore[core].all():
                raise _NothingThereError
            result = self._of_tiles(pixels, ignore=ignore)
        except (SurfedgeError, _NothingThereError) as error:
            reason = error.reason if isinstance(error, SurfedgeError) else "no strip in view"
            return self._refused(number, window, widths, reason)
        assert result.mask is not None
        edge = left if self.y_from == "left" else right
        mask, beside = result.mask[core], None
        scores = np.asarray(result.anomaly_map)[core] if mask.any() else np.zeros((1, 1), np.float32)
        if self.detector.decision.clear_border:
            beside = self._beside(ignore, shape, window)[core]
        places = window.position_m[core.start : core.stop + 1]
        sign = 1 if self.y_from == "left" else -1
        found = pieces_of(mask, scores, window.top, places, edge[core], sign, beside)
        judged = window.present[core] & (right > left)[core]
        area = 1e-3 * self.pixel_size_mm * float((np.diff(places) * widths[core])[judged].sum())
        on = widths[core] > 0
        sides = (float(left[core][on].mean()), float(right[core][on].mean())) if on.any() else (0.0, 0.0)
        edges = (sides[0] * self.pixel_size_mm, sides[1] * self.pixel_size_mm)
        return Tile(number, window, self._labelled(found, result, window), lost, area, edges, float(result.score))

    def _labelled(self, found: TileDefects, result: Any, window: Window) -> TileDefects:
        """Pieces with the class of the strongest region whose box holds their middle, where regions have one."""
        named = [region for region in result.regions if region.label]
        if not named or not found.pieces:
            return found
        pieces = []
        for piece in found.pieces:
            x, y = 0.5 * (piece.left + piece.right), 0.5 * (piece.first + piece.below) - window.first
            inside = (
                r.label for r in named if r.box[0] <= x <= r.box[0] + r.box[2] and r.box[1] <= y <= r.box[1] + r.box[3]
            )
            pieces.append(replace(piece, label=next(inside, "")))
        return replace(found, pieces=tuple(pieces))

    def _edges_of(self, pixels: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lines, columns = pixels.shape[:2]
        if self.edges is None:
            return np.zeros(lines, np.int32), np.full(lines, columns, np.int32)
        frame = from_array(pixels, bit_depth=self.detector.preparation.bit_depth if pixels.dtype == np.uint16 else None)
        return self.edges.find(to_grey_f32(frame), present)

    def _ignored(self, left: np.ndarray, right: np.ndarray, window: Window, columns: int) -> np.ndarray | None:
        """bool (lines, columns): off the strip, in the border ring, or lost; None for nothing."""
        border, margin = self.detector.decision.border_px, 0 if self.edges is None else self.edges.margin_px
        ignore = outside(left, right, columns, margin)
        if border:
            column = np.arange(columns)[None]
            ignore |= (column < left[:, None] + border) | (column >= right[:, None] - border)
            ignore[: max(0, border - window.first)] = True
            ignore[len(ignore) - border if window.is_end else len(ignore) :] = True
        ignore |= ~window.present[:, None]
        return ignore if ignore.any() else None

    def _beside(self, ignore: np.ndarray | None, shape: tuple[int, int], window: Window) -> np.ndarray:
        """bool (lines, columns): pixels that lie beside what is not judged."""
        unjudged = np.zeros(shape, np.uint8) if ignore is None else ignore.view(np.uint8)
        padded = cv2.copyMakeBorder(unjudged, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
        if window.first > 0:
            padded[0] = padded[1]
        if not window.is_end:
            padded[-1] = padded[-2]
        return cv2.dilate(padded, np.ones((3, 3), np.uint8))[1:-1, 1:-1].astype(bool)

    def _lost_stretches(self, window: Window, widths: np.ndarray) -> Iterator[NotInspected]:
        """Lines of the tile that were not taken, or show no strip, as stretches."""
        core, off = window.core, window.first
        on_strip = widths[widths > 0]
        width_m = 1e-3 * self.pixel_size_mm * float(np.median(on_strip) if on_strip.size else window.pixels.shape[1])
        bare = (widths[core] == 0) & window.present[core]
        empty = ((first + window.top, below + window.top, "no strip in view") for first, below in _runs(bare))
        for first, below, reason in (*window.lost, *empty):
            begin, end = float(window.position_m[first - off]), float(window.position_m[below - off])
            yield NotInspected(begin, end, width_m * (end - begin), reason)

    def _refused(self, number: int, window: Window, widths: np.ndarray, reason: str) -> Tile:
        """A tile that could not be inspected."""
        core, columns = window.core, window.pixels.shape[1]
        places = window.position_m[core.start : core.stop + 1]
        wide = np.where(widths[core] > 0, widths[core], columns)
        area = 1e-3 * self.pixel_size_mm * float((np.diff(places) * wide).sum())
        gap = NotInspected(float(places[0]), float(places[-1]), area, reason)
        nothing = pieces_of(np.zeros((1, columns), bool), *_nothing(columns))
        return Tile(number, window, nothing, (gap,))


class _NothingThereError(Exception):
    """A tile without a pixel of the strip."""


def severity(score: float, threshold: float) -> float:
    """How far a score is above the limit: 1 at the limit, 2 at twice it (or 1 above one that is not positive)."""
    return score / threshold if threshold > 0 else 1.0 + score - threshold


def fill_lost(pixels: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Lines that were lost, filled with those that were taken, mirrored at the gap's nearer end; a copy if any."""
    if present.all() or not present.any():
        return pixels
    lines = np.arange(len(present))
    taken = np.flatnonzero(present)
    after = np.searchsorted(taken, lines).clip(0, len(taken) - 1)
    before = (np.searchsorted(taken, lines, side="right") - 1).clip(0)
    nearer = np.abs(taken[after] - lines) < np.abs(taken[before] - lines)
    anchor = np.where(nearer, taken[after], taken[before])
    mirrored = 2 * anchor - lines + np.where(nearer, -1, 1)
    is_there = (mirrored >= 0) & (mirrored < len(present))
    is_there &= present[mirrored.clip(0, len(present) - 1)]
    return pixels[np.where(present, lines, np.where(is_there, mirrored, anchor))]


def _runs(lines: np.ndarray) -> list[tuple[int, int]]:
    """(first, line after the last) of each run of True."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], lines, [False]]).astype(np.int8)))
    return list(zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True))


def _nothing(columns: int) -> tuple[np.ndarray, int, np.ndarray, np.ndarray]:
    return np.zeros((1, columns), np.float32), 0, np.zeros(2), np.zeros(1, np.int32)


def _chained(held: list[Block], rest: Iterator[Block]) -> Iterator[Block]:
    yield from held
    held.clear()
    yield from rest
