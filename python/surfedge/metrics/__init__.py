"""Judging a detector: every metric by name, in a file of its own, and all at once in `Evaluation`.

Truth comes first, as in `image_auroc(is_defect, scores)` and `pixel_auroc(masks, maps)`; higher scores are
more anomalous; a score above a limit is called defective. Maps are compared as float32.

>>> from surfedge.metrics import METRICS
>>> from surfedge.registry import resolve
>>> resolve(METRICS, "image_auroc")([False, False, True], [0.1, 0.4, 0.8])
1.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.metrics.counting.binned import BinSums, ImageBins
    from surfedge.metrics.counting.confusion import Confusion
    from surfedge.metrics.counting.score_bins import ScoreBins
    from surfedge.metrics.feature_sets.fid import fid, is_singular
    from surfedge.metrics.feature_sets.kid import Kid, kid
    from surfedge.metrics.feature_sets.neighbours import Neighbours, nearest_real
    from surfedge.metrics.image_accuracy import fewest_misses_limit
    from surfedge.metrics.image_f1 import best_image_limit
    from surfedge.metrics.test_set.evaluation import Evaluation, evaluate_maps
    from surfedge.metrics.test_set.figures import figures_of
    from surfedge.metrics.test_set.image_row import CountedImage, PartialEvaluation
    from surfedge.metrics.test_set.record import EvaluationRecord, ImageRow
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "counting.binned": ("BinSums", "ImageBins"),
            "counting.confusion": ("Confusion",),
            "counting.score_bins": ("ScoreBins",),
            "feature_sets.fid": ("fid", "is_singular"),
            "feature_sets.kid": ("Kid", "kid"),
            "feature_sets.neighbours": ("Neighbours", "nearest_real"),
            "image_accuracy": ("fewest_misses_limit",),
            "image_f1": ("best_image_limit",),
            "test_set.evaluation": ("Evaluation", "evaluate_maps"),
            "test_set.figures": ("figures_of",),
            "test_set.image_row": ("CountedImage", "PartialEvaluation"),
            "test_set.record": ("EvaluationRecord", "ImageRow"),
        },
    )

METRICS = {
    "image_auroc": "surfedge.metrics.image_auroc:image_auroc",
    "image_ap": "surfedge.metrics.image_ap:image_ap",
    "image_f1": "surfedge.metrics.image_f1:image_f1",
    "image_accuracy": "surfedge.metrics.image_accuracy:image_accuracy",
    "image_precision": "surfedge.metrics.image_precision:image_precision",
    "image_recall": "surfedge.metrics.image_recall:image_recall",
    "false_call_rate": "surfedge.metrics.false_call_rate:false_call_rate",
    "pixel_auroc": "surfedge.metrics.pixel_auroc:pixel_auroc",
    "pixel_ap": "surfedge.metrics.pixel_ap:pixel_ap",
    "pixel_f1": "surfedge.metrics.pixel_f1:pixel_f1",
    "pixel_precision": "surfedge.metrics.pixel_precision:pixel_precision",
    "pixel_recall": "surfedge.metrics.pixel_recall:pixel_recall",
    "iou": "surfedge.metrics.iou:iou",
    "detection_accuracy": "surfedge.metrics.detection_accuracy:detection_accuracy",
    "detection_precision": "surfedge.metrics.detection_precision:detection_precision",
    "pro": "surfedge.metrics.pro:pro",
    "au_pro": "surfedge.metrics.au_pro:au_pro",
    "in_image_auroc": "surfedge.metrics.in_image_auroc:in_image_auroc",
    "outside_control": "surfedge.metrics.outside_control:outside_control",
    "global_accuracy": "surfedge.metrics.global_accuracy:global_accuracy",
    "class_accuracy": "surfedge.metrics.class_accuracy:class_accuracy",
    "macro_f1": "surfedge.metrics.macro_f1:macro_f1",
    "global_loss": "surfedge.metrics.global_loss:global_loss",
    "nmse": "surfedge.metrics.nmse:nmse",
}
"""The metrics by name, each a function of arrays in a file of its own, whose `FIGURES` say what an evaluation reports
of it and from which counts (surfedge.metrics.counting.figure). Evaluations, reports and experiments read this table."""
