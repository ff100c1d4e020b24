"""Reverse distillation: a decoder restores a frozen teacher's features from a bottleneck that only good images shaped.

H. Deng, X. Li, "Anomaly Detection via Reverse Distillation from One-Class Embedding", 2022. Equation numbers are those
of the leather study (2022), section 4.4. f_k are the teacher's features of layer1, layer2, layer3, d_k the decoder's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.errors import require
from surfedge.progress import Progress
from surfedge.training.backbones.encoder import Encoder, EncoderSettings, cosine_distance
from surfedge.training.backbones.resnet18 import BasicBlock
from surfedge.training.batches.crops import Crops
from surfedge.training.families.anomaly_map import AnomalyMapNetwork
from surfedge.training.families.stage import Batch, Stage

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

PER = ("place", "map")
REACH = 4.0  # sigmas of the Gaussian's window


@dataclass(frozen=True)
class ReverseDistillation(EncoderSettings):
    """embedding : channels of the bottleneck's output. mix : whether a 1 x 1 convolution with batch norm and ReLU
    follows the fusion, which the paper names and the authors' code leaves out.

    per : what the training loss takes a cosine over, the channels of each "place" (4.19, 4.20), or the whole "map" of
    each image at once, as the authors' code does. blur_sigma_px : of the Gaussian that ends the map, 0 for none.
    """

    name: ClassVar[str] = "reverse_distillation"
    step_px: ClassVar[int] = 32

    embedding: int = 512
    mix: bool = False
    per: str = "place"
    blur_sigma_px: float = 4.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(f"{self.name}.embedding", self.embedding, self.embedding >= 1, "1 or more")
        require(f"{self.name}.per", self.per, self.per in PER, ", ".join(PER))
        most = (self.input_px - 1) / REACH
        is_sigma = 0 <= self.blur_sigma_px <= most
        require(f"{self.name}.blur_sigma_px", self.blur_sigma_px, is_sigma, f"0 to {most:g}, a quarter of input_px")

    def build(self) -> ReverseDistillationNetwork:
        """Random weights from torch's random generator; `start` reads the teacher's."""
        return ReverseDistillationNetwork(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One, judged by its own loss."""
        return (Stage(recipe.training, lambda examples, epoch: Crops(examples, recipe, epoch), losses, validation),)


