"""A grid of tiny trainings on tiny images."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

RECIPE = """
[network]
name = "bergmann"
latent = 4
width = 4
input_px = 32
[data]
samples = 16
[training]
epochs = 1
batch = 8
[inference]
stride_px = 32
"""
GRID = """
seeds = [0, 1]
recipes = ["tiny.toml"]
methods = ["dzl"]
pictures = 3
[data]
squares = "data"
[set]
"decision.blur_sigma_px" = 1.0
[vary]
"inference.residual" = ["l2", "ssim"]
"""


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """40 good images to learn from, 6 good and 6 with a white square to judge."""
    rng = np.random.default_rng(0)
    for place, count in (("train/good", 40), ("test/good", 6), ("test/square", 6), ("ground_truth/square", 6)):
        folder = tmp_path / "data" / place
        folder.mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(100, 130, (32, 40), np.uint8)
            if "square" in place:
                pixels = np.zeros_like(pixels) if "truth" in place else pixels
                pixels[10:20, 10:20] = 255 if "truth" in place else 150
            cv2.imwrite(str(folder / f"{number}{'_mask' if 'truth' in place else ''}.png"), pixels)
    (tmp_path / "tiny.toml").write_text(RECIPE)
    (tmp_path / "grid.toml").write_text(GRID)
    return tmp_path / "grid.toml"
