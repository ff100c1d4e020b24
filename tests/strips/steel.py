"""Lines of steel for tests, good and marked, and what a scan finds in them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from surfedge.detector import Detector
from surfedge.strips import LineScan, StripDefect

LINES, COLUMNS = 2300, 300


def steel(lines: int = LINES, columns: int = COLUMNS, seed: int = 0, kind: type = np.uint8) -> np.ndarray:
    """Noise of a fine grain; (lines, columns)."""
    grain = np.random.default_rng(seed).normal(128, 6, (lines, columns)).clip(1, 255)
    return grain.astype(np.uint8) if kind is np.uint8 else (grain * 256).astype(np.uint16)


def marked(lines: np.ndarray) -> np.ndarray:
    """The same with a pit, a scratch over several tiles, a spot on a tile's border and one at the tail."""
    out, dark = lines.copy(), np.array(0.2)
    for y, x in (
        (slice(100, 118), slice(50, 70)),
        (slice(300, 1500), slice(150, 158)),
        (slice(506, 520), slice(220, 240)),
    ):
        out[y, x] = (out[y, x] * dark).astype(out.dtype)
    out[-12:, 30:50] //= 5
    return out


def chunks(lines: np.ndarray, count: int) -> Iterator[np.ndarray]:
    for top in range(0, len(lines), count):
        yield lines[top : top + count]


def found(detector: Detector, lines: np.ndarray, count: int, **settings: object) -> list[StripDefect]:
    scan = LineScan(detector, 0.5, tile_lines=512, workers=2, **settings)  # type: ignore[arg-type]
    return list(scan(chunks(lines, count)))
