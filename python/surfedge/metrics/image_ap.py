"""Image average precision: the area under the precision-recall curve of image scores."""

from __future__ import annotations

import numpy.typing as npt

from surfedge.metrics.counting.checked import checked_scores
from surfedge.metrics.counting.figure import SCORES, Figure
from surfedge.metrics.counting.levels import average_precision, levels_of


def image_ap(is_defect: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Average precision AP = sum over limits of (R_n - R_n-1) P_n, without interpolation.

    is_defect : bool or 0/1, (M,). scores : (M,), higher is more anomalous.

    Returns a value in (0, 1]; NaN without defect images. Raises ArgumentError as `image_auroc` does. Source:
    Manning, Raghavan, Schuetze, "Introduction to Information Retrieval", 2008, section 8.4.

    >>> round(image_ap([False, True, False, True], [0.1, 0.4, 0.6, 0.8]), 4)
    0.8333
    """
    _, negatives, positives = levels_of(*checked_scores(is_defect, scores))
    return float(average_precision(negatives, positives))


FIGURES = (
    Figure(
        "image_ap",
        SCORES,
        lambda scores: average_precision(scores.negatives, scores.positives),
        title="image average precision",
        is_quoted=True,
    ),
)
