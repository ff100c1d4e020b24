"""Networks that learn masks: counts of the specification, map and probability, both losses by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.training.cost import count
from surfedge.training.families.segmentation import decision_error, map_error
from surfedge.training.networks.compactcnn import CompactCnn
from surfedge.training.networks.unet_decision import UnetDecision


@pytest.mark.parametrize(
    ("settings", "parameters", "products"),
    [
        (CompactCnn(input_px=64), 1_128_486, 7.7e9),
        (CompactCnn(input_px=64, kernels=(5, 5, 3)), 683_046, 3.4e9),
        (CompactCnn(input_px=64, kernels=(5, 5, 3), width=16), 172_646, 0.86e9),
        (UnetDecision(input_px=64, width=16), 2_162_516, 4.1e9),
        (UnetDecision(input_px=64, width=32), 8_637_956, 16.3e9),
    ],
)
def test_counts_are_those_of_the_table(settings: Any, parameters: int, products: float) -> None:
    """At 64 px, where there are a sixteenth of the products of 256 px."""
    found = count(settings.build())
    assert found[0] == parameters and 16 * found[1] == pytest.approx(products, rel=1e-2)


def test_counts_of_the_original_width() -> None:
    with torch.device("meta"):
        network = UnetDecision(width=64).build()
    assert sum(p.numel() for p in network.parameters()) == 34_528_100


@pytest.mark.parametrize("channels", [1, 3])
def test_a_map_and_a_probability(channels: int) -> None:
    for settings, cells in ((CompactCnn(48, channels, 2, (3, 3, 3)), 12), (UnetDecision(48, channels, 2), 48)):
        network = settings.build().eval()
        x = torch.rand(3, channels, 48, 48)
        with torch.no_grad():
            features, found = network.segmentation(x)
            shown, probability = network(x)
        assert shown.shape == (3, 1, cells, cells) and probability.shape == (3,)
        assert torch.equal(shown, found.clamp(0, 1)) and 0 <= float(probability.min()) <= float(probability.max()) <= 1
        with torch.no_grad():
            maps = torch.cat([network.decision.reduced(features), found], dim=1)
            numbers = torch.cat([maps.amax(dim=(2, 3)), maps.mean(dim=(2, 3))], dim=1)
            weights, bias = network.decision.last.weight, network.decision.last.bias
        assert numbers.shape == (3, 66)
        torch.testing.assert_close(probability, torch.sigmoid(numbers @ weights.detach()[0] + bias.detach()))


def test_both_losses_by_hand() -> None:
    torch.manual_seed(0)
    network = CompactCnn(16, 1, 2, (3, 3, 3)).build().eval()
    x, mask = torch.rand(2, 1, 16, 16), torch.zeros(2, 1, 16, 16)
    mask[1, 0, 5, 9] = 1.0
    is_defective = torch.tensor([0.0, 1.0])
    with torch.no_grad():
        found, (_, probability) = network.segmentation(x)[1].numpy(), network(x)
        errors = map_error(network, (x, mask, is_defective)), decision_error(network, (x, mask, is_defective))
    truth = np.zeros((2, 1, 4, 4))
    truth[1, 0, 1, 2] = 1.0  # the cell that the pixel lies in
    assert float(errors[0]) == pytest.approx(((found - truth) ** 2).mean(), rel=1e-5)
    p = probability.numpy()
    assert float(errors[1]) == pytest.approx(-(np.log(1 - p[0]) + np.log(p[1])) / 2, rel=1e-5)
