"""DRAEM: one network paints what should be there, a second compares the two and marks what is foreign.

V. Zavrtanik, M. Kristan, D. Skocaj, "DRAEM - A discriminatively trained reconstruction embedding for surface anomaly
detection", 2021. Equation numbers are those of the leather study (2022), section 4.5. Both networks learn together,
from good images with foreign textures laid over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.errors import require
from surfedge.training.batches.perlin import PerlinAnomalies
from surfedge.training.families.anomaly_map import AnomalyMapNetwork
from surfedge.training.families.stage import Batch, Stage
from surfedge.training.full_precision import in_f32
from surfedge.training.losses.focal import focal
from surfedge.training.losses.gaussian_ssim import gaussian_ssim
from surfedge.training.unet import Discriminative, Reconstructive

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

STEP_PX = 32
DEVIATION = 0.02  # of the first weights
MEAN_PX = 21


@dataclass(frozen=True)
class Draem:
    """input_px : side of the image or tile, a multiple of 32, 64 or more. channels : 1 grey, 3 colour.

    reconstructive, discriminative : channels of the first layer of the two networks, 128 and 64 in the paper.
    mean_px : side of the square over which the map is averaged, odd, 1 for none; the image score is its maximum.
    textures : a folder of foreign images, "" for rendered surfaces and other parts of the same image.
    turn_probability : of a good image that is turned before the anomaly, 0 for a surface with a direction.
    """

    family: ClassVar[str] = "anomaly_map"

    input_px: int = 256
    channels: int = 3
    reconstructive: int = 128
    discriminative: int = 64
    mean_px: int = MEAN_PX
    textures: str = ""
    turn_probability: float = 0.3

    def __post_init__(self) -> None:
        is_side = self.input_px >= 2 * STEP_PX and self.input_px % STEP_PX == 0
        require("draem.input_px", self.input_px, is_side, f"a multiple of {STEP_PX}, {2 * STEP_PX} or more")
        require("draem.channels", self.channels, self.channels in (1, 3), "1 or 3")
        for name in ("reconstructive", "discriminative"):
            require(f"draem.{name}", getattr(self, name), getattr(self, name) >= 1, "1 or more")
        is_odd = 1 <= self.mean_px < self.input_px and self.mean_px % 2 == 1
        require("draem.mean_px", self.mean_px, is_odd, "an odd number, 1 or more, below input_px")
        require("draem.turn_probability", self.turn_probability, 0 <= self.turn_probability <= 1, "0 to 1")

    def build(self) -> DraemNetwork:
        """Random weights from torch's random generator."""
        return DraemNetwork(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One: both networks on the same steps, judged by the loss on held-out images with anomalies of their own."""

        def batches(examples: Any, epoch: int | None) -> PerlinAnomalies:
            return PerlinAnomalies(examples, recipe, epoch, self.textures, self.turn_probability)

        return (Stage(recipe.training, batches, losses, validation),)


class DraemNetwork(AnomalyMapNetwork):
    """Both networks, and the map of what the second marks."""

    def __init__(self, settings: Draem) -> None:
        super().__init__(settings.channels, settings.input_px)
        self.settings = settings
        self.reconstructive = Reconstructive(settings.channels, settings.reconstructive)
        self.discriminative = Discriminative(2 * settings.channels, settings.discriminative)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, 0.0, DEVIATION)
            elif isinstance(layer, nn.BatchNorm2d):
                nn.init.normal_(layer.weight, 1.0, DEVIATION)

    def provenance(self) -> dict[str, Any]:
        """What the map is, and where the foreign textures came from."""
        px = self.settings.mean_px
        said = f"probability of an anomaly, the mean over {px} x {px} px"
        return {"map": said, "textures": self.settings.textures or "rendered surfaces, parts of the same image"}

    def probabilities(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The reconstruction (N, C, h, w), and the probabilities good and anomalous (N, 2, h, w)."""
        painted = self.reconstructive(x)
        return painted, torch.softmax(self.discriminative(torch.cat([painted, x], dim=1)).float(), dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """The probability of an anomaly, averaged; zeros beyond the border count, as in the authors' score."""
        found = self.probabilities(x)[1][:, 1:]
        px = self.settings.mean_px
        return functional.avg_pool2d(found, px, 1, px // 2) if px > 1 else found


def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """(4.25): 1 - SSIM and the squared error of the reconstruction, and the focal loss of the marks."""
    anomalous, clean, mask = batch
    painted, probabilities = network.probabilities(anomalous.contiguous(memory_format=torch.channels_last))
    yield in_f32(_loss, clean, painted, probabilities, mask)


def _loss(clean: Tensor, painted: Tensor, probabilities: Tensor, mask: Tensor) -> Tensor:
    restored = 1.0 - gaussian_ssim(clean, painted) + functional.mse_loss(painted, clean)
    return restored + focal(probabilities, mask)


def validation(network: nn.Module, batch: Batch) -> Tensor:
    """The loss of held-out images."""
    (loss,) = losses(network, batch)
    return loss
