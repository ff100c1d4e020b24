"""A small labelled set: squares on noise, told apart by any method."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """test/good (10), test/square and test/dot (4 each), the dots of the last one without masks."""
    root = tmp_path_factory.mktemp("squares")
    for label, count in (("good", 10), ("square", 4), ("dot", 4)):
        (root / "test" / label).mkdir(parents=True)
        for number in range(count):
            rng = np.random.default_rng([number, len(label)])
            pixels, mask = rng.integers(100, 140, (72, 96), np.uint8), np.zeros((72, 96), np.uint8)
            side = {"good": 0, "square": 16, "dot": 8}[label]
            mask[20 : 20 + side, 30 : 30 + side] = 255
            cv2.imwrite(str(root / "test" / label / f"{number}.png"), np.maximum(pixels, mask // 3 * 2))
            if label == "square":
                (root / "ground_truth" / label).mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(root / "ground_truth" / label / f"{number}_mask.png"), mask)
    return root


@pytest.fixture
def damaged(squares: Path, tmp_path: Path) -> Path:
    """The same set with an image cut off in each kind, and a mask of another size."""
    root = tmp_path / "damaged"
    shutil.copytree(squares, root)
    for name in ("good/1.png", "square/2.png"):
        path = root / "test" / name
        path.write_bytes(path.read_bytes()[:200])
    cv2.imwrite(str(root / "ground_truth/square/3_mask.png"), np.zeros((5, 5), np.uint8))
    return root
