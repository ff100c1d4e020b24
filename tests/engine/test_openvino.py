"""The engine behind its door: precision set, no telemetry, one network shared by threads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import graphs
from surfedge.cores import usable_cores
from surfedge.engine import Engine, EngineOptions
from surfedge.errors import ArgumentError, EngineError


def test_a_network_answers(tmp_path: Path) -> None:
    engine = Engine(*graphs.scaled(tmp_path, 3.0))
    x = np.random.default_rng(0).random((2, 1, 32, 32), np.float32)
    np.testing.assert_allclose(engine.run(x)[0], 3.0 * x, rtol=1e-6)
    assert engine.input_shape == (-1, 1, 32, 32) and engine.input_type == np.float32


def test_precision_is_what_was_asked_for(tmp_path: Path) -> None:
    engine = Engine(*graphs.scaled(tmp_path, 3.0), EngineOptions(precision="f32"))
    assert "32" in str(engine.compiled().get_property("INFERENCE_PRECISION_HINT"))


def test_threads_share_a_network(tmp_path: Path, budget) -> None:
    """T1: each thread gets the answer to its own picture."""
    engine = Engine(*graphs.scaled(tmp_path, 2.0))
    pictures = [np.full((1, 1, 32, 32), value, np.float32) for value in range(8)]
    count = budget.count(test=50, nightly=1_000, release=5_000)

    def ask(number: int) -> bool:
        return all((engine.run(pictures[number])[0] == 2.0 * number).all() for _ in range(count))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))


def test_an_answer_is_the_callers_own(tmp_path: Path) -> None:
    engine = Engine(*graphs.scaled(tmp_path, 1.0))
    first = engine.run(np.ones((1, 1, 32, 32), np.float32))[0]
    engine.run(np.zeros((1, 1, 32, 32), np.float32))
    assert (first == 1.0).all()


def test_batches_under_way_give_the_same_answers(tmp_path: Path) -> None:
    """Bit for bit those of one call after the other, in order; stopping half-way leaves the engine usable."""
    engine = Engine(*graphs.costly(tmp_path), EngineOptions(threads=2, streams=2))
    batches = list(np.random.default_rng(0).random((7, 3, 1, 64, 64), np.float32))
    answers = [outputs[0].copy() for outputs in engine.run_each(batches)]
    assert len(answers) == 7
    for batch, answer in zip(batches, answers, strict=True):
        assert (engine.run(batch)[0] == answer).all()
    for outputs in engine.run_each(iter(batches)):
        assert (outputs[0] == answers[0]).all()
        break
    assert not list(engine.run_each([]))
    assert all((o[0] == a).all() for o, a in zip(engine.run_each(batches), answers, strict=True))


def test_no_more_batches_are_made_than_are_under_way(tmp_path: Path) -> None:
    made: list[int] = []

    def batches() -> Iterator[np.ndarray]:
        for number in range(9):
            made.append(number)
            yield np.zeros((1, 1, 32, 32), np.float32)

    engine = Engine(*graphs.scaled(tmp_path, 1.0), EngineOptions(threads=1, streams=1))
    for read, _ in enumerate(engine.run_each(batches())):
        assert len(made) == min(9, read + 2)


def test_processes_with_few_threads_do_not_all_take_the_first_cores(tmp_path: Path) -> None:
    """Bound to cores, one-thread engines of two processes would share the first and leave the second idle."""
    if usable_cores() == 1:
        pytest.skip("needs two cores")
    engine = Engine(*graphs.scaled(tmp_path, 1.0), EngineOptions(threads=1, streams=1))
    assert engine.compiled().get_property("ENABLE_CPU_PINNING") is False


def test_a_batch_that_does_not_fit_is_named(tmp_path: Path) -> None:
    engine = Engine(*graphs.scaled(tmp_path, 1.0))
    wrong = [np.zeros((1, 1, 32, 32), np.float32), np.zeros((1, 1, 16, 16), np.float32)]
    with pytest.raises(EngineError, match="network"):
        list(engine.run_each(wrong))
    assert (engine.run(np.ones((1, 1, 32, 32), np.float32))[0] == 1.0).all()


def test_no_telemetry_and_no_converter_is_loaded(tmp_path: Path) -> None:
    graph, weights = graphs.scaled(tmp_path, 1.0)
    (tmp_path / "g").write_bytes(graph)
    (tmp_path / "w").write_bytes(weights)
    code = (
        "import sys, pathlib, numpy\nfrom surfedge.engine.openvino import Engine\n"
        f"p = pathlib.Path({str(tmp_path)!r})\n"
        "Engine((p/'g').read_bytes(), (p/'w').read_bytes()).run(numpy.zeros((1,1,32,32), 'float32'))\n"
        "sys.exit('openvino_telemetry' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_wrong_graphs_devices_and_inputs_are_clear(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="export the bundle again"):
        Engine(b"<nonsense/>", b"").compiled()
    graph, weights = graphs.scaled(tmp_path, 1.0)
    with pytest.raises(EngineError, match="device: found TPU"):
        Engine(graph, weights, EngineOptions(device="TPU")).compiled()
    with pytest.raises(EngineError, match="network"):
        Engine(graph, weights).run(np.zeros((1, 1, 16, 16), np.float32))


@pytest.mark.parametrize("settings", [{"precision": "f64"}, {"threads": -1}])
def test_wrong_options(settings: dict) -> None:
    with pytest.raises(ArgumentError):
        EngineOptions(**settings)


def test_auto_runs_on_what_is_there(tmp_path: Path) -> None:
    engine = Engine(*graphs.scaled(tmp_path, 2.0), EngineOptions(device="AUTO", threads=1))
    assert (engine.run(np.ones((1, 1, 32, 32), np.float32))[0] == 2.0).all()
