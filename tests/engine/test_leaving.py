"""Daemon threads that inspect while the interpreter leaves: waited for, then held, never ended inside native code."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import surfedge
from conftest import Budget
from surfedge.engine import leaving
from surfedge.engine.leaving import _Gate, waited_for

BUNDLES = Path(__file__).resolve().parents[1] / "data" / "bundles" / "v1"
INSPECTING = """
import sys, threading, time
import numpy as np
from surfedge import Detector
detector = Detector(sys.argv[1], device="CPU")
picture = np.random.default_rng(0).integers(0, 256, (300, 300), np.uint8)
counts = [0] * 3
def work(number):
    while True:
        detector(picture)
        counts[number] += 1
for number in range(3):
    threading.Thread(target=work, args=(number,), daemon=True).start()
while min(counts) < 2:
    time.sleep(0.01)
"""


@pytest.mark.parametrize("name", ["network", "statistics"])
def test_daemon_threads_that_inspect_end_with_the_interpreter(name: str, budget: Budget) -> None:
    """X8: aborted nearly each time before."""
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    count = budget.count(test=3, nightly=100, release=500)
    for _ in range(count):
        command = [sys.executable, "-c", INSPECTING, str(BUNDLES / f"{name}.surfedge")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and done.stderr == ""
    print(f"X8 {name}: {count} processes left with 3 threads inspecting, 0 aborts")


def test_other_threads_and_errors_go_through() -> None:
    @waited_for
    def divide(a: int, *, b: int) -> float:
        return a / b

    found: list[object] = []

    def work() -> None:
        found.append(divide(1, b=2))
        try:
            divide(1, b=0)
        except ZeroDivisionError:
            found.append("error")

    for daemon in (True, False):
        thread = threading.Thread(target=work, daemon=daemon)
        thread.start()
        thread.join()
    assert found == [0.5, "error"] * 2 and divide.__name__ == "divide"


def test_only_daemon_threads_are_counted() -> None:
    """The interpreter joins the others itself."""
    counts: list[int] = []

    @waited_for
    def note() -> None:
        counts.append(leaving._gate.inside)

    note()
    for daemon in (True, False):
        thread = threading.Thread(target=note, daemon=daemon)
        thread.start()
        thread.join()
    note()
    assert counts == [0, 1, 0, 0]


def test_who_is_inside_is_waited_for_and_who_comes_stays_outside() -> None:
    gate, steps = _Gate(), []
    inside, may_leave = threading.Event(), threading.Event()

    def first() -> None:
        gate.enter()
        gate.enter()  # a call within a call goes on
        inside.set()
        may_leave.wait()
        steps.append("done")
        gate.leave()
        gate.leave()
        steps.append("never")

    def second() -> None:
        gate.enter()
        steps.append("never")

    threading.Thread(target=first, daemon=True).start()
    inside.wait()
    closing = threading.Thread(target=gate.close)
    closing.start()
    time.sleep(0.05)
    assert closing.is_alive()
    threading.Thread(target=second, daemon=True).start()
    time.sleep(0.05)
    assert closing.is_alive() and gate.inside == 1  # who stays outside is no reason to go
    may_leave.set()
    closing.join(10)
    assert not closing.is_alive() and gate.inside == 0
    time.sleep(0.05)
    assert steps == ["done"] and gate.inside == 0
