"""Features kept while a network trains: the same training to the bit, with a teacher that is asked once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch
from torch import Tensor

from surfedge.errors import ArgumentError
from surfedge.training import loop, parse_recipe
from surfedge.training.backbones.kept_features import KeptFeatures, kept_features
from surfedge.training.backbones.resnet18 import FrozenResNet18
from surfedge.training.batches.examples import Examples
from surfedge.training.fit import Fitted, fit

IMAGES = list(np.random.default_rng(4).integers(0, 256, (6, 3, 64, 64), np.uint8))
TINY: dict[str, Any] = {
    "network": {"name": "reverse_distillation", "weights": "random", "width": 4, "embedding": 8, "input_px": 64},
    "training": {"epochs": 3, "batch": 2},
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of each batch that a frozen backbone computes."""
    sizes: list[int] = []
    forward = FrozenResNet18.forward

    def counted(self: FrozenResNet18, x: Tensor) -> Any:
        sizes.append(len(x))
        return forward(self, x)

    monkeypatch.setattr(FrozenResNet18, "forward", counted)
    return sizes


def _trained(folder: Path, **tables: Any) -> Fitted:
    recipe = parse_recipe({**TINY, **tables})
    return fit(recipe, Examples(IMAGES[:4]), Examples(IMAGES[4:]), folder, threads=1)


def test_a_training_is_the_same_and_asks_its_teacher_once(
    tmp_path: Path, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = _trained(tmp_path / "kept")
    assert asked == [2, 2, 2]  # two batches to learn from, one held out, in the first of three epochs
    asked.clear()
    monkeypatch.setattr(loop, "is_repeated", lambda *given: False)
    computed = _trained(tmp_path / "computed")
    assert asked == [2, 2, 2] * 3 and kept.curve == computed.curve
    for name, value in computed.network.state_dict().items():
        assert torch.equal(value, kept.network.state_dict()[name]), name


def test_images_that_are_turned_are_computed_each_time(tmp_path: Path, asked: list[int]) -> None:
    _trained(tmp_path, augmentation={"flips": True, "turns": True})
    assert asked == [2, 2, 2] * 3


def test_what_finds_no_room_is_computed_again(asked: list[int]) -> None:
    backbone = FrozenResNet18(4)
    first, second = torch.zeros(1, 3, 64, 64), torch.ones(1, 3, 64, 64)
    size = sum(each.nbytes for each in backbone(first))
    asked.clear()
    with kept_features(backbone, largest_bytes=size):
        assert all(torch.equal(a, b) for a, b in zip(backbone(first), backbone(first), strict=True))
        assert not torch.equal(backbone(second)[0], backbone(first)[0])
        backbone(second)
    backbone(first)  # nothing is kept beyond the training
    assert len(asked) == 4


def test_tensors_of_inference_do_not_get_into_a_training_step() -> None:
    keep, x = KeptFeatures(), torch.ones(1)

    def compute(given: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return given + 1, given + 2, given + 3

    with torch.inference_mode():
        keep(x, compute)
    weight = torch.ones(1, requires_grad=True)
    (weight * keep(x, compute)[0]).backward()
    assert float(weight.grad) == 2.0


def test_a_step_in_bf16_rounds_and_validation_does_not(tmp_path: Path) -> None:
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        with pytest.raises(ArgumentError, match="no instructions for bf16"):
            _trained(tmp_path / "bf16", training={**TINY["training"], "precision": "bf16"})
        return
    full = _trained(tmp_path / "f32").curve
    half = _trained(tmp_path / "bf16", training={**TINY["training"], "precision": "bf16"}).curve
    for (_, loss, figure), (_, rounded, other) in zip(full, half, strict=True):
        assert 0 < abs(rounded - loss) < 0.02 * loss and abs(other - figure) < 0.02 * figure
