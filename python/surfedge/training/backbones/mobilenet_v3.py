"""MobileNetV3-Large to its last layer of stride 16, with the parameter names of torchvision.

A. Howard et al., "Searching for MobileNetV3", 2019, table 1. Features of three layers: the last of stride 4 (24
channels), of stride 8 (40) and of stride 16 (112).
"""

from __future__ import annotations

from torch import Tensor, nn

from surfedge.training.backbones.frozen import Frozen

# kernel, expanded, out, squeeze-and-excitation, hard swish, stride; the rows of table 1.
ROWS = (
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
)
STEM = 16
TAKEN = (3, 6, 12)  # of `features`: the last layer of each stride
NORM = {"eps": 1e-3, "momentum": 0.01}


class FrozenMobileNetV3(Frozen):
    """The network of table 1; `width` of others has no meaning here."""

    title, maker, entry = "MobileNetV3-Large", "mobilenet_v3_large", "MobileNet_V3_Large_Weights"

    def __init__(self, width: int = 0) -> None:
        super().__init__()
        layers: list[nn.Module] = [_convolution(3, STEM, 3, 2, 1, nn.Hardswish)]
        before = STEM
        for kernel, expanded, out, squeezes, swish, stride in ROWS:
            layers.append(InvertedResidual(before, kernel, expanded, out, squeezes, swish, stride))
            before = out
        self.features = nn.Sequential(*layers)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")
        self.freeze()

    @classmethod
    def channels_of(cls, width: int) -> tuple[int, int, int]:
        """Channels of the layers taken; `width` has no meaning here."""
        return ROWS[TAKEN[0] - 1][2], ROWS[TAKEN[1] - 1][2], ROWS[TAKEN[2] - 1][2]

    def keep(self, layers: int) -> None:
        """Leave out what comes after the first 1, 2 or 3 of the layers taken."""
        self.features = self.features[: TAKEN[layers - 1] + 1]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of the last layers of stride 4, 8 and 16 of normalised RGB images (N, 3, h, w)."""
        found = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in TAKEN:
                found.append(x)
        found += [x] * (3 - len(found))
        return found[0], found[1], found[2]


class InvertedResidual(nn.Module):
    """1 x 1 to `expanded` channels, a convolution of each channel, squeeze-and-excitation, 1 x 1 to `out`."""

    def __init__(
        self, before: int, kernel: int, expanded: int, out: int, squeezes: bool, swish: bool, stride: int
    ) -> None:
        super().__init__()
        rectifier = nn.Hardswish if swish else nn.ReLU
        layers: list[nn.Module] = []
        if expanded != before:
            layers.append(_convolution(before, expanded, 1, 1, 1, rectifier))
        layers.append(_convolution(expanded, expanded, kernel, stride, expanded, rectifier))
        if squeezes:
            layers.append(SqueezeExcitation(expanded, _divisible(expanded // 4)))
        layers.append(_convolution(expanded, out, 1, 1, 1, None))
        self.block = nn.Sequential(*layers)
        self.adds = stride == 1 and before == out

    def forward(self, x: Tensor) -> Tensor:
        """The block, added to its input where shapes allow."""
        y: Tensor = self.block(x)
        return x + y if self.adds else y


class SqueezeExcitation(nn.Module):
    """Each channel times a factor that all channels' means decide (J. Hu et al., 2018)."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.ReLU()
        self.scale_activation = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Scaled channels."""
        factor: Tensor = self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x)))))
        return factor * x


def _convolution(
    before: int, after: int, kernel: int, stride: int, groups: int, rectifier: type[nn.Module] | None
) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(after, **NORM),
    ]
    return nn.Sequential(*layers, rectifier()) if rectifier else nn.Sequential(*layers)


def _divisible(channels: int, by: int = 8) -> int:
    """The nearest multiple of `by`, never more than a tenth below."""
    rounded = max(by, (channels + by // 2) // by * by)
    return rounded + by if rounded < 0.9 * channels else rounded
