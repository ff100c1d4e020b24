"""What a family answers for any network of it, with the answers that most families share.

A network of a family is a frozen dataclass of settings in `networks/` with ``family`` (a name in FAMILIES),
``channels``, ``input_px`` and ``build()``, which gives the torch module with random weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import cv2
import numpy as np
from torch import nn

from surfedge.bundle import deserialize
from surfedge.images import Frame, to_grey_f32, to_rgb_f32
from surfedge.methods import Networked
from surfedge.progress import Progress
from surfedge.training.batches.examples import Examples
from surfedge.training.families.stage import Stage

if TYPE_CHECKING:
    from surfedge.training.pictures import Pictures
    from surfedge.training.recipe import Recipe


class Family(ABC):
    """needs : what is learned from: "good" images, "masks" (good ones, and defects with masks), or "classes" (images by
    class). fewest : good images that are enough where those alone are needed. kind : the runtime's method. loss : the
    name in LOSSES that a recipe without [loss] means, None where networks have losses of their own. output : the name
    of the graph's first output in an ONNX file.
    """

    needs: ClassVar[str] = "good"
    fewest: ClassVar[int] = 40  # with a fifth held out, eight are left to calibrate on
    kind: ClassVar[type[Networked]]
    loss: ClassVar[str | None] = None
    output: ClassVar[str]

    @abstractmethod
    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """The parts that are trained, in order; none for what is learned without a gradient."""

    def loss_of(self, network: Any) -> str | None:
        """The name in LOSSES that a recipe with this network means where it has no [loss]; None where there is none."""
        return self.loss

    def start(self, network: nn.Module, progress: Progress) -> None:  # noqa: B027  # most have nothing to do here
        """Before the first step of a new training: weights that were trained elsewhere are read."""

    def finish(self, network: nn.Module, training: Examples, validation: Examples) -> bool:
        """After the last stage: what is learned without a gradient (a memory, a largest likelihood) is put into
        `network`, from the images it learned from and the held-out ones. Whether it has changed."""
        return False

    def exported(self, network: nn.Module) -> nn.Module:
        """The module that becomes the graph, with ``channels`` and ``input_px``; its outputs are those `kind` knows."""
        return network

    def provenance(self, network: nn.Module) -> dict[str, Any]:
        """What the bundle says of the network beside its recipe, plain values."""
        return {}

    def inference(self, settings: Mapping[str, Any], name: str) -> Networked:
        """The method with a recipe's [inference] table as its settings, its graph still empty."""
        return deserialize(self.kind, settings, {"graph": b"", "weights": b""}, name=name)

    def method(self, graph: bytes, weights: bytes, recipe: Recipe) -> Networked:
        """The method that the bundle will hold, in f32."""
        return replace(recipe.inference, graph=graph, weights=weights)

    def picture(self, frame: Frame, recipe: Recipe) -> np.ndarray:
        """What the network gets of a frame, (C, H, W): float32 in [0, 1], or uint8 where that is the same exactly."""
        if recipe.view == "tiles":
            return as_picture(frame, recipe.network.channels)
        size = (recipe.network.input_px,) * 2
        whole = _in_unit_range(frame, recipe.network.channels)
        return np.stack([cv2.resize(np.ascontiguousarray(c), size, interpolation=cv2.INTER_AREA) for c in whole])

    def for_pictures(self, recipe: Recipe, pictures: Pictures) -> Recipe:
        """The recipe with what only the images tell, such as the names of their classes."""
        return recipe

    def examples(self, recipe: Recipe, pictures: Pictures, progress: Progress) -> tuple[Examples, Examples]:
        """What is learned from and what is held out, with all that the stages need to know of each image."""
        return pictures.training, pictures.validation


def as_picture(frame: Frame, channels: int) -> np.ndarray:
    """(C, H, W) as surfedge.methods.networked makes it; 8-bit images stay uint8, exactly."""
    picture = _in_unit_range(frame, channels)
    if frame.white == 255:
        return np.ascontiguousarray(np.rint(picture * 255.0).astype(np.uint8))
    return np.ascontiguousarray(picture)


def _in_unit_range(frame: Frame, channels: int) -> np.ndarray:
    """float32 (C, H, W) in [0, 1]."""
    return to_grey_f32(frame)[None] if channels == 1 else np.moveaxis(to_rgb_f32(frame), -1, 0)
