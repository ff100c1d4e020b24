"""Statistics: how anomalous the patches of a picture are, given what the reconstruction shows at the same place.

The features of surfedge.methods.statistics are taken of picture and reconstruction alike. On good images a linear
regression on the reconstruction's features and their squares predicts those of the picture; the map is the Mahalanobis
distance of what it does not predict. So grain or an edge that is never reconstructed, but that always lies where
it gives this, is no anomaly, and a defect that is half reconstructed is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from surfedge import kernels
from surfedge.errors import ArgumentError
from surfedge.images import from_array
from surfedge.methods.covariance import Moments, whitener_of
from surfedge.methods.lesson import Lesson
from surfedge.methods.residuals.residual import Pair, Residual
from surfedge.methods.statistics import Statistics

FEATURES = Statistics()
OWN_FRACTION = FEATURES.own_share  # how far the learned mean is drawn to that of the image at hand
GIVEN_NOISE = 0.01  # std that a reconstruction's feature always has: rounding predicts nothing


@dataclass(frozen=True)
class GivenStatistics(Residual):
    """mean : float32 (3 D,), of the reconstruction's features, their squares about the mean, the picture's features.

    prediction : float32 (D, 2 D), from the former two to the latter. whitener : float32 (D, D), of what is left.
    D is 19 for grey and 25 for colour.
    """

    mean: np.ndarray | None = None
    prediction: np.ndarray | None = None
    whitener: np.ndarray | None = None

    cell_px = FEATURES.cell_px

    def __post_init__(self) -> None:
        learned = {"mean": self.mean, "prediction": self.prediction, "whitener": self.whitener}
        if all(array is None for array in learned.values()):
            return
        count = 0 if self.whitener is None else len(self.whitener)
        wanted = {"mean": (3 * count,), "prediction": (count, 2 * count), "whitener": (count, count)}
        for name, array in learned.items():
            found = "none" if array is None else f"{array.dtype} of shape {array.shape}"
            fits = array is not None and array.dtype == np.float32 and array.shape == wanted[name] and count > 0
            if not fits or not np.isfinite(array).all():  # type: ignore[arg-type]
                raise ArgumentError(
                    f"reconstruction.{name}",
                    found=found,
                    remedy="calibrate again",
                    expected=f"finite float32 {wanted[name]}",
                )

    @classmethod
    def of(cls, settings: Any) -> GivenStatistics:
        """With what the method has learned."""
        return cls(settings.mean, settings.prediction, settings.whitener)

    def __call__(self, picture: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Mahalanobis distance of each cell, float32 (ceil(H / 4), ceil(W / 4)); about sqrt(D) on good images."""
        if self.mean is None or self.prediction is None or self.whitener is None:
            raise ArgumentError(
                "reconstruction.residual",
                found="statistics of no good images",
                expected="a calibrated method",
                remedy="calibrate it on good images",
            )
        features, size = _features(picture, expected)
        count = len(self.whitener)
        if len(features) != 3 * count:
            raise ArgumentError(
                "reconstruction.mean",
                found=len(self.mean),
                expected=f"{len(features)} features",
                remedy="calibrate again: the network has other channels",
            )
        own = np.float32(OWN_FRACTION) * features.mean(axis=1) + np.float32(1.0 - OWN_FRACTION) * self.mean
        left = features[2 * count :] - self.prediction @ (features[: 2 * count] - own[: 2 * count, None])
        return kernels.mahalanobis(left, own[2 * count :], self.whitener).reshape(size)

    def learn(self, pairs: Iterable[Pair]) -> GivenLesson:
        """Mean, regression and whitener over all cells of good pictures and their reconstructions."""
        moments = Moments()
        for picture, expected in pairs:
            moments.add(_features(picture, expected)[0])
        return GivenLesson(moments)


@dataclass(frozen=True)
class GivenLesson(Lesson[dict[str, np.ndarray]]):
    """moments : of the features of all pairs."""

    moments: Moments

    def all(self) -> dict[str, np.ndarray]:
        """What all pairs taught."""
        return self._learned(self.moments)

    def without(self, number: int) -> dict[str, np.ndarray]:
        """What all pairs but `number` taught."""
        return self._learned(self.moments.without(number))

    def _learned(self, moments: Moments) -> dict[str, np.ndarray]:
        mean, covariance = moments.mean_and_covariance(1.0 - OWN_FRACTION)
        count = len(mean) // 3
        covariance[np.diag_indices(2 * count)] += GIVEN_NOISE**2
        # The last rows of a triangular whitener whiten the last features less what the first predict of them.
        joint = whitener_of(covariance, FEATURES.shrinkage)
        given, last = joint[2 * count :, : 2 * count], joint[2 * count :, 2 * count :]
        prediction = -np.linalg.solve(last.astype(np.float64), given.astype(np.float64))
        return {
            "mean": mean.astype(np.float32),
            "prediction": prediction.astype(np.float32),
            "whitener": np.ascontiguousarray(last),
        }


def _features(picture: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """Features of the reconstruction, their squares about its mean, features of the picture, float32 (3 D, N); and the
    number of rows and columns of cells."""
    is_colour = len(picture) == 3
    of_picture, of_expected = (
        FEATURES.features(from_array(_channels_last(image)), is_colour) for image in (picture, expected)
    )
    count, rows, columns = of_picture.shape
    out = np.empty((3 * count, rows * columns), np.float32)
    out[:count] = of_expected.reshape(count, -1)
    own = np.array([cv2.mean(plane)[0] for plane in of_expected], np.float32)
    np.square(out[:count] - own[:, None], out=out[count : 2 * count])
    out[2 * count :] = of_picture.reshape(count, -1)
    return out, (rows, columns)


def _channels_last(image: np.ndarray) -> np.ndarray:
    clipped = np.clip(image, 0.0, 1.0)
    return clipped[0] if len(clipped) == 1 else np.ascontiguousarray(np.moveaxis(clipped, 0, -1))
