"""ResNet-18 from the stem to layer3, with the parameter names of torchvision.

K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016, table 1: conv2_x, conv3_x and
conv4_x are layer1, layer2 and layer3. With width 64: 2,782,784 parameters, 1.83 G multiplications for 256 x 256 pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from surfedge.errors import ArgumentError
from surfedge.training.backbones.origin import as_tensor, from_tensor

WIDTH = 64
STRIDES = (4, 8, 16)  # pixels from one place of layer1, layer2, layer3 to the next


class ResNet18(nn.Module):
    """width : channels of the stem and of layer1; layer2 and layer3 have twice and four times as many."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(width, width), BasicBlock(width, width))
        self.layer2 = nn.Sequential(BasicBlock(width, 2 * width, 2), BasicBlock(2 * width, 2 * width))
        self.layer3 = nn.Sequential(BasicBlock(2 * width, 4 * width, 2), BasicBlock(4 * width, 4 * width))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of layer1, layer2, layer3 of normalised RGB images (N, 3, h, w)."""
        first = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(x)))))
        second = self.layer2(first)
        return first, second, self.layer3(second)


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and a shortcut; a 1 x 1 convolution where the shape changes."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        changes = stride != 1 or before != after
        shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
        self.downsample = shortcut if changes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """y = F(x) + x, rectified."""
        y: Tensor = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.downsample(x))


class FrozenResNet18(ResNet18):
    """An encoder that never learns: always in evaluation mode. origin : where its weights come from, kept with them."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__(width)
        self.requires_grad_(False)
        self.eval()
        self.origin: dict[str, Any] = {"source": "random"}

    def train(self, mode: bool = True) -> FrozenResNet18:
        """Stays in evaluation mode."""
        super().train(False)
        return self

    def take(self, weights: Mapping[str, Tensor], origin: Mapping[str, Any]) -> None:
        """Load `weights` under torchvision's names, batch norm apart or folded into the convolutions' biases; what
        lies beyond layer3 is left out. Raises ArgumentError for what is missing or has another shape."""
        own = self.state_dict()
        chosen = {}
        for name, value in own.items():
            if name.endswith(("_extra_state", "num_batches_tracked")):
                chosen[name] = value
                continue
            found = weights.get(name) if "bn1.weight" in weights else unfolded(weights, name)
            if found is None or found.shape != value.shape:
                raise ArgumentError(
                    "weights",
                    found=f"{name} {'is missing' if found is None else f'of {tuple(found.shape)}'}",
                    expected=f"a ResNet-18: {name} of {tuple(value.shape)}",
                    remedy="give the weights of torchvision's resnet18",
                )
            chosen[name] = found
        self.load_state_dict(chosen)
        self.origin = dict(origin)

    def get_extra_state(self) -> Tensor:
        """The origin, which a checkpoint holds beside the weights."""
        return as_tensor(self.origin)

    def set_extra_state(self, state: Tensor) -> None:
        """The origin that a checkpoint held."""
        self.origin = from_tensor(state)


def unfolded(weights: Mapping[str, Tensor], name: str) -> Tensor | None:
    """What `name` is where batch norm lies in the convolutions: it then adds the bias and does nothing else."""
    layer, _, part = name.rpartition(".")
    convolution = layer[:-1] + "0" if ".downsample." in name else layer.replace("bn", "conv")
    if layer == convolution:
        return weights.get(name)
    bias = weights.get(f"{convolution}.bias")
    if bias is None or part == "bias":
        return bias
    even = {"weight": 1.0, "running_mean": 0.0, "running_var": 1.0 - nn.BatchNorm2d(1).eps}
    return torch.full_like(bias, even[part])
