"""He initialisation: each layer begins with the variance that it is given.

Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", 2015, equation 14.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import nn

LEAK = 0.2
LINEAR, FROM_ONE = "is_linear", "is_from_one"  # attributes of layers, see linear() and from_one()


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
    A transposed convolution of stride s adds up k * k / s^2 products per input channel.
    """
    for layer in weighted_layers(network):
        gain = 1.0 if getattr(layer, LINEAR, False) else math.sqrt(2.0 / (1.0 + LEAK**2))
        nn.init.normal_(layer.weight, std=gain / math.sqrt(_fan_in(layer)))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def weighted_layers(network: nn.Module) -> Iterator[nn.Conv2d | nn.ConvTranspose2d | nn.Linear]:
    """The convolutions and dense layers of `network`."""
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
