"""mixup: two images and their labels in one share.

H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", 2018.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.synthesis.image_arrays import check_image
from surfedge.synthesis.ranges import require

ALPHA = 0.2


def mixup(
    image: NDArray[Any],
    label: NDArray[np.float32],
    other_image: NDArray[Any],
    other_label: NDArray[np.float32],
    rng: np.random.Generator,
    alpha: float = ALPHA,
) -> tuple[NDArray[Any], NDArray[np.float32], float]:
    """share x image + (1 - share) x other, and the labels likewise; share from Beta(alpha, alpha). For classifiers.

    image, other_image : the same shape and dtype, uint8, or float32 in [0, 1]; the result has them too.
    label, other_label : float32, (C,): a share for each class, such as one-hot.
    alpha : above 0; at 0.2 most shares are near 0 or 1.

    >>> black, white = np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32)
    >>> good, bad = np.float32([1, 0]), np.float32([0, 1])
    >>> image, label, share = mixup(black, good, white, bad, np.random.default_rng(4))
    >>> bool(np.allclose(image, 1 - share) and np.allclose(label, [share, 1 - share]))
    True
    """
    check_image("image", image)
    check_image("other_image", other_image)
    require(1e-3, 1e3, alpha=alpha)
    if image.shape != other_image.shape or image.dtype != other_image.dtype:
        found = f"{other_image.dtype} of {other_image.shape}"
        raise ArgumentError("other_image", found=found, expected=f"{image.dtype} of {image.shape}")
    for name, given in (("label", label), ("other_label", other_label)):
        if np.ndim(given) != 1 or np.shape(given) != np.shape(label):
            raise ArgumentError(name, found=f"shape {np.shape(given)}", expected="(C,), the same for both")
    share = float(rng.beta(alpha, alpha))
    mixed = np.asarray(cv2.addWeighted(image, share, other_image, 1 - share, 0), image.dtype)
    if image.dtype == np.float32:
        mixed = np.clip(mixed, 0, 1)
    weighted = share * np.asarray(label, np.float64) + (1 - share) * np.asarray(other_label, np.float64)
    return mixed, weighted.astype(np.float32), share
