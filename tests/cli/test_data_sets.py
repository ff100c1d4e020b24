"""What the verbs say of the folders they are given, on the console and in JSON; what they do not replace."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

import surfaces
from cli.conftest import Run
from surfedge.bundle import Bundle
from surfedge.synthesis import write_dataset


@pytest.fixture(scope="module")
def strip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with classes and masks."""
    folder = tmp_path_factory.mktemp("sets") / "strip"
    write_dataset(folder, "strip", count=24, defects=("scratch", "stain"), shape=(64, 96), seed=3)
    return folder


@pytest.fixture
def bundle(run: Run, strip: Path, tmp_path: Path) -> Path:
    out = tmp_path / "strip.surfedge"
    assert run("calibrate", "dzl", strip, "--out", out).code == 0
    return out


def test_calibrate_says_what_it_learned_from(run: Run, strip: Path, tmp_path: Path) -> None:
    ran = run("calibrate", "dzl", strip, "--out", tmp_path / "a.surfedge")
    good = len(list((strip / "train/good").iterdir()))
    masks = len(list((strip / "ground_truth").rglob("*.png")))
    first, second, *_ = ran.out.splitlines()
    assert first == f"{strip}: good images in train/good, {good} images"
    assert second.startswith(f"left out: {masks} masks in ground_truth; 1 file ending in .csv, no image; ")
    values = json.loads(run("calibrate", "dzl", strip, "--out", tmp_path / "b.surfedge", "--json").out)
    assert values["data"]["good"]["images"] == {"directly in it": good}
    assert {"count": masks, "what": "mask", "where": "in ground_truth"} in values["data"]["good"]["left_out"]


def test_classes_side_by_side_and_the_good_one_by_name(run: Run, strip: Path, tmp_path: Path) -> None:
    """A1."""
    root = tmp_path / "c2"
    shutil.copytree(strip / "train/good", root / "Good")
    shutil.copytree(strip / "test/scratch", root / "Scratch")
    ran = run("calibrate", "dzl", root, "--out", tmp_path / "a.surfedge")
    assert ran.code == 2 and "found the folders Scratch beside Good" in ran.error
    assert not (tmp_path / "a.surfedge").exists()
    ran = run("calibrate", "dzl", root, "--good", "Good", "--out", tmp_path / "a.surfedge")
    count = len(list((root / "Good").iterdir()))
    assert ran.code == 0 and Bundle.read(tmp_path / "a.surfedge").calibration["good_images"] == count
    assert f"left out: {len(list((root / 'Scratch').iterdir()))} images in Scratch" in ran.out


def test_evaluate_knows_the_good_class(run: Run, strip: Path, bundle: Path, tmp_path: Path) -> None:
    """B1: with test/Good AUROC was nan and AP 1.000."""
    root = tmp_path / "set"
    shutil.copytree(strip, root)
    (root / "test/good").rename(root / "test/Gut")
    words = ("--model", bundle, "--bootstrap", 0, "--json")
    plain = json.loads(run("evaluate", strip, "--out", tmp_path / "a", *words).out)
    other = json.loads(run("evaluate", root, "--out", tmp_path / "b", *words).out)
    assert other["figures"]["image_auroc"] == plain["figures"]["image_auroc"]
    assert other["data"]["labelled"]["images"]["good"] == len(list((root / "test/Gut").iterdir()))
    (root / "test/Gut").rename(root / "test/line1")
    shutil.rmtree(root / "ground_truth")
    for name in ("scratch", "stain"):
        (root / "test" / name).rename(root / "test" / f"line_{name[1]}")
    ran = run("evaluate", root, "--model", bundle, "--out", tmp_path / "c")
    assert ran.code == 2 and "none of them good or a defect by its name" in ran.error  # B3
    ran = run("evaluate", root, "--model", bundle, "--out", tmp_path / "c", "--bootstrap", 0, "--good", "line1")
    assert ran.code == 0 and f"{root}: classes by folder in test" in ran.out


