"""Three textures to tell apart, and a small classifier that learns them in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

from surfedge.datasets import class_set
from surfedge.training import Trained, parse_recipe
from surfedge.training.train import train

NAMES = tuple(f"class {number}" for number in range(21))  # as many as the source has
WAVES = {"narrow": 2.0, "coarse": 9.0, "even": 0.0}  # wavelength in pixels
TINY: dict[str, Any] = {
    "network": {"name": "standard_cnn", "widths": [2, 4, 4, 8, 8], "dense": [8], "input_px": 96},
    "data": {"validation_share": 0.25, "balanced": True},
    "training": {"epochs": 8, "batch": 6, "learning_rate": 1e-2},
}


def write_textures(place: Path) -> Path:
    """10, 8 and 6 images of three textures, 48 x 40 px, and one file that is no image."""
    rng = np.random.default_rng(3)
    for images, (name, wave) in zip((10, 8, 6), WAVES.items(), strict=True):
        (place / name).mkdir()
        for number in range(images):
            pattern = np.sin(2 * np.pi * (np.arange(40) + rng.uniform(0, 9)) / wave) if wave else np.zeros(40)
            pixels = 128 + 60 * pattern[None] + rng.normal(0, 4, (48, 40))
            cv2.imwrite(str(place / name / f"{number}.png"), np.clip(pixels, 0, 255).astype(np.uint8))
    (place / "narrow" / "broken.png").write_bytes(b"no picture")
    return place


def trained(folder: Path, out: Path, **tables: Any) -> Trained:
    """What the small classifier makes of them; tables : of its recipe, in place of its own."""
    return train(parse_recipe({**TINY, **tables}), class_set(folder).samples, out, threads=1)
