"""tune without frames: what it renders must have what the bundle was calibrated on."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from surfedge import Bundle
from surfedge.cli import main
from surfedge.synthesis import render


def test_a_bundle_for_plates_is_tuned_on_plates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(12):
        cv2.imwrite(str(tmp_path / f"{seed}.png"), render("plate-diamond", (256, 256), seed=seed).image)
    # Twelve images of few pitches do not tell whether taking the pattern out helps: here it is asked for.
    bundle = str(tmp_path / "p.surfedge")
    assert main(["calibrate", "statistics", str(tmp_path), "--prefilter", "cells", "--out", bundle]) == 0
    assert Bundle.read(tmp_path / "p.surfedge").input["prefilter"] == "cells"
    capsys.readouterr()
    code = main(
        [
            "tune",
            str(tmp_path / "p.surfedge"),
            "--line-speed",
            "30",
            "--pixel-size",
            "0.5",
            "--width",
            "200",
            "--lines",
            "256",
            "--seconds",
            "0.1",
            "--json",
        ]
    )
    assert code == 0
    assert json.loads(capsys.readouterr().out)["pixels_per_s"] > 0
