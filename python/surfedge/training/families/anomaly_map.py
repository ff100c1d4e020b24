"""Anomaly map: the graph returns the map itself; the runtime cuts tiles or resizes, and decides.

A network of this family owns its step: its settings have ``stages(recipe)``, and its module is an AnomalyMapNetwork.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from surfedge.images import Frame, resized
from surfedge.methods import Network
from surfedge.progress import Progress
from surfedge.training.batches.examples import Examples
from surfedge.training.families.family import Family, as_picture
from surfedge.training.families.stage import Stage

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe


class AnomalyMapNetwork(nn.Module):
    """channels, input_px : its input is float32 (N, channels, input_px, input_px) in [0, 1]; mean and std of
    ImageNet, where it wants them, lie inside. Its output is the anomaly map, (N, 1, h, w), higher is more anomalous.
    """

    def __init__(self, channels: int, input_px: int) -> None:
        super().__init__()
        self.channels, self.input_px = channels, input_px

    def start(self, progress: Progress) -> None:
        """Before the first step of a new training; nothing, unless a network has weights from elsewhere."""

    def finish(self, training: Examples, validation: Examples) -> bool:
        """After the last stage: what is learned without a gradient, and whether there was any."""
        return False

    def provenance(self) -> dict[str, Any]:
        """What the bundle says of it beside the recipe."""
        return {}


class AnomalyMapFamily(Family):
    """Networks are AnomalyMapNetworks; each has its own loss."""

    kind = Network
    output = "map"

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """As the network's settings say."""
        stages: tuple[Stage, ...] = recipe.network.stages(recipe)
        return stages

    def start(self, network: nn.Module, progress: Progress) -> None:
        """As the network says."""
        network.start(progress)

    def finish(self, network: nn.Module, training: Examples, validation: Examples) -> bool:
        """As the network says."""
        return bool(network.finish(training, validation))

    def provenance(self, network: nn.Module) -> dict[str, Any]:
        """As the network says."""
        said: dict[str, Any] = network.provenance()
        return said

    def picture(self, frame: Frame, recipe: Recipe) -> np.ndarray:
        """The image, or the whole of it resized at its own depth, as surfedge.methods.network does it."""
        size = (recipe.network.input_px,) * 2
        return as_picture(resized(frame, size) if recipe.view == "whole" else frame, recipe.network.channels)