def test_missing_masks_and_only_good_images_are_said(run: Run, strip: Path, bundle: Path, tmp_path: Path) -> None:
    root = tmp_path / "set"
    shutil.copytree(strip, root)
    next(iter((root / "ground_truth/scratch").iterdir())).unlink()
    ran = run("evaluate", root, "--model", bundle, "--out", tmp_path / "a", "--bootstrap", 0)
    assert ran.code == 0 and "masks: none for 1 of " in ran.out
    shutil.rmtree(root / "test/scratch")
    shutil.rmtree(root / "test/stain")
    ran = run("evaluate", root, "--model", bundle, "--out", tmp_path / "b", "--bootstrap", 0)
    assert ran.code == 0 and "good images only: the rate of false calls can be computed" in ran.out


def test_another_bundle_is_not_replaced(run: Run, strip: Path, bundle: Path, tmp_path: Path) -> None:
    """U8."""
    before = bundle.read_bytes()
    for words in (["dzl"], ["statistics"], [bundle.rename(tmp_path / "own.surfedge")]):
        bundle.write_bytes(before)
        ran = run("calibrate", *words, strip, "--out", bundle)
        assert ran.code == 2 and "which is there already" in ran.error and "--force" in ran.error
        assert bundle.read_bytes() == before
    assert run("calibrate", "statistics", strip, "--out", bundle, "--force").code == 0
    assert Bundle.read(bundle).method == "statistics"
    assert run("calibrate", bundle, strip).code == 0  # its own, calibrated again
    assert run("calibrate", bundle, strip, "--out", tmp_path / "." / bundle.name).code == 0


def test_score_on_a_data_set_leaves_masks_out(run: Run, strip: Path, bundle: Path, tmp_path: Path) -> None:
    """A7."""
    ran = run("score", strip, "--model", bundle, "--out", tmp_path / "out")
    masks = len(list((strip / "ground_truth").rglob("*.png")))
    assert ran.code == 0 and f"left out: {masks} masks in ground_truth; 1 file ending in .csv, no image" in ran.out
    assert "24 images: " in ran.out


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(128, 6, (64, 64)).clip(0, 255).astype(np.uint8)


def test_score_names_what_it_does_not_look_at(run: Run, tmp_path: Path) -> None:
    """D1, D4."""
    photos = tmp_path / "photos"
    for number in range(2):
        surfaces.save(photos / f"{number}.png", noise(number))
    (photos / "c.pgm").write_bytes(cv2.imencode(".pgm", np.full((64, 64), 9, np.uint8))[1].tobytes())
    (photos / "notes.csv").write_text("a")
    words = ("--method", "dzl", "--threshold", 50)
    ran = run("score", photos, "--out", tmp_path / "a", *words)
    assert ran.code == 1 and f"SKIPPED    {photos / 'c.pgm'}: found a PGM" in ran.out
    assert "left out: 1 file ending in .csv, no image" in ran.out
    (photos / "c.pgm").unlink()
    assert run("score", photos, "--out", tmp_path / "a", *words).code == 0
    assert cv2.imwritemulti(str(photos / "four.tif"), [noise(10 + n) for n in range(4)])
    ran = run("score", photos, "--out", tmp_path / "a", *words)
    assert ran.code == 1 and "; IN PART, first of 4 pages" in ran.out
    assert "1 of the images inspected in part: the first page alone; --pages all inspects every page" in ran.out
    ran = run("score", photos, "--out", tmp_path / "a", *words, "--json")
    assert ran.code == 1 and json.loads(ran.out)["partly_inspected"] == 1
    ran = run("score", photos, "--out", tmp_path / "a", *words, "--pages", "all")
    assert ran.code == 0 and f"{photos / 'four.tif'}#4: score" in ran.out and "6 images: " in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--watch", "IN", "--pages", "all"], "--pages: found --watch as well"),
        (["--watch", "IN", "--settle", "0"], "--settle: found 0.0, expected seconds above 0"),
        (["IN", "--pages", "last"], "invalid choice: 'last'"),
    ],
)
def test_wrong_use(words: list[str], message: str, run: Run, tmp_path: Path) -> None:
    ran = run("score", *(word.replace("IN", str(tmp_path)) for word in words), "--out", tmp_path / "out")
    assert ran.code == 2 and message in ran.error
