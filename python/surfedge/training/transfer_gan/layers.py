"""Layers of the networks: weights of one scale for all learning rates, modulation, residual blocks up and down.

T. Karras et al., "Analyzing and improving the image quality of StyleGAN" (StyleGAN2), 2020, section 2 and figure 7; the
weights' scale at run time: T. Karras et al., "Progressive growing of GANs", 2018, section 4.1. Down-sampling is the
mean of 2 x 2 and up-sampling is bilinear, in place of their filter of four taps: cheaper on a CPU, as free of aliases.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

LEAK, GAIN = 0.2, math.sqrt(2.0)
NOISE_BEGIN = 0.1
TINY = 1e-8  # under roots: keeps 0 as 0, and its gradient finite


def activated(x: Tensor) -> Tensor:
    """Leaky ReLU that keeps the mean square."""
    return functional.leaky_relu(x, LEAK) * GAIN


def unit_length(x: Tensor) -> Tensor:
    """`x` scaled to length 1 along dimension 1; 0 stays exactly 0.

    >>> unit_length(torch.zeros(1, 8)).abs().max().item()
    0.0
    """
    return x * torch.rsqrt(x.square().sum(dim=1, keepdim=True) + TINY)


class Convolution(nn.Module):
    """Square convolution; weights from N(0, 1), scaled at run time by 1 / sqrt(fan-in)."""

    def __init__(self, before: int, after: int, side: int = 3, *, stride: int = 1, padding: int | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before, side, side))
        self.bias = nn.Parameter(torch.zeros(after))
        self.scale = 1.0 / math.sqrt(before * side * side)
        self.stride, self.padding = stride, side // 2 if padding is None else padding

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, h, w) to (N, after, h', w')."""
        return functional.conv2d(x, self.weight * self.scale, self.bias, self.stride, self.padding)


class Dense(nn.Module):
    """Dense layer with weights as those of `Convolution`. begin : of the bias."""

    def __init__(self, before: int, after: int, begin: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before))
        self.bias = nn.Parameter(torch.full((after,), begin))
        self.scale = 1.0 / math.sqrt(before)

    def forward(self, x: Tensor) -> Tensor:
        """(N, before) to (N, after)."""
        return functional.linear(x, self.weight * self.scale, self.bias)


class Down(nn.Module):
    """Residual block that halves the side; with halve=False it keeps it."""

    def __init__(self, before: int, after: int, *, halve: bool = True) -> None:
        super().__init__()
        self.first, self.second = Convolution(before, before), Convolution(before, after)
        self.skip = Convolution(before, after, 1)
        self.halve = halve

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, h, w) to (N, after, h / 2, w / 2)."""
        y = activated(self.first(x))
        if self.halve:
            x, y = functional.avg_pool2d(x, 2), functional.avg_pool2d(y, 2)
        return (activated(self.second(y)) + self.skip(x)) / GAIN


class Modulated(nn.Module):
    """Convolution whose weights are scaled by a code for each input channel and to length 1 for each output channel.

    Both scalings commute with the convolution, so that the images of a batch share one: StyleGAN2, equations 1 and 3.
    """

    def __init__(self, before: int, after: int, side: int, code: int, *, demodulate: bool = True) -> None:
        super().__init__()
        self.convolution, self.style = Convolution(before, after, side), Dense(code, before, 1.0)
        self.demodulate = demodulate

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """(N, before, h, w) and (N, code) to (N, after, h, w)."""
        weight = self.convolution.weight * self.convolution.scale
        style = self.style(code)
        y = functional.conv2d(x * style[:, :, None, None], weight, None, 1, self.convolution.padding)
        if self.demodulate:
            squares = weight.square().sum(dim=(2, 3))
            y = y * torch.rsqrt(style.square() @ squares.T + TINY)[:, :, None, None]
        return y + self.convolution.bias[:, None, None]


class Styled(nn.Module):
    """Residual block modulated by a code, with noise of learned strength; double=True doubles the side first."""

    def __init__(self, before: int, after: int, code: int, *, double: bool = False) -> None:
        super().__init__()
        self.first, self.second = Modulated(before, after, 3, code), Modulated(after, after, 3, code)
        self.skip = Convolution(before, after, 1)
        # Not 0 as theirs: noise is symmetric, so that at 0 no gradient tells a strength to grow, and grain comes late.
        self.strengths = nn.Parameter(torch.full((2,), NOISE_BEGIN))
        self.double = double

    def forward(self, x: Tensor, code: Tensor, noise: Tensor) -> Tensor:
        """noise : (N, 2, h', w'), h' the side of the result."""
        if self.double:
            x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        y = activated(self.first(x, code) + self.strengths[0] * noise[:, :1])
        y = activated(self.second(y, code) + self.strengths[1] * noise[:, 1:])
        return (y + self.skip(x)) / GAIN
