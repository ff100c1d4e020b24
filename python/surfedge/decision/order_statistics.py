"""What a limit that is one of n good scores says of new images, whatever the scores' distribution.

Of n + 1 exchangeable scores each is as likely as any other to be the largest, the second largest, ...: a new one lies
above the k-th smallest of n with probability (n + 1 - k) / (n + 1) (V. Vovk, A. Gammerman, G. Shafer, "Algorithmic
learning in a random world", 2005). How far the rate at one such limit can lie above that follows from the binomial
distribution (S. Wilks, "Determination of sample sizes for setting tolerance limits", 1941).
"""

from __future__ import annotations

import math


def expected_rate(n: int, k: int) -> float:
    """Probability that a new score lies above the k-th smallest (from 1) of `n`.

    >>> expected_rate(19, 19)
    0.05
    """
    return (n + 1 - k) / (n + 1)


def rank_for_rate(n: int, rate: float) -> int:
    """The smallest k whose expected rate is at most `rate`; n + 1 when `n` scores cannot promise it.

    >>> rank_for_rate(19, 0.05), rank_for_rate(18, 0.05)
    (19, 19)
    """
    return max(1, math.ceil((n + 1) * (1.0 - rate) - 1e-9))


def rank_with_confidence(n: int, rate: float, confidence: float) -> int:
    """The smallest k such that the rate above the k-th smallest of `n` is at most `rate` with this confidence.

    n + 1 when `n` scores are too few for it.

    >>> rank_with_confidence(59, 0.05, 0.95), rank_with_confidence(58, 0.05, 0.95)
    (59, 59)
    """
    low, high = 1, n + 1
    while low < high:
        k = (low + high) // 2
        if _confidence(n, k, rate) >= confidence - 1e-12:
            high = k
        else:
            low = k + 1
    return low


def rate_at_confidence(n: int, k: int, confidence: float = 0.95) -> float:
    """The rate that the k-th smallest of `n` keeps with this confidence, 0 to 1.

    >>> round(rate_at_confidence(59, 59), 3)
    0.05
    """
    low, high = 0.0, 1.0
    for _ in range(60):
        rate = 0.5 * (low + high)
        low, high = (low, rate) if _confidence(n, k, rate) >= confidence else (rate, high)
    return high


def images_for_rate(rate: float) -> int:
    """Good images of which the highest score promises `rate` in expectation.

    >>> images_for_rate(0.01)
    99
    """
    return math.ceil(1.0 / rate - 1e-9) - 1


def images_for_confidence(rate: float, confidence: float) -> int:
    """Good images of which the highest score promises `rate` with this confidence.

    >>> images_for_confidence(0.05, 0.95)
    59
    """
    return math.ceil(math.log1p(-confidence) / math.log1p(-rate) - 1e-9)


def _confidence(n: int, k: int, rate: float) -> float:
    """Probability that at least n + 1 - k of `n` scores lie in the upper `rate` of their distribution."""
    if rate <= 0.0:
        return 0.0
    if rate >= 1.0:
        return 1.0
    below = 0.0
    for above in range(n + 1 - k):
        log_of_term = math.lgamma(n + 1) - math.lgamma(above + 1) - math.lgamma(n - above + 1)
        below += math.exp(log_of_term + above * math.log(rate) + (n - above) * math.log1p(-rate))
    return max(0.0, 1.0 - below)
