"""The floor under a time: what must be moved and computed, over what this machine moves and computes at most."""

from __future__ import annotations

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Work

LARGEST_BYTES = 1 << 27
SMALLEST_BYTES = 1 << 14


class Limits:
    """Rates at the active level and number of threads, measured on first use and kept.

    seconds : how long to measure each; the best millisecond counts, and a busy machine has few good ones.
    """

    def __init__(self, seconds: float = 0.05) -> None:
        self._seconds = seconds
        self._memory = np.zeros(0, np.uint8)
        self._rates: dict[int, tuple[float, float]] = {}
        self._arithmetic = 0.0

    def memory_rates(self, total_bytes: int) -> tuple[float, float]:
        """(read, copy) in bytes per second, where the largest power of two bytes up to `total_bytes` lie."""
        size = min(max(1 << max(total_bytes, 1).bit_length() - 1, SMALLEST_BYTES), LARGEST_BYTES)
        if size not in self._rates:
            if self._memory.size < size:
                self._memory = np.ones(size, np.uint8)
            self._rates[size] = kernels.memory_rates(self._memory[:size], self._seconds)
        return self._rates[size]

    @property
    def arithmetic_rate(self) -> float:
        """Float operations per second."""
        self._arithmetic = self._arithmetic or kernels.arithmetic_rate(self._seconds)
        return self._arithmetic

    def floor_ms(self, work: Work) -> float:
        """Least time for `work`: the longer one of moving its bytes and of doing its operations.

        Bytes that are written pair with as many read ones at the copy rate, what remains comes at the read rate.
        """
        read, copy = self.memory_rates(work.read_bytes + work.written_bytes)
        only_read = max(0, work.read_bytes - work.written_bytes)
        moving = only_read / read + (work.read_bytes + work.written_bytes - only_read) / copy
        return 1e3 * max(moving, work.operations / self.arithmetic_rate if work.operations else 0.0)

    def measured(self) -> dict[str, object]:
        """All rates so far, for a report."""
        memory = {
            str(size): {"read_GB_per_s": read / 1e9, "copy_GB_per_s": copy / 1e9}
            for size, (read, copy) in sorted(self._rates.items())
        }
        return {"memory_by_bytes": memory, "arithmetic_GFLOP_per_s": self.arithmetic_rate / 1e9}
