"""CompactCNN: nine convolutions to a map at a quarter of the size, and a decision on what they found.

D. Racki, D. Tomazevic, D. Skocaj, "A compact convolutional neural network for textured surface anomaly detection",
2018, as the study of patterned steel plates (2022), section 2.4.2, prints it; kernels and widths are not in either, and
follow a public re-implementation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from surfedge.errors import require
from surfedge.training.families.segmentation import SegmentationNetwork

KERNELS = (11, 7, 3)
STEP_PX = 4
START = 0.1  # deviation of the map of a new network


@dataclass(frozen=True)
class CompactCnn:
    """input_px : side of the image or tile, a multiple of 4. channels : 1 grey, 3 colour. width : channels of the first
    of three blocks, doubled in each. kernels : side of the convolutions of each block, three odd numbers.
    good_per_defect : good images for each defective one in an epoch; 0, 1 and 3 in the study.
    """

    family: ClassVar[str] = "segmentation"

    input_px: int = 256
    channels: int = 1
    width: int = 32
    kernels: tuple[int, ...] = KERNELS
    good_per_defect: float = 1.0

    def __post_init__(self) -> None:
        is_side = self.input_px >= STEP_PX and self.input_px % STEP_PX == 0
        require("compactcnn.input_px", self.input_px, is_side, f"a multiple of {STEP_PX}")
        require("compactcnn.channels", self.channels, self.channels in (1, 3), "1 or 3")
        require("compactcnn.width", self.width, self.width >= 1, "1 or more")
        are_odd = len(self.kernels) == 3 and all(kernel >= 1 and kernel % 2 == 1 for kernel in self.kernels)
        require("compactcnn.kernels", list(self.kernels), are_odd, "three odd numbers")
        require("compactcnn.good_per_defect", self.good_per_defect, self.good_per_defect >= 0, "0 or more")

    def build(self) -> CompactCnnNetwork:
        """Random weights from torch's random generator."""
        return CompactCnnNetwork(self)


class CompactCnnNetwork(SegmentationNetwork):
    """The blocks, their map, and the decision."""

    def __init__(self, settings: CompactCnn) -> None:
        super().__init__(settings.channels, settings.input_px, 4 * settings.width)
        self.blocks = Blocks(settings)

    @property
    def segmentation(self) -> nn.Module:
        """Blocks and map."""
        return self.blocks


class Blocks(nn.Module):
    """(N, C, t, t) to features (N, 4 width, t / 4, t / 4) and the map (N, 1, t / 4, t / 4), -1..1."""

    def __init__(self, settings: CompactCnn) -> None:
        super().__init__()
        before, layers = settings.channels, []
        for block, kernel in enumerate(settings.kernels):
            after = settings.width << block
            for number in range(3):
                stride = 2 if block < 2 and number == 0 else 1
                layers += [nn.Conv2d(before, after, kernel, stride, kernel // 2), nn.BatchNorm2d(after), nn.ReLU()]
                before = after
        self.layers = nn.Sequential(*layers)
        self.last = nn.Sequential(nn.Conv2d(before, 1, 1), nn.BatchNorm2d(1))
        nn.init.constant_(self.last[1].weight, START)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features and map."""
        features = self.layers(x)
        return features, torch.tanh(self.last(features))
