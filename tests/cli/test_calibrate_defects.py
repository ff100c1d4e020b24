"""calibrate --defects: marked images beside good ones, on a PC without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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
from surfedge.methods import METHODS
from surfedge.registry import resolve

WITHOUT_TORCH = "import sys; sys.modules['torch'] = None\nfrom surfedge.cli import main\nsys.exit(main(sys.argv[1:]))"


@pytest.fixture
def marked(strips: Path, tmp_path: Path) -> Path:
    """Five strips with a hole, masks in the place where data sets have them."""
    for number, path in enumerate(sorted(strips.iterdir())[:5]):
        box = (10 + 12 * number, 20, 18, 14)
        holed = surfaces.with_hole(read(path).pixels, box)
        surfaces.save(tmp_path / f"marked/hole/{number}.png", holed)
        truth = np.zeros(holed.shape, np.uint8)
        truth[box[1] : box[1] + box[3], box[0] : box[0] + box[2]] = 255
        surfaces.save(tmp_path / f"marked/ground_truth/hole/{number}_mask.png", truth)
    return tmp_path / "marked"


def test_five_marked_images(run: Run, strips: Path, marked: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.surfedge"
    ran = run("calibrate", "statistics", strips, "--defects", marked, "--out", out, "--rule", "max")
    assert ran.code == 0 and ran.error == ""
    lines = ran.out.splitlines()
    assert lines[1] == f"{marked}: defects marked by a mask 5, 5 images"
    assert "statistics learned from 12 good images, and 5 of marked defects, threshold " in lines[2]
    detector = Detector(out)
    assert detector(surfaces.with_hole(read(next(iter(strips.iterdir()))).pixels)).is_defective
    ran = run("calibrate", "statistics", strips, "--defects", marked, "--out", out, "--force", "--json")
    values = json.loads(ran.out)
    assert values["marked_images"] == 5 and values["data"]["defects"]["images"] == {"hole": 5}
    again = run("calibrate", out, strips, "--json")  # other good images keep the marks, and it says so
    assert json.loads(again.out)["marked_images"] == 5 and Bundle.read(out).calibration["marked_images"] == 5


def test_a_mask_that_does_not_fit_is_named(run: Run, strips: Path, marked: Path, tmp_path: Path) -> None:
    surfaces.save(marked / "ground_truth/hole/3_mask.png", np.full((9, 9), 255, np.uint8))
    ran = run("calibrate", "statistics", strips, "--defects", marked, "--out", tmp_path / "a.surfedge")
    assert ran.code == 1 and "a mask of 9 x 9 pixels, expected 96 x 64" in ran.out and "and 4 of marked" in ran.out


@pytest.mark.parametrize(
    ("defects", "message"),
    [
        ("nowhere", "found no folder, expected a folder of images with marked defects"),
        ("GOOD", "found the same image as the good one"),
        ("onlygood", "found good images alone, 1 of them, expected images of defects"),
        ("empty", "found no image, expected images of defects"),
    ],
)
def test_what_is_refused(defects: str, message: str, run: Run, strips: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    surfaces.save(tmp_path / "onlygood/ok/0.png", np.full((96, 128), 7, np.uint8))
    place = strips if defects == "GOOD" else tmp_path / defects
    ran = run("calibrate", "statistics", strips, "--defects", place, "--out", tmp_path / "a.surfedge")
    assert ran.code == 2 and ran.out == "" and message in ran.error and ran.error.count("\n") == 1
    assert not (tmp_path / "a.surfedge").exists()


def test_a_network_s_features_without_torch(strips: Path, marked: Path, tmp_path: Path) -> None:
    method = resolve(METHODS, "features")(*graphs.cell_features(tmp_path), layers=(2, 3), dimensions=5)
    good = sorted(strips.iterdir())
    calibrate(method, Decision(), good, prefilter="none", rule="max").bundle.write(tmp_path / "f.surfedge")
    words = ["calibrate", "f.surfedge", str(strips), "--defects", "marked", "--out", "b.surfedge", "--rule", "max"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *words], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    bundle = Bundle.read(tmp_path / "b.surfedge")
    assert bundle.calibration["marked_images"] == 5 and bundle.arrays["method/marked_head"].shape == (1, 7)
    assert Detector(bundle, device="CPU")(marked / "hole/1.png").is_defective


@pytest.fixture
def kinds(strips: Path, tmp_path: Path) -> Path:
    """Three holes and three bright patches, in folders of their kind, nothing else marked."""
    for number, path in enumerate(sorted(strips.iterdir())[:3]):
        pixels = read(path).pixels
        surfaces.save(tmp_path / f"kinds/hole/{number}.png", surfaces.with_hole(pixels, (10 + 12 * number, 20, 18, 14)))
        bright = pixels.copy()
        bright[30:46, 20 + 10 * number : 40 + 10 * number] = 255
        surfaces.save(tmp_path / f"kinds/bright/{number}.png", bright)
    return tmp_path / "kinds"


def test_regions_are_named_in_results_and_tables(run: Run, strips: Path, kinds: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.surfedge"
    ran = run("calibrate", "statistics", strips, "--classes", kinds, "--out", out, "--rule", "max")
    assert ran.code == 0 and "regions are named bright, hole, or unknown" in ran.out.splitlines()
    pixels = read(sorted(strips.iterdir())[7]).pixels
    bright = pixels.copy()
    bright[34:50, 30:50] = 255
    surfaces.save(tmp_path / "frames/0.png", surfaces.with_hole(pixels, (30, 24, 18, 14)))
    surfaces.save(tmp_path / "frames/1.png", bright)
    detector = Detector(out)
    for name, kind in (("0.png", "hole"), ("1.png", "bright")):
        result = detector(tmp_path / "frames" / name)
        assert result.label == result.regions[0].label == kind
    assert run("score", tmp_path / "frames", "--model", out, "--out", tmp_path / "results").code == 0
    table = (tmp_path / "results/regions.csv").read_text(encoding="utf-8").splitlines()
    assert table[1].endswith(",hole") and table[-1].endswith(",bright")
    (tmp_path / "set").mkdir()
    (tmp_path / "frames").rename(tmp_path / "set/scratch")  # a name is no verdict: evaluated as any detector
    surfaces.save(tmp_path / "set/good/0.png", pixels)
    judged = run("evaluate", tmp_path / "set", "--model", out, "--out", tmp_path / "judged", "--bootstrap", 0)
    assert judged.code == 0 and "2 of 2 (100.0 %" in judged.out and "macro F1" not in judged.out
    assert "strongest region named hole" in (tmp_path / "judged/report.html").read_text(encoding="utf-8")
    again = run("calibrate", out, strips, "--rule", "max")  # other good images keep the names
    assert again.code == 0 and Bundle.read(out).settings["kind_names"] == ["bright", "hole"]


def test_kinds_that_cannot_be_told_apart(run: Run, strips: Path, marked: Path, tmp_path: Path) -> None:
    ran = run("calibrate", "statistics", strips, "--classes", marked, "--out", tmp_path / "a.surfedge")
    assert ran.code == 2 and "kinds of defects: found hole alone, expected two sub-folders or more" in ran.error
    ran = run("calibrate", "dzl", strips, "--classes", marked, "--out", tmp_path / "b.surfedge")
    assert ran.code == 2 and "kinds of defects: found the method dzl, expected statistics" in ran.error
