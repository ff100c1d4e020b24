"""The screen: a cheap method judges every tile, so that a costly network gets only those that are suspicious.

A method without a network makes a coarse map; a tile whose largest value of it stays at or below a limit is passed. The
limit is a quantile of what tiles of good images gave, so the fraction of good tiles that is skipped is stated. What the
network skipped is counted in the result. (The idea of a cascade that rejects early: Viola, Jones, "Rapid Object
Detection using a Boosted Cascade of Simple Features", 2001.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from surfedge.bundle import deserialize, serialize
from surfedge.engine import starts
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import Frame
from surfedge.methods import METHODS, SCREENS
from surfedge.methods.method import Method
from surfedge.registry import resolve

FEWEST_TILES = 50


@dataclass(frozen=True)
class Screen:
    """method : makes the coarse map. limit : a tile is passed when no value of its map is above it.

    share : fraction of known-good tiles that the limit skips. fill : what the anomaly map shows where every tile was
    skipped, the median of the network's raw map on good images.
    """

    method: Method
    limit: float
    share: float
    fill: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0:
            raise ArgumentError("screen.share", found=self.share, expected="above 0, below 1")
        if not abs(self.limit) < 3e38 or not abs(self.fill) < 3e38:
            raise ArgumentError("screen.limit", found=(self.limit, self.fill), expected="finite numbers")

    def keeps(self, frame: Frame, tile_px: int, stride_px: int) -> np.ndarray:
        """bool (rows, columns) of the tiles: True for those that the network has to judge."""
        return ~(self.tile_scores(frame, tile_px, stride_px) <= self.limit)  # NaN is kept

    def tile_scores(self, frame: Frame, tile_px: int, stride_px: int) -> np.ndarray:
        """Largest value of the coarse map within each tile, float32 (rows, columns)."""
        coarse = self.method.inspect(frame)
        cell_px = coarse.cell_px or 1
        rows = _cells(frame.shape[0], tile_px, stride_px, cell_px)
        columns = _cells(frame.shape[1], tile_px, stride_px, cell_px)
        return _largest(_largest(coarse.map, rows).T, columns).T


def fit_screen(
    take: Callable[[range, str], Iterator[Frame]],
    count: int,
    tile_px: int,
    stride_px: int,
    *,
    share: float = 0.98,
    method: str = "statistics",
    fill: float = 0.0,
) -> Screen:
    """A screen that skips the fraction `share` of the tiles of `count` good images, two or more.

    take : gives the images of a range of indices, as GoodFrames of surfedge.calibration does. Each half is judged by
    what the other half taught, so the fraction holds for images not seen.
    Raises ArgumentError for a fraction out of range or an unknown method, DatasetError for fewer than 50 tiles.
    """
    if method not in SCREENS:
        raise ArgumentError("screen", found=repr(method), expected=", ".join(SCREENS))
    start = Screen(deserialize(resolve(METHODS, method), SCREENS[method]), 0.0, share, fill)
    learned, *judges = (
        start.method.fit(take(range(first, count, step), "learning")) for first, step in ((0, 1), (1, 2), (0, 2))
    )
    scores = np.concatenate(
        [
            replace(start, method=judges[number % 2]).tile_scores(frame, tile_px, stride_px).ravel()
            for number, frame in enumerate(take(range(count), "screening"))
        ]
    )
    if scores.size < FEWEST_TILES:
        raise DatasetError(
            "good images", found=f"{scores.size} tiles", expected=f"{FEWEST_TILES} or more", remedy="add good images"
        )
    return replace(start, method=learned, limit=float(np.quantile(scores, share, method="higher")))


def to_section(screen: Screen) -> tuple[dict, dict[str, np.ndarray]]:
    """Settings and arrays of a bundle's ``screen`` section."""
    settings, arrays, _ = serialize(screen.method)
    section = {
        "method": screen.method.name,
        "settings": settings,
        "limit": screen.limit,
        "share": screen.share,
        "fill": screen.fill,
    }
    return section, arrays


def from_section(section: dict, arrays: dict[str, np.ndarray]) -> Screen | None:
    """The screen of a bundle; None where it has none. Raises ArgumentError for one that does not hold together."""
    if not section:
        return None
    name = section.get("method")
    if name not in SCREENS:
        raise ArgumentError("screen.method", found=repr(name), expected=", ".join(SCREENS))
    method = deserialize(resolve(METHODS, name), section.get("settings", {}), arrays, name="screen.settings")
    rest = {key: value for key, value in section.items() if key not in ("method", "settings")}
    limits = deserialize(_Limits, rest, name="screen")
    return Screen(method, limits.limit, limits.share, limits.fill)


@dataclass(frozen=True)
class _Limits:
    """The numbers of a section, checked by type."""

    limit: float
    share: float
    fill: float = 0.0


def _cells(length_px: int, tile_px: int, stride_px: int, cell_px: int) -> list[tuple[int, int]]:
    """First and last + 1 cell that each tile along one side touches."""
    count = -(-length_px // cell_px)
    return [
        (first // cell_px, max(first // cell_px + 1, min(count, -(-(first + tile_px) // cell_px))))
        for first in starts(max(length_px, tile_px), tile_px, stride_px)
    ]


def _largest(values: np.ndarray, spans: list[tuple[int, int]]) -> np.ndarray:
    """The largest of each span of rows, (spans, columns)."""
    ends = np.ravel(spans)
    padded = np.concatenate([values, values[:1]])  # an end may lie behind the last row
    return np.maximum.reduceat(padded, ends, axis=0)[::2]  # the odd entries lie between the spans
