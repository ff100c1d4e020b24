"""The two networks of DRAEM: an encoder-decoder without skips, and a U-Net of six levels.

V. Zavrtanik, M. Kristan, D. Skocaj, "DRAEM", 2021; the second after O. Ronneberger, P. Fischer, T. Brox, "U-Net:
Convolutional networks for biomedical image segmentation", 2015. All convolutions are 3 x 3, padded by 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

REDUCED = (1, 2, 4, 8, 8)  # channels of the reconstructive network's levels, in its width
LEVELS = (1, 2, 4, 8, 8, 8)  # of the discriminative one's
RISING = (8, 4, 2, 1, 1)


class Reconstructive(nn.Module):
    """Images (N, channels, h, w) to images, h and w multiples of 16; no activation at the end. width : w."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        before, layers = channels, []
        for level, share in enumerate(REDUCED):
            after = share * width
            layers += [nn.MaxPool2d(2)] if level else []
            layers += [cbr(before, after), cbr(after, after)]
            before = after
        for here, after in ((8, 4), (4, 2), (2, 1), (1, 1)):
            layers += [doubled(), cbr(before, here * width), cbr(here * width, here * width)]
            layers += [cbr(here * width, after * width)]
            before = after * width
        self.layers = nn.Sequential(*layers, nn.Conv2d(before, channels, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """The image as it should be."""
        painted: Tensor = self.layers(x)
        return painted


class Discriminative(nn.Module):
    """Two images side by side, (N, channels, h, w), to scores good and anomalous (N, 2, h, w); multiples of 32."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        shares = [share * width for share in LEVELS]
        befores = [channels, *shares[:-1]]
        self.down = nn.ModuleList(twice(b, a) for b, a in zip(befores, shares, strict=True))
        self.up, self.join = nn.ModuleList(), nn.ModuleList()
        before = shares[-1]
        for share, beside in zip(RISING, reversed(shares[:-1]), strict=True):
            after = share * width
            self.up.append(nn.Sequential(doubled(), cbr(before, after)))
            self.join.append(twice(after + beside, after))
            before = after
        self.last = nn.Conv2d(before, 2, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Scores before the softmax."""
        x = down_and_up(x, self.down, self.up, self.join)
        scores: Tensor = self.last(x)
        return scores


def down_and_up(x: Tensor, down: nn.ModuleList, up: nn.ModuleList, join: nn.ModuleList) -> Tensor:
    """The way of a U-Net: halved before each block of `down` but the first, then enlarged by `up` and joined with what
    was there at that size."""
    levels: list[Tensor] = []
    for level, block in enumerate(down):
        x = block(nn.functional.max_pool2d(x, 2) if level else x)
        levels.append(x)
    for enlarge, joined, beside in zip(up, join, reversed(levels[:-1]), strict=True):
        x = joined(torch.cat([enlarge(x), beside], dim=1))
    return x


def cbr(before: int, after: int) -> nn.Module:
    """Convolution, batch norm, ReLU."""
    return nn.Sequential(nn.Conv2d(before, after, 3, 1, 1), nn.BatchNorm2d(after), nn.ReLU())


def doubled() -> nn.Module:
    """Height and width twice as large, bilinear, with aligned corners."""
    return nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)


def twice(before: int, after: int) -> nn.Module:
    """Convolution, batch norm, ReLU; and again."""
    return nn.Sequential(cbr(before, after), cbr(after, after))
