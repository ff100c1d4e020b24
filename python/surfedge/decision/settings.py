"""Which settings of a decision are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from surfedge.decision import IMAGE_SCORES, NORMALISATIONS
from surfedge.decision.normalisation import check_good
from surfedge.errors import require

if TYPE_CHECKING:
    from surfedge.decision.decision import Decision


def check_settings(decision: Decision) -> None:
    """Raises ArgumentError for the first setting outside its range, or that does not go with another."""
    require("decision.threshold", decision.threshold, abs(decision.threshold) < 3e38, "a number from -3e38 to 3e38")
    fits = not decision.own_limit or (decision.threshold > 0 and decision.pixel_threshold is None)
    found = f"a threshold of {decision.threshold:g}"
    require("decision.own_limit", found, fits, "a threshold above 0, for scores and pixels alike")
    limit = 0.0 if decision.pixel_threshold is None else decision.pixel_threshold
    require("decision.pixel_threshold", limit, abs(limit) < 3e38, "a number from -3e38 to 3e38")
    require("decision.normalise", decision.normalise, decision.normalise in NORMALISATIONS, ", ".join(NORMALISATIONS))
    require("decision.blur_sigma_px", decision.blur_sigma_px, 0 <= decision.blur_sigma_px <= 256, "0 to 256")
    require("decision.score_quantile", decision.score_quantile, 0 < decision.score_quantile <= 1, "above 0, at most 1")
    known = decision.image_score_by in IMAGE_SCORES
    require("decision.image_score_by", decision.image_score_by, known, " or ".join(IMAGE_SCORES))
    radius_px = decision.opening_radius_px
    require("decision.opening_radius_px", radius_px, 0 <= radius_px <= 256, "0 to 256")
    require("decision.border_px", decision.border_px, decision.border_px >= 0, "0 or more")
    require("decision.min_area_px", decision.min_area_px, decision.min_area_px >= 0, "0 or more")
    if decision.normalise == "good":
        known = decision.good_mean is not None and decision.good_deviation is not None
        require("decision.good_mean", None, known, "statistics of good images: calibrate first")
    check_good(decision.good_mean, decision.good_deviation)
    if decision.ignore is not None:
        fits = decision.ignore.dtype == np.bool_ and decision.ignore.ndim == 2 and decision.ignore.size > 0
        require("decision.ignore", f"{decision.ignore.dtype} of shape {decision.ignore.shape}", fits, "bool (h, w)")
