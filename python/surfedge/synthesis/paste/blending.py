"""How a defect meets its new surface: multiplied into it, laid over it, or cloned into its gradients.

Each takes the target's window, float32 levels of 0 to 255, (h, w) or (h, w, 3), and a patch of that shape and those
channels, and returns the window with the defect in it, float32, not yet clipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.paste.defect_patch import DefectPatch

Field = NDArray[np.float32]

MOST_GAIN = 3.0
_ERODED_PX = 3  # OpenCV's clone erodes the mask that often
_BORDER_PX = _ERODED_PX + 3


def by_ratio(window: Field, patch: DefectPatch) -> Field:
    """target x (1 + alpha (ratio - 1)): the surface's own pattern stays, darker or brighter by the defect."""
    return window * (1 + _like(patch.alpha, window) * (patch.ratio - 1))


def by_laying_over(window: Field, patch: DefectPatch) -> Field:
    """(1 - alpha) target + alpha defect: the defect's own pixels, with a feathered edge."""
    return window + _like(patch.alpha, window) * (patch.pixels - window)


def by_gradients(window: Field, patch: DefectPatch) -> Field:
    """The defect's gradients with the target's levels at the edge.

    P. Perez, M. Gangnet, A. Blake, "Poisson Image Editing", 2003, as OpenCV has it.
    """
    border = (_BORDER_PX,) * 4
    target, source = (
        cv2.copyMakeBorder(
            _three_levels(each), *border, cv2.BORDER_REFLECT_101 if min(window.shape[:2]) > 1 else cv2.BORDER_REPLICATE
        )
        for each in (window, patch.pixels)
    )
    region = cv2.copyMakeBorder((patch.alpha > 0).astype(np.uint8), *border, cv2.BORDER_CONSTANT, value=0)
    region = cv2.dilate(region, np.ones((3, 3), np.uint8), iterations=_ERODED_PX)
    x, y, w, h = cv2.boundingRect(region)
    cloned = cv2.seamlessClone(source, target, region * 255, (x + w // 2, y + h // 2), cv2.NORMAL_CLONE)
    inner = cloned[_BORDER_PX : _BORDER_PX + window.shape[0], _BORDER_PX : _BORDER_PX + window.shape[1]]
    levels = inner.astype(np.float32)
    levels = levels if window.ndim == 3 else levels[..., 0]
    where = patch.alpha > 0
    return np.where(where if window.ndim == 2 else where[..., None], levels, window)


BLENDS: dict[str, Callable[[Field, DefectPatch], Field]] = {
    "ratio": by_ratio,
    "paste": by_laying_over,
    "poisson": by_gradients,
}


def matched(patch: DefectPatch, window: Field) -> DefectPatch:
    """The patch with its surface's mean and deviation made those of the window; the gain is 1/3 to 3."""
    mean = window.reshape(-1, *window.shape[2:]).mean(axis=0)
    own = patch.background.reshape(-1, *window.shape[2:]).mean(axis=0)
    deviation = float((window - mean).std())
    gain = np.float32(np.clip(deviation / max(patch.deviation, 0.5), 1 / MOST_GAIN, MOST_GAIN))
    pixels = (patch.pixels - own) * gain + mean
    return replace(patch, pixels=pixels, background=(patch.background - own) * gain + mean)


def _like(alpha: Field, window: Field) -> Field:
    return alpha if window.ndim == 2 else alpha[..., None]


def _three_levels(values: Field) -> NDArray[np.uint8]:
    levels = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB) if levels.ndim == 2 else levels)
