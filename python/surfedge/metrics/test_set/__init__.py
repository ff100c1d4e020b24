"""A whole test set: one image in at a time, a frozen record of every metric out."""

from __future__ import annotations

from surfedge.metrics.test_set.evaluation import Evaluation, evaluate_maps
from surfedge.metrics.test_set.figures import figures_of
from surfedge.metrics.test_set.record import Curve, EvaluationRecord, ImageRow

__all__ = ["Curve", "Evaluation", "EvaluationRecord", "ImageRow", "evaluate_maps", "figures_of"]
