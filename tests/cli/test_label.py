"""The label verb's words, and what its false calls do for a calibration."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from cli.conftest import Run
from surfedge.bundle import Bundle
from surfedge.cli import FAILED, WRONG_USE
from surfedge.cli.label import beside


def test_marks_lie_beside_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert beside(tmp_path / "photos") == tmp_path / "photos-marked"
    monkeypatch.chdir(tmp_path)
    assert beside(Path(".")) == tmp_path.with_name(f"{tmp_path.name}-marked")


def test_what_cannot_be_served_is_said(run: Run, strips: Path, tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    ran = run("label", tmp_path / "nowhere", "--port", 0)
    assert ran.code == WRONG_USE and "nowhere: found no folder" in ran.error
    assert not (tmp_path / "nowhere-marked").exists()
    ran = run("label", strips, "--out", tmp_path / "a", "--run", tmp_path, "--port", 0)
    assert ran.code == WRONG_USE and "--run: found no ledger" in ran.error
    ran = run("label", strips, "--model", strips / "00.png")
    assert ran.code == FAILED and "00.png" in ran.error
    ran = run("label", strips, "--out", tmp_path / "b", "--port", 70_000)
    assert ran.code == WRONG_USE and "--port: found 70000" in ran.error


def test_without_the_extra_it_says_what_to_install(run: Run, strips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("surfedge.labelling.server.find_spec", lambda name: None)
    ran = run("label", strips)
    assert ran.code == FAILED and "pip install 'surfedge[serve]'" in ran.error


def test_false_calls_are_learned_in_addition_and_the_bundle_says_so(run: Run, strips: Path, tmp_path: Path) -> None:
    more = tmp_path / "marked"
    (more / "test" / "good").mkdir(parents=True)
    names = sorted(path.name for path in strips.iterdir())
    good = tmp_path / "good"
    good.mkdir()
    for number, name in enumerate(names):
        shutil.copy(strips / name, (good if number < 9 else more / "test" / "good") / name)
    (more / "good_in_addition.txt").write_text("".join(f"./test/good/{name}\n" for name in names[9:]))
    out = tmp_path / "a.surfedge"
    words = ("--also-good", more / "good_in_addition.txt", "--also-good", good)  # the good ones again: not twice
    ran = run("calibrate", "statistics", good, "--out", out, *words)
    assert ran.code == 0 and "12 good images, 3 of them in addition" in ran.out
    assert Bundle.read(out).calibration["also_good"] == 3
    assert "also_good" not in Bundle.read(_plain(run, good, tmp_path)).calibration


def _plain(run: Run, good: Path, tmp_path: Path) -> Path:
    out = tmp_path / "plain.surfedge"
    assert run("calibrate", "statistics", good, "--out", out).code == 0
    return out
