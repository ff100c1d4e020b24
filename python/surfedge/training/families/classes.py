"""Classes: the graph returns the probability of each class of an image; the decision knows which classes are good.

A network of this family owns its step: its settings have ``stages(recipe)`` and ``class_names``, which come from the
images where a recipe names none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from torch import Tensor, nn

from surfedge.bundle import deserialize
from surfedge.calibration import class_decision, class_order
from surfedge.datasets import UNLABELLED
from surfedge.errors import ArgumentError, DatasetError, require
from surfedge.images import Frame, resized
from surfedge.methods import Classes, Networked
from surfedge.progress import Progress
from surfedge.training.batches.examples import Examples
from surfedge.training.families.family import Family, as_picture
from surfedge.training.families.reconstruction import with_localisation
from surfedge.training.families.stage import Stage

if TYPE_CHECKING:
    from surfedge.training.pictures import Pictures
    from surfedge.training.recipe import Recipe

NOT_YET = ("class 1", "class 2")  # while a recipe is read that leaves the names to the images


class ClassesNetwork(nn.Module):
    """channels, input_px : its input is float32 (N, channels, input_px, input_px) in [0, 1]; mean and std of ImageNet,
    where it wants them, lie inside. Its output are logits, (N, K), one for each of class_names.
    """

    def __init__(self, channels: int, input_px: int, class_names: Sequence[str]) -> None:
        super().__init__()
        self.channels, self.input_px, self.class_names = channels, input_px, tuple(class_names)

    def start(self, progress: Progress) -> None:
        """Before the first step of a new training; nothing, unless a network has weights from elsewhere."""

    def exported(self) -> nn.Module:
        """What the graph needs of it; all, unless a part serves training alone."""
        return self

    def provenance(self) -> dict[str, Any]:
        """What the bundle says of it beside the recipe."""
        return {}


class Probabilities(nn.Module):
    """A classifier with its softmax: (N, channels, input_px, input_px) to probabilities (N, K)."""

    def __init__(self, network: ClassesNetwork) -> None:
        super().__init__()
        self.network = network.exported()
        self.channels, self.input_px = network.channels, network.input_px

    def forward(self, x: Tensor) -> Tensor:
        """The probability of each class."""
        y: Tensor = self.network(x).softmax(dim=1)
        return y


class ClassesFamily(Family):
    """Networks are ClassesNetworks."""

    needs = "classes"
    kind: ClassVar[type[Networked]] = Classes
    output = "probabilities"

    def loss_of(self, network: Any) -> str | None:
        """Of a network that learns to reconstruct first."""
        found: str | None = getattr(network, "loss", None)
        return found

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """As the network's settings say."""
        stages: tuple[Stage, ...] = recipe.network.stages(recipe)
        return stages

    def start(self, network: nn.Module, progress: Progress) -> None:
        """As the network says."""
        network.start(progress)

    def exported(self, network: nn.Module) -> nn.Module:
        """The network with its softmax."""
        assert isinstance(network, ClassesNetwork)
        return Probabilities(network).eval()

    def provenance(self, network: nn.Module) -> dict[str, Any]:
        """As the network says."""
        said: dict[str, Any] = network.provenance()
        return said

    def inference(self, settings: Mapping[str, Any], name: str) -> Networked:
        """The method, its class names still to come."""
        return deserialize(self.kind, {"class_names": NOT_YET, **settings}, {"graph": b"", "weights": b""}, name=name)

    def method(self, graph: bytes, weights: bytes, recipe: Recipe) -> Networked:
        """The method with the names of the classes."""
        method = super().method(graph, weights, recipe)
        assert isinstance(method, Classes)
        return replace(method, class_names=recipe.network.class_names)

    def examples(self, recipe: Recipe, pictures: Pictures, progress: Progress) -> tuple[Examples, Examples]:
        """The pictures with their classes, and with a localiser's maps where the loss asks for them."""
        return with_localisation(recipe, pictures, super().examples(recipe, pictures, progress), progress)

    def picture(self, frame: Frame, recipe: Recipe) -> np.ndarray:
        """The whole image resized at its own depth, as the runtime does it."""
        return as_picture(resized(frame, (recipe.network.input_px,) * 2), recipe.network.channels)

    def for_pictures(self, recipe: Recipe, pictures: Pictures) -> Recipe:
        """The recipe with the classes of the images, in the order of their names, good ones first."""
        labels = (*pictures.training.classes, *pictures.validation.classes)
        found = class_order([label for label in labels if label != UNLABELLED])
        wanted = recipe.network.class_names
        if wanted and set(wanted) != set(found):
            raise DatasetError(
                "labelled images",
                found=f"the classes {', '.join(found)}",
                expected=f"those of the recipe: {', '.join(wanted)}",
                remedy="rename the folders, or leave network.class_names out",
            )
        names = wanted or found
        good = recipe.decision.good_classes
        decision = recipe.decision
        if good is None:
            decision = class_decision(names)
        elif not set(good) < set(names):
            raise ArgumentError(
                "decision.good_classes", found=", ".join(good), expected=f"some of {', '.join(names)}, but not all"
            )
        return replace(recipe, network=replace(recipe.network, class_names=names), decision=decision)


def check_class_names(name: str, names: Sequence[str]) -> None:
    """Raises ArgumentError unless there are none yet, or two or more different ones."""
    fits = not names or (len(names) >= 2 and len(set(names)) == len(names) and all(names))
    require(f"{name}.class_names", tuple(names), fits, "two or more different names, or none")
