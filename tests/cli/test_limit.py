"""surfedge limit: who set it, what stood there before, what it promises."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import surfaces
from cli.conftest import Run
from surfedge.bundle import Bundle
from surfedge.detector import Detector
from surfedge.synthesis import render


@pytest.fixture
def bundle(run: Run, tmp_path: Path) -> Path:
    """Learned from ten strips."""
    for number in range(10):
        surfaces.save(tmp_path / "good" / f"{number}.png", render("strip", (64, 96), seed=number).image)
    assert run("calibrate", "dzl", tmp_path / "good", "--out", tmp_path / "a.surfedge").code == 0
    return tmp_path / "a.surfedge"


def test_its_history_is_kept(run: Run, bundle: Path) -> None:
    first = Bundle.read(bundle)
    for limit, name in ((12.0, "M. Weber"), (0.5, "night shift")):
        ran = run("limit", bundle, limit, "--by", name)
        assert ran.code == 0 and f"limit {limit:.4g}, set by {name}" in ran.out
    known = Bundle.read(bundle).calibration
    assert known["rule"] == "set by hand" and known["set_by"] == "night shift" and known["set_at"].endswith("Z")
    assert [entry["threshold"] for entry in known["history"]] == [first.decision["threshold"], 12.0]
    assert known["history"][0]["rule"] == "quantile:0.99" and known["history"][1]["set_by"] == "M. Weber"
    above = int(np.count_nonzero(first.arrays["calibration/scores"] > 0.5))
    assert known["promise"]["above"] == above and Detector(bundle).decision.threshold == 0.5
    assert "what the limit promises" in run("info", bundle).out


def test_another_file_and_a_limit_of_pixels(run: Run, bundle: Path, tmp_path: Path) -> None:
    ran = run("limit", bundle, "3", "--by", "QA", "--pixels", "2.5", "--out", tmp_path / "b.surfedge", "--json")
    assert json.loads(ran.out)["threshold"] == 3.0
    decision = Detector(tmp_path / "b.surfedge").decision
    assert (decision.threshold, decision.pixel_threshold) == (3.0, 2.5)
    assert Bundle.read(bundle).calibration["rule"] == "quantile:0.99"


@pytest.mark.parametrize("words", [("nan", "--by", "QA"), ("3", "--by", " "), ("inf", "--by", "QA")])
def test_what_is_refused(run: Run, bundle: Path, words: tuple[str, ...]) -> None:
    before = bundle.read_bytes()
    assert run("limit", bundle, *words).code == 2 and bundle.read_bytes() == before
