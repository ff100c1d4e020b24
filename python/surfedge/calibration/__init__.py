"""From good images to a bundle: what is learned, how scores are normalised, where the threshold lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.calibration.calibration import calibrate
    from surfedge.calibration.labelled import LABELLED_RULES, split_f1, with_labelled_threshold
    from surfedge.calibration.screen import with_screen
    from surfedge.calibration.thresholds import parse_rule, threshold_from_good
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "calibration": ("calibrate",),
            "labelled": ("LABELLED_RULES", "split_f1", "with_labelled_threshold"),
            "screen": ("with_screen",),
            "thresholds": ("parse_rule", "threshold_from_good"),
        },
    )
