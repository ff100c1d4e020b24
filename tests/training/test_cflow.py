"""CFLOW-AD: counts of the specification, the flow against autograd's Jacobian, position codes, the map by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch
from torch import Tensor, nn

from surfedge.training.batches.crops import covering_tiles
from surfedge.training.batches.examples import Examples
from surfedge.training.cost import count
from surfedge.training.flows.coupling import Coupling, Flow
from surfedge.training.flows.position import position_code
from surfedge.training.networks.cflow import Cflow, CflowNetwork, log_likelihood, losses, objective, validation


def _network(**settings: Any) -> CflowNetwork:
    torch.manual_seed(1)
    tiny = {"width": 8, "couplings": 2, "position": 16, "input_px": 64, **settings}
    return Cflow(weights="random", **tiny).build().eval()


def _images(count: int = 2, px: int = 64) -> Tensor:
    return torch.rand(count, 3, px, px, generator=torch.Generator().manual_seed(2))


def _trained_like(module: nn.Module) -> nn.Module:
    """Weights that are neither 0 nor 1, in double precision."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.5 * torch.randn(parameter.shape, generator=generator))
    return module.double()


def test_counts_are_those_of_the_specification() -> None:
    network = Cflow(weights="random").build()
    assert [sum(p.numel() for p in flow.parameters()) for flow in network.flows] == [577_536, 989_184, 2_107_392]
    parameters, products = count(network)
    assert parameters == 2_782_784 + 3_674_112 and products == pytest.approx(1.83e9 + 4.30e9, rel=1e-3)
    deeper = [Coupling(channels, 128) for channels in (128, 256, 512)]
    assert 8 * sum(p.numel() for coupling in deeper for p in coupling.parameters()) == 8_620_032


@pytest.mark.parametrize("channels", [8, 7])
@pytest.mark.parametrize("kind", ["coupling", "flow"])
def test_the_log_determinant_is_autograds(kind: str, channels: int) -> None:
    torch.manual_seed(3)
    module = _trained_like(Coupling(channels, 12) if kind == "coupling" else Flow(channels, 12, 4))
    x, condition = torch.randn(channels, dtype=torch.float64), torch.randn(12, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda given: module(given, condition)[0], x)
    expected = torch.linalg.slogdet(jacobian)[1]
    found = module(x, condition)[1]  # rotations are float32: their determinant is 1 to about 1e-7
    assert float(found.detach()) == pytest.approx(float(expected), abs=1e-6) and abs(float(expected)) > 0.05


def test_a_flow_whose_last_layers_are_0_only_turns() -> None:
    torch.manual_seed(3)
    flow = Flow(8, 12, 8)
    with torch.no_grad():
        for coupling in flow.couplings:
            coupling.net[-1].weight.zero_()
            coupling.net[-1].bias.zero_()
        x = torch.randn(50, 8)
        u, log_determinant = flow(x, torch.randn(50, 12))
    assert float(log_determinant.abs().max()) < 1e-5
    torch.testing.assert_close(u.norm(dim=1), x.norm(dim=1), rtol=1e-5, atol=1e-6)
    assert float((u - x).abs().max()) > 0.1


def test_rotations_are_drawn_from_the_seed_and_never_trained() -> None:
    torch.manual_seed(9)
    first = Coupling(16, 4).rotation
    torch.manual_seed(9)
    again, other = Coupling(16, 4).rotation, Coupling(16, 4).rotation
    assert torch.equal(first.weight, again.weight) and not torch.equal(first.weight, other.weight)
    torch.testing.assert_close(first.weight @ first.weight.T, torch.eye(16), atol=1e-5, rtol=0)
    assert float(torch.linalg.det(first.weight)) == pytest.approx(1.0, abs=1e-4)
    assert not list(first.parameters()) and "weight" in first.state_dict()


