"""What every reconstruction network is: tiles in, tiles out, the same shape, values in [0, 1]."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

LEAK = 0.2
LINEAR, FROM_ONE = "is_linear", "is_from_one"  # attributes of layers, see linear() and from_one()


class ReconstructionNetwork(nn.Module):
    """channels, input_px : its input is float32 (N, channels, input_px, input_px) in [0, 1], and so is its output."""

    def __init__(self, channels: int, input_px: int) -> None:
        super().__init__()
        self.channels, self.input_px = channels, input_px

    def training_pass(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction and what is added to the loss (0 unless the network has a term of its own)."""
        return self(x), x.new_zeros(())


def linear(layer: nn.Module) -> nn.Module:
    """`layer`, marked as one that no rectifier follows."""
    setattr(layer, LINEAR, True)
    return layer


def from_one(layer: nn.ConvTranspose2d) -> nn.ConvTranspose2d:
    """`layer`, marked as one whose input is a single place: no two of its products meet in a pixel."""
    setattr(layer, FROM_ONE, True)
    return layer


def initialise(network: nn.Module) -> None:
    """He initialisation: each layer keeps the variance of what it is given; biases 0.

    Torch's default shrinks it, and a network trained on SSIM then stays on an even grey for a thousand steps.
    A transposed convolution of stride s adds up k * k / s^2 products per input channel. Source: K. He, X. Zhang,
    S. Ren, J. Sun, "Delving deep into rectifiers", 2015, equation 14.
    """
    for layer in _layers(network):
        gain = 1.0 if getattr(layer, LINEAR, False) else math.sqrt(2.0 / (1.0 + LEAK**2))
        nn.init.normal_(layer.weight, std=gain / math.sqrt(_fan_in(layer)))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _layers(network: nn.Module) -> Iterator[nn.Conv2d | nn.ConvTranspose2d | nn.Linear]:
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            yield layer


def _fan_in(layer: nn.Conv2d | nn.ConvTranspose2d | nn.Linear) -> float:
    if isinstance(layer, nn.Linear):
        return float(layer.in_features)
    if getattr(layer, FROM_ONE, False):
        return float(layer.in_channels)
    taps = layer.in_channels * math.prod(layer.kernel_size)
    if not isinstance(layer, nn.ConvTranspose2d):
        return float(taps)
    stride = min(layer.stride[0], layer.kernel_size[0])
    return max(1.0, taps / stride**2)


@torch.no_grad()
def count(network: ReconstructionNetwork) -> tuple[int, int]:
    """Parameters, and multiplications for one tile (those of convolutions and dense layers)."""
    products = 0

    def add(layer: nn.Module, given: tuple[Tensor, ...], answer: Tensor) -> None:
        nonlocal products
        weights = layer.weight.numel()
        places = given[0] if isinstance(layer, nn.ConvTranspose2d) else answer
        products += weights * (1 if isinstance(layer, nn.Linear) else places.shape[-1] * places.shape[-2])

    hooks = [layer.register_forward_hook(add) for layer in _layers(network)]
    try:
        was_training = network.training
        network.eval()(torch.zeros(1, network.channels, network.input_px, network.input_px))
        network.train(was_training)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(p.numel() for p in network.parameters()), products
