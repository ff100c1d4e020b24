"""The steps of one tile: flat field, edges of the strip, detector, pieces of defects, what was not inspected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from surfedge.detector import Detector
from surfedge.errors import SurfedgeError
from surfedge.images import from_array, to_grey_f32
from surfedge.lazy_field import Lazy, made_on_use
from surfedge.result import Result
from surfedge.strips.edges import StripEdges, fill_outside, inner_edges, outside
from surfedge.strips.findings import InDoubt, NotInspected, Tile
from surfedge.strips.flat_field import FlatField
from surfedge.strips.joining import TileDefects, pieces_of
from surfedge.strips.lane_signal import LaneSignal, lane_signal
from surfedge.strips.window import Window

IN_DOUBT = "implausible: "  # how the note of an image begins that is not like the good ones


class TileInspection:
    """Settings as `LineScan` has them. `min_area_px`, `clear_border` and `border_px` wait for the strip as a whole."""

    def __init__(
        self,
        detector: Detector,
        pixel_size_mm: float,
        y_from: str,
        edges: StripEdges | None,
        flat: FlatField | None,
        faint_marks: bool = False,
    ) -> None:
        self.detector, self.pixel_size_mm, self.y_from = detector, pixel_size_mm, y_from
        self.edges, self.flat_field, self.faint_marks = edges, flat, faint_marks
        decision = detector.decision
        self._of_tiles = detector.with_decision(replace(decision, min_area_px=0, clear_border=False, border_px=0))

    def __call__(self, number: int, window: Window) -> Tile:
        """The tile of a window."""
        core, columns = window.core, window.pixels.shape[1]
        if not window.present[core].any():
            return Tile(
                number, window, _no_pieces(columns), tuple(self._lost(window, np.full(len(window.present), columns)))
            )
        pixels = window.pixels if self.flat_field is None else self.flat_field.correct(window.pixels)
        left, right = self._edges_of(pixels, window.present)
        ignore = self._ignored(left, right, window, columns)
        widths = np.maximum(right - left, 0)
        try:
            if self.edges is not None:
                pixels = fill_outside(pixels, *inner_edges(left, right, columns, self.edges.margin_px))
            pixels = fill_lost(pixels, window.present & (right > left))
            if ignore is not None and ignore[core].all():
                raise _NothingThereError
            result = in_units_of(self._of_tiles(pixels, ignore=ignore), self.detector.decision.threshold)
        except (SurfedgeError, _NothingThereError) as error:
            reason = error.reason if isinstance(error, SurfedgeError) else "no strip in view"
            return self._refused(number, window, widths, reason)
        return self._judged(number, window, result, ignore, left, right)

    def _judged(
        self, number: int, window: Window, result: Any, ignore: np.ndarray | None, left: np.ndarray, right: np.ndarray
    ) -> Tile:
        """The tile of a result. left, right : edges of the strip at each line of the window."""
        core, mm = window.core, self.pixel_size_mm
        (mask, scores), widths = self._defective(result, core), np.maximum(right - left, 0)
        is_clearing = self.detector.decision.clear_border
        beside = self._beside(ignore, window)[core] if is_clearing else None
        places = window.position_m[core.start : core.stop + 1]
        edge, sign = (left, 1) if self.y_from == "left" else (right, -1)
        found = pieces_of(mask, scores, window.top, places, edge[core], sign, beside)
        judged = window.present[core] & (right > left)[core]
        area = 1e-3 * mm * float((np.diff(places) * widths[core])[judged].sum())
        on = widths[core] > 0
        sides = (mm * float(left[core][on].mean()), mm * float(right[core][on].mean())) if on.any() else (0.0, 0.0)
        doubts = [note.removeprefix(IN_DOUBT) for note in result.notes if note.startswith(IN_DOUBT)]
        if result.is_defective and not result.mask.any() and not mask.any():
            doubts.append("called defective, at no place of its own lines")
        doubt = (InDoubt(float(places[0]), float(places[-1]), area, "; ".join(doubts)),) if doubts else ()
        pieces, lost = self._labelled(found, result, window), tuple(self._lost(window, widths))
        signal = self._signal(window, result, ignore, edge, sign) if self.faint_marks else None
        return Tile(number, window, pieces, lost, doubt, area, sides, float(result.score), signal)

    def _defective(self, result: Any, core: slice) -> tuple[np.ndarray, np.ndarray]:
        """Pixels of defects and their scores, bool and float32 (lines, columns), of the core.

        A network may call a tile defective as a whole, by a probability of its own or with no pixel over the pixels'
        limit: that is a defect where the map is highest, with the score of the tile. Where that lies in the lines which
        the tile only sees, the tile before or after it lists it.
        """
        mask = result.mask[core]
        if mask.any():
            return mask, np.asarray(result.anomaly_map)[core]
        if not result.is_defective or result.mask.any():
            return mask, np.zeros((1, 1), np.float32)
        scores = np.asarray(result.anomaly_map, np.float32)
        inside = scores[core]
        mask = inside > result.threshold
        if not mask.any() and result.score > float(scores.max()):
            mask = inside == scores.max()
        return mask, np.where(mask, np.float32(result.score), inside)

    def _signal(
        self, window: Window, result: Any, ignore: np.ndarray | None, edge: np.ndarray, sign: int
    ) -> LaneSignal:
        """What each lane shows, judged or not."""
        core = window.core
        scores = np.asarray(result.anomaly_map, np.float32)[core]
        if ignore is not None:
            scores = np.where(ignore[core], np.float32(-1), scores)
        places = window.position_m[core.start : core.stop + 1]
        limit = self.detector.decision.threshold
        return lane_signal(scores, limit, places, edge[core], sign, self.pixel_size_mm)

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

    def _beside(self, ignore: np.ndarray | None, window: Window) -> np.ndarray:
        """bool (lines, columns): pixels that lie beside what is not judged."""
        unjudged = np.zeros(window.pixels.shape[:2], np.uint8) if ignore is None else ignore.view(np.uint8)
        padded = cv2.copyMakeBorder(unjudged, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
        if window.first > 0:
            padded[0] = padded[1]
        if not window.is_end:
            padded[-1] = padded[-2]
        return cv2.dilate(padded, np.ones((3, 3), np.uint8))[1:-1, 1:-1].astype(bool)

    def _lost(self, window: Window, widths: np.ndarray) -> Iterator[NotInspected]:
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
        return Tile(number, window, _no_pieces(columns), (gap,))


def in_units_of(result: Result, limit: float) -> Result:
    """`result` with map and score scaled to `limit` where its own was another, so that one holds for all tiles."""
    if result.threshold == limit:
        return result
    scale = limit / result.threshold

    def scaled() -> np.ndarray:
        return np.asarray(result.anomaly_map, np.float32) * np.float32(scale)

    anomaly_map: np.ndarray = made_on_use(Lazy(scaled))
    return replace(result, score=scale * result.score, threshold=limit, anomaly_map=anomaly_map)


class _NothingThereError(Exception):
    """A tile without a pixel of the strip."""


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


def _no_pieces(columns: int) -> TileDefects:
    none = np.zeros(columns, np.int32)
    return TileDefects((), none, none)
