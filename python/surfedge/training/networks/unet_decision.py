"""U-Net with a decision: the map at full size by a U-Net, the verdict as CompactCNN finds it.

O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional networks for biomedical image segmentation", 2015, in place
of CompactCNN's convolutions, as the study of patterned steel plates (2022), section 2.4.2, combines the two. All
convolutions but the last are 3 x 3, padded by 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from surfedge.errors import require
from surfedge.training.families.segmentation import SegmentationNetwork
from surfedge.training.unet import cbr, down_and_up, twice

LEVELS = (1, 2, 4, 8, 16)  # channels in the network's width
STEP_PX = 16
START = 0.01  # deviation of the map of a new network: from 0.1 its few last features went to nothing


@dataclass(frozen=True)
class UnetDecision:
    """input_px : side of the image or tile, a multiple of 16. channels : 1 grey, 3 colour. width : channels of the
    first level, 64 in the original. good_per_defect : as of CompactCNN.
    """

    family: ClassVar[str] = "segmentation"

    input_px: int = 256
    channels: int = 1
    width: int = 64
    good_per_defect: float = 1.0

    def __post_init__(self) -> None:
        is_side = self.input_px >= STEP_PX and self.input_px % STEP_PX == 0
        require("unet_decision.input_px", self.input_px, is_side, f"a multiple of {STEP_PX}")
        require("unet_decision.channels", self.channels, self.channels in (1, 3), "1 or 3")
        require("unet_decision.width", self.width, self.width >= 1, "1 or more")
        require("unet_decision.good_per_defect", self.good_per_defect, self.good_per_defect >= 0, "0 or more")

    def build(self) -> UnetDecisionNetwork:
        """Random weights from torch's random generator."""
        return UnetDecisionNetwork(self)


class UnetDecisionNetwork(SegmentationNetwork):
    """The U-Net, and the decision."""

    def __init__(self, settings: UnetDecision) -> None:
        super().__init__(settings.channels, settings.input_px, settings.width)
        self.unet = Unet(settings.channels, settings.width)

    @property
    def segmentation(self) -> nn.Module:
        """The U-Net."""
        return self.unet


class Unet(nn.Module):
    """(N, channels, h, w) to features (N, width, h, w) and the map (N, 1, h, w), -1..1; multiples of 16."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        widths = [width * level for level in LEVELS]
        befores = [channels, *widths[:-1]]
        self.down = nn.ModuleList(twice(before, after) for before, after in zip(befores, widths, strict=True))
        halves = list(zip(reversed(widths), reversed(widths[:-1]), strict=False))
        self.up = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2), cbr(large, small)) for large, small in halves
        )
        self.join = nn.ModuleList(twice(2 * small, small) for _, small in halves)
        self.last = nn.Conv2d(width, 1, 1)
        nn.init.normal_(self.last.weight, std=START / width**0.5)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features and map."""
        x = down_and_up(x, self.down, self.up, self.join)
        return x, torch.tanh(self.last(x))
