"""What this machine gives at most: bytes and operations per second."""

from __future__ import annotations

import numpy as np

from surfedge.kernels.levels import native


def memory_rates(memory: np.ndarray, seconds: float = 0.02) -> tuple[float, float]:
    """What this machine's memory gives at most: (bytes per second read, bytes per second read and written by copying).

    memory : uint8 (N,), 4096 bytes or more, its second half is overwritten; N decides which cache answers.
    seconds : how long to measure, above 0 to 60. The best turn counts; all threads of `set_threads` take part.
    Source: J. D. McCalpin, "Memory bandwidth and machine balance in current high performance computers", 1995.

    >>> read, copy = memory_rates(np.zeros(1 << 16, np.uint8), seconds=0.01)
    >>> read > 1e8 and copy > 1e8
    True
    """
    read, copy = native.memory_rates(memory, seconds)
    return float(read), float(copy)


def arithmetic_rate(seconds: float = 0.02) -> float:
    """Float operations per second at this level when nothing waits for memory; a product and its sum are two.

    seconds : how long to measure, above 0 to 60. The best turn counts; all threads of `set_threads` take part.
    Source: S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model for multicore
    architectures", 2009.

    >>> arithmetic_rate(0.01) > 1e8
    True
    """
    return float(native.arithmetic_rate(seconds))
