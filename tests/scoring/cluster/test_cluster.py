"""Runs on workers in other processes leave what a run on this machine leaves, whatever becomes of the workers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Budget
from scoring.cluster.conftest import IMAGES, Left, left, plates
from scoring.cluster.machines import Machines
from scoring.stub import NO_PICTURES
from surfedge import Detector, kernels
from surfedge.cli import main
from surfedge.scoring import Cluster, ClusterError, Summary, score_folder, watch_folder
from surfedge.scoring.cluster import lean_scheduler, tasks, workers

ODD = Path(__file__).with_name("odd_worker.py")
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and its signals")
Run = Callable[..., Summary]


@pytest.fixture
def run(machines: Machines, detector: Detector, images: Path, tmp_path: Path) -> Run:
    """Scores the plates into tmp_path/out on the cluster; `said` takes its lines."""

    def score(said: list[str] | None = None, inputs: Path = images, on: Machines = machines, **how: Any) -> Summary:
        lines = [] if said is None else said
        options = {"save": ["masks"], "workers": 2, "pictures": NO_PICTURES, **how}
        allows = options.pop("allows_different", False)
        with Cluster(on.address, say=lines.append, allows_different=allows) as cluster:
            return score_folder(detector, [inputs], tmp_path / "out", cluster=cluster, **options)

    return score


def at_first(act: Callable[[], None]) -> Callable[[int, int, str], None]:
    """A progress that acts once, when the first outcomes are committed."""
    done: list[int] = []

    def progress(count: int, total: int, what: str) -> None:
        if count and not done:
            done.append(count)
            act()

    return progress


def test_tables_and_files_are_those_of_a_run_here(run: Run, tmp_path: Path, calm: Left) -> None:
    summary = run()
    assert (summary.inspected, summary.skipped) == (IMAGES, 1)
    assert left(tmp_path / "out") == calm
    assert "damaged.png" in str(summary.problems[0].item.path)
    assert run().inspected == 0  # a second run finds everything in the ledger
    assert left(tmp_path / "out") == calm


def test_a_network_gives_the_same_bits_there(machines: Machines, images: Path, tmp_path: Path) -> None:
    """Its sums are cut by the threads that share an inference: workers have to take as many as the client."""
    few = tmp_path / "few"
    few.mkdir()
    for path in sorted(images.glob("000*.png")):
        shutil.copy(path, few)
    network = Detector(Path(__file__).parents[3] / "models" / "plate-fast" / "plate.surfedge")
    how: dict[str, Any] = {"save": ["maps"], "workers": 1, "pictures": NO_PICTURES}
    score_folder(network, [few], tmp_path / "here", **how)
    with Cluster(machines.address) as cluster:
        score_folder(network, [few], tmp_path / "there", cluster=cluster, **how)
    assert left(tmp_path / "there") == left(tmp_path / "here")


def test_what_was_done_here_is_not_done_there(
    run: Run, detector: Detector, images: Path, tmp_path: Path, calm: Left
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for path in sorted(images.glob("00[0-3]*.png")):
        shutil.copy(path, few)
    score_folder(detector, [few], tmp_path / "out", save=["masks"], workers=1, pictures=NO_PICTURES)
    assert run().inspected == IMAGES - 40
    assert left(tmp_path / "out") == calm


@linux
@pytest.mark.parametrize("there", ["nothing", "other bytes"])
def test_images_that_a_worker_does_not_find_are_sent(
    there: str, run: Run, machines: Machines, images: Path, tmp_path: Path, calm: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/proc/self/cwd is another folder in each process: the path is the same, what lies there is not."""
    monkeypatch.chdir(images.parent)
    other = machines.folder / images.name
    if there == "other bytes":
        other.mkdir()
        for number, path in enumerate(sorted(images.iterdir())):
            shutil.copy(sorted(images.iterdir())[number - 1], other / path.name)
    try:
        assert run(inputs=Path("/proc/self/cwd") / images.name).inspected == IMAGES
    finally:
        shutil.rmtree(other, ignore_errors=True)
    found = left(tmp_path / "out")
    assert found.pop("results") == [
        {**row, "path": f"/proc/self/cwd/images/{Path(row['path']).name}"} for row in calm["results"]
    ]
    assert {k: v for k, v in found.items() if k != "regions"} == {
        k: v for k, v in calm.items() if k not in ("results", "regions")
    }


def test_a_worker_killed_in_the_middle_costs_nothing(run: Run, machines: Machines, tmp_path: Path, calm: Left) -> None:
    doomed = machines.joined(preload=ODD, ODD_DELAY_S="1")
    summary = run(progress=at_first(doomed.kill))
    assert summary.inspected == IMAGES
    assert left(tmp_path / "out") == calm
    machines.left(doomed)


