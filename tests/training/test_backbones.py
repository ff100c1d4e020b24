"""WideResNet-50-2 and MobileNetV3-Large: torchvision's names and shapes, by its published counts of parameters."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch
from torch import nn

from surfedge.errors import ArgumentError
from surfedge.registry import resolve
from surfedge.training.backbones import BACKBONES
from surfedge.training.backbones.frozen import Frozen
from surfedge.training.backbones.mobilenet_v3 import NORM, FrozenMobileNetV3, InvertedResidual
from surfedge.training.backbones.resnet import Bottleneck
from surfedge.training.backbones.wide_resnet50 import EXPANSION, FrozenWideResNet50
from surfedge.training.cost import count
from surfedge.training.networks.backbone import Backbone


def _count(*modules: nn.Module) -> int:
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


def test_a_wide_resnet_lacks_its_last_layer_and_its_classes_alone() -> None:
    within = 8 * 128
    blocks = [Bottleneck(1024 if n == 0 else 2048, within, 2 if n == 0 else 1, EXPANSION) for n in range(3)]
    assert _count(FrozenWideResNet50(), *blocks, nn.Linear(2048, 1000)) == 68_883_240


def test_a_mobilenet_lacks_its_last_layers_and_its_classes_alone() -> None:
    rest = [
        InvertedResidual(112, 5, 672, 160, True, True, 2),
        InvertedResidual(160, 5, 960, 160, True, True, 1),
        InvertedResidual(160, 5, 960, 160, True, True, 1),
        nn.Conv2d(160, 960, 1, bias=False),
        nn.BatchNorm2d(960, **NORM),
        nn.Linear(960, 1280),
        nn.Linear(1280, 1000),
    ]
    assert _count(FrozenMobileNetV3(), *rest) == 5_483_032


@pytest.mark.parametrize(
    ("name", "width", "layers"),
    [("resnet18", 4, (4, 8, 16)), ("wide_resnet50_2", 4, (16, 32, 64)), ("mobilenet_v3_large", 64, (24, 40, 112))],
)
def test_features_have_the_strides_and_channels_that_are_said(name: str, width: int, layers: tuple[int, ...]) -> None:
    settings = Backbone(64, 0, "random", width=width, backbone=name)
    network = settings.build().eval()
    with torch.no_grad():
        found = network.encoder(torch.rand(1, 3, 64, 64))
        features = network(torch.rand(1, 3, 64, 64))
    assert [tuple(each.shape[1:]) for each in found] == [
        (c, 64 // s, 64 // s) for c, s in zip(layers, (4, 8, 16), strict=True)
    ]
    assert settings.layer_channels == layers == network.layers and features.shape == (1, 8, 8, sum(layers))
    assert not network.train().encoder.resnet.training


@pytest.mark.parametrize("name", ["wide_resnet50_2", "mobilenet_v3_large"])
def test_weights_by_name_make_the_same_network_and_a_missing_one_is_named(name: str) -> None:
    kind: type[Frozen] = resolve(BACKBONES, name, "backbone")
    torch.manual_seed(1)
    given, taken = kind(8), kind(8)
    weights = {key: value for key, value in given.state_dict().items() if not key.endswith("_extra_state")}
    x = torch.rand(1, 3, 64, 64)
    taken.take({**weights, "classifier.0.weight": torch.zeros(1)}, {"source": "here"})
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(given(x), taken(x), strict=True))
    assert taken.origin == {"source": "here"}
    last = list(weights)[-2]
    weights.pop(last)
    with pytest.raises(ArgumentError, match=f"{last} is missing, expected a {kind.title}.*torchvision's {name}"):
        taken.take(weights, {})


@pytest.mark.skipif(find_spec("torchvision") is None, reason="torchvision is not installed")
@pytest.mark.parametrize("name", list(BACKBONES))
def test_torchvision_gives_the_same_features_with_the_same_random_weights(name: str) -> None:
    kind: type[Frozen] = resolve(BACKBONES, name, "backbone")
    torch.manual_seed(2)
    theirs: Any = getattr(import_module("torchvision.models"), name)(weights=None).eval()
    ours = kind(64)
    ours.take(theirs.state_dict(), {})
    layers = (
        [theirs.features[3], theirs.features[6], theirs.features[12]]
        if name.startswith("mobilenet")
        else [theirs.layer1, theirs.layer2, theirs.layer3]
    )
    seen: list[torch.Tensor] = []
    for layer in layers:
        layer.register_forward_hook(lambda module, given, answer: seen.append(answer))
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        theirs(x)
        for found, expected in zip(ours(x), seen, strict=True):
            torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("name", list(BACKBONES))
def test_layers_that_are_not_wanted_are_not_there(name: str) -> None:
    torch.manual_seed(3)
    whole = Backbone(64, 0, "random", width=4, backbone=name, layers=(1, 2)).build().eval()
    settings = Backbone(64, 0, "random", width=4, backbone=name)
    every = settings.build().eval()
    every.load_state_dict(whole.state_dict(), strict=False)
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        found, expected = whole(x), every(x)
    torch.testing.assert_close(found, expected[..., : sum(settings.layer_channels[:2])])
    assert _count(whole) < _count(every) and count(whole)[1] < count(every)[1]


def test_another_backbone_is_refused() -> None:
    with pytest.raises(ArgumentError, match="resnet18, wide_resnet50_2, mobilenet_v3_large"):
        Backbone(weights="random", backbone="resnet19")
