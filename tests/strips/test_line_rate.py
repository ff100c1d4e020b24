"""tune --strip: frames pass as the lines of one strip do, and what is promised counts each line once."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge import Bundle
from surfedge.cli import main
from surfedge.detector import Detector, default_bundle
from surfedge.errors import ArgumentError
from surfedge.strips import as_strip

RNG = np.random.default_rng(0)
LINES = [RNG.normal(128, 6, (300, 200)).clip(0, 255).astype(np.uint8) for _ in range(6)]


def test_every_line_counts_once() -> None:
    detector = Detector(default_bundle("dzl"))
    passed = list(as_strip(detector, 3 * LINES, 2))
    assert len(passed) > 1 and sum(pixels for pixels, _ in passed) == 18 * 300 * 200
    assert all(milliseconds > 0 for _, milliseconds in passed)


def test_frames_of_another_width_are_no_strip() -> None:
    with pytest.raises(ArgumentError, match="150 columns"):
        list(as_strip(Detector(default_bundle("dzl")), [LINES[0], LINES[1][:, :150]], 1))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = str(tmp_path / "b.surfedge")
    default_bundle("dzl").write(bundle)
    words = ["tune", bundle, "--strip", "--line-speed", "1", "--width", "60", "--seconds", "0.03"]
    assert main([*words, "--lines", "64", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["pixels_per_s"] > 0
    assert Bundle.read(bundle).runtime["tuned"]["pixels_per_s"] == round(said["pixels_per_s"])
    (tmp_path / "lines").mkdir()
    for number, width in enumerate((200, 160)):
        cv2.imwrite(str(tmp_path / "lines" / f"{number}.png"), LINES[number][:, :width])
    assert main([*words, "--frames", str(tmp_path / "lines"), "--dry-run"]) == 2
    assert "2 widths" in capsys.readouterr().err
