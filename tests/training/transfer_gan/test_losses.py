"""Each loss of the defect transfer by hand, on small arrays."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch

from surfedge.training.transfer_gan import losses
from surfedge.training.transfer_gan.losses import Codes, GeneratorLosses
from surfedge.training.transfer_gan.settings import TransferRecipe, Weights


@pytest.fixture(scope="module")
def arrays() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(2, 1, 3, 3)).astype(np.float32) for _ in range(6)]


def tensors(arrays: list[np.ndarray]) -> list[torch.Tensor]:
    return [torch.from_numpy(array) for array in arrays]


def test_reconstruction(arrays: list[np.ndarray]) -> None:
    x1, rec1, x2, x4, *_ = arrays
    by_hand = np.abs(x1 - rec1).mean() + np.abs(x2 - x4).mean()
    assert float(losses.reconstruction(*tensors(arrays)[:4])) == pytest.approx(by_hand, rel=1e-6)


def test_structure_is_what_the_defect_adds_here_and_there(arrays: list[np.ndarray]) -> None:
    x1, x2, rec1, c1, x3, _ = arrays
    by_hand = np.abs((x1 - c1) - (x3 - x2)).mean() + np.abs((rec1 - c1) - (x3 - x2)).mean()
    assert float(losses.structure(*tensors(arrays)[:5])) == pytest.approx(by_hand, rel=1e-6)
    x1, x2, _, c1, _, _ = tensors(arrays)
    assert float(losses.structure(x1, x2, x1, c1, x2 + (x1 - c1))) == pytest.approx(0, abs=1e-6)


def test_the_adversarial_losses() -> None:
    real, made = np.array([0.3, -1.2, 2.0]), np.array([-0.4, 0.9])
    d = {name: 1 / (1 + np.exp(-logits)) for name, logits in (("real", real), ("made", made))}
    fooled = float(losses.fooled(torch.from_numpy(made)))
    told = float(losses.told_apart(torch.from_numpy(real), torch.from_numpy(made)))
    assert fooled == pytest.approx(-np.log(d["made"]).mean())
    assert told == pytest.approx(-np.log(d["real"]).mean() - np.log(1 - d["made"]).mean())
    assert math.isfinite(float(losses.fooled(torch.tensor([-1e4]))))  # the logarithm of 0 is never taken


def test_feature_and_its_targets_that_do_not_move() -> None:
    rng = np.random.default_rng(1)
    values = [(rng.normal(size=(2, 3, 2, 2)), rng.normal(size=(2, 5))) for _ in range(4)]
    codes = [Codes(*(torch.from_numpy(part).requires_grad_() for part in pair)) for pair in values]
    one, two, three, four = values
    found = losses.feature(*codes)
    by_hand = ((three[0] - one[0]) ** 2).mean() + ((three[1] - two[1]) ** 2).mean() + ((four[1] - two[1]) ** 2).mean()
    assert found.item() == pytest.approx(by_hand)
    found.backward()
    assert codes[0].structure.grad is None and codes[1].texture.grad is None
    assert codes[2].structure.grad is not None and codes[3].texture.grad is not None


def test_classes() -> None:
    logits, good = np.array([[2.0, 0.5, -1.0]]), np.array([[0.2, 0.1, 0.7]])
    share = [np.exp(each) / np.exp(each).sum() for each in (logits, good)]
    found = losses.classes(torch.from_numpy(logits), torch.tensor([1]), torch.from_numpy(good), 2)
    assert float(found) == pytest.approx(-np.log(share[0][0, 1]) - np.log(share[1][0, 2]))


def test_the_gradient_penalty_of_a_square() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 0.0]], requires_grad=True)
    penalty = losses.gradient_penalty((x**2).sum(dim=1), x)  # the gradient is 2 x
    assert penalty.item() == pytest.approx(0.5 * np.mean([4 + 16, 36]))
    penalty.backward()
    assert x.grad is not None and float(x.grad[1, 0]) == pytest.approx(0.5 / 2 * 8 * 3)


def test_the_total_has_the_weights_of_the_source() -> None:
    parts = GeneratorLosses(*(torch.tensor(10.0**k) for k in range(7)))
    assert float(parts.total(Weights())) == pytest.approx(1 + 0.5 * 10 + 100 + 1000 + 1e4 + 1e5)
    assert (Weights().r1, Weights().r1_patches) == (10.0, 1.0)
    assert float(parts.total(Weights(feature=0.0, classes=2.0))) == pytest.approx(1 + 5 + 100 + 1000 + 2e5)
    assert float(parts.total(Weights(grain=1e-3))) == pytest.approx(1 + 5 + 100 + 1000 + 1e4 + 1e5 + 1e3)


def test_grain_is_the_strength_of_fine_detail_and_not_its_place() -> None:
    """A chequerboard has all its deviation in the finest of three bands."""
    chequers = (torch.arange(16)[:, None] + torch.arange(16)) % 2 * 2.0 - 1.0
    real = 0.1 * chequers.expand(2, 1, 16, 16)
    assert float(losses.grain(3 * real, real)) == pytest.approx(math.log(3) / 3, rel=1e-3)
    assert float(losses.grain(-real, real + 0.5)) == pytest.approx(0, abs=1e-4)
    flat = torch.zeros_like(real, requires_grad=True)
    losses.grain(flat + 1e-3 * real, real).backward()  # from next to nothing it still says: more
    assert flat.grad is not None and float((flat.grad * real).sum()) < 0


def test_without_a_weight_for_grain_a_training_of_before_goes_on() -> None:
    recipe = TransferRecipe()
    told = recipe.plain()
    del told["loss"]["grain"], told["training"]["steps"], told["training"]["keep_every"]
    assert recipe.identity() == hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    assert replace(recipe, loss=Weights(grain=0.1)).identity() != recipe.identity()
