"""Images that a detector judges, the tables of a calm run on them, and one cluster for all tests of the folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from scoring.conftest import table
from scoring.stub import NO_PICTURES
from surfedge import Detector
from surfedge.scoring import score_folder

pytest.importorskip("distributed")

IMAGES = 60


def plates(folder: Path, count: int, side_px: int = 64) -> Path:
    """PNG files of noise, a dark bar in every third, and one that is damaged."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(7)
    for number in range(count):
        plate = rng.normal(128, 6, (side_px, side_px)).clip(0, 255).astype(np.uint8)
        if number % 3 == 0:
            plate[20:30, 10 : 20 + number % 30] = 5
        cv2.imwrite(str(folder / f"{number:04d}.png"), plate)
    (folder / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    return folder


Left = dict[str, Any]


def left(out: Path) -> Left:
    """What a run leaves, without its times."""
    files = {str(path.relative_to(out)): path.read_bytes() for kind in ("maps", "masks") for path in _below(out / kind)}
    return {
        "results": table(out / "results.csv", "milliseconds"),
        "regions": (out / "regions.csv").read_bytes(),
        **files,
    }


def _below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The untrained default, its threshold set, so that the shipped one has to have it too."""
    return Detector().with_threshold(9.0)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty plates and a damaged file."""
    return plates(tmp_path_factory.mktemp("plates") / "images", IMAGES)


@pytest.fixture(scope="session")
def calm(images: Path, detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """What a run on this machine alone leaves."""
    out = tmp_path_factory.mktemp("calm")
    summary = score_folder(detector, [images], out, save=["masks"], workers=1, pictures=NO_PICTURES)
    assert summary.skipped == 1 and summary.defective == 20 and summary.good == 40
    return left(out)
