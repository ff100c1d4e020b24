"""A frozen backbone whose features are compared: the first layers of a network that learned from photographs.

K. Roth et al., "Towards total recall in industrial anomaly detection" (PatchCore), 2022, section 3.1: features of the
middle layers, brought onto one grid. The border and ImageNet's mean and std lie inside the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from surfedge.errors import require
from surfedge.progress import Progress
from surfedge.registry import resolve
from surfedge.training.backbones import BACKBONES
from surfedge.training.backbones.encoder import Encoder, EncoderSettings
from surfedge.training.backbones.frozen import Frozen
from surfedge.training.backbones.resnet18 import STRIDES
from surfedge.training.families.features import FeaturesNetwork
from surfedge.training.families.stage import Stage

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe


@dataclass(frozen=True)
class Backbone(EncoderSettings):
    """backbone : one of BACKBONES. input_px : width of the image that the network gets; height_px : its height, 0 for
    as much.

    layers : of which the features are taken, any of 1, 2, 3. cell_px : side of the square of pixels that each place of
    the grid stands for, 4, 8 or 16; finer layers are averaged, coarser ones stretched. pool_cells : side of the square
    of cells that features are then averaged over, odd, 1 for none (equation 2 of the paper).
    """

    family: ClassVar[str] = "features"
    name: ClassVar[str] = "backbone"

    backbone: str = "resnet18"
    height_px: int = 0
    layers: tuple[int, ...] = (1, 2, 3)
    cell_px: int = 8
    pool_cells: int = 3

    def __post_init__(self) -> None:
        require(f"{self.name}.backbone", self.backbone, self.backbone in BACKBONES, ", ".join(BACKBONES))
        super().__post_init__()
        is_side = self.height_px == 0 or (self.height_px >= 64 and self.height_px % self.step_px == 0)
        require(f"{self.name}.height_px", self.height_px, is_side, f"0, or a multiple of {self.step_px}, 64 or more")
        is_margin = self.margin_px < (self.height_px or self.input_px) // 2
        require(f"{self.name}.margin_px", self.margin_px, is_margin, "below half of height_px")
        are_layers = len(self.layers) >= 1 and list(self.layers) == sorted(set(self.layers) & {1, 2, 3})
        require(f"{self.name}.layers", self.layers, are_layers, "some of 1, 2, 3, in this order")
        require(f"{self.name}.cell_px", self.cell_px, self.cell_px in STRIDES, f"one of {STRIDES}")
        is_odd = self.pool_cells % 2 == 1 and 1 <= self.pool_cells <= 9
        require(f"{self.name}.pool_cells", self.pool_cells, is_odd, "odd, 1 to 9")

    @property
    def encoder_name(self) -> str:
        """The backbone."""
        return self.backbone

    @property
    def layer_channels(self) -> tuple[int, ...]:
        """Channels of each of the layers."""
        kind: type[Frozen] = resolve(BACKBONES, self.backbone, "backbone")
        return tuple(kind.channels_of(self.width)[layer - 1] for layer in self.layers)

    def build(self) -> BackboneFeatures:
        """Random weights from torch's random generator; `start` reads the encoder's."""
        return BackboneFeatures(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """None."""
        return ()


class BackboneFeatures(FeaturesNetwork):
    """RGB images in [0, 1] to the features of each cell."""

    def __init__(self, settings: Backbone) -> None:
        super().__init__(settings.channels, settings.input_px, settings.height_px or settings.input_px)
        self.settings, self.layers, self.encoder = settings, settings.layer_channels, Encoder(settings)
        self.encoder.resnet.keep(max(settings.layers))

    def start(self, progress: Progress) -> None:
        """The encoder's weights are read, unless the recipe asks for random ones."""
        self.encoder.start(self.settings, progress)

    def provenance(self) -> dict[str, Any]:
        """The origin of the weights."""
        return self.encoder.provenance()

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """The features of each cell, (N, height / cell_px, width / cell_px, D)."""
        found = self.encoder(x)
        inner = [self.encoder.inner(features, level) for level, features in enumerate(found)]
        return self.cells(inner).permute(0, 2, 3, 1).contiguous()

    def cells(self, found: Sequence[Tensor]) -> Tensor:
        """The features of three layers, (N, C, h, w) each, as those of each cell: (N, D, rows, columns)."""
        levels = [self._on_grid(found[n - 1], STRIDES[n - 1]) for n in self.settings.layers]
        return torch.cat([self._pooled(level) for level in levels], dim=1)

    def _pooled(self, features: Tensor) -> Tensor:
        """Means over neighbouring cells; beyond the border there are none."""
        side = self.settings.pool_cells
        if side == 1:
            return features
        return functional.avg_pool2d(features, side, 1, side // 2, count_include_pad=False)

    def _on_grid(self, features: Tensor, stride_px: int) -> Tensor:
        """A layer's features (N, C, h, w), one place for each cell."""
        cell_px = self.settings.cell_px
        if stride_px < cell_px:
            return functional.avg_pool2d(features, cell_px // stride_px)
        if stride_px == cell_px:
            return features
        scale = stride_px // cell_px
        return functional.interpolate(features, scale_factor=scale, mode="bilinear", align_corners=False)
