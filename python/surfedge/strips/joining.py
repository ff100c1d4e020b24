"""Defects that the borders of tiles cut, joined once; a defect is done when a tile ends without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import cv2
import numpy as np


@dataclass(frozen=True)
class Piece:
    """What one tile holds of a defect; sums over its pixels, so that pieces add up.

    first, below : lines, from the head. left, right : columns, the latter the one after the last.
    from_m, to_m : where its first line begins and its last one ends. from_px, to_px : columns from the stated edge.
    area_px, sum_m, sum_px, sum_score : pixels, and the sums of their positions and scores. touches : it meets an edge
    of what is judged. picture : of the piece of highest score, encoded; b"" without one.
    """

    first: int
    below: int
    left: int
    right: int
    from_m: float
    to_m: float
    from_px: float
    to_px: float
    area_px: int
    sum_m: float
    sum_px: float
    sum_score: float
    score: float
    label: str = ""
    touches: bool = False
    pieces: int = 1
    picture: bytes = field(default=b"", repr=False)

    def joined(self, other: Piece) -> Piece:
        """This piece and another as one."""
        stronger = self if self.score >= other.score else other
        return Piece(
            first=min(self.first, other.first),
            below=max(self.below, other.below),
            left=min(self.left, other.left),
            right=max(self.right, other.right),
            from_m=min(self.from_m, other.from_m),
            to_m=max(self.to_m, other.to_m),
            from_px=min(self.from_px, other.from_px),
            to_px=max(self.to_px, other.to_px),
            area_px=self.area_px + other.area_px,
            sum_m=self.sum_m + other.sum_m,
            sum_px=self.sum_px + other.sum_px,
            sum_score=self.sum_score + other.sum_score,
            score=stronger.score,
            label=stronger.label,
            touches=self.touches or other.touches,
            pieces=self.pieces + other.pieces,
            picture=stronger.picture,
        )


@dataclass(frozen=True)
class TileDefects:
    """The pieces in a tile, and which of them its first and last line show: int32 (columns,), 0 for none, else the
    piece's place in `pieces` plus one."""

    pieces: tuple[Piece, ...]
    first_line: np.ndarray = field(repr=False)
    last_line: np.ndarray = field(repr=False)


def pieces_of(
    mask: np.ndarray,
    scores: np.ndarray,
    first_line: int,
    position_m: np.ndarray,
    edge_px: np.ndarray,
    sign: int = 1,
    edge_of_judged: np.ndarray | None = None,
) -> TileDefects:
    """The 8-connected pieces of a tile's mask.

    mask : bool (lines, columns). scores : float32, alike, the finished map. first_line : number of the tile's first.
    position_m : float64 (lines + 1,). edge_px : int32 (lines,), the column from which positions across are counted,
    upward for sign 1, downward for -1. edge_of_judged : bool (lines, columns), pixels beside what is not judged.
    """
    columns = mask.shape[1]
    none = np.zeros(columns, np.int32)
    if not mask.any():
        return TileDefects((), none, none)
    count, labels = cv2.connectedComponents(np.ascontiguousarray(mask).view(np.uint8), connectivity=8)
    line, column = np.nonzero(mask)
    of = labels[line, column] - 1
    order = np.argsort(of, kind="stable")
    line, column, of = line[order], column[order], of[order]
    starts = np.searchsorted(of, np.arange(count - 1))
    value = scores[line, column].astype(np.float64)
    along = 0.5 * (position_m[line] + position_m[line + 1])
    across = (column - edge_px[line]) + 0.5 if sign > 0 else (edge_px[line] - column) - 0.5
    low, high, total = np.minimum.reduceat, np.maximum.reduceat, np.add.reduceat
    area = np.diff(np.append(starts, len(of)))
    touching = None if edge_of_judged is None else high(edge_of_judged[line, column], starts)
    flags = [False] * len(area) if touching is None else touching.tolist()
    figures = zip(
        (low(line, starts) + first_line).tolist(),
        (high(line, starts) + first_line + 1).tolist(),
        low(column, starts).tolist(),
        (high(column, starts) + 1).tolist(),
        low(position_m[line], starts).tolist(),
        high(position_m[line + 1], starts).tolist(),
        (low(across, starts) - 0.5).tolist(),
        (high(across, starts) + 0.5).tolist(),
        area.tolist(),
        total(along, starts).tolist(),
        total(across, starts).tolist(),
        total(value, starts).tolist(),
        high(value, starts).tolist(),
        [""] * len(area),
        flags,
        strict=True,
    )
    pieces = tuple(Piece(*each) for each in figures)
    return TileDefects(pieces, labels[0].astype(np.int32), labels[-1].astype(np.int32))


