"""Turns, spreads, and the floor by hand."""

from __future__ import annotations

import doctest
import gc
import time
from importlib import import_module

import numpy as np
import pytest

from surfedge.bench.case import Work
from surfedge.bench.limits import Limits
from surfedge.bench.timing import interleaved


def test_contenders_take_turns() -> None:
    order: list[str] = []
    calls = {name: lambda name=name: order.append(name) for name in ("a", "b")}
    spreads = interleaved(calls, 0.0001)
    assert order[:40] == ["a"] * 20 + ["b"] * 20
    assert {name: order.count(name) for name in calls} == {name: spreads[name].calls for name in calls}


def test_times_are_those_that_passed() -> None:
    spread = interleaved({"slow": lambda: time.sleep(0.01), "fast": lambda: None}, 0.05)
    assert 9.9 < spread["slow"].low_ms <= spread["slow"].ms <= spread["slow"].high_ms
    assert spread["fast"].ms < 1
    assert spread["slow"].calls >= 3


def test_a_slow_one_drops_out_and_the_others_go_on() -> None:
    calls = {"slow": lambda: time.sleep(0.03), "a": lambda: time.sleep(0.001), "b": lambda: time.sleep(0.001)}
    spread = interleaved(calls, 0.06)
    assert spread["slow"].calls == 3
    assert spread["a"].calls > 5 and spread["b"].calls > 5


def test_one_alone_is_timed_too_and_collection_comes_back() -> None:
    assert interleaved({"only": lambda: None}, 0.0001)["only"].calls >= 3
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        interleaved({"broken": lambda: 1 / 0}, 0.001)
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("work", "ms"),
    [
        (Work(4 << 20, 0), 1e3 * 4 * 2**20 / 40e9),
        (Work(3 << 20, 1 << 20), 1e3 * (2 * 2**20 / 40e9 + 2 * 2**20 / 20e9)),
        (Work(1 << 20, 3 << 20), 1e3 * 4 * 2**20 / 20e9),
        (Work(1 << 20, 0, 1e9), 10.0),
    ],
)
def test_the_floor_by_hand(work: Work, ms: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surfedge.kernels.memory_rates", lambda memory, seconds: (40e9, 20e9))
    monkeypatch.setattr("surfedge.kernels.arithmetic_rate", lambda seconds: 100e9)
    assert Limits(0.001).floor_ms(work) == pytest.approx(ms)


def test_memory_is_measured_at_the_size_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def rates(memory: np.ndarray, seconds: float) -> tuple[float, float]:
        sizes.append(memory.size)
        return 1e9, 1e9

    monkeypatch.setattr("surfedge.kernels.memory_rates", rates)
    limits = Limits(0.001)
    for total in (0, 1, 40_000, 1 << 20, (1 << 21) - 1, 1 << 40):
        limits.memory_rates(total)
    assert sizes == [1 << 14, 1 << 15, 1 << 20, 1 << 27]


@pytest.mark.parametrize("module", ["case", "timing", "machine"])
def test_examples_run(module: str) -> None:
    outcome = doctest.testmod(import_module(f"surfedge.bench.{module}"))
    assert outcome.attempted and not outcome.failed
