"""A classifier judged on folders of classes: metrics, tables, page; classes that it was never shown."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import graphs
import surfaces
from browser import Page
from surfedge import Bundle
from surfedge.bundle import serialize, with_section
from surfedge.cli import main
from surfedge.decision import Decision
from surfedge.methods import Classes

LEVELS = {"dull": (40, 70, 100), "bright": (190, 200, 90), "glaring": (250, 252)}  # the 90 will be called dull


def bundle_at(place: Path, names: tuple[str, ...], good: tuple[str, ...]) -> Path:
    settings, _, blobs = serialize(Classes(*graphs.brightness_classes(place), class_names=names))
    decision = serialize(Decision(threshold=0.5, good_classes=good))[0]
    path = place / "classes.surfedge"
    Bundle("classes", settings, decision, blobs=with_section("method", {}, blobs)[1]).write(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, levels in LEVELS.items():
        for level in levels:
            surfaces.save(tmp_path / "set" / name / f"{level}.png", np.full((40, 50), level, np.uint8))
    return tmp_path / "set"


def test_kinds_of_defects_alone(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = bundle_at(tmp_path, ("dull", "bright", "glaring"), ()), tmp_path / "judged"
    assert main(["evaluate", str(folder), "--model", str(model), "--out", str(out), "--bootstrap", "50"]) == 0
    said = capsys.readouterr().out
    assert "named right: 7 of 8 images" in said and "1 dull" in said and "image average precision" not in said
    with (out / "confusion.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["true class"]: row for row in csv.DictReader(stream)}
    assert (rows["bright"]["given bright"], rows["bright"]["given dull"], rows["bright"]["images"]) == ("2", "1", "3")
    figures = json.loads((out / "figures.json").read_text())
    assert figures["figures"]["global_accuracy"] == pytest.approx(7 / 8) and figures["notes"] == []
    assert figures["confusion"]["classes"] == ["bright", "dull", "glaring"]
    page = (out / "report.html").read_text()
    assert "7 of 8</b><span>images named right" in page and "Classes given, by true class" in page
    assert "given dull" in page and (out / "curves" / "confusion.svg").is_file()
    assert [path.name for path in (out / "curves").iterdir()] == ["confusion.svg"]
    assert sorted(path.name for path in (out / "worst").iterdir())[0] == "01_bright_90.png"


def test_with_a_good_class_it_is_judged_as_a_detector_too(folder: Path, tmp_path: Path) -> None:
    (folder / "dull").rename(folder / "good")
    model, out = bundle_at(tmp_path, ("good", "bright", "glaring"), ("good",)), tmp_path / "judged"
    assert main(["evaluate", str(folder), "--model", str(model), "--out", str(out), "--bootstrap", "0"]) == 0
    figures = json.loads((out / "figures.json").read_text())["figures"]
    assert figures["image_auroc"] < 1.0 + 1e-9 and figures["class_accuracy"] == pytest.approx(4 / 5)
    page = (out / "report.html").read_text()
    assert "defective images found" in page and "good images falsely called" in page
    assert {"roc.svg", "confusion.svg"} <= {path.name for path in (out / "curves").iterdir()}


def test_the_matrix_stays_as_large_as_its_letters_on_a_telephone(browser: Page, folder: Path, tmp_path: Path) -> None:
    names = tuple(f"{name} spots along the left edge" for name in LEVELS)
    for name, long_name in zip(LEVELS, names, strict=True):
        (folder / name).rename(folder / long_name)
    model, out = bundle_at(tmp_path, names, ()), tmp_path / "judged"
    assert main(["evaluate", str(folder), "--model", str(model), "--out", str(out), "--bootstrap", "0"]) == 0
    browser.open(out / "report.html", width=400)
    shown, drawn, width = browser.ask(
        "(() => { const svg = document.querySelector('#given svg');"
        "return [svg.getBoundingClientRect().width, +svg.getAttribute('width'), document.body.scrollWidth]; })()"
    )
    assert shown == pytest.approx(drawn) and drawn > 400 >= width


def test_classes_that_the_bundle_does_not_know(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = bundle_at(tmp_path, ("dull", "shiny", "glaring"), ())
    words = ["evaluate", str(folder), "--model", str(model), "--out", str(tmp_path / "judged")]
    assert main(words) == 2
    assert "the class bright, expected classes that the bundle knows: dull, shiny, glaring" in capsys.readouterr().err
