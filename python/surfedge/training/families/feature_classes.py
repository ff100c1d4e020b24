"""Classes by features: the graph returns an image's features, and the runtime's own head tells classes apart.

The head is learned from labelled images in NumPy. The network's weights come from elsewhere, or are learned without the
labels by a network that has ``stages(recipe)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from surfedge.images import Frame
from surfedge.methods import FeatureClasses, Networked
from surfedge.training.batches.examples import Examples
from surfedge.training.families.classes import ClassesFamily
from surfedge.training.families.family import Family
from surfedge.training.families.stage import Stage

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe


class FeatureClassesFamily(ClassesFamily):
    """Networks give features (N, F) and have ``start(progress)``, ``exported()`` and ``provenance()``."""

    kind = FeatureClasses
    output = "features"

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """None, or as the network's settings say."""
        return super().stages(recipe) if learns(recipe.network) else ()

    def finish(self, network: nn.Module, training: Examples, validation: Examples) -> bool:
        """Nothing is added, but the weights are kept."""
        return True

    def exported(self, network: nn.Module) -> nn.Module:
        """What of the network gives features."""
        part: nn.Module = network.exported()
        return part

    def inference(self, settings: Mapping[str, Any], name: str) -> Networked:
        """The method, its head still to come."""
        return Family.inference(self, settings, name)

    def method(self, graph: bytes, weights: bytes, recipe: Recipe) -> Networked:
        """The method, its head still to come."""
        return Family.method(self, graph, weights, recipe)

    def picture(self, frame: Frame, recipe: Recipe) -> np.ndarray:
        """The whole image; where none is trained on none is kept: uint8 (channels, 0, 0)."""
        if learns(recipe.network):
            return super().picture(frame, recipe)
        return np.zeros((recipe.network.channels, 0, 0), np.uint8)


def learns(settings: Any) -> bool:
    """Whether a network of these settings learns from images."""
    return hasattr(settings, "stages")
