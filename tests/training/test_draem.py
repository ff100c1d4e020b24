"""DRAEM: counts of the specification, both losses by hand, the batches of Perlin anomalies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage.metrics import structural_similarity

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import cv2
import torch
from torch import nn

from surfedge.errors import DatasetError
from surfedge.training import parse_recipe
from surfedge.training.batches.examples import Examples
from surfedge.training.batches.perlin import PerlinAnomalies
from surfedge.training.cost import count
from surfedge.training.full_precision import in_f32
from surfedge.training.losses.focal import focal
from surfedge.training.losses.gaussian_ssim import gaussian_ssim
from surfedge.training.networks.draem import Draem, losses
from surfedge.training.unet import Discriminative, Reconstructive

CHANCE = np.random.default_rng(0)
PICTURES = Examples([CHANCE.integers(90, 130, (3, 64, 64), np.uint8) for _ in range(5)])


def _recipe(**network: Any) -> Any:
    tiny = {"name": "draem", "reconstructive": 2, "discriminative": 2, "input_px": 64, **network}
    return parse_recipe({"network": tiny, "training": {"batch": 2}, "inference": {"view": "whole"}})


def _batches(epoch: int | None, examples: Examples = PICTURES, textures: str = "", **network: Any) -> PerlinAnomalies:
    return PerlinAnomalies(examples, _recipe(**network), epoch, textures, 0.3)


@pytest.mark.parametrize(
    ("kind", "channels", "width", "parameters", "products"),
    [
        (Reconstructive, 3, 32, 4_322_883, 10.1e9),
        (Reconstructive, 3, 16, 1_083_171, 2.55e9),
        (Discriminative, 6, 16, 1_778_210, 2.43e9),
        (Discriminative, 6, 8, 446_162, 0.63e9),
    ],
)
def test_counts_are_those_of_the_table(kind: Any, channels: int, width: int, parameters: int, products: float) -> None:
    """At 128 px, where there are a quarter of the products of 256 px."""
    network: nn.Module = kind(channels, width)
    network.channels, network.input_px = channels, 128  # type: ignore[assignment]
    found = count(network)
    assert found[0] == parameters and 4 * found[1] == pytest.approx(products, rel=5e-3)


def test_counts_of_the_papers_widths() -> None:
    with torch.device("meta"):
        parts = Reconstructive(3, 128), Discriminative(6, 64)
    assert [sum(p.numel() for p in part.parameters()) for part in parts] == [69_048_579, 28_374_146]


@pytest.mark.parametrize("channels", [1, 3])
def test_both_networks_keep_the_size_and_probabilities_add_up(channels: int) -> None:
    network = Draem(channels=channels, reconstructive=2, discriminative=2, input_px=96, mean_px=3).build().eval()
    x = torch.rand(2, channels, 96, 96)
    with torch.no_grad():
        painted, probabilities = network.probabilities(x)
        found = network(x)
    assert painted.shape == x.shape and probabilities.shape == (2, 2, 96, 96) and found.shape == (2, 1, 96, 96)
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(2, 96, 96))
    expected = cv2.boxFilter(probabilities[0, 1].numpy(), -1, (3, 3), borderType=cv2.BORDER_CONSTANT)
    np.testing.assert_allclose(found[0, 0].numpy(), expected, atol=1e-5)


def test_the_focal_loss_by_hand() -> None:
    anomalous = torch.tensor([[[[0.9, 0.2], [0.5, 0.01]]]])
    probabilities = torch.cat([1.0 - anomalous, anomalous], dim=1)
    mask = torch.tensor([[[[1.0, 0.0], [1.0, 1.0]]]])
    right = np.array([0.9, 0.8, 0.5, 0.01])
    expected = (-((1.0 - right) ** 2) * np.log(right)).mean()
    assert float(focal(probabilities, mask)) == pytest.approx(expected, rel=1e-3)
    certain = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1).expand(-1, -1, 2, 2)
    assert float(focal(certain, torch.zeros(1, 1, 2, 2))) == pytest.approx(0.0, abs=1e-8)
    assert float(focal(certain, torch.ones(1, 1, 2, 2))) == pytest.approx(-np.log(1e-5), rel=1e-3)


def test_the_ssim_is_scikit_images_with_a_gaussian_window() -> None:
    rng = np.random.default_rng(5)
    x = rng.random((1, 2, 40, 33))
    y = np.clip(x + rng.normal(0, 0.1, x.shape), 0, 1)
    expected = []
    for a, b in zip(x[0], y[0], strict=True):
        _, full = structural_similarity(
            a, b, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
        )
        expected.append(full[5:-5, 5:-5].mean())
    found = float(gaussian_ssim(torch.from_numpy(x), torch.from_numpy(y)))
    assert found == pytest.approx(np.mean(expected), abs=1e-6)
    assert float(gaussian_ssim(torch.from_numpy(x), torch.from_numpy(x))) == pytest.approx(1.0)


def test_the_loss_is_the_sum_of_three_and_moves_both_networks() -> None:
    torch.manual_seed(0)
    network = Draem(reconstructive=2, discriminative=2, input_px=64).build()
    batch = _batches(0)[0]
    (loss,) = losses(network, batch)
    loss.backward()
    assert all(p.grad is not None for p in network.parameters())
    network.eval()
    with torch.no_grad():
        painted, probabilities = network.probabilities(batch[0])
        (found,) = losses(network, batch)
    squares = float(((painted - batch[1]) ** 2).mean())
    expected = 1.0 - float(gaussian_ssim(batch[1], painted)) + squares + float(focal(probabilities, batch[2]))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_batches_hold_what_is_anomalous_and_depend_on_epoch_and_number_alone() -> None:
    epochs = [[_batches(epoch)[number] for number in range(3)] for epoch in (0, 0, 1, None, None)]
    assert [len(batch[0]) for batch in epochs[0]] == [2, 2, 1]
    for batch in epochs[0]:
        anomalous, clean, mask = batch
        assert anomalous.shape == clean.shape == (len(mask), 3, 64, 64) and mask.shape[1:] == (1, 64, 64)
        assert torch.equal(torch.where(mask > 0, clean, anomalous), clean)  # outside the masks they are equal
        assert all(float(each.min()) >= 0 and float(each.max()) <= 1 for each in batch)
    first, again, later, held_out, same = (torch.cat([batch[0] for batch in epoch]) for epoch in epochs)
    assert torch.equal(first, again) and torch.equal(held_out, same) and not torch.equal(first, later)
    marked = [
        float(batch[2][k].mean()) for epoch in range(8) for batch in _batches(epoch) for k in range(len(batch[2]))
    ]
    assert 0.25 < np.mean(np.array(marked) > 0) < 0.75  # half of the images have an anomaly


def test_grey_images_and_a_folder_of_textures(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "foreign.png"), np.full((40, 40, 3), 250, np.uint8))
    grey = Examples([np.full((1, 64, 64), 100, np.uint8)] * 6)
    batches = _batches(0, grey, str(tmp_path), channels=1)
    assert any(float(batch[2].max()) for batch in batches) and batches[0][0].shape == (2, 1, 64, 64)
    (tmp_path / "none").mkdir()
    with pytest.raises(DatasetError):
        _batches(0, grey, str(tmp_path / "elsewhere"), channels=1)


def test_losses_are_in_full_precision_where_the_network_is_in_bf16() -> None:
    """1 - SSIM of images that are nearly equal is lost in bf16: variances are differences of squares."""
    torch.manual_seed(0)
    clean = torch.rand(2, 3, 64, 64)
    painted = (clean + 0.01 * torch.randn_like(clean)).bfloat16()
    expected = float(gaussian_ssim(clean, painted.float()))
    with torch.autocast("cpu", torch.bfloat16):
        assert float(in_f32(gaussian_ssim, clean, painted)) == expected
        network, batch = _recipe().network.build(), _batches(0)[0]
        (rounded,) = losses(network, batch)
    (full,) = losses(network, batch)
    assert rounded.dtype == torch.float32
    assert 0 < abs(rounded.item() - full.item()) < 0.01 * full.item()
