"""Tuning: what a line asks for, what is measured, what is written, and that scores stay."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import graphs
from surfedge import Bundle, Detector
from surfedge.bundle import serialize, with_section
from surfedge.cli import main
from surfedge.decision import Decision
from surfedge.detector import Line, default_bundle, tune
from surfedge.errors import ArgumentError
from surfedge.methods import Network
from surfedge.scoring.run_identity import settings_of

FRAMES = [np.random.default_rng(n).normal(128, 6, (128, 160)).clip(0, 255).astype(np.uint8) for n in range(2)]


def network(folder: Path) -> Bundle:
    settings, arrays, blobs = serialize(Network(*graphs.scaled(folder, 1.0), view="tiles", stride_px=32))
    decision = serialize(Decision(threshold=0.9))[0]
    return Bundle("network", settings, decision, blobs=with_section("method", arrays, blobs)[1])


def test_a_line_by_hand() -> None:
    """1400 m/min, 0.5 mm, 1 m: 23.3 m/s are 46,667 rows/s of 2,000 pixels."""
    line = Line(1400, 0.5, 1000)
    assert line.width_px == 2000 and line.pixels_per_s == pytest.approx(46_666.67 * 2000, rel=1e-5)
    assert line.speed_of(2 * line.pixels_per_s) == pytest.approx(2800)
    with pytest.raises(ArgumentError, match="pixel_mm"):
        Line(300, 0, 1000)


def test_the_best_keeps_scores_and_is_the_fastest_that_does(tmp_path: Path) -> None:
    tuning = tune(network(tmp_path), FRAMES, device="CPU", seconds=0.05)
    same = [trial for trial in tuning.trials if trial.setting.precision == "f32"]
    assert tuning.best in same and tuning.best.pixels_per_s == max(trial.pixels_per_s for trial in same)
    assert {trial.setting.batch for trial in tuning.trials} == {1, 4, 16, 32}
    assert all(trial.score_change < 1e-6 and not trial.flips for trial in same)
    assert {trial.setting.precision for trial in tuning.trials} > {"f32"} or len(same) == len(tuning.trials)


def test_arithmetic_is_tuned_by_workers_alone() -> None:
    tuning = tune(default_bundle("dzl"), FRAMES, seconds=0.05)
    assert {trial.setting.threads for trial in tuning.trials} == {0}
    assert len({trial.setting.workers for trial in tuning.trials}) == len(tuning.trials) >= 2


def test_the_verb_writes_settings_and_no_score_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "b.surfedge"
    first = network(tmp_path).write(path)
    words = ["--line-speed", "1", "--pixel-size", "2", "--width", "200", "--lines", "64", "--seconds", "0.03"]
    assert main(["tune", str(path), *words, "--device", "CPU", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    bundle = Bundle.read(path)
    assert said["holds"] and said["identity"] == bundle.identity != first.identity
    assert bundle.runtime["workers"] >= 1 and bundle.runtime["tuned"]["width_mm"] == 200
    before, after = Detector(first), Detector(path)
    assert settings_of(after).identity == settings_of(before).identity
    assert after(FRAMES[0]).score == before(FRAMES[0]).score
    assert after.workers == bundle.runtime["workers"]
    assert main(["tune", str(path), *words, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "1 m/min at 2 mm and 200 mm width" in out and "keeps up" in out and "written" not in out
    assert Bundle.read(path).identity == bundle.identity
