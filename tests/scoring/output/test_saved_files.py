"""Maps, masks and overlays beside the tables: in the inputs' tree, whole, by any name."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from scoring.conftest import Run, table
from scoring.stub import FEW_PICTURES, NO_PICTURES, Stub
from surfedge.scoring import score_folder


def test_saved_files_keep_the_tree_and_are_made_again_when_missing(run: Run, out: Path) -> None:
    run(save=["maps", "masks", "overlays"])
    names = {str(path.relative_to(out)) for kind in ("maps", "masks", "overlays") for path in (out / kind).rglob("*.*")}
    assert len(names) == 36
    assert {"maps/coil 0/0000.png.tiff", "masks/coil 1/0001.png.png", "overlays/coil 2/0002.png.jpg"} <= names
    saved = cv2.imread(str(out / "maps/coil 0/0000.png.tiff"), cv2.IMREAD_UNCHANGED)
    assert saved.dtype == np.float32
    assert saved.shape == (12, 16)
    (out / "masks/coil 1/0001.png.png").unlink()
    (out / "maps/coil 2/0002.png.tiff").write_bytes(b"overwritten")
    again = Stub()
    run(again, save=["maps", "masks", "overlays"])
    assert sorted(again.calls) == ["0001.png", "0002.png"]
    assert set(np.unique(cv2.imread(str(out / "masks/coil 1/0001.png.png"), cv2.IMREAD_UNCHANGED))) <= {0, 255}


def test_saved_files_of_other_settings_are_replaced(run: Run) -> None:
    run(identity="a", save=["masks"])
    run(identity="b", save=["masks"])
    again = Stub()
    run(again, identity="a", save=["masks"], pictures=NO_PICTURES)
    assert len(again.calls) == 12


def test_results_inside_the_inputs_are_not_inspected(images: Path) -> None:
    for _ in range(2):
        summary = score_folder(Stub(), [images], images / "out", save=["masks"], pictures=FEW_PICTURES)
        assert summary.images == 12


def test_hostile_and_foreign_names_survive(
    run: Run, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = ["=cmd|' !A1.png", "+1.png", "-2.png", "@sum.png", 'a,b"c.png', "line\nbreak.png", "blech_öäü_鋼板.png"]
    for name in [*names, os.fsdecode(b"raw\xff\xfe.png")]:
        (folder / name).write_bytes(os.fsencode(name))
    monkeypatch.chdir(folder)
    found = sorted(Path(name) for name in os.listdir("."))
    assert run(inputs=found, save=["masks"]).images == 8
    cells = {row["path"] for row in table(out / "results.csv")}
    assert {"./=cmd|' !A1.png", "./+1.png", "./-2.png", "./@sum.png"} <= cells
    assert {'a,b"c.png', "line\nbreak.png", "blech_öäü_鋼板.png", "raw\\udcff\\udcfe.png"} <= cells
    assert (out / "masks" / os.fsdecode(b"raw\xff\xfe.png.png")).exists()
    again = Stub()
    run(again, found)
    assert again.calls == []
