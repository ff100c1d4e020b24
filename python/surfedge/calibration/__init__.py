"""From good images to a bundle: what is learned, how scores are normalised, where the threshold lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.calibration.by_hand import with_limit
    from surfedge.calibration.calibration import calibrate
    from surfedge.calibration.classes import calibrate_classes, class_bundle, class_decision, class_order
    from surfedge.calibration.good_images import FEWEST_GOOD
    from surfedge.calibration.labelled import drawn, split_f1, threshold_from_labelled, with_labelled_threshold
    from surfedge.calibration.made_defects import in_words
    from surfedge.calibration.region_kinds import with_region_kinds
    from surfedge.calibration.screen import with_screen
    from surfedge.calibration.thresholds import parse_rule, threshold_from_good
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "by_hand": ("with_limit",),
            "calibration": ("calibrate",),
            "classes": ("calibrate_classes", "class_bundle", "class_decision", "class_order"),
            "good_images": ("FEWEST_GOOD",),
            "labelled": ("drawn", "split_f1", "threshold_from_labelled", "with_labelled_threshold"),
            "made_defects": ("in_words",),
            "region_kinds": ("with_region_kinds",),
            "screen": ("with_screen",),
            "thresholds": ("parse_rule", "threshold_from_good"),
        },
    )

# Threshold rules, see surfedge.calibration.thresholds; from labelled images, see surfedge.calibration.labelled.
RULES = {
    "quantile": "quantile:P   P of the good images stay below (0 < P <= 1)",
    "max": "max          the highest score of a good image",
    "ksigma": "ksigma:K     mean plus K std of the good scores",
    "max-area": "max-area:A   no good image shows a region of more than A pixels",
    "pixel-quantile": "pixel-quantile:P   of all pixels of good maps P stay below; the opening takes the rest",
    "pixel-ksigma": "pixel-ksigma:K   mean plus K std of all pixels of the good images' maps",
    "false-calls": "false-calls:R   at most the rate R of new good images is called defective, in expectation; "
    "false-calls:R@C   with confidence C",
}
# How they are written.
RULE_FORMS = tuple(word for text in RULES.values() for word in text.split() if word.partition(":")[0] in RULES)
LABELLED_RULES = {
    "image-f1": "image-f1     the best F1 of image verdicts (T3)",
    "pixel-f1": "pixel-f1     the best F1 of pixels (T2)",
    "fewest-misses": "fewest-misses   the fewest wrong image verdicts",
}
BUDGETS = ("false-calls:0.01", "false-calls:0.02", "false-calls:0.05")  # what calibration says beside the limit
NORMALISED_BY = ("position", "overall", "none")  # by what good images gave
