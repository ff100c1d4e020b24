"""ResNet-18 from the stem to layer3, with the parameter names of torchvision.

K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016, table 1: conv2_x, conv3_x and
conv4_x are layer1, layer2 and layer3. With width 64: 2,782,784 parameters, 1.83 G multiplications for 256 x 256 pixels.
"""

from __future__ import annotations

from torch import Tensor, nn

from surfedge.training.backbones.frozen import Frozen

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


class FrozenResNet18(Frozen, ResNet18):
    """An encoder that never learns."""

    title, maker, entry = "ResNet-18", "resnet18", "ResNet18_Weights"

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__(width)
        self.freeze()
