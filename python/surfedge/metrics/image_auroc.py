"""Image AUROC: how well scores rank defect images above good ones."""

from __future__ import annotations

import numpy.typing as npt

from surfedge.metrics.counting.checked import checked_scores
from surfedge.metrics.counting.figure import SCORES, Figure
from surfedge.metrics.counting.levels import auroc, levels_of


def image_auroc(is_defect: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Probability that a defect image scores higher than a good one, equal scores counting half.

    is_defect : bool or 0/1, (M,). scores : (M,), higher is more anomalous.

    Returns a value in [0, 1]; NaN when one of the two kinds is missing. Raises ArgumentError for no images,
    different lengths or scores that are not finite. Source: Fawcett, "An introduction to ROC analysis", 2006.

    >>> image_auroc([False, False, True, True], [0.1, 0.4, 0.4, 0.8])
    0.875
    """
    _, negatives, positives = levels_of(*checked_scores(is_defect, scores))
    return float(auroc(negatives, positives))


FIGURES = (
    Figure(
        "image_auroc",
        SCORES,
        lambda scores: auroc(scores.negatives, scores.positives),
        title="image AUROC",
        is_quoted=True,
    ),
)
