"""Phase-only transform: every frequency is given the same amplitude, which flattens all that is regular.

D. Aiger, H. Talbot, "The phase only transform for unsupervised surface defect detection", 2010. It needs no lattice,
but it raises noise as much as it lowers the pattern.
"""

from __future__ import annotations

import cv2
import numpy as np

from surfedge import kernels

ROUNDING = 1e-3  # std of an image below which it is taken as empty


def phase_only(flat: np.ndarray, margin_px: int = 32) -> np.ndarray:
    """`flat`, float32 (H, W) around 0, with its spectrum's phase alone, of std about 1, float32 (H, W).

    The image is mirrored and faded out over `margin_px` on all sides, so that its border is not a pattern.

    >>> x = np.tile(np.float32([0, 1]), (32, 32)) - np.float32(0.5); x[9, 20] = 3
    >>> found = phase_only(x)
    >>> np.unravel_index(int(np.abs(found).argmax()), found.shape) == (9, 20)
    True
    """
    height, width = flat.shape
    margins = [min(margin_px, n) for n in (height, width)]
    sides = [cv2.getOptimalDFTSize(n + 2 * m) for n, m in zip((height, width), margins, strict=True)]
    (top, left), (rows, columns) = margins, sides
    below, right = rows - height - top, columns - width - left
    canvas = cv2.copyMakeBorder(flat, top, below, left, right, cv2.BORDER_REFLECT)
    canvas *= np.outer(_fade(height, top, below), _fade(width, left, right))
    spectrum = kernels.rfft2(canvas)
    amplitude = np.abs(spectrum)
    spectrum /= amplitude + np.float32(ROUNDING * canvas.size**0.5)
    back = kernels.irfft2(spectrum, (rows, columns))
    return np.ascontiguousarray(back[top : top + height, left : left + width]) * np.float32(canvas.size**0.5)


def _fade(length: int, before: int, after: int) -> np.ndarray:
    """1 over `length`, falling to 0 over `before` and `after` as a cosine, float32."""
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(before) + 0.5) / max(before, 1))
    fall = 0.5 + 0.5 * np.cos(np.pi * (np.arange(after) + 0.5) / max(after, 1))
    return np.concatenate([rise, np.ones(length), fall]).astype(np.float32)