class ReverseDistillationNetwork(AnomalyMapNetwork):
    """Teacher, bottleneck, decoder, and the map of what the decoder could not restore."""

    def __init__(self, settings: ReverseDistillation) -> None:
        super().__init__(settings.channels, settings.input_px)
        self.settings = settings
        self.teacher = Encoder(settings)
        self.bottleneck = Bottleneck(settings.width, settings.embedding, settings.mix)
        self.decoder = Decoder(settings.width, settings.embedding)
        for part in (self.bottleneck, self.decoder):
            for layer in part.modules():
                if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def start(self, progress: Progress) -> None:
        """The teacher's weights are read, unless the recipe asks for random ones."""
        self.teacher.start(self.settings, progress)

    def provenance(self) -> dict[str, Any]:
        """The teacher's origin, and what the map is."""
        return {**self.teacher.provenance(), "map": "sum over three levels of 1 - cosine"}

    def pairs(self, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        """(f_k, d_k) of layer1, layer2, layer3, the margin cut off."""
        wanted = self.teacher(x)
        restored = self.decoder(self.bottleneck(wanted))
        inner = self.teacher.inner
        return [(inner(f, k), inner(d, k)) for k, (f, d) in enumerate(zip(wanted, restored, strict=True))]

    def forward(self, x: Tensor) -> Tensor:
        """The sum of the levels' maps M_k (4.19), enlarged with aligned corners, smoothed; each adds 0 to 2."""
        size = (self.input_px, self.input_px)
        levels = [cosine_distance(f, d) for f, d in self.pairs(x)]
        enlarged = [functional.interpolate(m, size=size, mode="bilinear", align_corners=True) for m in levels]
        return smoothed(torch.stack(enlarged).sum(dim=0), self.settings.blur_sigma_px)


class Bottleneck(nn.Module):
    """Multi-scale fusion and one-class embedding: f1, f2, f3 to (N, embedding, h / 32, w / 32) of the image's h, w."""

    def __init__(self, width: int, embedding: int, mix: bool) -> None:
        super().__init__()
        deep = 4 * width
        self.first = nn.Sequential(*_halved(width, 2 * width), *_halved(2 * width, deep))
        self.second = nn.Sequential(*_halved(2 * width, deep))
        fused = 3 * deep
        mixing = (nn.Conv2d(fused, fused, 1, bias=False), nn.BatchNorm2d(fused), nn.ReLU()) if mix else ()
        self.mixing = nn.Sequential(*mixing)
        self.embedding = nn.Sequential(BasicBlock(fused, embedding, 2), BasicBlock(embedding, embedding))

    def forward(self, features: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """The embedding."""
        f1, f2, f3 = features
        fused = self.mixing(torch.cat([self.first(f1), self.second(f2), f3], dim=1))
        embedded: Tensor = self.embedding(fused)
        return embedded


class Decoder(nn.Module):
    """The embedding to d1, d2, d3, shaped as the teacher's f1, f2, f3: its stages mirrored."""

    def __init__(self, width: int, embedding: int) -> None:
        super().__init__()
        self.third = nn.Sequential(UpBlock(embedding, 4 * width), BasicBlock(4 * width, 4 * width))
        self.second = nn.Sequential(UpBlock(4 * width, 2 * width), BasicBlock(2 * width, 2 * width))
        self.first = nn.Sequential(UpBlock(2 * width, width), BasicBlock(width, width))

    def forward(self, embedded: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """d1, d2, d3."""
        d3 = self.third(embedded)
        d2 = self.second(d3)
        return self.first(d2), d2, d3


class UpBlock(nn.Module):
    """A basic block that doubles height and width: 2 x 2 transposed convolution of stride 2, 3 x 3 convolution, and a
    shortcut of the first kind."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.up = nn.Sequential(nn.ConvTranspose2d(before, after, 2, 2, bias=False), nn.BatchNorm2d(after), nn.ReLU())
        self.plain = nn.Sequential(nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after))
        self.shortcut = nn.Sequential(nn.ConvTranspose2d(before, after, 2, 2, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, h, w) to (N, after, 2 h, 2 w)."""
        return functional.relu(self.plain(self.up(x)) + self.shortcut(x))


def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """(4.20): the sum over levels of the mean distance, of places or of whole maps."""
    pairs = network.pairs(batch[0].contiguous(memory_format=torch.channels_last))
    if network.settings.per == "map":
        pairs = [(f.flatten(1), d.flatten(1)) for f, d in pairs]
    yield torch.stack([cosine_distance(f, d).mean() for f, d in pairs]).sum()


def validation(network: nn.Module, batch: Batch) -> Tensor:
    """The loss of held-out images."""
    (loss,) = losses(network, batch)
    return loss


def smoothed(maps: Tensor, sigma_px: float) -> Tensor:
    """(N, 1, h, w) under a Gaussian, the border mirrored; as it is for a sigma of 0."""
    reach = math.ceil(REACH * sigma_px)
    if not reach:
        return maps
    offsets = torch.arange(-reach, reach + 1, dtype=maps.dtype, device=maps.device)
    weights = torch.exp(-0.5 * (offsets / sigma_px) ** 2)
    weights = weights / weights.sum()
    padded = functional.pad(maps, (reach,) * 4, mode="reflect")
    return functional.conv2d(functional.conv2d(padded, weights.view(1, 1, 1, -1)), weights.view(1, 1, -1, 1))


def _halved(before: int, after: int) -> tuple[nn.Module, ...]:
    """3 x 3 convolution of stride 2, batch norm, ReLU."""
    return nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
