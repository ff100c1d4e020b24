"""The weights of an autoencoder that was trained by a recipe of its own: from its training folder or its bundle.

A bundle's graph keeps the layers in their order, a batch norm folded into the layer before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from surfedge.bundle import Bundle, serialize
from surfedge.engine import Engine, layers_of
from surfedge.errors import ArgumentError
from surfedge.training.initialisation import weighted_layers

LARGEST_DIFFERENCE = 1e-3  # of a reconstruction in [0, 1]
EXPECTED = "the training folder or the f32 bundle of an autoencoder"


def encoder_of(source: str, settings: Any) -> Mapping[str, Tensor]:
    """The state of the network that `source` holds, which must be one of these settings.

    Raises ArgumentError for what is neither, and for an autoencoder of other settings.
    """
    from surfedge.training.fit import load, recipe_of

    path = Path(source)
    if path.is_dir():
        recipe = recipe_of(path)
        _check(source, recipe.network_name, serialize(recipe.network)[0], settings)
        state: Mapping[str, Tensor] = load(recipe, path).network.state_dict()
        return state
    if not path.is_file():
        raise ArgumentError("weights", found=f"nothing at {source!r}", expected=EXPECTED, remedy="check the path")
    bundle = Bundle.read(path)
    said = dict(bundle.provenance.get("recipe", {}).get("network", {}))
    name = said.pop("name", "")
    _check(source, name, said, settings)
    return _state(bundle, source, settings)


def _check(source: str, name: str, found: Mapping[str, Any], wanted: Any) -> None:
    expected = serialize(wanted)[0]
    if dict(found) != expected:
        raise ArgumentError(
            "weights",
            found=f"{source}: {name or 'no network'} {_said(found)}",
            expected=f"an autoencoder of the recipe's settings: {_said(expected)}",
            remedy="write them into [network] autoencoder",
        )


def _said(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in settings.items())


def _state(bundle: Bundle, source: str, settings: Any) -> Mapping[str, Tensor]:
    """The network's state from the layers of a graph, proved on an image that both are shown."""
    graph, weights = (bundle.blobs.get(f"method/{part}", b"") for part in ("graph", "weights"))
    network: nn.Module = settings.build().eval()
    kept, own = layers_of(graph, weights), _in_order(network, settings)
    if len(kept) == len(own):
        for layer, (weight, bias) in zip(own, kept, strict=True):
            _take(layer, weight, bias)
        for norm in network.modules():
            if isinstance(norm, nn.BatchNorm2d):  # its part lies in the layer before it
                norm.load_state_dict(nn.BatchNorm2d(norm.num_features).state_dict())
                norm.running_var.fill_(1.0 - norm.eps)
        image = torch.rand(1, settings.channels, settings.input_px, settings.input_px)
        expected = Engine(graph, weights).run(image.numpy())[0]
        with torch.no_grad():
            difference = float(np.abs(network(image).numpy() - expected).max())
        if difference <= LARGEST_DIFFERENCE:
            return network.state_dict()
    raise ArgumentError(
        "weights",
        found=f"{source}, whose graph does not hold the weights as they were trained",
        expected=EXPECTED,
        remedy="give its training folder: <bundle>.training",
    )


@torch.no_grad()
def _in_order(network: nn.Module, settings: Any) -> list[nn.Module]:
    """The layers with weights in the order in which an image passes them."""
    passed: list[nn.Module] = []
    hooks = [
        layer.register_forward_hook(lambda module, given, answer: passed.append(module))
        for layer in weighted_layers(network)
    ]
    network(torch.zeros(1, settings.channels, settings.input_px, settings.input_px))
    for hook in hooks:
        hook.remove()
    return passed


@torch.no_grad()
def _take(layer: nn.Module, weight: np.ndarray, bias: np.ndarray | None) -> None:
    """Put a layer's weights in; those of another size leave it as it is, which the proof will show."""
    target, added = cast(Tensor, layer.weight), cast("Tensor | None", layer.bias)
    if weight.shape == tuple(target.shape):
        target.copy_(torch.from_numpy(weight))
    if added is not None:
        added.copy_(torch.zeros_like(added) if bias is None else torch.from_numpy(bias.copy()))
