"""An evaluation on workers in other processes is the one on this machine, bit for bit, whatever becomes of them."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("distributed")

import graphs
from scoring.cluster.machines import Machines
from surfedge.bundle import Bundle, serialize, with_section
from surfedge.cli import SKIPPED, main
from surfedge.datasets import Sample, labelled_images
from surfedge.decision import Decision
from surfedge.detector import Detector, default_bundle
from surfedge.errors import ArgumentError
from surfedge.evaluation import Evaluated, evaluate, judging
from surfedge.evaluation.counted import FATAL, counted_of
from surfedge.methods import Classes
from surfedge.metrics import Evaluation
from surfedge.scoring import Cluster
from surfedge.scoring.cluster.messages import NO_ITEM, Answer, packed
from surfedge.scoring.ledger.outcome import Outcome, Verdict

ODD = Path(__file__).parents[1] / "scoring" / "cluster" / "odd_worker.py"
Judge = Callable[..., Evaluated]


@pytest.fixture
def samples(damaged: Path) -> list[Sample]:
    """Squares, dots without masks, two cut files, a mask of another size, and an image that is no plate."""
    cv2.imwrite(str(damaged / "test" / "good" / "8.png"), np.zeros((72, 96), np.uint8))
    return labelled_images(damaged)


@pytest.fixture
def judge(samples: list[Sample], machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Evaluates here or on the workers; the first images are judged here, until there are bins to count in."""
    monkeypatch.setattr(judging, "Evaluation", functools.partial(Evaluation, exact_px=15_000))
    detector = Detector(default_bundle("pixel_zscore"))

    def run(out: str, where: bool = True, those: list[Sample] | None = None, **how: Any) -> Evaluated:
        if not where:
            return evaluate(detector, those or samples, tmp_path / out, bootstrap=20)
        with Cluster(machines.address) as cluster:
            return evaluate(detector, those or samples, tmp_path / out, bootstrap=20, cluster=cluster, **how)

    return run


def left(out: Path) -> dict[str, Any]:
    """All that an evaluation writes, without times."""
    files: dict[str, Any] = {
        path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()
    }
    figures = json.loads(files.pop("figures.json"))
    assert files.pop("report.html") and figures.pop("median_milliseconds") > 0
    return {**files, "figures": figures}


def test_tables_curves_and_pictures_are_those_of_a_run_here(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[bool] = []
    add = judging.Tally.add
    monkeypatch.setattr(
        judging.Tally,
        "add",
        lambda tally, judged, *more: (counted.append(judged.counted is not None), add(tally, judged, *more))[1],
    )
    here = judge("here", where=False)
    assert not any(counted)
    there = judge("there")
    assert sum(counted) == 7  # before them four dots without truth and three good images
    assert left(tmp_path / "there") == left(tmp_path / "here")
    assert (there.skipped, there.refused) == (here.skipped, here.refused)
    assert len(there.skipped) == 3 and len(there.refused) == 1
    assert [(row.path, row.pictures) for row in there.rows] == [(row.path, row.pictures) for row in here.rows]


def test_a_worker_killed_in_the_middle_costs_nothing(judge: Judge, machines: Machines, tmp_path: Path) -> None:
    judge("here", where=False)
    doomed = machines.joined(preload=ODD, ODD_DELAY_S="1")
    judge("there", progress=lambda done, total, what: doomed.kill() if done == 5 else None)
    machines.left(doomed)
    assert left(tmp_path / "there") == left(tmp_path / "here")


def test_a_classifier_and_then_a_detector_on_one_cluster(
    judge: Judge, machines: Machines, samples: list[Sample], tmp_path: Path
) -> None:
    """A method without maps needs no bins; the second detector takes the place of the first on the workers."""
    settings, _, blobs = serialize(Classes(*graphs.brightness_classes(tmp_path), class_names=("good", "square", "dot")))
    decision = serialize(Decision(threshold=0.5, good_classes=("good",)))[0]
    names = Detector(Bundle("classes", settings, decision, blobs=with_section("method", {}, blobs)[1]), threads=1)
    evaluate(names, samples, tmp_path / "names here", bootstrap=20)
    judge("here", where=False)
    with Cluster(machines.address) as cluster:
        evaluate(names, samples, tmp_path / "names there", bootstrap=20, cluster=cluster)
        evaluate(Detector(default_bundle("pixel_zscore")), samples, tmp_path / "there", bootstrap=20, cluster=cluster)
    assert left(tmp_path / "names there") == left(tmp_path / "names here")
    assert left(tmp_path / "there") == left(tmp_path / "here")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_images_and_masks_that_a_worker_does_not_find_are_sent(
    judge: Judge, damaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/proc/self/cwd is another folder in each process."""
    monkeypatch.chdir(damaged)
    those = labelled_images(Path("/proc/self/cwd"))
    judge("here", where=False, those=those)
    judge("there", those=those)
    assert left(tmp_path / "there") == left(tmp_path / "here")


def test_from_the_command_line(
    damaged: Path, machines: Machines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(damaged), "--method", "dzl", "--bootstrap", "0", "--json", "--out"]
    said = []
    for where in ([], ["--cluster", machines.address]):
        assert main([*words, str(tmp_path / str(len(said))), *where]) == SKIPPED
        said.append(json.loads(capsys.readouterr().out))
        assert said[-1].pop("median_milliseconds") > 0 and said[-1].pop("report")
    assert said[0] == said[1]
    assert main([*words, str(tmp_path / "x"), "--allow-different-workers"]) == 2
    assert "expected --cluster ADDRESS beside it" in capsys.readouterr().err


def test_what_ends_an_evaluation_here_ends_it_there() -> None:
    error = ArgumentError("a.png: score", found="nan", expected="a finite number")
    outcome = Outcome(NO_ITEM, b"", Verdict(1, 1, 0.0, 1.0, False, 0, 0, 1.0))
    answer = Answer(outcome, {FATAL: packed([error.name, error.found, error.expected, error.remedy])})
    with pytest.raises(ArgumentError, match="a.png: score: found nan, expected a finite number"):
        counted_of(answer, "a.png")
