"""A tiny recipe on tiny rendered plates, trained once for all tests here; everything skips where torch is absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tiny import TINY


@pytest.fixture(scope="session")
def plates(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """45 good images of 64 x 64 px: stripes with a phase of their own, and noise."""
    folder = tmp_path_factory.mktemp("good_plates")
    rng = np.random.default_rng(0)
    x = np.arange(64)
    for number in range(45):
        wave = np.sin((x[None] + x[:, None]) / 3.0 + rng.uniform(0, 6))
        pixels = 128 + 50 * wave + rng.normal(0, 4, (64, 64))
        cv2.imwrite(str(folder / f"{number:02}.png"), np.rint(pixels).astype(np.uint8))
    return sorted(folder.glob("*.png"))


@pytest.fixture(scope="session")
def trained(plates: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(recipe, outcome, folder of checkpoints) of one whole training."""
    pytest.importorskip("torch", reason="training needs torch")
    pytest.importorskip("lightning", reason="training needs lightning")
    from surfedge.training import parse_recipe
    from surfedge.training.train import train

    folder = tmp_path_factory.mktemp("trained") / "run"
    recipe = parse_recipe(TINY)
    return recipe, train(recipe, plates, folder, threads=1), folder


@pytest.fixture(scope="session")
def textures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of three textures, in a folder each."""
    pytest.importorskip("lightning", reason="training needs lightning")
    from training.textures import write_textures

    return write_textures(tmp_path_factory.mktemp("textures"))


@pytest.fixture(scope="session")
def standard(textures: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The small classifier, trained once."""
    from training.textures import trained

    return trained(textures, tmp_path_factory.mktemp("standard") / "run")
