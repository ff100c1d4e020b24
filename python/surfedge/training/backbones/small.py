"""A small encoder with the shape of a larger one: three layers at strides 4, 8 and 16, which it learns to imitate.

A convolution of stride 2 before each layer and one before them all, a residual block of one convolution (after K. He et
al., "Deep residual learning for image recognition", 2016), and a 1 x 1 convolution to the other's channels. With width
48 and a ResNet-18's channels: 0.58 million parameters, 0.40 G multiplications for 256 x 256 pixels, 22 % of the
ResNet-18's.
"""

from __future__ import annotations

from torch import Tensor, nn

WIDTH = 48
GROWTH = (1.0, 2.0, 10 / 3)  # channels of the three layers over the width


class SmallNet(nn.Module):
    """channels : of the three layers in its answer. width : channels of its own first layer."""

    def __init__(self, channels: tuple[int, int, int], width: int = WIDTH) -> None:
        super().__init__()
        own = [max(1, round(growth * width)) for growth in GROWTH]
        half = max(1, width // 2)
        self.stem = nn.Sequential(*_convolution(3, half, 2), nn.ReLU())
        self.layers = nn.ModuleList(
            nn.Sequential(*_convolution(before, after, 2), nn.ReLU(), Block(after))
            for before, after in zip([half, *own[:-1]], own, strict=True)
        )
        self.heads = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in zip(own, channels, strict=True))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of the three layers of normalised RGB images (N, 3, h, w)."""
        x, found = self.stem(x), []
        for layer, head in zip(self.layers, self.heads, strict=True):
            x = layer(x)
            found.append(head(x))
        return found[0], found[1], found[2]


class Block(nn.Module):
    """y = x + F(x), F a 3 x 3 convolution with batch norm; rectified."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(*_convolution(channels, channels, 1))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        y: Tensor = self.relu(x + self.inner(x))
        return y


def _convolution(before: int, after: int, stride: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after)
