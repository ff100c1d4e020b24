"""A tiny transfer, trained once: lines and spots on noise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TINY: dict[str, Any] = {
    "network": {
        "input_px": 32,
        "channels": 1,
        "width": 2,
        "downs": 1,
        "structure": 4,
        "texture": 16,
        "dense": 16,
        "classifier": 2,
    },
    "training": {"steps": 6, "batch": 2, "patches": 2, "keep_every": 2, "r1_every": 4, "half_life": 10.0},
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small are slower on several."""
    torch = pytest.importorskip("torch", reason="training needs torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def recipe() -> Any:
    """The recipe of the tiny transfer."""
    pytest.importorskip("torch", reason="training needs torch")
    pytest.importorskip("lightning", reason="training needs lightning")
    from surfedge.training.transfer_gan.settings import parse_transfer_recipe

    return parse_transfer_recipe(TINY)


@pytest.fixture(scope="session")
def views() -> Any:
    """Six images of each of two kinds, eight good ones."""
    pytest.importorskip("torch", reason="training needs torch")
    from surfedge.training.transfer_gan.views import Views

    rng = np.random.default_rng(0)
    images = rng.normal(120, 6, (20, 32, 32))
    for number in range(12):
        at = int(rng.integers(6, 20))
        if number % 2:
            images[number, :, at : at + 3] -= 60
        else:
            images[number, at : at + 6, at : at + 6] += 60
    pixels = np.clip(np.rint(images), 0, 255).astype(np.uint8)
    return Views(pixels[:12], np.arange(12) % 2, pixels[12:], ("spot", "line", "good"))


@pytest.fixture(scope="session")
def fitted(recipe: Any, views: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(outcome, folder) of one whole training."""
    from surfedge.training.transfer_gan.fit import fit_transfer

    folder: Path = tmp_path_factory.mktemp("transfer")
    return fit_transfer(recipe, views, folder, threads=1, device="cpu"), folder