class Joiner:
    """Takes tiles in order and gives back defects that are done, in the order of their ends, then first lines.

    `state` and `restore` carry what is open over a break of the run.
    """

    def __init__(self) -> None:
        self._open: dict[int, Piece] = {}
        self._next = 1
        self._last_line: np.ndarray | None = None

    def add(self, tile: TileDefects) -> list[Piece]:
        """Joins a tile's pieces to the open defects; what did not go on is done."""
        keys = self._keys_of(tile)
        merged: dict[int, Piece] = {}
        for key, piece in zip(keys, tile.pieces, strict=True):
            merged[key] = piece if key not in merged else merged[key].joined(piece)
        for key, piece in merged.items():
            self._open[key] = self._open[key].joined(piece) if key in self._open else piece
        lookup = np.array([0, *keys], np.int64)
        self._last_line = lookup[tile.last_line]
        going_on = set(np.unique(self._last_line).tolist())
        done = [self._open.pop(key) for key in sorted(self._open) if key not in going_on]
        return sorted(done, key=_place)

    def interrupt(self) -> list[Piece]:
        """What is open is done: nothing that follows touches it."""
        done = sorted(self._open.values(), key=_place)
        self._open, self._last_line = {}, None
        return done

    def _keys_of(self, tile: TileDefects) -> list[int]:
        """The open defect that each piece belongs to; defects that a piece connects become one, under the least key."""
        leader: dict[int, int] = {}

        def find(key: int) -> int:
            while leader.get(key, key) != key:
                key = leader[key]
            return key

        keys = [0] * len(tile.pieces)
        for piece, above in self._contacts(tile):
            mine, other = keys[piece - 1], find(above)
            if not mine:
                keys[piece - 1] = other
            elif find(mine) != other:
                low, high = sorted((find(mine), other))
                leader[high] = low
        for place, key in enumerate(keys):
            if not key:
                keys[place], self._next = self._next, self._next + 1
        for key in [key for key in self._open if find(key) != key]:
            piece_ = self._open.pop(key)
            self._open[find(key)] = self._open[find(key)].joined(piece_)
        return [find(key) for key in keys]

    def _contacts(self, tile: TileDefects) -> Iterator[tuple[int, int]]:
        """(piece, open defect) for every pixel of the tile's first line and each of the three above it."""
        if self._last_line is None or not tile.pieces or not self._open:
            return
        above = np.pad(self._last_line, 1)
        pairs: set[tuple[int, int]] = set()
        for shift in (0, 1, 2):
            neighbour = above[shift : shift + len(tile.first_line)]
            both = (tile.first_line > 0) & (neighbour > 0)
            pairs |= set(zip(tile.first_line[both].tolist(), neighbour[both].tolist(), strict=True))
        yield from sorted(pairs)

    def state(self) -> dict[str, Any]:
        """What is open, as plain values for JSON."""
        runs: list[tuple[int, int, int]] = []
        if self._last_line is not None and self._open:
            cuts = np.flatnonzero(np.diff(self._last_line)) + 1
            starts = [0, *cuts.tolist()]
            ends = [*cuts.tolist(), len(self._last_line)]
            keys = [int(self._last_line[start]) for start in starts]
            runs = [each for each in zip(starts, ends, keys, strict=True) if each[2]]
        columns = 0 if self._last_line is None else len(self._last_line)
        pieces = {str(key): {**asdict(piece), "picture": piece.picture.hex()} for key, piece in self._open.items()}
        return {"next": self._next, "columns": columns, "runs": runs, "open": pieces}

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Joiner:
        """A joiner that goes on where another's `state` was taken."""
        joiner = cls()
        joiner._next = int(state["next"])
        if state["columns"]:
            joiner._last_line = np.zeros(int(state["columns"]), np.int64)
            for start, end, key in state["runs"]:
                joiner._last_line[start:end] = key
        for key, values in state["open"].items():
            joiner._open[int(key)] = Piece(**{**values, "picture": bytes.fromhex(values["picture"])})
        return joiner


def with_pictures(tile: TileDefects, pictures: Iterable[tuple[int, bytes]]) -> TileDefects:
    """The tile with pictures put to pieces, by their place."""
    pieces = list(tile.pieces)
    for place, picture in pictures:
        pieces[place] = replace(pieces[place], picture=picture)
    return replace(tile, pieces=tuple(pieces))


def _place(piece: Piece) -> tuple[int, int, int]:
    return piece.first, piece.left, piece.below
