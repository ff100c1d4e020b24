"""What the verbs say and keep of images that cannot be what a bundle speaks of, and of how files are read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.conftest import Run
from surfedge import Detector
from surfedge.bundle import Bundle
from surfedge.errors import ImplausibleError

DARK = np.zeros((96, 128), np.uint8)


def camera(folder: Path, count: int = 12, depth: int = 12) -> Path:
    """Grey images of a camera of `depth` bits, saved in 16."""
    folder.mkdir()
    for number in range(count):
        grain = np.random.default_rng(number).normal(0.5, 0.03, (96, 128)).clip(0, 1)
        cv2.imwrite(str(folder / f"{number:02}.png"), (grain * ((1 << depth) - 1)).astype(np.uint16))
    return folder


def colours(folder: Path, count: int = 12) -> Path:
    folder.mkdir()
    for number in range(count):
        grain = np.random.default_rng(number).normal([60, 100, 150], 5, (96, 128, 3)).clip(0, 255)
        cv2.imwrite(str(folder / f"{number:02}.png"), grain.astype(np.uint8))
    return folder


@pytest.mark.parametrize("action", ["refuse", "note"])
def test_refuse_or_note_is_kept_shown_and_goes_on(action: str, run: Run, strips: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.surfedge"
    assert run("calibrate", "statistics", strips, "--out", out, "--plausibility", action).code == 0
    assert Bundle.read(out).plausibility["action"] == action
    said = " ".join(run("info", out).out.split())
    expected = {"refuse": "an image outside is refused", "note": "an image outside is judged, with a note"}[action]
    assert expected in said and "mean brightness: 0." in said
    assert "fraction of rows without any contrast: at most 0.1" in said
    assert "sharpness across: " in said and "another by more than a quarter is noted" in said
    assert run("calibrate", out, strips, "--out", out).code == 0  # again: what the bundle says
    assert Bundle.read(out).plausibility["action"] == action
    if action == "refuse":
        with pytest.raises(ImplausibleError):
            Detector(out)(DARK)
        assert any(note.startswith("implausible: ") for note in Detector(out).with_plausibility("note")(DARK).notes)
    else:
        assert any(note.startswith("implausible: mean brightness") for note in Detector(out)(DARK).notes)


def test_a_bundle_of_colour_images_verifies(run: Run, tmp_path: Path) -> None:
    """The picture that verify judges is none of those that the bundle speaks of."""
    out = tmp_path / "a.surfedge"
    assert run("calibrate", "statistics", colours(tmp_path / "good"), "--out", out).code == 0
    ran = run("verify", out)
    assert ran.code == 0 and "whole and runs here" in ran.out
    assert "colour images" in run("info", out).out


def test_bits_that_nobody_declared_are_told(run: Run, tmp_path: Path) -> None:
    """G1: calibrate says so, score says so, and a bundle of 8-bit images says it in the reason for refusing."""
    good, out = camera(tmp_path / "good"), tmp_path / "a.surfedge"
    ran = run("calibrate", "dzl", good, "--out", out)
    assert "12 good images: declare bit_depth=12" in ran.out and "--bit-depth" in ran.out
    ran = run("score", good, "--model", out, "--out", tmp_path / "scored")
    assert ran.code == 0 and "12 of the images use fewer than 16 bits: --bit-depth N if the camera has N" in ran.out
    assert (
        "12 of the images" not in run("score", good, "--model", out, "--out", tmp_path / "b", "--bit-depth", "12").out
    )
    declared = run("calibrate", "dzl", good, "--out", tmp_path / "b.surfedge", "--bit-depth", "12")
    assert declared.code == 0 and "bit_depth" not in declared.out
    ran = run("score", good, "--model", tmp_path / "b.surfedge", "--out", tmp_path / "c", "--bit-depth", "16", "--json")
    assert json.loads(ran.out)["implausible"] == 12
    eight = tmp_path / "eight"
    eight.mkdir()
    for path in good.iterdir():
        cv2.imwrite(str(eight / path.name), (cv2.imread(str(path), -1) >> 4).astype(np.uint8))
    assert run("calibrate", "dzl", eight, "--out", tmp_path / "8.surfedge").code == 0
    ran = run("score", good, "--model", tmp_path / "8.surfedge", "--out", tmp_path / "d")
    rows = list(csv.DictReader((tmp_path / "d" / "results.csv").read_text("utf-8").splitlines()))
    assert ran.code == 1 and {row["status"] for row in rows} == {"implausible"}
    assert all("declare bit_depth=12 if that is what the camera has" in row["reason"] for row in rows)


def test_float_files_of_any_range_can_be_read(run: Run, tmp_path: Path) -> None:
    """G3: heights from -2 to 40; without the option refused, with words that name it."""
    good, out = tmp_path / "good", tmp_path / "a.surfedge"
    good.mkdir()
    for number in range(12):
        heights = np.random.default_rng(number).normal(19, 1, (96, 128)).clip(-2, 40).astype(np.float32)
        cv2.imwrite(str(good / f"{number}.tif"), heights)
    ran = run("calibrate", "dzl", good, "--out", out)
    assert ran.code == 2 and "--value-range LOW,HIGH" in ran.error
    assert run("calibrate", "dzl", good, "--out", out, "--value-range=-2,40").code == 0
    assert list(Bundle.read(out).input["value_range"]) == [-2.0, 40.0]
    ran = run("score", good, "--model", out, "--out", tmp_path / "scored", "--json")
    assert json.loads(ran.out)["skipped"] == 0
    ran = run("score", good, "--method", "dzl", "--value-range=-2,40", "--out", tmp_path / "b", "--json")
    assert json.loads(ran.out)["skipped"] == 0
    for wrong in ("40,2", "1", "1,2,3", "a,b", "0,inf", "nan,1"):
        ran = run("score", good, "--out", tmp_path / "c", f"--value-range={wrong}")
        assert ran.code == 2 and "--value-range" in ran.error
