"""The calibrate verb: what it writes, says and refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

import graphs
import surfaces
from cli.conftest import Run
from surfedge.bundle import Bundle
from surfedge.calibration import calibrate
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.images import read
from surfedge.methods import Reconstruction
from surfedge.synthesis import render


def test_a_bundle_that_works(run: Run, strips: Path, tmp_path: Path) -> None:
    out = tmp_path / "strip.surfedge"
    ran = run("calibrate", "statistics", strips, "--out", out, "--rule", "max")
    assert ran.code == 0 and ran.error == ""
    data, first, promise, drawn, last = ran.out.splitlines()
    assert "% of 12 defects drawn on the good images are found at this limit" in drawn
    assert data == f"{strips}: one set of good images, 12 images"
    assert first.startswith(f"{out}: statistics learned from 12 good images, threshold ") and first.endswith("by max")
    assert "of new good images 7.7 % called defective in expectation, at most 22 % with 95% confidence" in promise
    assert last == f"inspect with: surfedge score FRAMES --model {out} --out results"
    detector = Detector(out)
    holed = surfaces.with_hole(read(next(iter(strips.iterdir()))).pixels, (40, 20, 20, 16))
    assert detector(holed).is_defective and detector.bundle.calibration["rule"] == "max"


def test_json_is_one_object_and_nothing_else(run: Run, strips: Path, tmp_path: Path) -> None:
    out = tmp_path / "strip.surfedge"
    ran = run("calibrate", "dzl", strips, "--out", out, "--json")
    values = json.loads(ran.out)
    assert ran.code == 0 and ran.error == "" and ran.out.count("\n") == 1
    assert values["bundle"] == str(out) and values["identity"] == Bundle.read(out).identity
    assert values["method"] == "dzl" and values["good_images"] == 12 and values["rule"] == "quantile:0.99"
    assert values["threshold"] == Bundle.read(out).decision["threshold"] == values["thresholds"]["max"]


def test_options_reach_the_bundle(run: Run, tmp_path: Path) -> None:
    plates = tmp_path / "plates"  # with a pattern: others are left out behind a filter for patterns
    plates.mkdir()
    for number in range(8):
        surfaces.save(plates / f"{number}.png", render("plate", (160, 160), 1.0, seed=number).image)
    out = tmp_path / "a.surfedge"
    words = (
        "--rule",
        "ksigma:4",
        "--normalise",
        "overall",
        "--prefilter",
        "pattern",
        "--blur",
        "3.5",
        "--opening",
        "2",
        "--bit-depth",
        "12",
    )
    assert run("calibrate", "pixel_zscore", plates, "--out", out, *words).code == 0
    bundle = Bundle.read(out)
    assert bundle.calibration["rule"] == "ksigma:4" and bundle.arrays["decision/good_mean"].shape == (1, 1)
    assert bundle.input == {"prefilter": "notch", "bit_depth": 12}  # the word of 0.1 is still taken
    assert bundle.decision["blur_sigma_px"] == 3.5 and bundle.decision["opening_radius_px"] == 2


def test_the_bundle_is_named_after_the_method(
    run: Run, strips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("calibrate", "dzl", strips).code == 0
    assert os.listdir(tmp_path) == ["dzl.surfedge"]


def test_a_bundle_is_calibrated_again_in_its_place(run: Run, strips: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.surfedge"
    run("calibrate", "statistics", strips, "--out", out, "--blur", "4", "--rule", "max-area:30")
    first = Bundle.read(out)
    assert run("calibrate", out, strips, "--rule", "max").code == 0
    second = Bundle.read(out)
    assert second.calibration["rule"] == "max" and second.method == "statistics"
    assert second.decision["blur_sigma_px"] == 4.0 and second.identity != first.identity
    assert first.decision["min_area_px"] == 31 and second.decision.get("min_area_px", 0) == 0
    assert os.listdir(tmp_path) == ["a.surfedge"]


def test_unreadable_images_are_named_and_make_the_exit_code_1(run: Run, strips: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.png").write_bytes(next(iter(strips.iterdir())).read_bytes()[:300])
    listed = tmp_path / "all.txt"
    listed.write_text("\n".join([*map(str, sorted(strips.iterdir())), "cut.png"]))
    ran = run("calibrate", "dzl", listed, "--out", tmp_path / "a.surfedge")
    assert ran.code == 1 and ran.out.splitlines()[1].startswith(f"skipped {tmp_path / 'cut.png'}: found ")
    assert run("calibrate", "dzl", listed, "--out", tmp_path / "a.surfedge", "--force", "--json").code == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["statistics", "nowhere"], 2, "nowhere: found nothing there"),
        (["statistics", "EMPTY"], 2, "found no image, expected a folder of good images"),
        (["statistics", "FEW"], 2, "good images: found 1 (2 left out: the same image as"),
        (["statistics", "CLASSES"], 2, "found the folders cut beside good"),
        (["statistic", "GOOD"], 2, "model: found 'statistic', expected statistics, bank, pattern, dzl, pixel_zscore"),
        (["PNG", "GOOD"], 3, "found a file without the bundle signature, expected a surfedge bundle"),
        (["FEW", "GOOD"], 3, "bundle"),
        (["dzl", "GOOD", "--rule", "median"], 2, "rule: found 'median', expected quantile:P, max, ksigma:K"),
        (["dzl", "GOOD", "--rule", "quantile:1.5"], 2, "rule: found 'quantile:1.5'"),
        (["dzl", "GOOD", "--rule", "false-calls:0.01"], 2, "found 12 good images, expected 99 or more"),
        (["dzl", "GOOD", "--normalise", "rows"], 2, "invalid choice: 'rows'"),
        (["dzl", "GOOD", "--blur", "-1"], 2, "decision.blur_sigma_px"),
        (["dzl", "GOOD", "--blur", "nan"], 2, "decision.blur_sigma_px"),
        (["dzl", "GOOD", "--opening", "999"], 2, "decision.opening_radius_px"),
        (["dzl", "GOOD", "--bit-depth", "7"], 2, "--bit-depth: found 7, expected 8 to 16"),
        (["dzl", "GOOD", "--out", "EMPTY"], 2, "--out"),
        (["dzl", "GOOD", "--out", "nowhere/a.surfedge"], 2, "--out"),
        (["dzl", "GOOD", "--out", "PNG/a.surfedge"], 2, "--out"),
        (["dzl"], 2, "the following arguments are required: good"),
    ],
)
def test_what_is_refused_is_said_in_one_line(
    words: list[str], code: int, message: str, run: Run, strips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "few", "classes/good", "classes/cut"):
        (tmp_path / name).mkdir(parents=True)
    for number in range(3):
        surfaces.save(tmp_path / f"few/{number}.png", np.full((9, 9), 7, np.uint8))
    for name in ("good", "cut"):
        surfaces.save(tmp_path / f"classes/{name}/0.png", np.full((9, 9), 7, np.uint8))
    places = {"GOOD": strips, "EMPTY": "empty", "FEW": "few", "CLASSES": "classes", "PNG": strips / "00.png"}
    for name, place in places.items():
        words = [word.replace(name, str(place)) for word in words]
    ran = run("calibrate", *words)
    assert ran.code == code and ran.out == ""
    assert message in ran.error and ran.error.count("\n") == 1 and ran.error.startswith("surfedge: ")
    assert not list(tmp_path.glob("*.surfedge"))
    ran = run("calibrate", *words, "--json")
    assert ran.code == code and (ran.out == "" or list(json.loads(ran.out)) == ["error"])


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder that nobody can write to")
def test_a_folder_that_cannot_be_written_to(run: Run, strips: Path) -> None:
    ran = run("calibrate", "dzl", strips, "--out", "/proc/self/a.surfedge")
    assert ran.code == 3 and ran.error.count("\n") == 1 and "check the path and its permissions" in ran.error


def test_help_has_an_example(run: Run) -> None:
    ran = run("calibrate", "--help")
    assert ran.code == 0 and "example: surfedge calibrate statistics good_images/" in " ".join(ran.out.split())
    assert "(default: None)" not in ran.out


def test_a_network_keeps_the_filter_it_was_trained_behind(run: Run, tmp_path: Path) -> None:
    """Plates show a pattern, but a network that learned from whole pictures must go on seeing whole pictures."""
    folder = tmp_path / "plates"
    folder.mkdir()
    for number in range(8):
        cv2.imwrite(str(folder / f"{number}.png"), render("plate", (192, 192), 1.0, seed=number).image)
    method = Reconstruction(*graphs.box_blur(tmp_path), stride_px=32)
    paths = sorted(folder.iterdir())
    bundle = calibrate(method, Decision(blur_sigma_px=2.0), paths, prefilter="none").bundle
    bundle.write(tmp_path / "a.surfedge")
    assert run("calibrate", tmp_path / "a.surfedge", folder).code == 0
    again = Bundle.read(tmp_path / "a.surfedge")
    assert again.input["prefilter"] == "none"
    assert again.decision["threshold"] == pytest.approx(bundle.decision["threshold"])
    assert run("calibrate", "statistics", folder, "--out", tmp_path / "b.surfedge").code == 0
    assert Bundle.read(tmp_path / "b.surfedge").input["prefilter"] == "cells"
