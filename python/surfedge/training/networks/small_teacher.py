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
from surfedge.training.backbones.frozen import Frozen
from surfedge.training.backbones.small import WIDTH, SmallNet
from surfedge.training.batches.rendered import HELD_OUT, RenderedSurfaces
from surfedge.training.families.stage import Batch, Stage
from surfedge.training.networks.backbone import Backbone, BackboneFeatures

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

USUAL_SAMPLES = 1024  # images an epoch
STARTED_BY = 16  # images of a batch when the teacher is asked first
SMALLEST_DEVIATION = 1e-3  # of a feature that the teacher hardly ever gives


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

    def surfaces_of(self, seed: int, epoch: int | None, count: int, batch: int) -> RenderedSurfaces:
        """The batches of an epoch; None for those that training does not show."""
        return RenderedSurfaces(
            self.surfaces, self.textures, self.input_px, seed=seed, epoch=epoch, count=count, batch=batch
        )

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One, on rendered surfaces: none of the good images is learned from, all of them calibrate."""
        count = recipe.data.samples or USUAL_SAMPLES
        return (
            Stage(
                recipe.training,
                lambda examples, epoch: self.surfaces_of(recipe.seed, epoch, count, recipe.training.batch),
                losses,
                mean_loss,
                parameters=lambda network: network.encoder.resnet.parameters(),
                learns_from_images=False,
            ),
        )


class SmallTeacherFeatures(BackboneFeatures):
    """The student in the place of the encoder, its teacher beside it.

    mean, deviation : (1, D, 1, 1), of what the teacher gives of each cell of rendered surfaces.
    """

    settings: SmallTeacher
    mean: Tensor
    deviation: Tensor

    def __init__(self, settings: SmallTeacher) -> None:
        super().__init__(settings)
        kind: type[Frozen] = resolve(BACKBONES, settings.backbone, "backbone")
        self.teacher = self.encoder.resnet
        self.encoder.resnet = SmallNet(kind.channels_of(settings.width), settings.student_width)
        for name in ("mean", "deviation"):
            self.register_buffer(name, torch.ones(1, sum(self.layers), 1, 1))

    @torch.no_grad()
    def start(self, progress: Progress) -> None:
        """The teacher's weights are read, unless the recipe asks for random ones; then it sees some surfaces."""
        if self.settings.weights != "random":
            self.teacher.take(*self.settings.source.read(self.teacher.entry, progress))
        surfaces = self.settings.surfaces_of(0, None, HELD_OUT, STARTED_BY)
        values = torch.cat([self.wanted(surfaces[number][0]) for number in range(len(surfaces))])
        self.mean.copy_(values.mean(dim=(0, 2, 3), keepdim=True))
        self.deviation.copy_(values.std(dim=(0, 2, 3), keepdim=True).clamp(min=SMALLEST_DEVIATION))

    def provenance(self) -> dict[str, Any]:
        """The origin of the teacher's weights."""
        return {"teacher": self.teacher.origin}

    def exported(self) -> nn.Module:
        """The student alone."""
        alone = deepcopy(self)
        alone.teacher = nn.Identity()
        return alone

    @torch.no_grad()
    def wanted(self, x: Tensor) -> Tensor:
        """What the teacher gives of each cell, (N, D, rows, columns)."""
        return self.cells(self.teacher(self._normalised(x)))

    def differences(self, x: Tensor) -> Tensor:
        """The mean squared difference of the cells' features, each of the teacher's brought to mean 0 and variance 1:
        0 for the teacher itself, 1 for a student that always gives the mean."""
        given = self.cells(self.encoder.resnet(self._normalised(x)))
        return (given - (self.wanted(x) - self.mean) / self.deviation).square().mean()

    def _normalised(self, x: Tensor) -> Tensor:
        return self.encoder.normalise(x).contiguous(memory_format=torch.channels_last)


def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """The student's step."""
    yield network.differences(batch[0])


def mean_loss(network: nn.Module, batch: Batch) -> Tensor:
    """The same, on surfaces that training does not show."""
    loss: Tensor = network.differences(batch[0])
    return loss
