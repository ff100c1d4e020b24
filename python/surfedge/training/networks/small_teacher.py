"""A small teacher: a small net (backbones/small.py) that learned on rendered surfaces to give a backbone's features.

G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural network", 2015; features instead of classes as in
A. Romero et al., "FitNets: hints for thin deep nets", 2015. Its features are compared like the backbone's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from surfedge.errors import require
from surfedge.progress import Progress
from surfedge.registry import resolve
from surfedge.synthesis import SURFACES
from surfedge.training.backbones import BACKBONES
from surfedge.training.backbones.frozen import Features, Frozen
from surfedge.training.backbones.small import WIDTH, SmallNet
from surfedge.training.batches.rendered import RenderedSurfaces
from surfedge.training.families.stage import Batch, Stage
from surfedge.training.networks.backbone import Backbone, BackboneFeatures

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

MOMENTUM = 0.05  # with which the teacher's mean and variance follow the batches


@dataclass(frozen=True)
class SmallTeacher(Backbone):
    """backbone, weights : the large one that is imitated. student_width : channels of the small one's first layer.

    surfaces : rendered ones to learn on, names of surfedge.synthesis.SURFACES. textures : a folder of other images to
    learn on as often, "" for none; never those that calibrate, or the limit is set by images that were learned.
    """

    name: ClassVar[str] = "small_teacher"

    student_width: int = WIDTH
    surfaces: tuple[str, ...] = tuple(SURFACES)
    textures: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(f"{self.name}.student_width", self.student_width, self.student_width >= 2, "2 or more")
        are_known = len(self.surfaces) >= 1 and set(self.surfaces) <= set(SURFACES)
        require(f"{self.name}.surfaces", self.surfaces, are_known, f"some of {', '.join(SURFACES)}")

    def build(self) -> SmallTeacherFeatures:
        """Random weights from torch's random generator; `start` reads the backbone's."""
        return SmallTeacherFeatures(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One, on rendered surfaces: none of the good images is learned from, all of them calibrate."""
        return (
            Stage(
                recipe.training,
                lambda examples, epoch: RenderedSurfaces(recipe, epoch, self.surfaces, self.textures),
                losses,
                mean_loss,
                parameters=lambda network: network.encoder.resnet.parameters(),
                learns_from_images=False,
            ),
        )


class SmallTeacherFeatures(BackboneFeatures):
    """The student in the place of the encoder, its teacher beside it."""

    def __init__(self, settings: SmallTeacher) -> None:
        super().__init__(settings)
        kind: type[Frozen] = resolve(BACKBONES, settings.backbone, "backbone")
        channels = kind.channels_of(settings.width)
        self.teacher = self.encoder.resnet
        self.encoder.resnet = SmallNet(channels, settings.student_width)
        # What the teacher gives, channel by channel: each layer counts as much as the others.
        self.levels = nn.ModuleList(
            nn.BatchNorm2d(channels[n - 1], affine=False, momentum=MOMENTUM) for n in settings.layers
        )

    def start(self, progress: Progress) -> None:
        """The teacher's weights are read, unless the recipe asks for random ones."""
        if self.settings.weights != "random":
            self.teacher.take(*self.settings.source.read(self.teacher.entry, progress))

    def provenance(self) -> dict[str, Any]:
        """The origin of the teacher's weights."""
        return {"teacher": self.teacher.origin}

    def exported(self) -> nn.Module:
        """The student alone."""
        alone = deepcopy(self)
        alone.teacher, alone.levels = nn.Identity(), nn.ModuleList()
        return alone

    def differences(self, x: Tensor) -> Tensor:
        """The mean squared difference of the layers' features, each channel of the teacher's brought to mean 0 and
        variance 1; 1 is what a student without any knowledge has, 0 its teacher itself."""
        x = self.encoder.normalise(x).contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            wanted: Features = self.teacher(x)
        given = self.encoder.resnet(x)
        apart = [
            (given[n - 1] - level(wanted[n - 1])).square().mean()
            for n, level in zip(self.settings.layers, self.levels, strict=True)
        ]
        return torch.stack(apart).mean()


def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """The student's step."""
    yield network.differences(batch[0])


def mean_loss(network: nn.Module, batch: Batch) -> Tensor:
    """The same, on surfaces that training does not show."""
    loss: Tensor = network.differences(batch[0])
    return loss
