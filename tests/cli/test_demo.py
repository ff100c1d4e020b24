"""The demo verb, made small: from rendered plates to verdicts and a report, in a folder of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import surfedge.cli.demo
from cli.conftest import Run
from surfedge.bundle.packaged import packaged
from surfedge.detector import Detector


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surfedge.cli.demo, "GOOD", 24)
    monkeypatch.setattr(surfedge.cli.demo, "SIZE_PX", 256)


def test_verdicts_bundle_and_report(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "show"
    ran = run("demo", "--out", out)
    assert ran.code == 0
    lines = ran.out.splitlines()
    verdicts = [line.split()[0] for line in lines if ".png: score" in line]
    assert len(verdicts) == 12 and set(verdicts) == {"DEFECTIVE", "good"}
    assert f"report: {out / 'results' / 'report.html'}" in lines
    assert (out / "results" / "report.html").is_file()
    assert len(list((out / "good").iterdir())) == 24 and len(list((out / "plates").iterdir())) == 12
    assert Detector(out / "plate.surfedge").bundle.input["prefilter"] == "cells"
    again = run("demo", "--out", out, "--json")  # over its own folder, as often as one likes
    values = json.loads(again.out)
    assert again.code == 0 and again.out.count("\n") == 1
    assert values["images"] == values["inspected_now"] == 12 and values["defective"] >= 6


def test_the_ready_network_stands_beside_by_what_it_found(run: Run, tmp_path: Path) -> None:
    """The table counts the verdicts of both by the truth in the names; the bundle of the package was used."""
    out = tmp_path / "show"
    ran = run("demo", "--out", out)
    assert ran.out.splitlines()[-1].endswith(f"trained on other plates; {out / 'results-network' / 'report.html'}")
    network = Detector(packaged("*.surfedge")["plate-fast"], device="CPU")
    called = {path.stem.split("_")[1]: 0 for path in (out / "plates").iterdir()}
    for path in (out / "plates").iterdir():
        called[path.stem.split("_")[1]] += network(path).is_defective
    rows = [line.split() for line in ran.out.splitlines() if ", found" in line or "called defective" in line]
    assert {row[0].rstrip(","): int(row[-3]) for row in rows} == called
    assert called["hole"] == 2


def test_a_surface_without_a_ready_network(run: Run, tmp_path: Path) -> None:
    ran = run("demo", "--out", tmp_path / "show", "--surface", "strip", "--json")
    assert ran.code == 0 and "network" not in json.loads(ran.out)
    assert not (tmp_path / "show" / "results-network").exists()


@pytest.mark.parametrize("name", ["good/mine.png", "notes.txt"])
def test_a_folder_of_ones_own_is_never_cleared(name: str, run: Run, tmp_path: Path) -> None:
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    ran = run("demo", "--out", tmp_path)
    assert ran.code == 2 and ran.out == "" and ran.error.count("\n") == 1
    assert "which holds something else, expected a new or empty folder" in ran.error
    assert mine.read_text() == "mine" and len(list(tmp_path.iterdir())) == 1
    ran = run("demo", "--out", mine)
    assert ran.code == 2 and mine.read_text() == "mine"


@pytest.mark.parametrize(("words", "message"), [(["--surface", "wood"], "'wood'"), (["--seed", "-1"], "seed")])
def test_wrong_words(words: list[str], message: str, run: Run, tmp_path: Path) -> None:
    ran = run("demo", "--out", tmp_path / "a", *words)
    assert ran.code == 2 and message in ran.error and ran.error.count("\n") == 1


def test_help_has_an_example(run: Run) -> None:
    assert "example: surfedge demo --out surfedge-demo" in run("demo", "--help").out
