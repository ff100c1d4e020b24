"""Every case's answers agree with those of every peer that is installed, on small pictures; wrong ones are caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import surfedge.bench
from surfedge import kernels
from surfedge.bench import CASES
from surfedge.bench.case import Case, Peer, Trial, Work, largest_difference, share_different
from surfedge.bench.limits import Limits
from surfedge.bench.measuring import OURS, agreeing, measure
from surfedge.errors import SurfedgeError
from surfedge.registry import resolve

EACH = [(name, case) for name in CASES for case in resolve(CASES, name)]


def test_folder_and_table_agree() -> None:
    (folder,) = surfedge.bench.__path__
    modules = [f"surfedge.bench.{path.stem}" for path in Path(folder).glob("[a-z]*.py")]
    with_cases = {
        f"{module}:CASES" for module in modules if isinstance(getattr(import_module(module), "CASES", None), tuple)
    }
    assert with_cases == set(CASES.values())
    assert all(home == f"surfedge.bench.{name}:CASES" for name, home in CASES.items())


def test_names_differ() -> None:
    names = [f"{name} {case.size}" for name, case in EACH]
    assert len(set(names)) == len(names) >= 30


@pytest.mark.filterwarnings("default")  # what peers warn about is theirs
@pytest.mark.parametrize(("name", "case"), EACH, ids=[f"{name} {case.size}" for name, case in EACH])
def test_answers_agree(name: str, case: Case) -> None:
    trial = case.prepare(case.small, 1)
    calls, errors, skipped = agreeing(name, trial)
    assert set(skipped.values()) <= {"not installed"}, skipped
    assert set(calls) == {OURS, *errors}
    if trial.peers:
        assert any(peer.package in ("cv2", "numpy") and peer.name in errors for peer in trial.peers)
    for peer in trial.peers:
        assert 0 <= errors.get(peer.name, 0) <= peer.tolerance


def _case(peer: Peer, complaint: Callable[[Any], str] = lambda answer: "") -> Case:
    values = np.arange(6, dtype=np.float32)
    trial = Trial(lambda: values, (peer,), Work(values.nbytes, values.nbytes, 6.0), complaint)
    return Case("float32", (2, 3), lambda shape, threads: trial, goal=2.0)


def _peer(offset: float, **settings: Any) -> Peer:
    return Peer("NumPy", "numpy", lambda numpy: lambda: numpy.arange(6) + offset, 0.01, **settings)


def test_a_row_has_what_was_measured() -> None:
    row = measure("arange", _case(_peer(0.005)), Limits(0.002), seconds=0.002, threads=1)
    assert (row.kernel, row.size, row.level, row.threads) == ("arange", "2 x 3 float32", kernels.active_isa(), 1)
    assert row.best_peer == "NumPy" and row.goal == 2.0 and row.skipped == {}
    assert row.errors["NumPy"] == pytest.approx(0.005)
    assert row.peer_ms is not None and row.ratio == row.peer_ms / row.ms
    assert row.times_floor is not None and row.floor_ms is not None and row.times_floor == row.ms / row.floor_ms
    assert row.to_dict()["times"]["surfedge"]["calls"] >= 3


@pytest.mark.parametrize("offset", [0.02, -0.02, float("nan"), float("inf")])
def test_a_wrong_answer_is_refused_with_the_case_before_anything_is_timed(offset: float) -> None:
    with pytest.raises(SurfedgeError, match=r"arange 2 x 3 float32: found an answer that differs from that of NumPy"):
        measure("arange", _case(_peer(offset)), Limits(0.002), seconds=60, threads=1)


def test_a_complaint_is_refused() -> None:
    case = _case(_peer(0.0), lambda answer: "nonsense")
    with pytest.raises(SurfedgeError, match="arange 2 x 3 float32: found nonsense"):
        measure("arange", case, Limits(0.002), seconds=60, threads=1)


def test_a_peer_that_is_missing_or_fails_is_named() -> None:
    missing = replace(_peer(0.0), name="Missing", package="no_such_package_here")

    def failing(numpy: Any) -> Callable[[], Any]:
        raise RuntimeError("not on\nthis machine")

    broken = replace(_peer(0.0), name="Broken", prepare=failing)
    trial = Trial(lambda: np.arange(6.0), (missing, broken, _peer(0.0)))
    calls, errors, skipped = agreeing("arange", trial)
    assert list(calls) == [OURS, "NumPy"] and list(errors) == ["NumPy"]
    assert skipped == {"Missing": "not installed", "Broken": "RuntimeError: not on"}


def test_distances() -> None:
    assert largest_difference(np.array([0, 250], np.uint8), np.array([5, 255], np.uint8)) == 5
    assert largest_difference(np.zeros(3), np.zeros(4)) == float("inf")
    assert share_different(np.zeros((2, 2)), np.eye(2)) == 0.5
    assert share_different(np.zeros((2, 2)), np.eye(3)) == float("inf")
