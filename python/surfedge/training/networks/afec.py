"""AFEC: a classifier on the encoder of an autoencoder that learned from images without labels.

After the thesis on autoencoder features for steel defects with few labels (2024), section 2.2 and chapter 4: the
encoder is trained to reconstruct all images, then frozen, and dense layers learn the classes from its latent numbers.
Three forms: afec (dense 64), afec_115 (dense 115, 64) and afec_conv (dense 64, the last convolution trained too); of
512 latent numbers and 21 classes 34,197, 67,784 and 108,053 parameters are trained for the classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from surfedge.bundle import deserialize
from surfedge.errors import ArgumentError, require
from surfedge.files import without_folders
from surfedge.progress import Progress
from surfedge.registry import resolve
from surfedge.training.backbones.trained_before import encoder_of
from surfedge.training.batches.crops import Crops
from surfedge.training.batches.examples import Examples
from surfedge.training.batches.labelled import classifier_stage
from surfedge.training.families.classes import ClassesNetwork, check_class_names
from surfedge.training.families.reconstruction import ReconstructionNetwork, reconstruction_stage
from surfedge.training.families.stage import Batch, Stage
from surfedge.training.initialisation import initialise
from surfedge.training.networks import NETWORKS
from surfedge.training.networks.standard_cnn import check_dense, head

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

TRAINED = ("head", "last_convolution", "all")
ENCODING, CLASSIFYING = "autoencoder", "classifier"


@dataclass(frozen=True)
class Afec:
    """class_names : in the order of the outputs; empty takes them from the images. autoencoder : a network of the
    family reconstruction, its name and settings. dense : sizes of the dense layers in front of the classes.

    trained : of the encoder with the classes, nothing ("head"), its last convolution, or all of it. weights : the
    training folder or bundle of an autoencoder that has learned already; "" trains one first, in a stage of its own.
    """

    family: ClassVar[str] = "classes"
    loss: ClassVar[str] = "mse_dzl"
    class_names: tuple[str, ...] = ()
    autoencoder: dict = field(default_factory=lambda: {"name": "standard_autoencoder"})
    dense: tuple[int, ...] = (115, 64)
    dropout: float = 0.0
    trained: str = "head"
    weights: str = ""

    def __post_init__(self) -> None:
        check_class_names("afec", self.class_names)
        check_dense("afec", self.dense, self.dropout)
        require("afec.trained", self.trained, self.trained in TRAINED, " or ".join(TRAINED))
        self.coder  # noqa: B018  # refuses what is no autoencoder

    @cached_property
    def coder(self) -> Any:
        """The settings of the autoencoder."""
        name = self.autoencoder.get("name", "")
        settings = {key: value for key, value in self.autoencoder.items() if key != "name"}
        found: Any = deserialize(resolve(NETWORKS, name, "afec.autoencoder"), settings, name="afec.autoencoder")
        require("afec.autoencoder", name, found.family == "reconstruction", "a network of the family reconstruction")
        return found

    @property
    def channels(self) -> int:
        """The autoencoder's."""
        return int(self.coder.channels)

    @property
    def input_px(self) -> int:
        """The autoencoder's."""
        return int(self.coder.input_px)

    def build(self) -> AfecNetwork:
        """Random weights from torch's random generator; `start` reads those of an autoencoder that has learned."""
        return AfecNetwork(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """The autoencoder, unless it has learned already, and the classifier."""
        last = classifier_stage(recipe, self.class_names, CLASSIFYING, lambda network: network.classifying())
        return (last,) if self.weights else (_autoencoder_stage(recipe), last)


class AfecNetwork(ClassesNetwork):
    """An autoencoder, and a head on its latent numbers."""

    def __init__(self, settings: Afec) -> None:
        super().__init__(settings.channels, settings.input_px, settings.class_names)
        self.settings = settings
        self.autoencoder: ReconstructionNetwork = settings.coder.build()
        if not hasattr(self.autoencoder, "encoder"):
            name = settings.autoencoder["name"]
            raise ArgumentError("afec.autoencoder", found=f"{name}, which has no encoder of its own", expected="one")
        shape = (1, settings.channels, settings.input_px, settings.input_px)
        with torch.no_grad():
            features = self.autoencoder.eval().encoder(torch.zeros(shape)).numel()
        self.head = head(features, settings.dense, max(len(settings.class_names), 2), settings.dropout)
        initialise(self.head)

    def start(self, progress: Progress) -> None:
        """Weights of an autoencoder that has learned are read."""
        if self.settings.weights:
            progress(0, 1, f"reading {self.settings.weights}")
            self.autoencoder.load_state_dict(encoder_of(self.settings.weights, self.settings.coder))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K) of images (N, C, h, w) in [0, 1]; the encoder's batch norm keeps what it counted before."""
        self.autoencoder.eval()
        if self.settings.trained == "head":
            with torch.no_grad():
                latent = self.autoencoder.encoder(x).flatten(1)
        else:
            latent = self.autoencoder.encoder(x).flatten(1)
        y: Tensor = self.head(latent)
        return y

    def classifying(self) -> Iterable[nn.Parameter]:
        """The parameters that learn the classes."""
        encoder = self.autoencoder.encoder
        if self.settings.trained == "all":
            yield from encoder.parameters()
        if self.settings.trained == "last_convolution":
            yield from [layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d)][-1].parameters()
        yield from self.head.parameters()

    def exported(self) -> nn.Module:
        """Encoder and head: the decoder served the training alone."""
        return nn.Sequential(self.autoencoder.encoder, nn.Flatten(1), self.head)

    def provenance(self) -> dict[str, Any]:
        """How many parameters learned the classes, and where the encoder comes from."""
        said: dict[str, Any] = {"trained_parameters": sum(each.numel() for each in self.classifying())}
        return {**said, "encoder": without_folders(self.settings.weights)} if self.settings.weights else said


def _autoencoder_stage(recipe: Recipe) -> Stage:
    """The step of the family reconstruction, with the recipe's loss, on all images."""
    stage, settings = reconstruction_stage(recipe), recipe.training_of(ENCODING)

    def batches(examples: Examples, epoch: int | None) -> Crops:
        return Crops(examples, replace(recipe, training=settings, stages={}), epoch)

    def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
        yield from stage.losses(network.autoencoder.train(), batch)

    def validate(network: nn.Module, batch: Batch) -> Tensor:
        return stage.validate(network.autoencoder.eval(), batch)

    def parameters(network: nn.Module) -> Iterable[nn.Parameter]:
        return network.autoencoder.parameters()

    return Stage(settings, batches, losses, validate, ENCODING, parameters)
