"""Masks as people save them: black and white, class numbers, palettes, alpha, JPEG; read as bool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surfedge.errors import ImageError, SurfedgeError
from surfedge.images import read

MAX_LEVELS = 16  # more grey levels than this: blurred edges or JPEG, not class numbers
_LOOKED_AT = 3
_NEAR_END = 0.15  # of the range: how far JPEG spreads black and white
_FEW_BETWEEN = 0.05  # fraction of pixels of a mask that may lie between black and white


@dataclass(frozen=True)
class MaskPixels:
    """marked : bool (H, W), True on the defect. is_cut : taken from shades, by half of white."""

    marked: np.ndarray = field(repr=False)
    is_cut: bool

    @property
    def share(self) -> float:
        """Marked part of the picture, 0..1."""
        return float(self.marked.mean())


def read_mask(path: Path) -> MaskPixels:
    """The mask at `path`.

    Up to 16 values are class numbers, of which any but 0 is a defect. More values are shades, as JPEG and blurred edges
    give: half of white and above is a defect. Of a picture whose colours are all alike, alpha is the mask; elsewhere
    what is transparent is not marked. Raises ImageError where the file cannot be read.
    """
    frame = read(path)
    pixels = frame.pixels if frame.pixels.ndim == 2 else frame.pixels.max(axis=2)
    white: float = frame.white
    alpha = _alpha(path) if "alpha channel dropped" in frame.notes else None
    if alpha is not None and alpha.shape == pixels.shape:
        seen = alpha >= _half(alpha)
        if (frame.pixels == frame.pixels[:1, :1]).all():
            return MaskPixels(seen, is_cut=_levels(alpha) > MAX_LEVELS)
        pixels = np.where(seen, pixels, pixels.dtype.type(0))
    is_shaded = _levels(pixels) > MAX_LEVELS or path.suffix.lower() in (".jpg", ".jpeg")
    return MaskPixels(pixels >= white / 2 if is_shaded else pixels > 0, is_shaded)


def look_like_masks(paths: Sequence[Path]) -> bool:
    """Whether the first few pictures are black, white and little between, or of a few values; unreadable ones agree."""
    for path in paths[:_LOOKED_AT]:
        try:
            pixels = read(path).pixels
        except SurfedgeError:
            continue
        levels = pixels if pixels.ndim == 2 else pixels.max(axis=2)
        if _levels(levels) <= MAX_LEVELS:
            continue
        low, high = float(levels.min()), float(levels.max())
        margin = _NEAR_END * max(high - low, 64 * high / 255)
        between = np.count_nonzero((levels > low + margin) & (levels < high - margin))
        if between > _FEW_BETWEEN * levels.size or low > margin:
            return False
    return True


def _levels(pixels: np.ndarray) -> int:
    """Number of different values, at most MAX_LEVELS + 1 where there are more."""
    if pixels.dtype == np.uint8:
        return int(np.count_nonzero(np.bincount(pixels.ravel(), minlength=256)))
    return min(len(np.unique(pixels)), MAX_LEVELS + 1)


def _alpha(path: Path) -> np.ndarray | None:
    import cv2

    stored = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if stored is None:
        raise ImageError(path, found="a mask whose alpha cannot be decoded", expected="an intact file")
    return stored[..., 3] if stored.ndim == 3 and stored.shape[2] == 4 else None


def _half(pixels: np.ndarray) -> float:
    return 0.5 if pixels.dtype.kind == "f" else (np.iinfo(pixels.dtype).max + 1) / 2
