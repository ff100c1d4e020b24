"""Contenders in turns, so that what else the machine does meets all of them alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

BURST_CALLS, BURST_SECONDS = 20, 2e-3
FEWEST = 3


@dataclass(frozen=True)
class Spread:
    """Milliseconds per call: median, quartiles, number of calls."""

    ms: float
    low_ms: float
    high_ms: float
    calls: int


def interleaved(calls: Mapping[str, Callable[[], Any]], seconds: float) -> dict[str, Spread]:
    """Time all calls in turns for about `seconds` in all.

    A turn is up to 20 calls or 2 ms of one contender, so that the median call finds its data as its own last call
    left them. Who has used up its share of the time drops out; when fewer than two are left, it is over.

    >>> spread = interleaved({"a": lambda: sum(range(9)), "b": lambda: None}, seconds=0.001)
    >>> spread["a"].calls >= 3 and spread["a"].low_ms <= spread["a"].ms <= spread["a"].high_ms
    True
    """
    samples: dict[str, list[float]] = {name: [] for name in calls}
    share = seconds / len(calls)
    running, enough = set(calls), min(2, len(calls))
    collecting = gc.isenabled()
    gc.disable()
    try:
        while len(running) >= enough or any(len(samples[name]) < FEWEST for name in running):
            for name in [name for name in calls if name in running]:
                _burst(calls[name], samples[name])
                if sum(samples[name]) >= share and len(samples[name]) >= FEWEST:
                    running.discard(name)
    finally:
        if collecting:
            gc.enable()
    return {name: _spread(times) for name, times in samples.items()}


def _burst(call: Callable[[], Any], samples: list[float]) -> None:
    spent = 0.0
    for _ in range(BURST_CALLS):
        start = perf_counter()
        call()
        samples.append(perf_counter() - start)
        spent += samples[-1]
        if spent > BURST_SECONDS:
            return


def _spread(seconds: list[float]) -> Spread:
    low, middle, high = (float(q) for q in 1e3 * np.quantile(seconds, (0.25, 0.5, 0.75)))
    return Spread(middle, low, high, len(seconds))
