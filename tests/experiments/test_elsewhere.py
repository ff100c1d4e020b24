"""An experiment on workers leaves the table, curves, pictures and bundles of a run on this machine."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")
pytest.importorskip("distributed")

from conftest import Budget
from experiments.conftest import GRID
from scoring.cluster.machines import Machines
from surfedge.cli import SKIPPED, main
from surfedge.experiments import read_experiment, run_experiment
from surfedge.experiments.elsewhere import _kept
from surfedge.experiments.job import FOLDERS, jobs_of
from surfedge.progress import silent
from surfedge.scoring.cluster.messages import packed
from tiny import without_times

WORKERS = "needs torch in two more processes: with --budget nightly"
TIMES = ("minutes", "milliseconds")


def left(out: Path) -> dict[str, Any]:
    """The table without its times, and the files of all cells."""
    with open(out / "table.csv", encoding="utf-8", newline="") as file:
        rows = [{k: v for k, v in row.items() if k not in TIMES} for row in csv.DictReader(file)]
    files = [path for name in ("curves", "pictures") for path in sorted((out / name).iterdir())]
    bundles = {path.name: without_times(path) for path in sorted((out / "bundles").iterdir())}
    return {"rows": rows, **bundles, **{path.relative_to(out).as_posix(): path.read_bytes() for path in files}}


def test_the_table_is_that_of_a_run_here(
    grid: Path, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two cells share a training; a data set that nobody has fails in the same words."""
    grid.write_text(GRID.replace("[0, 1]", "[0]").replace('squares = "data"', 'squares = "data"\nnothing = "nowhere"'))
    here = run_experiment(read_experiment(grid), tmp_path / "here", threads=1)
    command = ["experiment", str(grid), "--out", str(tmp_path / "there"), "--cluster", address, "--json"]
    assert main(command) == SKIPPED
    said = json.loads(capsys.readouterr().out)
    assert [each["figures"] for each in said["rows"]] == [cell.figures for cell in here.cells]
    assert [tuple(each) for each in said["failed"]] == list(here.failed)
    assert left(tmp_path / "there") == left(tmp_path / "here")
    stamps = [path.stat().st_mtime_ns for path in sorted((tmp_path / "there" / "bundles").iterdir())]
    assert main([*command[:-3], "--threads", "1"]) == SKIPPED  # here: the cells that workers ran are there
    assert [path.stat().st_mtime_ns for path in sorted((tmp_path / "there" / "bundles").iterdir())] == stamps


def test_a_worker_writes_into_the_folders_of_the_run_alone(grid: Path, tmp_path: Path) -> None:
    """Whatever names it sends back."""
    (job, *_) = jobs_of(read_experiment(grid), tmp_path / "out", 1, silent, print)
    for name in FOLDERS:
        (tmp_path / "out" / name).mkdir(parents=True)
    odd = ["pictures/../../gone.png", "/gone.png", "pictures/..", "pictures/", "pictures//gone.png", "cells/gone.png"]
    sent = {**dict.fromkeys(odd, b"x"), "pictures/kept.png": b"x", "cells": packed([[None, ["a", "b", "c", ""]]])}
    before = set(tmp_path.rglob("*"))
    ((number, error),) = _kept([(3, job)], {**sent, "said": packed([])})
    assert number == 3 and str(error) == "a: found b, expected c"
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "out" / "pictures" / "kept.png"}


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_data_that_no_worker_finds_is_named(
    grid: Path,
    budget: Budget,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """/proc/self/cwd is another folder in each process."""
    if not budget.count(test=0, nightly=1, release=1):
        pytest.skip(WORKERS)
    machines: Machines = request.getfixturevalue("machines")
    grid.write_text(GRID.replace('recipes = ["tiny.toml"]', "recipes = []"))
    monkeypatch.chdir(grid.parent)
    words = ["experiment", str(grid), "--out", "out", "--data", "squares=/proc/self/cwd/data"]
    assert main([*words, "--cluster", machines.address]) == SKIPPED
    said = capsys.readouterr().out
    assert "cannot do it: /proc/self/cwd/data: no folder there" in said
    assert "mount the folders of the data at the same place on every machine" in said
