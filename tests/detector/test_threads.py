"""One detector, many threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import Budget
from detector.sheets import assert_equal, network_bundle, sheet
from surfedge import Detector
from surfedge.detector import default_bundle
from surfedge.methods import WITHOUT_NETWORK


@pytest.mark.parametrize("method", [*WITHOUT_NETWORK, "network"])
def test_threads_give_what_one_after_the_other_gives(method: str, tmp_path: Path, budget: Budget) -> None:
    """T1: 8 threads, 50 images each."""
    bundle = network_bundle(tmp_path) if method == "network" else default_bundle(method)
    detector = Detector(bundle)
    images = [sheet(seed, (48 + 8 * (seed % 3), 64)) for seed in range(8)]
    serial = [detector(image) for image in images]
    start = threading.Barrier(8)
    count = budget.count(test=50, nightly=1_000, release=5_000)

    def inspect(thread: int) -> int:
        start.wait()
        for number in range(count):
            which = (number + thread) % len(images)
            assert_equal(detector(images[which]), serial[which])
        return count

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(inspect, range(8))) == 8 * count
    print(f"{method}: 8 x {count} inspections from threads, 0 differ from the serial ones")
