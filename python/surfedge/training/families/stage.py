"""A stage: one part of a training, with its own batches, step, optimiser, schedule and validation metric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from surfedge.training.batches.examples import Examples
from surfedge.training.optimisers import optimiser_of, schedule_of
from surfedge.training.settings import Training

Batch = tuple[Tensor, ...]


def all_parameters(network: nn.Module) -> Iterable[nn.Parameter]:
    """Those that a gradient may change."""
    return (parameter for parameter in network.parameters() if parameter.requires_grad)


@dataclass(frozen=True)
class Stage:
    """What the loop does in this part of a training; it knows nothing else of the network.

    settings : epochs, patience, gradient_limit and the settings of optimiser and schedule.
    batches : (examples, epoch) to the batches of that epoch, which depend on the recipe, the epoch and their number
        alone; epoch None for the held-out images. A batch is a tuple of tensors, the first (N, ...).
    losses : (network, batch) to the losses of a batch, scalars; an optimiser step follows each one before the next is
        asked for, so that a generator can step as often as it likes within a batch.
    validate : (network, batch) to the metric, a scalar, whose lowest mean over the held-out images keeps the weights.
    name : of the folder that its checkpoints lie in below the training's, and of its table [training.NAME] in a
        recipe; "" for the only stage.
    parameters : those of the network that are trained. optimiser, schedule : as torch has them; None for no schedule.
    learns_from_images : whether the examples are shown, so that some must be held out to calibrate on.
    """

    settings: Training
    batches: Callable[[Examples, int | None], Sequence[Batch]]
    losses: Callable[[nn.Module, Batch], Iterable[Tensor]]
    validate: Callable[[nn.Module, Batch], Tensor]
    name: str = ""
    parameters: Callable[[nn.Module], Iterable[nn.Parameter]] = all_parameters
    optimiser: Callable[[Training, Iterable[nn.Parameter]], Any] = optimiser_of
    schedule: Callable[[Training, Any], Any] = schedule_of
    learns_from_images: bool = True
