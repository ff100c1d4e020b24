"""What a limit found on good images promises of new ones, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surfedge.decision.order_statistics import expected_rate, images_for_rate, rate_at_confidence

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Promise:
    """images : distinct good images that were scored. above : how many of their scores lie above the limit.

    expected : rate at which new good images of the same kind are called defective, in expectation, 0 to 1.
    at_most : the rate that this limit keeps with a confidence of 95 %. Both hold for whatever distribution the scores
    have, as long as new images come as the good ones came.

    >>> promise_of(5.0, np.arange(1.0, 20.0).clip(max=5.0)).expected
    0.05
    """

    images: int
    above: int
    expected: float
    at_most: float

    def in_words(self) -> str:
        """One sentence for people."""
        text = (
            f"of new good images {_percent(self.expected)} called defective in expectation, "
            f"at most {_percent(self.at_most)} with {CONFIDENCE:.0%} confidence"
        )
        if self.above == 0:
            text += f" (the limit is the highest of {self.images} scores; {images_for_rate(0.01)} images promise 1 %)"
        return text

    @property
    def in_short(self) -> str:
        """The same in a few words, for a table."""
        return f"{_percent(self.expected)} false calls expected, at most {_percent(self.at_most)} at {CONFIDENCE:.0%}"

    def to_dict(self) -> dict[str, float]:
        """Plain values, for a bundle and for programs."""
        return {"images": self.images, "above": self.above, "expected": self.expected, "at_most": self.at_most}


def promise_of(limit: float, scores: np.ndarray) -> Promise:
    """What `limit` promises, given the scores of good images (n,), one or more, each by what the others taught.

    A limit that is none of the scores promises at least what the score below it does.
    """
    n = len(scores)
    above = int(np.count_nonzero(np.asarray(scores, np.float64) > limit))
    rank = n - above
    return Promise(n, above, expected_rate(n, rank), rate_at_confidence(n, rank, CONFIDENCE))


def _percent(rate: float) -> str:
    return f"{100 * rate:.2g} %" if rate < 0.1 else f"{100 * rate:.0f} %"
