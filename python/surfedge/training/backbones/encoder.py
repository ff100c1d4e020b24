"""A frozen backbone as encoder, ResNet-18 for most: what detectors that compare its features have in common.

The border of the image: the encoder learned with zeros beyond it, which makes false anomalies there; a mirrored margin,
cut off the features again, shows it none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.errors import require
from surfedge.progress import Progress
from surfedge.registry import resolve
from surfedge.training.backbones import BACKBONES
from surfedge.training.backbones.frozen import Frozen
from surfedge.training.backbones.imagenet import ImageNetNormalisation
from surfedge.training.backbones.resnet18 import STRIDES, WIDTH
from surfedge.training.backbones.weights import WeightsSource


@dataclass(frozen=True)
class EncoderSettings:
    """input_px : side of the image or tile, a multiple of the network's step, 64 or more.

    margin_px : of a mirrored margin around it, 0 for the zeros that the encoder learned with.
    weights, weights_sha256, weights_licence : the encoder's, see surfedge.training.backbones.weights.
    width : channels of the first layer, 64 in the weights of torchvision.
    """

    family: ClassVar[str] = "anomaly_map"
    channels: ClassVar[int] = 3
    name: ClassVar[str]
    step_px: ClassVar[int] = STRIDES[-1]

    input_px: int = 256
    margin_px: int = 0
    weights: str = "torchvision"
    weights_sha256: str = ""
    weights_licence: str = ""
    width: int = WIDTH

    def __post_init__(self) -> None:
        step_px = self.step_px
        is_side = self.input_px >= 64 and self.input_px % step_px == 0
        require(f"{self.name}.input_px", self.input_px, is_side, f"a multiple of {step_px}, 64 or more")
        is_margin = 0 <= self.margin_px < self.input_px // 2 and self.margin_px % step_px == 0
        require(f"{self.name}.margin_px", self.margin_px, is_margin, f"a multiple of {step_px} below half of input_px")
        require(f"{self.name}.width", self.width, self.width >= 1, "1 or more")
        self.source  # noqa: B018  # refuses what can never be read

    @property
    def encoder_name(self) -> str:
        """The backbone, one of BACKBONES."""
        return "resnet18"

    @property
    def source(self) -> WeightsSource:
        """Where the encoder's weights come from."""
        return WeightsSource(self.weights, self.weights_sha256, self.weights_licence)


class Encoder(nn.Module):
    """RGB images (N, 3, h, w) in [0, 1] to the features of layer1, layer2, layer3; never trained."""

    def __init__(self, settings: EncoderSettings) -> None:
        super().__init__()
        self.margin_px = settings.margin_px
        self.normalise = ImageNetNormalisation()
        kind: type[Frozen] = resolve(BACKBONES, settings.encoder_name, "backbone")
        self.resnet = kind(settings.width)

    def start(self, settings: EncoderSettings, progress: Progress) -> None:
        """The weights are read, unless the recipe asks for random ones."""
        if settings.weights != "random":
            self.resnet.take(*settings.source.read(self.resnet.entry, progress))

    def provenance(self) -> dict[str, Any]:
        """The origin of the weights, for the bundle."""
        return {"weights": self.resnet.origin}

    @torch.no_grad()
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features with the mirrored margin still around them, (N, C, h', w')."""
        x = self.normalise(x)
        if self.margin_px:
            x = functional.pad(x, (self.margin_px,) * 4, mode="reflect")
        features: tuple[Tensor, Tensor, Tensor] = self.resnet(x)
        return features

    def inner(self, values: Tensor, level: int) -> Tensor:
        """(..., h', w') of a level (0, 1, 2) without the margin."""
        m = self.margin_px // STRIDES[level]
        return values[..., m : values.shape[-2] - m, m : values.shape[-1] - m] if m else values


def cosine_distance(a: Tensor, b: Tensor) -> Tensor:
    """1 - cosine along dimension 1, which is kept: 0 for equal directions, exactly, 2 for opposite ones.

    As half the squared distance of the unit vectors: one less a product leaves rounding where there is no difference.
    """
    apart = functional.normalize(a, dim=1) - functional.normalize(b, dim=1)
    return 0.5 * apart.square().sum(dim=1, keepdim=True)
