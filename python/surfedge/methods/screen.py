"""The screen: a cheap method judges every tile, so that a costly network gets only those that are suspicious.

A method without a network makes a coarse map; a tile whose largest value of it stays at or below a limit is dull. The
limit is a quantile of what tiles of good images gave, so the fraction of good tiles that is skipped is stated. A tile
with a part that is flatter, darker or brighter than any part of a good tile is never dull: a method that measures
contrast within the image finds a black one ordinary. What the network did not see is counted in the result. (The idea
of a cascade that rejects early: Viola, Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features",
2001.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

import cv2
import numpy as np

from surfedge import kernels
from surfedge.bundle import deserialize, serialize
from surfedge.engine import starts
from surfedge.errors import ArgumentError, DatasetError, require
from surfedge.images import Frame, to_grey_u8
from surfedge.methods import METHODS, SCREENS
from surfedge.methods.dzl import DZL
from surfedge.methods.method import Method
from surfedge.registry import resolve

FEWEST_TILES = 50
PART_PX = 16  # side of the parts of a tile whose contrast and brightness are looked at


@dataclass(frozen=True)
class Screen:
    """method : makes the coarse map. limit : a tile is passed when no value of its map is above it.

    share : fraction of known-good tiles that the limit skips. fill : what the anomaly map shows where every tile was
    skipped, the median of the network's raw map on good images.
    least_std, least_mean, most_mean : of the parts of good tiles, 0 to 1; a tile with a part beyond them is not dull.
    The defaults, those of bundles that say nothing of them, leave every tile inside.
    """

    method: Method
    limit: float
    share: float
    fill: float = 0.0
    least_std: float = 0.0
    least_mean: float = 0.0
    most_mean: float = 1.0

    def __post_init__(self) -> None:
        for name in ("least_std", "least_mean", "most_mean"):
            require(f"screen.{name}", getattr(self, name), 0.0 <= getattr(self, name) <= 1.0, "0 to 1")
        if not 0.0 < self.share < 1.0:
            raise ArgumentError("screen.share", found=self.share, expected="above 0, below 1")
        if not abs(self.limit) < 3e38 or not abs(self.fill) < 3e38:
            raise ArgumentError("screen.limit", found=(self.limit, self.fill), expected="finite numbers")

    def keeps(self, frame: Frame, tile_px: int, stride_px: int) -> np.ndarray:
        """bool (rows, columns) of the tiles: True for those that the network has to see."""
        std = None if self._leaves_all_inside else part_stds(frame)
        kept = ~(self.tile_scores(frame, tile_px, stride_px, std) <= self.limit)  # NaN is kept
        if std is None:
            return kept
        mean = part_means(frame)
        odd = (std < self.least_std) | (mean < self.least_mean) | (mean > self.most_mean)
        if not odd.any():
            return kept
        return kept | (_largest_by_tile(odd.view(np.uint8), frame.shape, tile_px, stride_px, PART_PX) > 0)

    @property
    def _leaves_all_inside(self) -> bool:
        return (self.least_std, self.least_mean, self.most_mean) == (0.0, 0.0, 1.0)

    def tile_scores(self, frame: Frame, tile_px: int, stride_px: int, std: np.ndarray | None = None) -> np.ndarray:
        """Largest value of the coarse map within each tile, float32 (rows, columns); std : `part_stds` of the frame,
        where they are known."""
        if std is not None and isinstance(self.method, DZL) and self.method.patch_px == PART_PX:
            coarse = self.method.compared(std)
        else:
            coarse = self.method.inspect(frame)
        return _largest_by_tile(coarse.map, frame.shape, tile_px, stride_px, coarse.cell_px or 1)


def part_stds(frame: Frame) -> np.ndarray:
    """Standard deviation of the grey values of each part, PART_PX a side, as a fraction of white; float32."""
    return kernels.patch_std(to_grey_u8(frame), PART_PX)


def part_means(frame: Frame) -> np.ndarray:
    """Mean of the grey values of each part, along the row in its middle alone, which costs a sixteenth; float32."""
    grey = to_grey_u8(frame)
    height, width = grey.shape
    middles = np.minimum(np.arange(PART_PX // 2, height + PART_PX // 2, PART_PX), height - 1)
    rows = grey[middles]
    if rest := -width % PART_PX:
        rows = cv2.copyMakeBorder(rows, 0, 0, 0, rest, cv2.BORDER_REPLICATE)
    means = cv2.resize(rows, (rows.shape[1] // PART_PX, len(rows)), interpolation=cv2.INTER_AREA)
    return means * np.float32(1 / 255)


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
    found, parts = [], []
    for number, frame in enumerate(take(range(count), "screening")):
        std, mean = part_stds(frame), part_means(frame)
        found.append(replace(start, method=judges[number % 2]).tile_scores(frame, tile_px, stride_px, std).ravel())
        parts.append((std.min(), mean.min(), mean.max()))
    scores = np.concatenate(found)
    if scores.size < FEWEST_TILES:
        raise DatasetError(
            "good images", found=f"{scores.size} tiles", expected=f"{FEWEST_TILES} or more", remedy="add good images"
        )
    stds, darkest, brightest = (np.array(each, np.float64) for each in zip(*parts, strict=True))
    return replace(
        start,
        method=learned,
        limit=float(np.quantile(scores, share, method="higher")),
        least_std=float(stds.min()),
        least_mean=float(darkest.min()),
        most_mean=float(brightest.max()),
    )


def to_section(screen: Screen) -> tuple[dict, dict[str, np.ndarray]]:
    """Settings and arrays of a bundle's ``screen`` section."""
    settings, arrays, _ = serialize(screen.method)
    section = {
        "method": screen.method.name,
        "settings": settings,
        "limit": screen.limit,
        "share": screen.share,
        "fill": screen.fill,
        "least_std": screen.least_std,
        "least_mean": screen.least_mean,
        "most_mean": screen.most_mean,
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
    return Screen(method, **{each.name: getattr(limits, each.name) for each in fields(limits)})


@dataclass(frozen=True)
class _Limits:
    """The numbers of a section, checked by type."""

    limit: float
    share: float
    fill: float = 0.0
    least_std: float = 0.0
    least_mean: float = 0.0
    most_mean: float = 1.0


def _largest_by_tile(
    values: np.ndarray, shape: tuple[int, int], tile_px: int, stride_px: int, cell_px: int
) -> np.ndarray:
    """The largest of the cells that each tile of an image of `shape` touches, (rows, columns)."""
    rows, columns = (_cells(side, tile_px, stride_px, cell_px) for side in shape)
    return _largest(_largest(values, rows).T, columns).T


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
