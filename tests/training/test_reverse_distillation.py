"""Reverse distillation: counts of the specification, shapes, the equations by hand, what is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.training.backbones.encoder import cosine_distance
from surfedge.training.cost import count
from surfedge.training.networks.reverse_distillation import (
    ReverseDistillation,
    ReverseDistillationNetwork,
    losses,
    smoothed,
)


def _network(**settings: Any) -> ReverseDistillationNetwork:
    torch.manual_seed(1)
    return ReverseDistillation(weights="random", **{"width": 8, "embedding": 16, "input_px": 64, **settings}).build()


def _images(count: int = 2) -> Tensor:
    return torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(2))


def test_counts_are_those_of_the_tables() -> None:
    network = ReverseDistillation(weights="random").build()
    assert sum(p.numel() for p in network.bottleneck.parameters()) == 11_680_000
    assert sum(p.numel() for p in network.decoder.parameters()) == 3_703_168
    parameters, products = count(network)
    assert parameters == 2_782_784 + 11_680_000 + 3_703_168 and products == pytest.approx(4.32e9, rel=1e-3)


def test_the_authors_mixing_is_a_setting() -> None:
    plain, mixed = (sum(p.numel() for p in _network(mix=mix).parameters()) for mix in (False, True))
    assert mixed - plain == 96 * 96 + 2 * 96


@pytest.mark.parametrize("margin_px", [0, 32])
def test_the_decoder_gives_the_teachers_shapes(margin_px: int) -> None:
    network = _network(input_px=96, margin_px=margin_px).eval()
    with torch.no_grad():
        pairs = network.pairs(torch.rand(2, 3, 96, 96))
    assert [f.shape for f, _ in pairs] == [d.shape for _, d in pairs]
    assert [tuple(f.shape) for f, _ in pairs] == [(2, 8, 24, 24), (2, 16, 12, 12), (2, 32, 6, 6)]


def test_equal_features_give_0_and_opposite_ones_2() -> None:
    f = torch.randn(2, 8, 5, 7, generator=torch.Generator().manual_seed(0))
    assert not cosine_distance(f, f).any()
    torch.testing.assert_close(cosine_distance(f, -3.0 * f), torch.full((2, 1, 5, 7), 2.0))
    g = torch.randn(2, 8, 5, 7, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(cosine_distance(f, g)[:, 0], 1.0 - functional.cosine_similarity(f, g))


@pytest.mark.parametrize("per", ["place", "map"])
def test_the_loss_is_the_equation(per: str) -> None:
    network = _network(per=per).eval()
    with torch.no_grad():
        (found,) = losses(network, (_images(),))
        expected = 0.0
        for f, d in network.pairs(_images()):
            if per == "map":
                f, d = f.flatten(1), d.flatten(1)
            expected += float(1.0 - functional.cosine_similarity(f.double(), d.double()).mean())
    assert float(found) == pytest.approx(expected, abs=1e-5)


def test_a_decoder_that_restores_everything_gives_an_empty_map() -> None:
    class Echo(nn.Module):
        def __init__(self, sign: float) -> None:
            super().__init__()
            self.sign = sign

        def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            return tuple(self.sign * f for f in features)

    network = _network(width=16).eval()
    network.bottleneck = nn.Identity()
    with torch.no_grad():
        network.decoder = Echo(1.0)
        assert not network(_images()).any()
        network.decoder = Echo(-1.0)
        assert float((network(_images()) - 6.0).abs().max()) < 1e-3  # 2 from each of three levels


def test_only_bottleneck_and_decoder_are_trained() -> None:
    network = _network().train()
    before = {
        name: value.clone() for name, value in network.teacher.state_dict().items() if value.dtype.is_floating_point
    }
    optimiser = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=0.01)
    (loss,) = losses(network, (_images(),))
    loss.backward()
    trained = {name.partition(".")[0] for name, p in network.named_parameters() if p.grad is not None}
    assert trained == {"bottleneck", "decoder"} and all(
        p.grad is not None for part in (network.bottleneck, network.decoder) for p in part.parameters()
    )
    optimiser.step()
    after = network.teacher.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_the_gaussian_is_opencvs() -> None:
    cv2 = pytest.importorskip("cv2")
    maps = np.random.default_rng(0).random((64, 64), np.float32)
    found = smoothed(torch.from_numpy(maps)[None, None], 2.0)[0, 0].numpy()
    expected = cv2.GaussianBlur(maps, (17, 17), 2.0, borderType=cv2.BORDER_REFLECT_101)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert torch.equal(smoothed(torch.from_numpy(maps)[None, None], 0.0)[0, 0], torch.from_numpy(maps))
