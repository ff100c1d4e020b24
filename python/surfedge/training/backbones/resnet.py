"""Whole ResNets with their classes, 18 and 50 layers, with the parameter names of torchvision.

K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016, table 1. With 1,000 classes
11,689,512 and 25,557,032 parameters. The stride of a bottleneck lies on its 3 x 3 convolution, as torchvision has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from surfedge.training.backbones.frozen import unfolded
from surfedge.training.backbones.resnet18 import WIDTH, BasicBlock

EXPANSION = 4  # of a bottleneck: channels out of it over those within
BLOCKS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}


class Bottleneck(nn.Module):
    """1 x 1 down, 3 x 3, 1 x 1 up, and a shortcut; a 1 x 1 convolution where the shape changes."""

    def __init__(self, before: int, within: int, stride: int = 1, expansion: int = EXPANSION) -> None:
        super().__init__()
        after = expansion * within
        self.conv1 = nn.Conv2d(before, within, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(within)
        self.conv2 = nn.Conv2d(within, within, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(within)
        self.conv3 = nn.Conv2d(within, after, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(after)
        self.relu = nn.ReLU()
        shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
        self.downsample = shortcut if stride != 1 or before != after else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """y = F(x) + x, rectified."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(y)))))
        return cast(Tensor, self.relu(y + self.downsample(x)))


class ResNet(nn.Module):
    """depth : 18 or 50. classes : outputs. width : channels of the stem."""

    def __init__(self, depth: int, classes: int, width: int = WIDTH) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        before = width
        for number, blocks in enumerate(BLOCKS[depth]):
            within = width << number
            after = within if depth == 18 else EXPANSION * within
            layer = []
            for block in range(blocks):
                stride = 2 if number and not block else 1
                is_basic = depth == 18
                layer.append(BasicBlock(before, after, stride) if is_basic else Bottleneck(before, within, stride))
                before = after
            self.add_module(f"layer{number + 1}", nn.Sequential(*layer))
        self.fc = nn.Linear(before, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, classes) of normalised RGB images (N, 3, h, w)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for number in range(1, 5):
            x = getattr(self, f"layer{number}")(x)
        return cast(Tensor, self.fc(x.mean(dim=(2, 3))))

    @torch.no_grad()
    def take(self, weights: Mapping[str, Tensor]) -> list[str]:
        """Load what `weights` hold under the same names and of the same shapes, batch norm apart or folded into the
        convolutions' biases; the parts of the network, by their first name, that keep random weights."""
        own, left = self.state_dict(), []
        for name, value in own.items():
            if name.endswith("num_batches_tracked"):
                continue
            found = weights.get(name) if "bn1.weight" in weights else unfolded(weights, name)
            if found is None or found.shape != value.shape:
                left.append(name.partition(".")[0])
            else:
                value.copy_(found)
        return list(dict.fromkeys(left))
