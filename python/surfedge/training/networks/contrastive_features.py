"""Contrastive features: a small network learns from images without labels what tells one from another, and a linear
head learns the classes from a handful of labelled ones. No weights from elsewhere.

Two views of an image are drawn together, those of others apart (T. Chen et al., "A simple framework for contrastive
learning of visual representations", 2020); the body is the standard CNN's, its features the logarithms of mean and std
of each channel behind each rectifier. All images are learned from, those in a folder named "unlabelled" too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from surfedge.progress import Progress
from surfedge.training.batches.views import ViewPairs, nt_xent
from surfedge.training.families.classes import check_class_names
from surfedge.training.families.stage import Batch, Stage
from surfedge.training.full_precision import in_f32
from surfedge.training.initialisation import initialise, linear
from surfedge.training.networks.standard_cnn import body, check_body, features_of

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

PROJECTION = (128, 64)  # the layers between the last features and the loss; they serve training alone
SMALL = 0.01  # added in front of the logarithm: a channel that is silent


@dataclass(frozen=True)
class ContrastiveFeatures:
    """class_names : in the order of the outputs; empty takes them from the images. widths : channels of the five
    convolutions. channels : 1 for grey, 3 for colour. input_px : side of the image, a multiple of 32, 96 or more.
    """

    family: ClassVar[str] = "feature_classes"
    class_names: tuple[str, ...] = ()
    widths: tuple[int, ...] = (8, 16, 32, 64, 256)
    channels: int = 1
    input_px: int = 96

    def __post_init__(self) -> None:
        check_class_names("contrastive_features", self.class_names)
        check_body("contrastive_features", self.widths, self.channels, self.input_px)

    def build(self) -> ContrastiveFeaturesNetwork:
        """The network with He initialisation from torch's random generator."""
        return ContrastiveFeaturesNetwork(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One: two views of each image."""

        def batches(examples: Any, epoch: int | None) -> ViewPairs:
            return ViewPairs(examples, recipe, epoch, recipe.training.batch)

        def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
            seen = batch[0].contiguous(memory_format=torch.channels_last)
            yield in_f32(nt_xent, network.project(seen))

        def validate(network: nn.Module, batch: Batch) -> Tensor:
            return nt_xent(network.project(batch[0]))

        return (Stage(recipe.training, batches, losses, validate),)


class ContrastiveFeaturesNetwork(nn.Module):
    """Images (N, channels, input_px, input_px) in [0, 1] to features (N, 2 * the sum of the widths)."""

    def __init__(self, settings: ContrastiveFeatures) -> None:
        super().__init__()
        self.channels, self.input_px = settings.channels, settings.input_px
        self.features = ChannelLogarithms(settings)
        between, last = PROJECTION
        first = nn.Linear(features_of(settings.widths, settings.input_px), between)
        self.projector = nn.Sequential(first, nn.ReLU(), linear(nn.Linear(between, last)))
        initialise(self)

    def start(self, progress: Progress) -> None:
        """Nothing comes from elsewhere."""

    def provenance(self) -> dict[str, Any]:
        """Nothing beside the recipe."""
        return {}

    def project(self, x: Tensor) -> Tensor:
        """What the loss compares, (N, 64)."""
        y: Tensor = self.projector(self.features.encoder(x))
        return y

    def forward(self, x: Tensor) -> Tensor:
        """The features of images."""
        y: Tensor = self.features(x)
        return y

    def exported(self) -> nn.Module:
        """What gives the features: the projector served the training alone."""
        return self.features


class ChannelLogarithms(nn.Module):
    """Logarithms of mean and std over the image of each channel behind each rectifier of a standard body."""

    def __init__(self, settings: ContrastiveFeatures) -> None:
        super().__init__()
        self.channels, self.input_px = settings.channels, settings.input_px
        self.encoder = body(settings.channels, settings.widths)

    def forward(self, x: Tensor) -> Tensor:
        """(N, F) of images (N, channels, h, w)."""
        parts = []
        for layer in self.encoder:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                mean = x.mean(dim=(2, 3), keepdim=True)
                parts += [mean.flatten(1), (x - mean).square().mean(dim=(2, 3)).sqrt()]
        return torch.log(torch.cat(parts, dim=1) + SMALL)
