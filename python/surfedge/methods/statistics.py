"""Patch statistics: what good patches look like in a few features at three scales, and how far a patch is from that.

Each cell of 4 x 4 pixels gets the logarithms of variance, gradient energies, mean, least and largest grey of the
patches of 1, 3 and 9 cells around it, its own Laplacian energy, and for colour images the fractions of red and blue.
Their mean and covariance come from good images, or where there are none from the image itself without its most
anomalous cells; the map is the Mahalanobis distance (P. C. Mahalanobis, "On the generalised distance in statistics",
1936). Marked defects add to it, see surfedge.methods.marked_method.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil, gcd
from typing import ClassVar

import cv2
import numpy as np

from surfedge import kernels
from surfedge.decision import RawMap
from surfedge.errors import ArgumentError, require
from surfedge.images import Frame, to_grey_f32, to_grey_u8, to_rgb_f32, to_rgb_u8
from surfedge.methods import adjoining_areas, repeats
from surfedge.methods.adjoining_areas import areas_levelled
from surfedge.methods.covariance import Moments, whitener_of
from surfedge.methods.lesson import Lesson
from surfedge.methods.marked_head import MarkedForm
from surfedge.methods.marked_method import MarkedMethod, See
from surfedge.methods.own_image import MOST_ENLARGED, OF_FEW, OWN_REFERENCES, enlarged, enlargement, with_level_border
from surfedge.methods.repeats import Whitening, by_precedent, with_strange_lines

VARIANCE_FLOOR, ENERGY_FLOOR, LEVEL_FLOOR = 1e-4, 1e-5, 0.02  # added before the logarithm: below is noise
OWN_CELLS = 1 << 15  # of an image that is its own reference: enough for a covariance of 25 features


@dataclass(frozen=True)
class Statistics(MarkedMethod):
    """cell_px : side of a cell in pixels. patch_cells : sides of the patches in cells, odd.

    shrinkage : how far the correlations learned from good images are drawn to none; own_shrinkage : the same where the
        image is its own reference. trim_share : fraction of the most anomalous cells left out then, twice.
    own_share : how far the learned mean is drawn to the mean of the image at hand, which forgives differences from
        image to image (light, batch) that good images show as well; 0 compares with the learned mean alone.
    own_reference : "levelled" enlarges small images that are their own reference, and levels their border (see
        surfedge.methods.own_image); "plain" does not: so in release 0.1.
    use_colour : compare the fractions of red and blue in colour images; a model of grey images judges grey.
    mean, whitener : float32 (D,), (D, D), learned; whitener @ (x - mean) has the identity as covariance.
    """

    name: ClassVar[str] = "statistics"
    marked_form: ClassVar[MarkedForm] = MarkedForm(order=2, weight=0.01, shrinkage=0.2, gain=5.0)
    cell_px: int = 4
    patch_cells: tuple[int, ...] = (1, 3, 9)
    shrinkage: float = 0.01
    own_shrinkage: float = 0.05
    trim_share: float = 0.1
    own_share: float = 0.5
    use_colour: bool = True
    own_reference: str = "plain"
    mean: np.ndarray | None = None
    whitener: np.ndarray | None = None

    def __post_init__(self) -> None:
        require("statistics.cell_px", self.cell_px, 2 <= self.cell_px <= 64, "2 to 64")
        odd = all(side % 2 == 1 and 1 <= side <= 99 for side in self.patch_cells)
        some = 1 <= len(self.patch_cells) <= 16
        require("statistics.patch_cells", self.patch_cells, odd and some, "1 to 16 odd sides of 1 to 99 cells")
        for name in ("shrinkage", "own_shrinkage"):
            require(f"statistics.{name}", getattr(self, name), 0 <= getattr(self, name) <= 1, "0 to 1")
        require("statistics.own_share", self.own_share, 0 <= self.own_share <= 1, "0 to 1")
        known = self.own_reference in OWN_REFERENCES
        require("statistics.own_reference", self.own_reference, known, " or ".join(OWN_REFERENCES))
        require("statistics.trim_share", self.trim_share, 0 <= self.trim_share <= 0.5, "0 to 0.5")
        self._check_learned()

    def _check_learned(self) -> None:
        """Mean and whitener or neither, float32, finite, of the size that the settings give."""
        mean, whitener = self.mean, self.whitener
        self.check_marked(None if mean is None else mean.size)
        if mean is None or whitener is None:
            require("statistics.whitener", "one alone", mean is whitener, "mean and whitener, or neither")
            require("statistics.marked_head", "one alone", not self.knows_defects, "mean and whitener with it")
            return
        sizes = [(self.count(with_colour),) for with_colour in (False, True)]
        wanted = f"({sizes[0][0]},) for grey or ({sizes[1][0]},) for colour"
        require("statistics.mean", mean.shape, mean.shape in sizes, wanted)
        require("statistics.whitener", whitener.shape, whitener.shape == 2 * mean.shape, "(D, D) for a mean of (D,)")
        for name, values in (("mean", mean), ("whitener", whitener)):
            require(f"statistics.{name}", values.dtype, values.dtype == np.float32, "float32")
            require(f"statistics.{name}", "NaN or infinity", bool(np.isfinite(values).all()), "finite values")

    def inspect(self, frame: Frame) -> RawMap:
        """Mahalanobis distance of each cell, float32 (ceil(H / cell_px), ceil(W / cell_px)); sqrt(D) when good."""
        if self.knows_defects:
            return self.judged(self.cells(frame))
        if self.mean is None or self.whitener is None:
            return self._by_itself(frame)
        features = self.features(frame, self.mean.size == self.count(True))
        own = np.array([cv2.mean(plane)[0] for plane in features], np.float32)
        mean = np.float32(self.own_share) * own + np.float32(1 - self.own_share) * self.mean
        distance = kernels.mahalanobis(_flat(features), mean, self.whitener).reshape(features.shape[1:])
        return RawMap(distance, self.cell_px)

    def _by_itself(self, frame: Frame) -> RawMap:
        """What is rare in the image alone, its border aside, less what its own areas and repeats explain."""
        is_levelled = self.own_reference == "levelled"
        times = enlargement(frame.shape, self.cell_px) if is_levelled else 1
        features = self.features(enlarged(frame, times), self.use_colour and _is_colour(frame))
        mean, whitener = self._own_reference(_spread(features, OWN_CELLS))
        distance = kernels.mahalanobis(_flat(features), mean, whitener).reshape(features.shape[1:])
        values, notes = self._explained(frame, distance, features, Whitening(mean, whitener))
        if is_levelled:
            values = with_level_border(values, max(self.patch_cells) // 2)
            few = repeats.NOTE in notes or times == MOST_ENLARGED
            values *= np.float32(OF_FEW if few else 1)
        return RawMap(values, self.cell_px // times, notes=notes, enlarged=times)

    def _explained(
        self, frame: Frame, distance: np.ndarray, features: np.ndarray, whitening: Whitening
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        """`distance` less what the image's own areas and repeats explain, and a note on them."""
        levelled = areas_levelled(distance, features)
        if levelled is not None:
            return levelled, (adjoining_areas.NOTE,)
        compared = by_precedent(distance, features, whitening)
        if compared is None:
            return distance, ()
        values, shifts = compared
        if self.own_reference == "levelled":
            values = with_strange_lines(values, to_grey_f32(frame), shifts)
        return values, (repeats.NOTE,)

    def fit(self, frames: Iterable[Frame]) -> Statistics:
        """A copy that knows the mean and covariance over all cells of good images; colour only if all are colour."""
        return self.learn(frames).all()

    def learn_good(self, frames: Iterable[Frame], see: See) -> Lesson[Statistics]:
        """The sums over all cells of good images, from which `fit`'s answer follows, also without one of them."""
        moments = {False: Moments(), True: Moments()}
        all_colour = self.use_colour
        for frame in frames:
            all_colour = all_colour and _is_colour(frame)
            features = self.features(frame, all_colour)
            moments[False].add(_flat(features)[: self.count(False)])
            if all_colour:
                moments[True].add(_flat(features))
            see(self._without_own(features))
        return StatisticsLesson(self, moments[all_colour])

    def cells(self, frame: Frame) -> np.ndarray:
        """The features less `own_share` of their mean in the image, float32 (D, rows, columns)."""
        return self._without_own(self.features(frame, self._learned()[0].size == self.count(True)))

    def distance(self, cells: np.ndarray) -> np.ndarray:
        """Mahalanobis distance, float32 (rows, columns)."""
        mean, whitener = self._learned()
        return kernels.mahalanobis(_flat(cells), np.float32(1 - self.own_share) * mean, whitener).reshape(
            cells.shape[1:]
        )

    def _learned(self) -> tuple[np.ndarray, np.ndarray]:
        if self.mean is None or self.whitener is None:
            raise ArgumentError("statistics.mean", found="none", expected="good images to compare with")
        return self.mean, self.whitener

    def _without_own(self, features: np.ndarray) -> np.ndarray:
        own = features.mean(axis=(1, 2), dtype=np.float64).astype(np.float32)
        return features - np.float32(self.own_share) * own[:, None, None]

    def learned_from(self, moments: Moments) -> Statistics:
        """A copy with the mean and whitener that the sums of good images give."""
        mean, covariance = moments.mean_and_covariance(1.0 - self.own_share)
        return replace(self, mean=mean.astype(np.float32), whitener=whitener_of(covariance, self.shrinkage))

    def features(self, frame: Frame, with_colour: bool) -> np.ndarray:
        """All features of all cells, float32 (D, rows, columns)."""
        is_u8 = frame.pixels.dtype == np.uint8
        cells = kernels.cell_statistics(to_grey_u8(frame) if is_u8 else to_grey_f32(frame), self.cell_px)
        colours = None
        if with_colour:
            colours = kernels.cell_means(to_rgb_u8(frame) if is_u8 else to_rgb_f32(frame), self.cell_px)
        return kernels.patch_figures(
            cells,
            colours,
            self.patch_cells,
            variance_floor=VARIANCE_FLOOR,
            energy_floor=ENERGY_FLOOR,
            level_floor=LEVEL_FLOOR,
        )

    def _own_reference(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and whitener from the image's own cells (D, N), the most anomalous left out twice."""
        kept = None
        rank = ceil((1 - self.trim_share) * (features.shape[1] - 1))
        for _ in range(2):
            distance = kernels.mahalanobis(features, *self._reference(features, kept))
            kept = distance <= np.partition(distance, rank)[rank]
        return self._reference(features, kept)

    def _reference(self, features: np.ndarray, kept: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        mean, covariance = kernels.moments(features, kept)
        return mean.astype(np.float32), whitener_of(covariance, self.own_shrinkage)

    def count(self, with_colour: bool) -> int:
        """How many features a cell has."""
        return (8 if with_colour else 6) * len(self.patch_cells) + 1


@dataclass(frozen=True)
class StatisticsLesson(Lesson[Statistics]):
    """method : with the settings. moments : of the features of all good images."""

    method: Statistics
    moments: Moments

    def all(self) -> Statistics:
        """What all images taught."""
        return self.method.learned_from(self.moments)

    def without(self, number: int) -> Statistics:
        """What all images but `number` taught."""
        return self.method.learned_from(self.moments.without(number))


def _flat(figures: np.ndarray) -> np.ndarray:
    return figures.reshape(figures.shape[0], -1)


def _spread(features: np.ndarray, most: int) -> np.ndarray:
    """At most `most` cells, (D, N), spread evenly: no column of the image is left out, whatever repeats in it."""
    _, rows, columns = features.shape
    step = -(-rows * columns // most)
    while gcd(step, columns) > 1:
        step += 1
    return np.ascontiguousarray(_flat(features)[:, ::step])


def _is_colour(frame: Frame) -> bool:
    return frame.pixels.ndim == 3
