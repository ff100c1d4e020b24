"""The command line in this process, and folders of good and of marked strips to give it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

import surfaces
import surfedge.cli
from surfedge.synthesis import Defect, render


class Ran(NamedTuple):
    """Exit code, standard output, standard error."""

    code: int
    out: str
    error: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("info", path)`: the command line with that verb alone."""

    def call(verb: str, *words: object) -> Ran:
        monkeypatch.setattr(surfedge.cli, "VERBS", {verb: f"surfedge.cli.{verb}"})
        capsys.readouterr()
        try:
            code = surfedge.cli.main([verb, *map(str, words)])
        except SystemExit as left:
            code = int(left.code or 0)
        text = capsys.readouterr()
        return Ran(code, text.out, text.err)

    return call


@pytest.fixture(scope="session")
def strips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 12 good strips."""
    folder = tmp_path_factory.mktemp("strips")
    surfaces.good_folder(folder, count=12, shape=(64, 96))
    return folder


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of four defective strips each, in the MVTec layout."""
    root = tmp_path_factory.mktemp("labelled")
    for kind in ("hole", "scratch"):
        for place in (root / "test" / kind, root / "ground_truth" / kind):
            place.mkdir(parents=True)
        for number in range(4):
            shot = render("strip", (96, 96), defects=(Defect(kind, size_mm=12, severity=1.2),), seed=number)
            cv2.imwrite(str(root / "test" / kind / f"{number}.png"), shot.image)
            cv2.imwrite(str(root / "ground_truth" / kind / f"{number}_mask.png"), shot.mask.astype(np.uint8) * 255)
    return root
