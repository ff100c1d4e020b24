"""AugMix: several chains of mild operations, mixed with each other and with the image.

D. Hendrycks, N. Mu, E. D. Cubuk, B. Zoph, J. Gilmer, B. Lakshminarayanan, "AugMix: A Simple Data Processing Method to
Improve Robustness and Uncertainty", 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.synthesis import tone
from surfedge.synthesis.image_arrays import check_image, like, to_levels
from surfedge.synthesis.ranges import require
from surfedge.synthesis.turning import moved

Image = NDArray[Any]
Levels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Operation = Callable[[Levels, np.random.Generator, float], Levels]

CHAINS = 3
LONGEST_CHAIN = 3
MILD = 0.3  # of the operations' full range, as the authors' severity 3 of 10


def _sign(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


def _posterise(levels: Levels, rng: np.random.Generator, strength: float) -> Levels:
    return tone.posterised(levels, 8 - round(rng.uniform(0, 4 * strength)))


def _solarise(levels: Levels, rng: np.random.Generator, strength: float) -> Levels:
    return tone.solarised(levels, 256 - round(rng.uniform(0, 256 * strength)))


def _turn(levels: Levels, rng: np.random.Generator, strength: float) -> Levels:
    return moved(levels, turn_deg=_sign(rng) * rng.uniform(0, 30 * strength))


def _shear(levels: Levels, rng: np.random.Generator, strength: float) -> Levels:
    by, along_x = _sign(rng) * rng.uniform(0, 0.3 * strength), rng.random() < 0.5
    return moved(levels, shear=(by, 0.0) if along_x else (0.0, by))


def _shift(levels: Levels, rng: np.random.Generator, strength: float) -> Levels:
    by, along_x = _sign(rng) * rng.uniform(0, strength / 3), rng.random() < 0.5
    h, w = levels.shape[:2]
    return moved(levels, shift_px=(by * w, 0.0) if along_x else (0.0, by * h))


TONAL: dict[str, Operation] = {
    "autocontrast": lambda levels, rng, strength: tone.contrast_stretched(levels),
    "equalise": lambda levels, rng, strength: tone.equalised(levels),
    "posterise": _posterise,
    "solarise": _solarise,
}
MOVING: dict[str, Operation] = {"turn": _turn, "shear": _shear, "shift": _shift}


def aug_mix(
    image: Image,
    mask: Mask | None,
    rng: np.random.Generator,
    chains: int = CHAINS,
    strength: float = MILD,
    alpha: float = 1.0,
) -> tuple[Image, Mask | None]:
    """m x image + (1 - m) x sum of w_i chain_i(image); w from Dirichlet(alpha), m from Beta(alpha, alpha).

    A chain is one to three operations, drawn with repetition: autocontrast, equalise, posterise, solarise, and
    without a mask turn, shear and shift, since mixed shifted images have no one truth. Operations work on 255 levels.

    image : (H, W) or (H, W, 3), uint8, or float32 in [0, 1].   mask : bool, (H, W), comes back as it is.
    chains : at least 1.   strength : 0 to 1 of the operations' range.

    >>> grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    >>> mixed, _ = aug_mix(grey, None, np.random.default_rng(0))
    >>> mixed.shape, mixed.dtype.name
    ((8, 8), 'uint8')
    """
    check_image("image", image)
    if chains < 1:
        raise ArgumentError("chains", found=chains, expected="1 or more")
    require(0, 1, strength=strength)
    require(1e-3, 1e3, alpha=alpha)
    weights, share = rng.dirichlet([alpha] * chains), float(rng.beta(alpha, alpha))
    operations = tuple(TONAL.values()) if mask is not None else (*TONAL.values(), *MOVING.values())
    original = to_levels(image)
    mixed = np.zeros(image.shape, np.float32)
    for weight in weights:
        levels = original
        for _ in range(int(rng.integers(1, LONGEST_CHAIN + 1))):
            levels = operations[int(rng.integers(len(operations)))](levels, rng, strength)
        mixed += np.float32((1 - share) * weight) * levels
    exact = image * np.float32(255) if image.dtype == np.float32 else image
    mixed += np.float32(share) * exact
    return like(mixed, image), None if mask is None else mask.copy()
