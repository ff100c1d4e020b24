"""How limits are found from the scores of good images.

Rules follow Bergmann et al., "The MVTec Anomaly Detection Dataset", 2021 (section on thresholds): maximum,
p-quantile, k-sigma and max-area; `false-calls` adds limits with a stated rate on new images, in expectation or with a
confidence (surfedge.decision.order_statistics).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surfedge.calibration import RULE_FORMS
from surfedge.decision import order_statistics
from surfedge.errors import ArgumentError


@dataclass(frozen=True)
class Rule:
    """A threshold rule: its name in surfedge.calibration.RULES, its number (None for `max`), and the confidence of
    `false-calls:R@C`."""

    name: str
    number: float | None = None
    confidence: float | None = None

    @property
    def is_of_pixels(self) -> bool:
        """Whether the limit comes from all pixels of good images' maps, not from a score an image."""
        return self.name.startswith("pixel-")

    def __str__(self) -> str:
        text = self.name if self.number is None else f"{self.name}:{self.number:g}"
        return text if self.confidence is None else f"{text}@{self.confidence:g}"


def parse_rule(text: str) -> Rule:
    """The rule that `text` names; raises ArgumentError for an unknown one or a number out of range.

    >>> parse_rule("quantile:0.99")
    Rule(name='quantile', number=0.99, confidence=None)
    """
    name, _, rest = text.partition(":")
    number_text, at, confidence_text = rest.partition("@") if name == "false-calls" else (rest, "", "")
    number, confidence = _number(number_text), _number(confidence_text)
    limits = {"quantile": (0.0, 1.0), "ksigma": (0.0, 100.0), "max-area": (0.0, 1e12), "false-calls": (0.0, 1.0)}
    limits |= {"pixel-quantile": (0.0, 1.0), "pixel-ksigma": (0.0, 100.0)}
    if name == "max" and not rest:
        return Rule("max")
    is_known = name in limits and limits[name][0] < number <= limits[name][1]
    if is_known and (not at or (number < 1 and 0 < confidence < 1)):
        return Rule(name, number, confidence if at else None)
    raise ArgumentError(
        "rule",
        found=repr(text),
        expected=", ".join(RULE_FORMS),
        remedy="for example false-calls:0.02, or false-calls:0.05@0.95",
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def threshold_from_good(rule: Rule, scores: np.ndarray) -> float:
    """Limit for image scores: an image is defective when its score is above it.

    scores : (n,) image scores of good images. For `max-area`, `scores` are each image's smallest limit at
    which no region is larger than the area; then the rule is their maximum.

    Raises ArgumentError when there are too few images for what the rule promises.

    >>> threshold_from_good(parse_rule("quantile:0.5"), np.array([1.0, 2.0, 3.0, 4.0]))
    3.0
    """
    scores = np.sort(np.asarray(scores, np.float64))
    n = scores.size
    if n == 0 or not np.isfinite(scores).all():
        raise ArgumentError("scores", found=f"{n} scores, some not finite" if n else "none", expected="good images")
    if rule.name in ("max", "max-area"):
        return float(scores[-1])
    assert rule.number is not None
    if rule.name == "quantile":
        return float(np.quantile(scores, rule.number, method="higher"))
    if rule.name == "ksigma":
        return float(scores.mean() + rule.number * scores.std())
    rank = _rank(rule, n)
    return float(scores[rank - 1])


def _rank(rule: Rule, n: int) -> int:
    """Which of `n` sorted scores, from 1, is the limit of a `false-calls` rule."""
    assert rule.number is not None
    if rule.confidence is None:
        rank = order_statistics.rank_for_rate(n, rule.number)
        needed = order_statistics.images_for_rate(rule.number)
    else:
        rank = order_statistics.rank_with_confidence(n, rule.number, rule.confidence)
        needed = order_statistics.images_for_confidence(rule.number, rule.confidence)
    if rank > n:
        raise ArgumentError(
            f"rule {rule}",
            found=f"{n} good images",
            expected=f"{needed} or more",
            remedy="add good images, or allow a higher rate",
        )
    return rank
