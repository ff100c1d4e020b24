"""Features: the graph returns an encoder's features, and the runtime compares them with those of good images.

No good image is trained on: the weights come from elsewhere, or from a stage that has images of its own; what is usual
is learned by calibration, without torch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, nn

from surfedge.calibration import FEWEST_GOOD
from surfedge.errors import require
from surfedge.images import Frame
from surfedge.methods import Features, Networked
from surfedge.progress import Progress
from surfedge.training.batches.examples import Examples
from surfedge.training.families.family import Family
from surfedge.training.families.stage import Stage

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe


class FeaturesNetwork(nn.Module):
    """channels, input_px, height_px : its input is float32 (N, channels, height_px, input_px) in [0, 1].

    layers : channels of each layer in its output, the features (N, rows, columns, sum of layers).
    """

    layers: tuple[int, ...]

    def __init__(self, channels: int, input_px: int, height_px: int) -> None:
        super().__init__()
        self.channels, self.input_px, self.height_px = channels, input_px, height_px

    def start(self, progress: Progress) -> None:
        """Weights from elsewhere are read."""

    def provenance(self) -> dict[str, Any]:
        """What the bundle says of it beside the recipe."""
        return {}

    def exported(self) -> nn.Module:
        """What becomes the graph."""
        return self

    def forward(self, x: Tensor) -> Tensor:
        """The features."""
        raise NotImplementedError


class FeaturesFamily(Family):
    """Networks are FeaturesNetworks."""

    kind = Features
    output = "features"
    fewest = FEWEST_GOOD

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """As the network says; no good image is trained on, so that all of them are left for calibration."""
        share = recipe.data.validation_share
        require("data.validation_share", share, share == 1.0, "1: no image is trained on, every one calibrates")
        stages: tuple[Stage, ...] = recipe.network.stages(recipe)
        return stages

    def start(self, network: nn.Module, progress: Progress) -> None:
        """As the network says."""
        network.start(progress)

    def finish(self, network: nn.Module, training: Examples, validation: Examples) -> bool:
        """Nothing is added, but the weights are kept."""
        return True

    def exported(self, network: nn.Module) -> nn.Module:
        """As the network says."""
        graph: nn.Module = network.exported()
        return graph

    def method(self, graph: bytes, weights: bytes, recipe: Recipe) -> Networked:
        """With the channels of the layers, which the runtime whitens apart."""
        method: Features = replace(recipe.inference, layers=recipe.network.layer_channels)
        return replace(method, graph=graph, weights=weights)

    def picture(self, frame: Frame, recipe: Recipe) -> np.ndarray:
        """Nothing, uint8 (channels, 0, 0): no image is trained on, so none is kept."""
        return np.zeros((recipe.network.channels, 0, 0), np.uint8)

    def provenance(self, network: nn.Module) -> dict[str, Any]:
        """As the network says."""
        said: dict[str, Any] = network.provenance()
        return said
