"""The ten ways in which DRAEM's authors change a foreign texture, drawn at random; three of them in turn.

V. Zavrtanik, M. Kristan, D. Skocaj, "DRAEM - A discriminatively trained reconstruction embedding for surface anomaly
detection", 2021. Levels are uint8, (H, W) or (H, W, 3); each function returns a new array of the same shape.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis import tone
from surfedge.synthesis.turning import moved

Levels = NDArray[np.uint8]


def _gamma(levels: Levels, rng: np.random.Generator) -> Levels:
    return tone.gamma_corrected(levels, rng.uniform(0.5, 2.0, 1 if levels.ndim == 2 else 3).tolist())


def _brightness(levels: Levels, rng: np.random.Generator) -> Levels:
    return tone.brightened(levels, rng.uniform(0.8, 1.2), rng.uniform(-30, 30))


def _sharpness(levels: Levels, rng: np.random.Generator) -> Levels:
    return tone.sharpened(levels, rng.uniform(0.1, 1.9))


def _colour(levels: Levels, rng: np.random.Generator) -> Levels:
    hue, saturation = rng.uniform(-50, 50, 2)  # of 255
    return tone.recoloured(levels, hue * 360 / 255, saturation)


def _solarise(levels: Levels, rng: np.random.Generator) -> Levels:
    above, applied = int(rng.integers(32, 129)), rng.random() < 0.5
    return tone.solarised(levels, above) if applied else levels.copy()


def _posterise(levels: Levels, rng: np.random.Generator) -> Levels:
    return tone.posterised(levels, int(rng.integers(1, 9)))


def _invert(levels: Levels, rng: np.random.Generator) -> Levels:
    return tone.inverted(levels)


def _autocontrast(levels: Levels, rng: np.random.Generator) -> Levels:
    return tone.contrast_stretched(levels, rng.uniform(0, 0.2))


def _equalise(levels: Levels, rng: np.random.Generator) -> Levels:
    return tone.equalised(levels)


def _turn(levels: Levels, rng: np.random.Generator) -> Levels:
    turned: Levels = moved(levels, turn_deg=rng.uniform(-45, 45))
    return turned


TEXTURE_AUGMENTATIONS: dict[str, Callable[[Levels, np.random.Generator], Levels]] = {
    "gamma": _gamma,
    "brightness": _brightness,
    "sharpness": _sharpness,
    "colour": _colour,
    "solarise": _solarise,
    "posterise": _posterise,
    "invert": _invert,
    "autocontrast": _autocontrast,
    "equalise": _equalise,
    "turn": _turn,
}

IN_TURN = 3


def augmented(levels: Levels, rng: np.random.Generator) -> tuple[Levels, tuple[str, ...]]:
    """`levels` after three different augmentations, and their names in the order in which they were done.

    >>> grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    >>> changed, names = augmented(grey, np.random.default_rng(2))
    >>> changed.shape, len(set(names))
    ((8, 8), 3)
    """
    names = tuple(TEXTURE_AUGMENTATIONS)
    chosen = tuple(names[k] for k in rng.choice(len(names), IN_TURN, replace=False))
    for name in chosen:
        levels = TEXTURE_AUGMENTATIONS[name](levels, rng)
    return levels, chosen
