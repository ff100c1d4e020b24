"""What the parts of the end-to-end benchmark share: pictures, bundles, and jobs that take turns."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from surfedge import Bundle
from surfedge.bundle import serialize, with_section
from surfedge.decision import Decision
from surfedge.methods import Networked

PICTURE = 128, 4


def sheet(seed: int, side_px: int) -> np.ndarray:
    """Fine noise, uint8."""
    return np.random.default_rng(seed).normal(*PICTURE, (side_px, side_px)).clip(0, 255).astype(np.uint8)


def bundle_of(network: Networked, decision: Decision | None = None, threads: int = 1) -> Bundle:
    """A bundle around a network that uses `threads` streams of one thread each."""
    settings, arrays, blobs = serialize(network)
    plain = serialize(decision or Decision(threshold=0.4))[0]
    return Bundle(
        network.name,
        settings,
        plain,
        blobs=with_section("method", arrays, blobs)[1],
        runtime={"threads": threads, "streams": threads},
    )


def alternating(*jobs: Callable[[], object], rounds: int) -> list[float]:
    """Least seconds of each job, the jobs taking turns."""
    best = [float("inf")] * len(jobs)
    for _ in range(rounds):
        for number, job in enumerate(jobs):
            start = time.perf_counter()
            job()
            best[number] = min(best[number], time.perf_counter() - start)
    return best
