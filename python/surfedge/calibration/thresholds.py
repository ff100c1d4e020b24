"""How limits are found from the scores of good images.

Rules follow Bergmann et al., "The MVTec Anomaly Detection Dataset", 2021 (section on thresholds): maximum,
p-quantile, k-sigma and max-area; `false-calls` adds a limit with a guaranteed rate, by the order statistics of
exchangeable scores (Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surfedge.errors import ArgumentError

RULES = {
    "quantile": "quantile:P   P of the good images stay below (0 < P <= 1)",
    "max": "max          the highest score of a good image",
    "ksigma": "ksigma:K     mean plus K deviations of the good scores",
    "max-area": "max-area:A   no good image shows a region of more than A pixels",
    "false-calls": "false-calls:R   at most the rate R of good images is called defective, in expectation",
}


@dataclass(frozen=True)
class Rule:
    """A threshold rule: its name in RULES and its number (None for `max`)."""

    name: str
    number: float | None = None

    def __str__(self) -> str:
        return self.name if self.number is None else f"{self.name}:{self.number:g}"


def parse_rule(text: str) -> Rule:
    """The rule that `text` names; raises ArgumentError for an unknown one or a number out of range.

    >>> parse_rule("quantile:0.99")
    Rule(name='quantile', number=0.99)
    """
    name, _, number_text = text.partition(":")
    try:
        number = float(number_text) if number_text else None
    except ValueError:
        number = math.nan
    limits = {"quantile": (0.0, 1.0), "ksigma": (0.0, 100.0), "max-area": (0.0, 1e12), "false-calls": (0.0, 1.0)}
    if name == "max" and not number_text:
        return Rule("max")
    if name in limits and number is not None and limits[name][0] < number <= limits[name][1]:
        return Rule(name, number)
    raise ArgumentError(
        "rule",
        found=repr(text),
        expected=", ".join(r.split()[0] for r in RULES.values()),
        remedy="for example quantile:0.99",
    )


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
    rank = math.ceil((n + 1) * (1.0 - rule.number) - 1e-9)
    if rank > n:
        needed = math.ceil(1.0 / rule.number - 1e-9) - 1
        raise ArgumentError(
            f"rule {rule}",
            found=f"{n} good images",
            expected=f"{needed} or more",
            remedy="add good images, or allow a higher rate",
        )
    return float(scores[max(rank, 1) - 1])
