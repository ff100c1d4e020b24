"""So many of so many, and how far the fraction of another sample might lie from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any


@dataclass(frozen=True)
class Share:
    """`count` of `total`, with the Wilson interval of the share, 0 to 1, at `confidence`; NaN for none of none.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927. It holds near 0 and
    1 too, where a verdict's shares lie.

    >>> str(Share(9, 10))
    '9 of 10 (90.0 %, 95 % interval 59.6 to 98.2 %)'
    """

    count: int
    total: int
    confidence: float = 0.95

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.count / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Its lowest and highest plausible value."""
        if not self.total:
            return math.nan, math.nan
        n, share, z = self.total, self.value, NormalDist().inv_cdf(0.5 + 0.5 * self.confidence)
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        low, high = max(0.0, middle - half), min(1.0, middle + half)
        return (0.0 if self.count == 0 else low), (1.0 if self.count == self.total else high)

    def __str__(self) -> str:
        if not self.total:
            return "none of none"
        low, high = self.interval
        text = f"{self.count} of {self.total} ({100 * self.value:.1f} %"
        return f"{text}, {100 * self.confidence:.0f} % interval {100 * low:.1f} to {100 * high:.1f} %)"

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {"count": self.count, "total": self.total, "interval": list(self.interval)}
