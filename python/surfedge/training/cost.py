"""What a network costs: parameters, and multiplications for one input."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from surfedge.training.initialisation import weighted_layers
from surfedge.training.network_input import input_shape


@torch.no_grad()
def count(network: nn.Module) -> tuple[int, int]:
    """Parameters, and multiplications for one input (those of convolutions and dense layers).

    network : says what it takes, see surfedge.training.network_input.
    """
    products = 0

    def add(layer: nn.Module, given: tuple[Tensor, ...], answer: Tensor) -> None:
        nonlocal products
        if isinstance(layer, nn.Linear):  # of a vector, or of one at each place of a map
            products += layer.weight.numel() * (answer.numel() // answer.shape[-1])
            return
        places = given[0] if isinstance(layer, nn.ConvTranspose2d) else answer
        products += layer.weight.numel() * places.shape[-1] * places.shape[-2]

    hooks = [layer.register_forward_hook(add) for layer in weighted_layers(network)]
    try:
        was_training = network.training
        network.eval()(torch.zeros(1, *input_shape(network)))
        network.train(was_training)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(p.numel() for p in network.parameters()), products
