"""From class folders to verdicts by the commands a person types: train, evaluate, score."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

from surfedge.cli import main

RECIPE = """
[network]
name = "frozen_features"
weights = "random"
width = 4
input_px = 64
"""


def test_train_evaluate_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(4)
    for part, count in (("train", 6), ("test", 3)):
        for name, wave in (("stripes", 3.0), ("waves", 12.0)):
            (tmp_path / "set" / part / name).mkdir(parents=True)
            for number in range(count):
                pattern = 60 * np.sin(2 * np.pi * (np.arange(64) + rng.uniform(0, 9)) / wave)
                pixels = 128 + pattern[None] + rng.normal(0, 4, (64, 64))
                cv2.imwrite(str(tmp_path / "set" / part / name / f"{number}.png"), pixels.clip(0, 255).astype(np.uint8))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    data, model, out = str(tmp_path / "set"), str(tmp_path / "classes.surfedge"), tmp_path / "out"
    assert main(["train", data, "--recipe", str(tmp_path / "recipe.toml"), "--out", model, "--threads", "1"]) == 0
    said = capsys.readouterr().out
    assert "classes by folder in train, 12 images" in said and "100.0 % of 6" in said and "accuracy, macro F1" in said
    assert main(["evaluate", data, "--model", model, "--out", str(out / "judged"), "--bootstrap", "0"]) == 0
    assert "named right: 6 of 6 images" in capsys.readouterr().out
    assert main(["score", f"{data}/test/waves", "--model", model, "--out", str(out / "scored"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == {"waves": 3}
    with (out / "scored" / "results.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["class"] for row in rows] == ["waves"] * 3 and all(float(row["probability"]) > 0.5 for row in rows)
    assert main(["evaluate", f"{data}/train", "--model", model, "--out", str(out / "own"), "--bootstrap", "0"]) == 0
    assert "the bundle learned from these very images" in capsys.readouterr().out
