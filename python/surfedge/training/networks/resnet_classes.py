"""The yardstick: a ResNet-18 or -50 that learned from photographs, its last layer replaced, all of it trained.

After the study of GAN defect transfer for steel (2023), which says no more; size, optimiser and augmentation are ours.
Layers that the given weights do not hold begin at random, and the bundle says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor

from surfedge.errors import ArgumentError, require
from surfedge.progress import Progress
from surfedge.training.backbones.imagenet import ImageNetNormalisation
from surfedge.training.backbones.origin import as_tensor, from_tensor
from surfedge.training.backbones.resnet import BLOCKS, ResNet
from surfedge.training.backbones.resnet18 import WIDTH
from surfedge.training.backbones.weights import WeightsSource
from surfedge.training.batches.labelled import classifier_stage
from surfedge.training.families.classes import ClassesNetwork, check_class_names
from surfedge.training.families.stage import Stage

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe


@dataclass(frozen=True)
class ResNetClasses:
    """class_names : in the order of the outputs; empty takes them from the images. depth : 18 or 50. input_px : side of
    the image, a multiple of 32. weights, weights_sha256, weights_licence : see surfedge.training.backbones.weights.
    width : channels of the stem, 64 in the weights of torchvision.
    """

    family: ClassVar[str] = "classes"
    channels: ClassVar[int] = 3
    class_names: tuple[str, ...] = ()
    depth: int = 18
    input_px: int = 224
    weights: str = "torchvision"
    weights_sha256: str = ""
    weights_licence: str = ""
    width: int = WIDTH

    def __post_init__(self) -> None:
        check_class_names("resnet_classes", self.class_names)
        require("resnet_classes.depth", self.depth, self.depth in BLOCKS, " or ".join(map(str, BLOCKS)))
        is_side = self.input_px >= 32 and self.input_px % 32 == 0
        require("resnet_classes.input_px", self.input_px, is_side, "a multiple of 32")
        require("resnet_classes.width", self.width, self.width >= 1, "1 or more")
        self.source  # noqa: B018  # refuses what can never be read

    @property
    def source(self) -> WeightsSource:
        """Where the weights come from."""
        return WeightsSource(self.weights, self.weights_sha256, self.weights_licence)

    def build(self) -> ResNetClassesNetwork:
        """Random weights from torch's random generator; `start` reads those of photographs."""
        return ResNetClassesNetwork(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One: all layers by cross-entropy."""
        return (classifier_stage(recipe, self.class_names),)


class ResNetClassesNetwork(ClassesNetwork):
    """RGB images in [0, 1] to logits."""

    def __init__(self, settings: ResNetClasses) -> None:
        super().__init__(settings.channels, settings.input_px, settings.class_names)
        self.settings = settings
        self.normalise = ImageNetNormalisation()
        self.resnet = ResNet(settings.depth, max(len(settings.class_names), 2), settings.width)
        self.origin: dict[str, Any] = {"source": "random"}

    def start(self, progress: Progress) -> None:
        """The weights are read, unless the recipe asks for random ones; raises ArgumentError where nothing fits."""
        if self.settings.weights == "random":
            return
        weights, origin = self.settings.source.read(f"ResNet{self.settings.depth}_Weights", progress)
        left = self.resnet.take(weights)
        if "conv1" in left or "layer1" in left:
            raise ArgumentError(
                "weights",
                found=f"{self.settings.weights}, which fits neither stem nor first layer",
                expected=f"a ResNet-{self.settings.depth} under torchvision's names",
                remedy="give the weights of torchvision, or random",
            )
        self.origin = {**origin, "random_layers": left}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K) of images (N, 3, h, w) in [0, 1]."""
        y: Tensor = self.resnet(self.normalise(x))
        return y

    def get_extra_state(self) -> Tensor:
        """The origin, which a checkpoint holds beside the weights."""
        return as_tensor(self.origin)

    def set_extra_state(self, state: Tensor) -> None:
        """The origin that a checkpoint held."""
        self.origin = from_tensor(state)

    def provenance(self) -> dict[str, Any]:
        """The origin of the weights."""
        return {"weights": self.origin}
