"""SimpleNet: noise in feature space, under a mask or everywhere; trained, killed, exported at tiny size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.images import read
from surfedge.training import parse_recipe
from surfedge.training.batches.examples import Examples
from surfedge.training.fit import fit
from surfedge.training.networks.simplenet import SimpleNet
from surfedge.training.train import train

TINY: dict[str, Any] = {
    "network": {
        "name": "simplenet",
        "weights": "random",
        "width": 8,
        "hidden": 16,
        "input_px": 64,
        "noise_sigma": 1.0,
        "where": "perlin",
        "blur_sigma_px": 1.0,
    },
    "training": {"epochs": 6, "batch": 8, "learning_rate": 0.01},
    "decision": {"blur_sigma_px": 0.0},
    "calibration": {"normalise": "none"},
}


class _KilledError(Exception):
    """What a test stops a training with."""


@pytest.fixture(scope="module")
def network() -> Any:
    torch.manual_seed(0)
    return SimpleNet(weights="random", width=4, hidden=8, input_px=64, noise_sigma=2.0, where="perlin").build()


@pytest.fixture(scope="module")
def images() -> Any:
    return torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_a_trained_bundle_finds_a_square(plates: list[Path], tmp_path: Path) -> None:
    outcome = train(parse_recipe(TINY), plates, tmp_path / "run", threads=1)
    figures = [figure for _, _, figure in outcome.fitted.curve]
    assert min(figures) < 0.8 * figures[0]
    assert outcome.bundle.certificate["flipped_verdicts"] == 0
    assert "1 deviations, perlin" in outcome.bundle.provenance["map"]
    method, frame = Detector(outcome.bundle, device="CPU").method, read(plates[0])
    pixels = frame.pixels.copy()
    pixels[24:40, 24:40] = np.random.default_rng(3).integers(0, 2, (16, 16)) * 255
    good, bad = (method.inspect(each).values for each in (frame, replace(frame, pixels=pixels)))
    assert (bad - good)[24:40, 24:40].mean() > 3 * np.abs(bad - good)[:10, :10].mean()


def test_a_killed_run_ends_as_an_uninterrupted_one(tmp_path: Path) -> None:
    five = np.random.default_rng(4).integers(0, 256, (5, 3, 64, 64), np.uint8)
    recipe = parse_recipe({**TINY, "training": {"epochs": 2, "batch": 2}})

    def run(folder: Path, kill: bool) -> Any:
        def progress(done: int, total: int, what: str) -> None:
            if kill and what.startswith("training"):
                raise _KilledError

        return fit(recipe, Examples(list(five[:3])), Examples(list(five[3:])), folder, threads=1, progress=progress)

    whole = run(tmp_path / "whole", False)
    with pytest.raises(_KilledError):
        run(tmp_path / "killed", True)
    again = run(tmp_path / "killed", False)
    assert again.curve == whole.curve and len(whole.curve) == 2
    for key, value in whole.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[key]), key


def test_the_loss_by_hand_with_noise_everywhere(network: Any, images: Any) -> None:
    with torch.no_grad():
        everywhere = SimpleNet(weights="random", width=4, hidden=8, input_px=64, where="everywhere").build().eval()
        found = everywhere.told_apart(images, torch.Generator().manual_seed(5))
        good = everywhere.features(images)
        noise = torch.randn(good.shape, generator=torch.Generator().manual_seed(5)) * 0.3
        said = [everywhere.discriminator(each).numpy() for each in (good, good + noise)]
    by_hand = np.maximum(0, 0.5 - said[0]).mean() + np.maximum(0, 0.5 + said[1]).mean()
    assert float(found) == pytest.approx(by_hand, rel=1e-5)


def test_the_mask_is_of_perlin_noise_and_comes_from_the_generator(network: Any, images: Any) -> None:
    with torch.no_grad():
        features = network.eval().features(images)
        first, same, other = (network._mask(features, torch.Generator().manual_seed(k)) for k in (1, 1, 2))
    assert tuple(features.shape) == (3, 24, 8, 8) and tuple(first.shape) == (3, 1, 8, 8)
    assert set(first.unique().tolist()) == {0.0, 1.0} and torch.equal(first, same) and not torch.equal(first, other)


def test_the_encoder_never_learns(network: Any, images: Any) -> None:
    network.train()
    network.told_apart(images, None).backward()
    assert all(p.grad is None for p in network.encoder.parameters())
    assert network.adaptor.weight.grad is not None and network.discriminator[0].weight.grad is not None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": 0}, "1 or more"),
        ({"noise_sigma": 0.0}, "above 0"),
        ({"where": "nowhere"}, "perlin, everywhere"),
        ({"blur_sigma_px": -1.0}, "a quarter of input_px"),
        ({"input_px": 72}, "a multiple of 16"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        SimpleNet(weights="random", **settings)