def test_position_codes_differ_everywhere_and_are_the_formula() -> None:
    code = position_code((64, 64), 128)
    assert code.shape == (64, 64, 128)
    flat = code.reshape(-1, 128)
    apart = torch.cdist(flat, flat).fill_diagonal_(math.inf)
    assert float(apart.min()) > 0.5
    for y, x, m in ((5, 9, 0), (40, 3, 7), (63, 62, 31)):
        rate = 10000 ** (-2 * m / 64)
        expected = [math.sin(x * rate), math.cos(x * rate), math.sin(y * rate), math.cos(y * rate)]
        found = [code[y, x, 2 * m], code[y, x, 2 * m + 1], code[y, x, 64 + 2 * m], code[y, x, 64 + 2 * m + 1]]
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_likelihood_and_both_objectives_by_hand() -> None:
    u, log_determinant = torch.tensor([[1.0, 2.0], [0.0, -1.0]]), torch.tensor([0.5, -0.25])
    log_p = np.array([0.5 - 0.5 * (5 + 2 * math.log(2 * math.pi)), -0.25 - 0.5 * (1 + 2 * math.log(2 * math.pi))])
    np.testing.assert_allclose(log_likelihood(u, log_determinant), log_p, rtol=1e-6)
    assert float(objective(u, log_determinant, "likelihood")) == pytest.approx((2.5 - 0.5 + 0.5 + 0.25) / 2)
    bounded = np.log1p(np.exp(-log_p / 2)).mean()
    assert float(objective(u, log_determinant, "log_sigmoid")) == pytest.approx(bounded, rel=1e-6)


def test_a_step_follows_every_256_vectors_of_a_level_and_moves_its_flow_alone() -> None:
    network = _network(vectors=100)
    moved = []
    for loss in losses(network, (_images(3),)):
        network.zero_grad()
        loss.backward()
        moved.append([level for level, flow in enumerate(network.flows) if flow.couplings[0].gamma.grad is not None])
    steps = [math.ceil(3 * side * side / 100) for side in (16, 8, 4)]
    assert moved == [[0]] * steps[0] + [[1]] * steps[1] + [[2]] * steps[2]
    assert all(parameter.grad is None for parameter in network.encoder.parameters())
    few = list(losses(_network(vectors=100, places_share=0.25), (_images(3),)))
    assert len(few) == sum(math.ceil(round(0.25 * 3 * side * side) / 100) for side in (16, 8, 4))


def test_validation_is_the_loss_of_all_vectors_at_once() -> None:
    network = _network(vectors=10**6)
    with torch.no_grad():
        expected = torch.stack(list(losses(network, (_images(),)))).mean()
        assert float(validation(network, (_images(),))) == pytest.approx(float(expected), rel=1e-5)


def test_the_largest_likelihood_comes_from_held_out_images_and_clips_the_map() -> None:
    cv2 = pytest.importorskip("cv2")
    network = _network()
    held_out = [(255 * image).byte().numpy() for image in _images(3)]
    assert network.finish(Examples([]), Examples(held_out))
    with torch.no_grad():
        x = torch.stack([torch.from_numpy(image) for image in held_out]).float() / 255
        likelihoods = network.likelihoods(x)
        np.testing.assert_allclose(network.q_max, [float(q.max()) for q in likelihoods], rtol=1e-5)
        network.q_max -= 0.01  # now some places are likelier than the likeliest
        found = network(x).numpy()
    places = np.linspace(0, 1, 64, dtype=np.float32)
    expected = np.full((3, 64, 64), 3.0)
    for q, q_max, side in zip(likelihoods, network.q_max, (16, 8, 4), strict=True):
        p = np.minimum(1.0, np.exp(q.numpy() - float(q_max))).reshape(3, side, side)
        x_map, y_map = np.meshgrid(places * (side - 1), places * (side - 1))
        expected -= [cv2.remap(each, x_map, y_map, cv2.INTER_LINEAR) for each in p]
    assert found.min() >= 0 and found.max() <= 3
    np.testing.assert_allclose(found[:, 0], np.maximum(expected, 0), atol=0.05)  # OpenCV's places are 1/32 px exact


def test_a_mirrored_margin_leaves_the_features_sizes() -> None:
    network = _network(margin_px=16)
    with torch.no_grad():
        assert [tuple(f.shape) for f, _ in network.vectors(_images())] == [(2, 256, 8), (2, 64, 16), (2, 16, 32)]
        assert network(_images()).shape == (2, 1, 64, 64)


def test_tiles_cover_larger_pictures() -> None:
    picture = np.arange(100 * 70, dtype=np.float32).reshape(1, 100, 70)
    tiles = list(covering_tiles(Examples([picture]), 64))
    assert [tuple(tile.shape) for tile in tiles] == [(1, 64, 64)] * 4
    assert set(np.unique(torch.stack(tiles))) == set(picture.ravel())
