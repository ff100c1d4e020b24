"""WideResNet-50-2 from the stem to layer3, with the parameter names of torchvision.

S. Zagoruyko, N. Komodakis, "Wide Residual Networks", 2016: ResNet-50 whose inner convolutions are twice as wide.
With width 64: 24,862,528 parameters.
"""

from __future__ import annotations

from torch import Tensor, nn

from surfedge.training.backbones.frozen import Frozen
from surfedge.training.backbones.resnet import BLOCKS, Bottleneck
from surfedge.training.backbones.resnet18 import WIDTH

EXPANSION = 2  # of a bottleneck: half of ResNet-50's, for what is within is twice as wide


class FrozenWideResNet50(Frozen):
    """width : channels of the stem; layer1, layer2 and layer3 have 4, 8 and 16 times as many."""

    title, maker, entry = "WideResNet-50-2", "wide_resnet50_2", "Wide_ResNet50_2_Weights"

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        before = width
        for number, blocks in enumerate(BLOCKS[50][:3]):
            within, layer = 2 * width << number, []
            for block in range(blocks):
                stride = 2 if number and not block else 1
                layer.append(Bottleneck(before, within, stride, EXPANSION))
                before = EXPANSION * within
            self.add_module(f"layer{number + 1}", nn.Sequential(*layer))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        self.freeze()

    @classmethod
    def channels_of(cls, width: int) -> tuple[int, int, int]:
        """Channels of layer1, layer2, layer3."""
        return 4 * width, 8 * width, 16 * width

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of layer1, layer2, layer3 of normalised RGB images (N, 3, h, w)."""
        first = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(x)))))
        second = self.layer2(first)
        return first, second, self.layer3(second)