@linux
def test_a_frozen_worker_is_not_waited_for(
    run: Run, machines: Machines, tmp_path: Path, calm: Left, budget: Budget, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not budget.count(test=0, nightly=1, release=1):
        pytest.skip("takes eight seconds: with --budget nightly")
    monkeypatch.setattr(tasks, "LATE_S", 0.5)
    monkeypatch.setattr(workers, "ANSWER_S", 0.5)
    frozen = machines.joined(preload=ODD, ODD_DELAY_S="1")
    try:
        assert run(progress=at_first(lambda: os.kill(frozen.pid, signal.SIGSTOP))).inspected == IMAGES
    finally:
        frozen.kill()
        machines.left(frozen)
    assert left(tmp_path / "out") == calm


def test_a_worker_that_differs_is_named_and_left_out(run: Run, machines: Machines, tmp_path: Path, calm: Left) -> None:
    level, said = kernels.available_isas()[0], []
    odd = machines.joined(preload=ODD, ODD_VERSION="9.9", SURFEDGE_ISA=level)
    try:
        assert run(said).inspected == IMAGES
        assert len(said) == 1 and "is left out: surfedge 9.9 instead of" in said[0]
        if level != kernels.active_isa():
            assert f"instruction set {level} instead of {kernels.active_isa()}" in said[0]
        assert left(tmp_path / "out") == calm
        said.clear()
        assert run(said, allows_different=True).inspected == IMAGES  # outcomes of their own
        assert len(said) == 1 and "takes part though" in said[0]
    finally:
        odd.kill()
        machines.left(odd)


def test_an_image_that_ends_workers_is_skipped_and_a_lost_scheduler_costs_nothing(
    run: Run, detector: Detector, images: Path, tmp_path: Path, calm: Left
) -> None:
    """One death is enough for this scheduler. Then it goes as well; a run without it finishes."""
    few = Machines(tmp_path / "few", DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    try:
        for _ in range(3):
            few.worker(preload=ODD, ODD_DEADLY="0007.png", ODD_DELAY_S="0.01")
        few.wait_for_workers(3)
        summary = run(on=few)
        assert (summary.inspected, summary.skipped) == (IMAGES - 1, 2)
        reasons = {row.item.path.name: row.reason for row in summary.problems}
        assert reasons["0007.png"].startswith("its worker ended, several times")
        shutil.rmtree(tmp_path / "out")
        with pytest.raises(ClusterError, match="the scheduler is gone.*run the same command again to finish"):
            run(on=few, progress=at_first(few.scheduler.kill))
    finally:
        few.end()
    rest = score_folder(detector, [images], tmp_path / "out", save=["masks"], workers=1, pictures=NO_PICTURES)
    assert 0 < rest.inspected < IMAGES
    assert left(tmp_path / "out") == calm


def test_a_watched_folder(machines: Machines, detector: Detector, tmp_path: Path) -> None:
    folder = plates(tmp_path / "camera", 6)
    with Cluster(machines.address) as cluster:
        summary = watch_folder(
            detector, folder, tmp_path / "out", cluster=cluster, settle_s=0.1, give_up_s=0.3, idle_s=0.6, workers=1
        )
    assert (summary.defective, summary.good, summary.skipped, summary.inspected) == (2, 4, 1, 6)


def test_workers_of_this_machine_from_the_command_line(
    images: Path, tmp_path: Path, calm: Left, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, set_up, schedulers = tmp_path / "out", lean_scheduler.dask_setup, []
    monkeypatch.setattr(
        lean_scheduler, "dask_setup", lambda scheduler: (schedulers.append(scheduler), set_up(scheduler))
    )
    code = main(
        [
            "score",
            str(images),
            "--out",
            str(out),
            "--save",
            "masks",
            "--threshold",
            "9",
            "--cluster",
            "local:1",
            "--json",
        ]
    )
    assert code == 1, capsys.readouterr().err  # one file is damaged
    assert json.loads(capsys.readouterr().out)["inspected_now"] == IMAGES
    assert left(out) == calm
    record = sqlite3.connect(out / "ledger.sqlite").execute("SELECT record FROM runs").fetchone()[0]
    assert [each["threads"] for each in json.loads(record)["cluster"]["workers"]] == [1]
    spans = [span for scheduler in schedulers for span in scheduler.extensions["spans"].spans.values()]
    assert spans and not any(span.metadata for span in spans), "a note of every task, kept for ever"
