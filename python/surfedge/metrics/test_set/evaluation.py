"""Evaluation of a detector on a labelled test set, one image at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError
from surfedge.metrics.counting import levels as level_counts
from surfedge.metrics.counting.binned import BinSums
from surfedge.metrics.counting.bootstrap import percentile_interval, resampled_scores, stratified_weights
from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.checked import BoolArray, checked_limits
from surfedge.metrics.counting.confusion import Confusion
from surfedge.metrics.counting.figure import CLASSES, RECONSTRUCTIONS, Figure, ScoreCounts, Settings, good
from surfedge.metrics.counting.pixel_scores import PixelLevels, PixelScores
from surfedge.metrics.counting.score_bins import ScoreBins
from surfedge.metrics.image_accuracy import fewest_misses_limit
from surfedge.metrics.image_f1 import best_image_limit
from surfedge.metrics.test_set import curves
from surfedge.metrics.test_set.figures import counts_of, figures_of, slack_of, support_of, values_of
from surfedge.metrics.test_set.image_row import GROW_PX, CountedImage, judge_image
from surfedge.metrics.test_set.record import Curve, EvaluationRecord, ImageRow


class Evaluation:
    """Takes the test images one by one, keeps counts only, and gives the record of the metrics of all METRICS.

    good_label : the label of images without a defect; every other label is a defect class.
    grow_px : how far masks are grown for the outside control. fpr_limits : where AU-PRO ends.
    min_iou : overlap above which a defect image counts as detected (detection accuracy).
    exact_px : pixels up to which everything is counted exactly, see `PixelScores`.

    >>> evaluation = Evaluation()
    >>> evaluation.add("a.png", "good", 0.2, [[0.1, 0.2]], threshold=0.5)
    >>> evaluation.add("b.png", "hole", 0.9, [[0.1, 0.9]], [[0, 1]], threshold=0.5)
    >>> record = evaluation.record(bootstrap=0)
    >>> record.figures["image_auroc"], record.figures["au_pro_0.30"], record.figures["iou"]
    (1.0, 1.0, 1.0)
    """

    def __init__(
        self,
        *,
        good_label: str = "good",
        grow_px: float = GROW_PX,
        fpr_limits: Sequence[float] = (0.30, 0.05),
        min_iou: float = 0.5,
        exact_px: int | None = 2_000_000,
    ) -> None:
        self._good_label = good_label
        self._grow_px = grow_px
        known = figures_of(Settings(checked_limits(fpr_limits), min_iou))
        self._known = tuple(figure for figure in known if figure.needs != RECONSTRUCTIONS)
        self._pixels = PixelScores(exact_px=exact_px)
        self._rows: list[ImageRow] = []
        self._without_truth = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self, path: str, label: str, score: float, anomaly_map: Any = None, mask: Any = None, **judged: Any
    ) -> None:
        """Count one image; nothing is counted when it raises.

        judged : threshold, pixel_threshold, predicted, is_called, given_class and probabilities, as of `judge_image`,
        whose errors pass through.
        """
        settings: dict[str, Any] = {"good_label": self._good_label, "grow_px": self._grow_px}
        row, sample, lacks_truth = judge_image(path, label, score, anomaly_map, mask, **judged, **settings)
        self._pixels.add(sample)
        self._rows.append(row)
        self._without_truth += lacks_truth

    @property
    def bins(self) -> ScoreBins | None:
        """The bins that pixels are counted in; None while they are counted exactly."""
        return self._pixels.bins

    def take(self, image: CountedImage) -> None:
        """Count one image that a `PartialEvaluation` of the same bins counted; its pixels come by `take_sums`."""
        self._pixels.add_image(image.bins)
        self._rows.append(image.row)
        self._without_truth += image.lacks_truth

    def take_sums(self, sums: BinSums) -> None:
        """The pixels of images that were counted elsewhere."""
        self._pixels.add_sums(sums)

    def record(self, *, bootstrap: int = 1000, confidence: float = 0.95, seed: int = 0) -> EvaluationRecord:
        """All metrics of the images so far; more may be added afterwards.

        bootstrap : samples for the intervals, 0 for none. The same seed gives the same intervals.

        Raises ArgumentError when there is no image yet.
        """
        if not self._rows:
            raise ArgumentError("evaluation", found="no images", expected="one or more", remedy="call add() first")
        pixels = self._pixels.levels()
        limits = {row.threshold for row in self._rows}
        return EvaluationRecord(
            figures=self._figures(np.ones(len(self._rows), bool), pixels),
            intervals=self._intervals(bootstrap, confidence, seed) if bootstrap else {},
            slack={} if pixels.exact else slack_of(self._wanted, pixels),
            thresholds=self._thresholds(pixels),
            classes=self._classes(),
            curves=self._curves(pixels),
            rows=tuple(self._rows),
            threshold=limits.pop() if len(limits) == 1 else math.nan,
            exact=pixels.exact,
            confidence=confidence,
            notes=self._notes(),
            support=support_of(self._wanted, self._rows),
            confusion=self._confusion(),
        )

    @property
    def _wanted(self) -> tuple[Figure, ...]:
        """The figures that these rows can have: those of classes where every image was given one."""
        is_classified = all(row.given_class for row in self._rows)
        return tuple(figure for figure in self._known if is_classified or figure.needs != CLASSES)

    def _confusion(self) -> Confusion | None:
        truth, given = ([getattr(row, name) for row in self._rows] for name in ("label", "given_class"))
        if not all(given):
            return None
        names = sorted({*truth, *given}, key=lambda name: (name != self._good_label, name))
        return Confusion.of(truth, given, names)

    @property
    def _truth(self) -> BoolArray:
        return np.array([row.is_defect for row in self._rows], bool)

    @property
    def _scores(self) -> npt.NDArray[np.float64]:
        return np.array([row.score for row in self._rows])

    def _figures(self, chosen: BoolArray, pixels: PixelLevels) -> dict[str, float]:
        rows = list(compress(self._rows, chosen))
        _, negatives, positives = level_counts.levels_of(self._truth[chosen], self._scores[chosen])
        scores = ScoreCounts(negatives[None], positives[None])
        counts = counts_of(scores, pixels, Calls(rows, np.ones((1, len(rows)))))
        return {name: float(np.squeeze(value)) for name, value in values_of(self._wanted, counts).items()}

    def _intervals(self, samples: int, confidence: float, seed: int) -> dict[str, tuple[float, float]]:
        weights = stratified_weights([row.label for row in self._rows], samples, seed)
        scores = ScoreCounts(*resampled_scores(self._truth, self._scores, weights))
        counts = counts_of(scores, self._pixels.resampled(weights), Calls(self._rows, np.asarray(weights, np.float64)))
        return {
            name: percentile_interval(values, confidence) for name, values in values_of(self._wanted, counts).items()
        }

    def _thresholds(self, pixels: PixelLevels) -> dict[str, float]:
        return {
            "image_f1_best": best_image_limit(self._truth, self._scores)[0],
            "image_accuracy_best": fewest_misses_limit(self._truth, self._scores)[0],
            "pixel_f1_best": pixels.best_f1_limit(),
        }

    def _classes(self) -> dict[str, dict[str, float]]:
        labels = np.array([row.label for row in self._rows])
        is_good = labels == self._good_label
        of_good = {figure.name for figure in self._wanted if figure.over is good}
        of_all = {figure.name for figure in self._wanted if figure.needs == CLASSES}  # the confusion has each class's
        result = {}
        for label in sorted(set(labels.tolist()), key=lambda name: (name != self._good_label, name)):
            chosen = (labels == label) | is_good
            values = self._figures(chosen, self._pixels.levels(None if chosen.all() else chosen))
            result[label] = {
                "images": float(np.count_nonzero(labels == label)),
                **{
                    name: value
                    for name, value in values.items()
                    if name not in of_all and (label != self._good_label or name in of_good)
                },
            }
        return result

    def _curves(self, pixels: PixelLevels) -> dict[str, Curve]:
        scores, negatives, positives = level_counts.levels_of(self._truth, self._scores)
        found = [
            curves.roc_points("image_roc", negatives, positives),
            curves.pr_points("image_pr", negatives, positives),
            curves.f1_points("image_f1", scores, negatives, positives),
        ]
        if pixels.scores.size:
            found += [
                curves.roc_points("pixel_roc", pixels.negatives, pixels.positives),
                curves.pr_points("pixel_pr", pixels.negatives, pixels.positives),
                curves.f1_points("pixel_f1", pixels.scores, pixels.negatives, pixels.positives),
                curves.roc_points("pro", pixels.negatives, pixels.overlap),
            ]
        return {curve.name: curve for curve in found if curve.x.size}

    def _notes(self) -> tuple[str, ...]:
        notes = []
        if not self._truth.all() and not self._truth.any():
            notes.append("good images only: the rate of false calls can be computed, no detection rate")
        is_classified = all(row.given_class for row in self._rows)
        if self._truth.all() and not is_classified:
            notes.append("defective images only: neither false calls nor what needs good images can be computed")
        if self._without_truth:
            notes.append(f"pixels of {self._without_truth} defect images left out: no mask, or an empty one")
        without_map = sum(not row.has_truth for row in self._rows) - self._without_truth
        if without_map and not is_classified:
            notes.append(f"pixels of {without_map} images left out: no anomaly map")
        return tuple(notes)


def evaluate_maps(
    images: Iterable[tuple[str, str, float, Any, Any, float | None]],
    *,
    bootstrap: int = 1000,
    seed: int = 0,
    **settings: Any,
) -> EvaluationRecord:
    """All metrics of a stream of (path, label, score, anomaly_map, mask or None, threshold or None).

    settings : those of `Evaluation`. Images are taken one at a time and not kept. Raises ArgumentError as
    `Evaluation`.

    >>> good = ("a.png", "good", 0.2, [[0.1, 0.2]], None, 0.5)
    >>> hole = ("b.png", "hole", 0.9, [[0.1, 0.9]], [[0, 1]], 0.5)
    >>> evaluate_maps([good, hole], bootstrap=0).figures["pixel_auroc"]
    1.0
    """
    evaluation = Evaluation(**settings)
    for path, label, score, anomaly_map, mask, threshold in images:
        evaluation.add(path, label, score, anomaly_map, mask, threshold=threshold)
    return evaluation.record(bootstrap=bootstrap, seed=seed)
