"""surfedge spectrum: figures and a picture."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from surfedge.synthesis import render


def test_pitch_in_px_and_mm_and_a_picture(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    image, out = tmp_path / "plate.png", tmp_path / "spectrum.png"
    cv2.imwrite(str(image), render("plate", (320, 320), 0.7, seed=0, rotation_deg=5).image)
    ran = run("spectrum", image, "--out", out, "--pixel-size", "0.7")
    assert ran.code == 0 and "40.0" in ran.out and "28.0" in ran.out and "confidence" in ran.out
    assert cv2.imread(str(out)).shape == (1092, 1480, 3)
    found = json.loads(run("spectrum", image, "--out", out, "--pixel-size", "0.7", "--json").out)
    assert found["has_pattern"] and abs(found["angle_deg"] - 5) < 0.3
    np.testing.assert_allclose(found["pitch_mm"], 28, rtol=0.005)
    assert found["peaks"][0]["share"] == 1


def test_no_pattern_is_said(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    image, out = tmp_path / "noise.png", tmp_path / "noise_spectrum.png"
    cv2.imwrite(str(image), np.random.default_rng(0).integers(0, 256, (100, 120)).astype(np.uint8))
    ran = run("spectrum", image, "--out", out)
    assert ran.code == 0 and "no regular pattern" in ran.out and out.exists()
    found = json.loads(run("spectrum", image, "--out", out, "--json").out)
    assert found["has_pattern"] is False and found["peaks"] == []


def test_wrong_words(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    image = tmp_path / "a.png"
    cv2.imwrite(str(image), np.zeros((40, 40), np.uint8))
    assert run("spectrum", image, "--out", tmp_path / "a.gif").code == 2
    assert run("spectrum", image, "--out", tmp_path / "b.png", "--pixel-size", "0").code == 2
    assert run("spectrum", tmp_path / "none.png", "--out", tmp_path / "b.png").code != 0
