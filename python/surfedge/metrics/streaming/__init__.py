"""All figures of a test set at once: one image in at a time, a frozen record out."""

from __future__ import annotations

from surfedge.metrics.streaming.evaluation import Evaluation, evaluate_maps
from surfedge.metrics.streaming.record import Curve, EvaluationRecord, ImageRow

__all__ = ["Curve", "Evaluation", "EvaluationRecord", "ImageRow", "evaluate_maps"]
