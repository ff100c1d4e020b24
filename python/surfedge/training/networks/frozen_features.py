"""Frozen features for classes: mean and std over the image of each channel of a backbone's first layers.

Nothing is trained: the weights come from elsewhere (A. Sharif Razavian, H. Azizpour, J. Sullivan, S. Carlsson, "CNN
features off-the-shelf", 2014), and the classes are learned in NumPy by surfedge.methods.feature_classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from surfedge.errors import require
from surfedge.progress import Progress
from surfedge.training.backbones import BACKBONES
from surfedge.training.backbones.encoder import Encoder, EncoderSettings
from surfedge.training.families.classes import check_class_names


@dataclass(frozen=True)
class FrozenFeatures(EncoderSettings):
    """class_names : in the order of the outputs; empty takes them from the images. layers : those whose channels are
    taken, any of 1, 2, 3. backbone : one of BACKBONES.
    """

    family: ClassVar[str] = "feature_classes"
    name: ClassVar[str] = "frozen_features"
    class_names: tuple[str, ...] = ()
    layers: tuple[int, ...] = (1, 2, 3)
    backbone: str = "resnet18"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_class_names(self.name, self.class_names)
        known = ", ".join(BACKBONES)
        require(f"{self.name}.backbone", self.backbone, self.backbone in BACKBONES, known)
        fits = len(self.layers) >= 1 and list(self.layers) == sorted(set(self.layers) & {1, 2, 3})
        require(f"{self.name}.layers", self.layers, fits, "some of 1, 2, 3, in this order")

    @property
    def encoder_name(self) -> str:
        """The backbone."""
        return self.backbone

    def build(self) -> FrozenFeaturesNetwork:
        """Random weights from torch's random generator; `start` reads the encoder's."""
        return FrozenFeaturesNetwork(self)


class FrozenFeaturesNetwork(nn.Module):
    """RGB images (N, 3, h, w) in [0, 1] to features (N, F)."""

    def __init__(self, settings: FrozenFeatures) -> None:
        super().__init__()
        self.channels, self.input_px, self.settings = settings.channels, settings.input_px, settings
        self.encoder = Encoder(settings)

    def start(self, progress: Progress) -> None:
        """The encoder's weights are read, unless the recipe asks for random ones."""
        self.encoder.start(self.settings, progress)

    def exported(self) -> nn.Module:
        """All of it."""
        return self

    def provenance(self) -> dict[str, Any]:
        """The origin of the weights."""
        return self.encoder.provenance()

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """Means and stds of the channels of each layer."""
        found = self.encoder(x)
        levels = [self.encoder.inner(found[number - 1], number - 1) for number in self.settings.layers]
        parts = []
        for level in levels:
            mean = level.mean(dim=(2, 3), keepdim=True)
            parts += [mean.flatten(1), (level - mean).square().mean(dim=(2, 3)).sqrt()]
        return torch.cat(parts, dim=1)
