"""The standard CNN: five convolutions, each halved by max-pooling, and dense layers to the classes.

After the thesis on autoencoder features for steel defects with few labels (2024), section 2.1. Its printed counts of
trained parameters fix the dense layers exactly; the convolutions are one body with as many parameters: 3/1/1
convolutions of 8, 16, 32, 64 and 128 channels, batch norm on the last, each with ReLU and max-pooling by 2, then
max-pooling by 3. For 192 px and 21 classes: 132,693 parameters, 45 M multiplications. The images are centred first, of
which the thesis says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor, nn

from surfedge.errors import require
from surfedge.training.families.classes import ClassesNetwork, check_class_names
from surfedge.training.families.stage import Stage
from surfedge.training.initialisation import initialise, linear
from surfedge.training.network_input import Centred

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

HALVINGS = 5
LAST_POOL = 3


@dataclass(frozen=True)
class StandardCnn:
    """class_names : in the order of the outputs; empty takes them from the images. widths : channels of the five
    convolutions. dense : sizes of the dense layers in front of the classes. dropout : share of the last features left
    out while training. channels : 1 for grey, 3 for colour. input_px : side of the image, a multiple of 32, 96 or more.
    """

    family: ClassVar[str] = "classes"
    class_names: tuple[str, ...] = ()
    widths: tuple[int, ...] = (8, 16, 32, 64, 128)
    dense: tuple[int, ...] = (64,)
    dropout: float = 0.0
    channels: int = 1
    input_px: int = 192

    def __post_init__(self) -> None:
        check_class_names("standard_cnn", self.class_names)
        check_body("standard_cnn", self.widths, self.channels, self.input_px)
        check_dense("standard_cnn", self.dense, self.dropout)

    def build(self) -> ClassesNetwork:
        """The network with He initialisation from torch's random generator."""
        return StandardCnnNetwork(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One: all of it by cross-entropy."""
        from surfedge.training.batches.labelled import classifier_stage

        return (classifier_stage(recipe, self.class_names),)


class StandardCnnNetwork(ClassesNetwork):
    """Body and head."""

    def __init__(self, settings: StandardCnn) -> None:
        super().__init__(settings.channels, settings.input_px, settings.class_names)
        self.body = body(settings.channels, settings.widths)
        features = features_of(settings.widths, settings.input_px)
        self.head = head(features, settings.dense, max(len(settings.class_names), 2), settings.dropout)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K) of images (N, C, h, w) in [0, 1]."""
        y: Tensor = self.head(self.body(x))
        return y


def body(channels: int, widths: Sequence[int]) -> nn.Sequential:
    """(N, channels, h, w) to features (N, F)."""
    layers: list[nn.Module] = [Centred()]
    before = channels
    for number, width in enumerate(widths):
        layers.append(nn.Conv2d(before, width, 3, padding=1))
        if number + 1 == len(widths):
            layers.append(nn.BatchNorm2d(width))
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        before = width
    return nn.Sequential(*layers, nn.MaxPool2d(LAST_POOL), nn.Flatten())


def head(features: int, dense: Sequence[int], classes: int, dropout: float = 0.0) -> nn.Sequential:
    """(N, features) to logits (N, classes)."""
    layers: list[nn.Module] = [nn.Dropout(dropout)] if dropout else []
    before = features
    for size in dense:
        layers += [nn.Linear(before, size), nn.ReLU()]
        before = size
    return nn.Sequential(*layers, linear(nn.Linear(before, classes)))


def features_of(widths: Sequence[int], input_px: int) -> int:
    """How many features the body gives."""
    side = input_px // 2 ** len(widths) // LAST_POOL
    return int(widths[-1] * side * side)


def check_body(name: str, widths: Sequence[int], channels: int, input_px: int) -> None:
    """Raises ArgumentError for settings no body can be built from."""
    fits = len(widths) == HALVINGS and all(width >= 1 for width in widths)
    require(f"{name}.widths", tuple(widths), fits, "five numbers of 1 or more")
    require(f"{name}.channels", channels, channels in (1, 3), "1 (grey) or 3 (colour)")
    step_px = 2**HALVINGS
    is_side = input_px >= LAST_POOL * step_px and input_px % step_px == 0
    require(f"{name}.input_px", input_px, is_side, f"a multiple of {step_px}, {LAST_POOL * step_px} or more")


def check_dense(name: str, dense: Sequence[int], dropout: float) -> None:
    """Raises ArgumentError for settings no head can be built from."""
    require(f"{name}.dense", tuple(dense), all(size >= 1 for size in dense), "numbers of 1 or more")
    require(f"{name}.dropout", dropout, 0 <= dropout < 1, "0 to below 1")
