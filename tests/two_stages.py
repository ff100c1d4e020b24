"""A family of two stages with labelled images, several steps a batch and something learned without a gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset

from surfedge.methods import Network
from surfedge.training.batches.examples import Examples
from surfedge.training.families.family import Family
from surfedge.training.families.stage import Batch, Stage

TWO_STAGES: dict[str, Any] = {
    "network": {"name": "two_stages"},
    "training": {
        "epochs": 3,
        "batch": 2,
        "optimiser": "adadelta",
        "learning_rate": 0.5,
        "classes": {"epochs": 4, "optimiser": "sgd", "learning_rate": 0.1, "schedule": "cosine"},
    },
}


@dataclass(frozen=True)
class TwoStages:
    """A convolution finds masks; then, frozen, it gives classes. with_stages : False for a memory alone."""

    family: ClassVar[str] = "two_stages"
    channels: ClassVar[int] = 1
    input_px: int = 16
    with_stages: bool = True

    def build(self) -> TwoStagesNetwork:
        """Random weights."""
        return TwoStagesNetwork(self)


class TwoStagesNetwork(nn.Module):
    """segments, classifies, and remembers the largest figure of the held-out images."""

    largest: Tensor

    def __init__(self, settings: TwoStages) -> None:
        super().__init__()
        self.channels, self.input_px = settings.channels, settings.input_px
        self.segments = nn.Conv2d(1, 1, 3, padding=1)
        self.classifies = nn.Linear(1, 2)
        self.register_buffer("largest", torch.zeros(()))
        self.started = False

    def forward(self, x: Tensor) -> Tensor:
        """The map."""
        return self.segments(x)


class LabelledBatches(Dataset[Batch]):
    """Batches of pictures, masks and numbers of classes, in an order drawn from the epoch."""

    def __init__(self, examples: Examples, batch: int, epoch: int | None) -> None:
        order = np.random.default_rng(0 if epoch is None else epoch + 1).permutation(len(examples))
        self._parts = [order[first : first + batch] for first in range(0, len(order), batch)]
        self._examples = examples

    def __len__(self) -> int:
        return len(self._parts)

    def __getitem__(self, number: int) -> Batch:
        if number >= len(self):
            raise IndexError(number)
        chosen = self._parts[number]
        pictures, masks = (
            torch.from_numpy(np.stack([known[k] for k in chosen]).astype(np.float32) / 255.0)
            for known in (self._examples.pictures, self._examples.maps)
        )
        return pictures, masks, torch.tensor([self._examples.classes[k] != "good" for k in chosen]).long()


def _mask_losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """Each picture of the batch for itself: as many steps."""
    for picture, mask in zip(batch[0], batch[1], strict=True):
        noise = 0.01 * torch.randn_like(picture)
        yield functional.binary_cross_entropy_with_logits(network.segments((picture + noise)[None]), mask[None])


def _class_loss(network: nn.Module, batch: Batch) -> Tensor:
    found = network.segments(batch[0]).amax(dim=(2, 3)).detach()
    return functional.cross_entropy(network.classifies(found), batch[2])


def _mask_figure(network: nn.Module, batch: Batch) -> Tensor:
    return (network.segments(batch[0]).sigmoid() - batch[1]).abs().mean()


class TwoStagesFamily(Family):
    """The stages "masks" and "classes", with parts of their own."""

    kind = Network
    output = "map"

    def stages(self, recipe: Any) -> tuple[Stage, ...]:
        """None where the network has a memory alone."""

        def stage(name: str, losses: Any, figure: Any) -> Stage:
            settings = recipe.training_of(name)
            return Stage(
                settings,
                lambda examples, epoch: LabelledBatches(examples, settings.batch, epoch),
                losses,
                figure,
                name,
                lambda network: getattr(network, "segments" if name == "masks" else "classifies").parameters(),
            )

        if not recipe.network.with_stages:
            return ()
        return (
            stage("masks", _mask_losses, _mask_figure),
            stage("classes", lambda network, batch: [_class_loss(network, batch)], _class_loss),
        )

    def start(self, network: nn.Module, progress: Any) -> None:
        """Counts as weights from elsewhere."""
        nn.init.constant_(network.classifies.bias, 0.25)

    @torch.no_grad()
    def finish(self, network: nn.Module, training: Examples, validation: Examples) -> bool:
        """The largest value of the map over the held-out images."""
        batch = LabelledBatches(validation, len(validation), None)[0]
        network.largest.copy_(network.segments(batch[0]).max())
        return True
