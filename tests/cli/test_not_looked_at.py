"""What a verb does not look at decides its exit code: an image is missed (1), what is no image is counted (0)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import surfaces
from cli.conftest import Run
from surfedge.detector import default_bundle
from surfedge.images import read
from surfedge.synthesis import render

Verb = Callable[[Path, Path], list[object]]
VERBS: dict[str, Verb] = {
    "score": lambda folder, out: ["score", folder, "--out", out, "--method", "dzl"],
    "watch": lambda folder, out: [
        *("score", "--watch", folder, "--out", out, "--method", "dzl"),
        *("--settle", 0.05, "--until-idle", 0.3),
    ],
    "evaluate": lambda folder, out: ["evaluate", folder, "--out", out, "--method", "dzl", "--bootstrap", 0],
    "calibrate": lambda folder, out: ["calibrate", "dzl", folder / "test" / "good", "--out", f"{out}.surfedge"],
    "labelled": lambda folder, out: [
        *("calibrate", "dzl", folder / "more", "--out", f"{out}.surfedge"),
        *("--labelled", folder / "test", "--plausibility", "note"),
    ],
    "strip": lambda folder, out: [
        *("strip", folder / "test" / "good", "--out", out, "--method", "dzl"),
        *("--pixel-size", 0.5, "--tile-lines", 128),
    ],
}
LEFT = {"score": "left_out", "watch": "left_out", "strip": "left_out", "evaluate": "data", "calibrate": "data"}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small labelled set: 9 good images, 2 with a hole; and 8 good ones more."""
    root = tmp_path_factory.mktemp("set")
    good = surfaces.good_folder(root / "test" / "good", count=9, shape=(64, 96))
    for number, path in enumerate(good[:2]):
        surfaces.save(root / "test" / "hole" / f"{number}.png", surfaces.with_hole(read(path).pixels))
    surfaces.good_folder(root / "more", count=8, shape=(64, 96), seed=50)
    return root


@pytest.fixture
def folder(images: Path, tmp_path: Path) -> Path:
    """A copy to put something into."""
    return Path(shutil.copytree(images, tmp_path / "set"))


def tiff(path: Path, pages: int) -> None:
    """More images of the same strip in one file."""
    image = [render("strip", (64, 96), seed=70 + page).image for page in range(pages)]
    assert cv2.imwritemulti(str(path), image)


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_no_image_is_counted_and_changes_nothing(verb: str, run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "test" / "good" / "notes.csv").write_text("a,b")
    ran = run(*VERBS[verb](folder, tmp_path / "out"), "--json")
    assert ran.code == 0, ran
    if verb in LEFT:
        assert "ending in .csv, no image" in json.dumps(json.loads(ran.out)[LEFT[verb]])


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "watch"])  # which waits: tests/scoring/watch
def test_an_image_that_cannot_be_read_is_missed(verb: str, run: Run, folder: Path, tmp_path: Path) -> None:
    """By content: its ending says nothing."""
    image = np.full((64, 96), 90, np.uint8)
    (folder / "test" / "good" / "zz9.cam").write_bytes(b"P5 96 64 255 " + image.tobytes())
    ran = run(*VERBS[verb](folder, tmp_path / "out"))
    assert ran.code == 1, ran
    if verb == "strip":
        assert "a PGM" in (tmp_path / "out" / "not_inspected.csv").read_text()
    else:
        assert "zz9.cam" in ran.out


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "strip"])
def test_pages_that_are_not_looked_at_are_missed(verb: str, run: Run, folder: Path, tmp_path: Path) -> None:
    tiff(folder / "test" / "good" / "zz9.tif", 3)
    ran = run(*VERBS[verb](folder, tmp_path / "out"))
    assert ran.code == 1, ran
    assert "first of 3 pages" in ran.out and "zz9.tif" in ran.out


def test_the_pages_of_a_strip_are_its_frames(run: Run, folder: Path, tmp_path: Path) -> None:
    tiff(folder / "test" / "good" / "zz9.tif", 3)
    (folder / "test" / "good" / "a.html").write_text("x")
    ran = run(*VERBS["strip"](folder, tmp_path / "out"))
    assert ran.code == 0, ran
    assert "0.4 m" in ran.out and "left out: 1 file ending in .html, no image" in ran.out  # 12 images of 64 lines
    assert "1 file ending in .html" in (tmp_path / "out" / "coil.html").read_text("utf-8")


def test_an_image_of_no_class_is_missed(run: Run, folder: Path, tmp_path: Path) -> None:
    surfaces.save(folder / "test" / "loose.png", render("strip", (64, 96), seed=90).image)
    ran = run(*VERBS["evaluate"](folder, tmp_path / "out"))
    assert ran.code == 1 and "1 image directly in test, of no class" in ran.out


def test_a_page_of_an_evaluation_says_what_was_judged_in_part(run: Run, folder: Path, tmp_path: Path) -> None:
    tiff(folder / "test" / "hole" / "9.tif", 2)
    bundle = default_bundle("dzl").write(tmp_path / "b.surfedge")
    assert bundle.identity
    ran = run("evaluate", folder, "--model", tmp_path / "b.surfedge", "--out", tmp_path / "out", "--json")
    values = json.loads(ran.out)
    assert ran.code == 1 and values["partly"] == [[str(folder / "test" / "hole" / "9.tif"), "first of 2 pages"]]
    assert "1 of the images judged in part" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert json.loads((tmp_path / "out" / "figures.json").read_text())["partly"] == values["partly"]
