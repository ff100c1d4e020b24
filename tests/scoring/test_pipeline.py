"""Bounded work ahead, every result once, errors in the caller's thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from surfedge.scoring.pipeline import MAX_PENDING_PER_WORKER, RESULTS_PER_WAKE, Pipeline


def test_every_item_once() -> None:
    with Pipeline(lambda item: item * item, 3) as pipeline:
        results = [result for result in pipeline.run(range(200)) if result is not None]
    assert sorted(results) == [item * item for item in range(200)]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_never_more_images_at_once_than_workers_nor_far_ahead(workers: int) -> None:
    lock = threading.Lock()
    held = most = taken = handed = furthest = 0

    def job(item: int) -> int:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        time.sleep(0.001)
        with lock:
            held -= 1
        return item

    def items() -> Iterator[int]:
        nonlocal taken, furthest
        for item in range(300):
            taken += 1
            furthest = max(furthest, taken - handed)
            yield item

    with Pipeline(job, workers) as pipeline:
        for result in pipeline.run(items()):
            handed += result is not None
    assert most == workers
    assert furthest <= MAX_PENDING_PER_WORKER * workers
    assert handed == 300


def test_a_large_image_does_not_hold_up_the_small_ones() -> None:
    go_on = threading.Event()

    def job(item: int) -> int:
        if item == 0:
            assert go_on.wait(10)
        return item

    results = []
    with Pipeline(job, 2) as pipeline:
        for result in pipeline.run(range(20), idle_s=0.01):
            if result is not None:
                results.append(result)
            if len(results) == 19:
                go_on.set()
    assert results[-1] == 0


def test_errors_come_out_here_and_what_was_done_is_not_lost() -> None:
    def job(item: int) -> int:
        if item == 3:
            raise OSError("disk")
        time.sleep(0.002)
        return item

    seen = []
    with Pipeline(job, 2) as pipeline:
        with pytest.raises(OSError, match="disk"):
            seen.extend(result for result in pipeline.run(range(100)) if result is not None)
        left = pipeline.stop()
    assert set(seen).isdisjoint(left)
    assert len({*seen, *left}) < 10


def test_the_caller_wakes_for_several_results() -> None:
    with Pipeline(lambda item: time.sleep(0.002) or item, 2) as pipeline:
        waits, wait = [], pipeline._enough.wait
        pipeline._enough.wait = lambda timeout=None: waits.append(timeout) or wait(timeout)  # type: ignore[method-assign]
        assert len([result for result in pipeline.run(range(160)) if result is not None]) == 160
    assert len(waits) <= 1.5 * 160 / (2 * RESULTS_PER_WAKE)


def test_none_when_nothing_is_ready() -> None:
    with Pipeline(lambda item: time.sleep(0.05) or item, 1) as pipeline:
        assert None in list(pipeline.run([1], idle_s=0.005))
