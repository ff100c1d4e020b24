"""surfedge train on marked defects: what is said when it cannot work."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.cli import main

RECIPE = """
[network]
name = "compactcnn"
width = 2
kernels = [3, 3, 3]
input_px = 32
"""


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """Twelve good images and three with a mask, too few to learn from."""
    folder, rng = tmp_path / "marked", np.random.default_rng(0)
    for name in ("good", "pit", "ground_truth/pit"):
        (folder / name).mkdir(parents=True)
    for number in range(12):
        cv2.imwrite(str(folder / f"good/{number}.png"), rng.integers(90, 140, (40, 48), np.uint8))
    for number in range(3):
        cv2.imwrite(str(folder / f"pit/{number}.png"), rng.integers(90, 140, (40, 48), np.uint8))
        cv2.imwrite(str(folder / f"ground_truth/pit/{number}_mask.png"), np.eye(40, 48, dtype=np.uint8) * 255)
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return folder


@pytest.mark.parametrize(
    ("data", "more", "message"),
    [
        ("marked", ["--recipe", "tiny.toml"], "2 of 12 held out, expected 8 or more"),
        ("marked", ["--recipe", "bergmann-fast"], "name the good one|give .*marked/good"),
        ("marked/good", ["--recipe", "tiny.toml"], "no class folder with images"),
        ("marked", ["--recipe", "tiny.toml", "--item", "(["], "a regular expression"),
        ("marked", [], "--recipe: found none"),
        ("marked", ["--start-from", "gone.surfedge"], "no folder gone.surfedge.training"),
        ("marked", ["--recipe", "tiny.toml", "--also-good", "marked/good"], "an image of both lines"),
        ("marked/good", ["--recipe", "bergmann-fast", "--also-good", "marked/good"], "an image of both folders"),
    ],
)
def test_bad_input_is_named(
    data: str,
    more: list[str],
    message: str,
    marked: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("torch", reason="training needs torch")
    pytest.importorskip("lightning", reason="training needs lightning")
    monkeypatch.chdir(marked.parent)
    assert main(["train", data, "--out", "out.surfedge", *more]) in (2, 3)
    said = capsys.readouterr().err
    assert re.search(message, said), said
    assert not (marked.parent / "out.surfedge").exists()
