"""STFPM: a student learns on good images to give a frozen teacher's features; where it cannot, the image is anomalous.

G. Wang, S. Han, E. Ding, D. Huang, "Student-Teacher Feature Pyramid Matching for Anomaly Detection", 2021. Equation
numbers are those of the leather study (2022), section 4.3. Three levels: layer1, layer2, layer3 of a ResNet-18.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.errors import require
from surfedge.progress import Progress
from surfedge.training.backbones.imagenet import ImageNetNormalisation
from surfedge.training.backbones.resnet18 import STRIDES, WIDTH, FrozenResNet18, ResNet18
from surfedge.training.backbones.weights import WeightsSource
from surfedge.training.batches.crops import Crops
from surfedge.training.families.anomaly_map import AnomalyMapNetwork
from surfedge.training.families.stage import Batch, Stage

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

SCALES = {"root": "cube root of the product of three levels", "log": "log(1 + product of three levels / 1e-12)"}
BORDERS = ("zeros", "reflect", "cut")
SMALLEST_PRODUCT = 1e-12  # what the logarithm begins at: three levels at a distance of 1e-4


@dataclass(frozen=True)
class Stfpm:
    """input_px : side of the image or tile, a multiple of 16.

    border : what the convolutions get beyond it: "zeros" as the teacher learned it; "reflect", a mirrored margin of
    margin_px that is cut off the features again; "cut", zeros, and the map's own values in a margin of margin_px
    replaced by the nearest ones inside. margin_px : a multiple of 16.
    scale : of the map: the "root" or the "log" of the product, which spans many decades.
    weights, weights_sha256, weights_licence : the teacher's, see surfedge.training.backbones.weights.
    width : channels of the first layer, 64 in the weights of torchvision.
    """

    family: ClassVar[str] = "anomaly_map"
    channels: ClassVar[int] = 3

    input_px: int = 256
    border: str = "zeros"
    margin_px: int = 32
    scale: str = "root"
    weights: str = "torchvision"
    weights_sha256: str = ""
    weights_licence: str = ""
    width: int = WIDTH

    def __post_init__(self) -> None:
        step_px = STRIDES[-1]
        require(
            "stfpm.input_px",
            self.input_px,
            self.input_px >= 2 * step_px and self.input_px % step_px == 0,
            f"a multiple of {step_px}, {2 * step_px} or more",
        )
        require("stfpm.border", self.border, self.border in BORDERS, ", ".join(BORDERS))
        is_margin = 0 < self.margin_px < self.input_px // 2 and self.margin_px % step_px == 0
        require(
            "stfpm.margin_px",
            self.margin_px,
            is_margin or self.border == "zeros",
            f"a multiple of {step_px} below half of input_px",
        )
        require("stfpm.scale", self.scale, self.scale in SCALES, ", ".join(SCALES))
        require("stfpm.width", self.width, self.width >= 1, "1 or more")
        self.source  # noqa: B018  # refuses what can never be read

    @property
    def source(self) -> WeightsSource:
        """Where the teacher's weights come from."""
        return WeightsSource(self.weights, self.weights_sha256, self.weights_licence)

    def build(self) -> StfpmNetwork:
        """Teacher and student with random weights from torch's random generator; `start` reads the teacher's."""
        return StfpmNetwork(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One: the loss of (4.17), judged by the mean of the map (4.18), as the authors do."""
        return (Stage(recipe.training, lambda examples, epoch: Crops(examples, recipe, epoch), losses, mean_map),)


class StfpmNetwork(AnomalyMapNetwork):
    """Teacher, student, and the map of where they differ."""

    def __init__(self, settings: Stfpm) -> None:
        super().__init__(settings.channels, settings.input_px)
        self.settings = settings
        self.normalise = ImageNetNormalisation()
        self.teacher = FrozenResNet18(settings.width)
        self.student = ResNet18(settings.width)

    def start(self, progress: Progress) -> None:
        """The teacher's weights are read, unless the recipe asks for random ones."""
        if self.settings.weights != "random":
            self.teacher.take(*self.settings.source.read("ResNet18_Weights", progress))

    def provenance(self) -> dict[str, Any]:
        """The teacher's origin, and what the map is."""
        return {"weights": self.teacher.origin, "map": SCALES[self.settings.scale]}

    def distances(self, x: Tensor) -> list[Tensor]:
        """loss^l(i, j) of (4.15) at each place of each level, (N, 1, h, w): half the squared distance of the unit
        vectors, which is 1 - cosine and exactly 0 for equal features."""
        x = self.normalise(x)
        margin_px = self.settings.margin_px if self.settings.border == "reflect" else 0
        if margin_px:
            x = functional.pad(x, (margin_px,) * 4, mode="reflect")
        with torch.no_grad():
            wanted = self.teacher(x)
        levels = []
        for level, (f_t, f_s) in enumerate(zip(wanted, self.student(x), strict=True)):
            apart = functional.normalize(f_t, dim=1) - functional.normalize(f_s, dim=1)
            levels.append(_inner(0.5 * apart.square().sum(dim=1, keepdim=True), margin_px // STRIDES[level]))
        return levels

    def product(self, x: Tensor) -> Tensor:
        """(4.18): the levels, enlarged to the image's size, multiplied; (N, 1, input_px, input_px)."""
        size = (self.input_px, self.input_px)
        product = torch.ones((), dtype=x.dtype, device=x.device)
        for level in self.distances(x):
            product = product * functional.interpolate(level, size=size, mode="bilinear", align_corners=False)
        if self.settings.border != "cut":
            return product
        margin_px = self.settings.margin_px
        return functional.pad(_inner(product, margin_px), (margin_px,) * 4, mode="replicate")

    def forward(self, x: Tensor) -> Tensor:
        """The map, 0 where student and teacher agree."""
        product = self.product(x)
        if self.settings.scale == "log":
            return torch.log1p(product * (1.0 / SMALLEST_PRODUCT))
        return product.pow(1.0 / 3.0)


def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """(4.16), (4.17) with alpha = 1: the sum over levels of the mean over places and images."""
    given = batch[0].contiguous(memory_format=torch.channels_last)
    yield torch.stack([level.mean() for level in network.distances(given)]).sum()


def mean_map(network: nn.Module, batch: Batch) -> Tensor:
    """The mean of (4.18) over pixels and images."""
    mean: Tensor = network.product(batch[0]).mean()
    return mean


def _inner(x: Tensor, margin: int) -> Tensor:
    """(..., h, w) without `margin` places at each side."""
    return x[..., margin : x.shape[-2] - margin, margin : x.shape[-1] - margin] if margin else x
