"""Changes of tone, sharpness and colour with stated strength; uint8 in, a new uint8 array out.

All take levels of (H, W) or (H, W, 3) in R, G, B order; what augments images draws the strengths.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.uint8]

_RAMP = np.arange(256, dtype=np.float32)
_SOFTENING = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / np.float32(13)


def through_table(levels: Levels, table: NDArray[np.floating]) -> Levels:
    """Each level replaced by what `table`, (256,) or (256, 3), says, rounded and clipped."""
    rounded = np.rint(np.clip(table, 0, 255)).astype(np.uint8)
    if rounded.ndim == 1:
        return np.asarray(cv2.LUT(levels, rounded), np.uint8)
    return np.asarray(cv2.LUT(levels, rounded[None]), np.uint8)


def gamma_corrected(levels: Levels, gamma: float | Sequence[float]) -> Levels:
    """255 (x / 255) ^ gamma, one exponent, or one per channel.

    >>> gamma_corrected(np.uint8([[0, 51, 255]]), 2.0).tolist()
    [[0, 10, 255]]
    """
    exponents = np.atleast_1d(np.asarray(gamma, np.float32))
    table = 255 * (_RAMP[:, None] / 255) ** exponents
    return through_table(levels, table[:, 0] if len(exponents) == 1 else table)


def brightened(levels: Levels, factor: float, added: float) -> Levels:
    """factor x + added."""
    return through_table(levels, _RAMP * np.float32(factor) + np.float32(added))


def inverted(levels: Levels) -> Levels:
    """255 - x."""
    return np.asarray(255 - levels, np.uint8)


def solarised(levels: Levels, above: int) -> Levels:
    """Levels of `above` and more inverted.

    >>> solarised(np.uint8([[10, 200]]), 128).tolist()
    [[10, 55]]
    """
    return through_table(levels, np.where(above <= _RAMP, 255 - _RAMP, _RAMP))


def posterised(levels: Levels, bits: int) -> Levels:
    """Only the highest 1 to 8 bits kept.

    >>> posterised(np.uint8([[10, 200]]), 1).tolist()
    [[0, 128]]
    """
    return levels & np.uint8(0xFF << (8 - bits) & 0xFF)


def contrast_stretched(levels: Levels, cut: float = 0.0) -> Levels:
    """Each channel stretched to 0..255 after the share `cut` at either end is cut off; a flat one stays.

    >>> contrast_stretched(np.uint8([[100, 110, 120]])).tolist()
    [[0, 128, 255]]
    """
    tables = [_stretching(channel, cut) for channel in _channels(levels)]
    return through_table(levels, tables[0] if len(tables) == 1 else np.stack(tables, axis=1))


def _stretching(channel: Levels, cut: float) -> NDArray[np.float32]:
    passed = np.cumsum(np.bincount(channel.reshape(-1), minlength=256))
    low = int(np.searchsorted(passed, cut * channel.size, side="right"))
    high = int(np.searchsorted(passed, (1 - cut) * channel.size, side="left"))
    if high <= low:
        return _RAMP
    return (_RAMP - np.float32(low)) * np.float32(255 / (high - low))


def equalised(levels: Levels) -> Levels:
    """Each channel with a flat histogram."""
    channels = [np.asarray(cv2.equalizeHist(channel), np.uint8) for channel in _channels(levels)]
    return channels[0] if len(channels) == 1 else np.dstack(channels)


def _channels(levels: Levels) -> list[Levels]:
    return [levels] if levels.ndim == 2 else [np.ascontiguousarray(levels[..., c]) for c in range(3)]


def sharpened(levels: Levels, factor: float) -> Levels:
    """The image against its softened self: 0 is soft, 1 as it is, 2 sharp."""
    soft = cv2.filter2D(levels, -1, _SOFTENING, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(cv2.addWeighted(levels, factor, soft, 1 - factor, 0), np.uint8)


def recoloured(levels: Levels, hue_deg: float, saturation: float) -> Levels:
    """Hue turned by `hue_deg`, `saturation` levels added; a grey image, (H, W), has neither and is copied."""
    if levels.ndim == 2:
        return levels.copy()
    hsv = np.asarray(cv2.cvtColor(levels, cv2.COLOR_RGB2HSV_FULL), np.uint8)
    hue = (_RAMP + np.float32(hue_deg * 256 / 360)) % 256
    table = np.stack([np.floor(hue), _RAMP + np.float32(saturation), _RAMP], axis=1)
    return np.asarray(cv2.cvtColor(through_table(hsv, table), cv2.COLOR_HSV2RGB_FULL), np.uint8)
