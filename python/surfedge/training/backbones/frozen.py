"""What every backbone has as an encoder that never learns: weights by torchvision's names, and their origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from surfedge.errors import ArgumentError
from surfedge.training.backbones.origin import as_tensor, from_tensor

F = TypeVar("F", bound="Frozen")
Features = tuple[Tensor, Tensor, Tensor]


class Frozen(nn.Module):
    """Always in evaluation mode. Its features are those of three layers, at the strides of `strides`.

    title, maker : how people and torchvision call it; entry : what torchvision calls its weights. origin : where the
    weights come from, kept with them.
    """

    title: ClassVar[str]
    maker: ClassVar[str]
    entry: ClassVar[str]
    strides: ClassVar[tuple[int, int, int]] = (4, 8, 16)
    origin: dict[str, Any]
    kept: Callable[[Tensor, Callable[[Tensor], Features]], Features] | None = None  # see kept_features

    def __call__(self, x: Tensor) -> Features:
        """Features of the three layers; those of before where they are kept."""
        compute = super().__call__
        features: Features = self.kept(x, compute) if self.kept else compute(x)
        return features

    @classmethod
    def channels_of(cls, width: int) -> tuple[int, int, int]:
        """Channels of the three layers. width : of the stem, where it can be another."""
        return width, 2 * width, 4 * width

    def keep(self, layers: int) -> None:
        """Leave out what comes after the first 1, 2 or 3 of the three layers; features beyond are those of the last."""
        for number in range(layers + 1, 4):
            setattr(self, f"layer{number}", nn.Identity())

    def freeze(self) -> None:
        """Once it is built."""
        self.requires_grad_(False)
        self.eval()
        self.origin = {"source": "random"}

    def train(self: F, mode: bool = True) -> F:
        """Stays in evaluation mode."""
        super().train(False)
        return self

    def take(self, weights: Mapping[str, Tensor], origin: Mapping[str, Any]) -> None:
        """Load `weights` under torchvision's names, batch norm apart or folded into the convolutions' biases; what
        lies beyond the third layer is left out. Raises ArgumentError for what is missing or has another shape."""
        chosen = {}
        for name, value in self.state_dict().items():
            if name.endswith(("_extra_state", "num_batches_tracked")):
                chosen[name] = value
                continue
            found = weights.get(name)
            if found is None:
                found = unfolded(weights, name)
            if found is None or found.shape != value.shape:
                raise ArgumentError(
                    "weights",
                    found=f"{name} {'is missing' if found is None else f'of {tuple(found.shape)}'}",
                    expected=f"a {self.title}: {name} of {tuple(value.shape)}",
                    remedy=f"give the weights of torchvision's {self.maker}",
                )
            chosen[name] = found
        self.load_state_dict(chosen)
        self.origin = dict(origin)

    def get_extra_state(self) -> Tensor:
        """The origin, which a checkpoint holds beside the weights."""
        return as_tensor(self.origin)

    def set_extra_state(self, state: Tensor) -> None:
        """The origin that a checkpoint held."""
        self.origin = from_tensor(state)


def unfolded(weights: Mapping[str, Tensor], name: str) -> Tensor | None:
    """What `name` is where batch norm lies in a ResNet's convolutions: it then adds the bias and does nothing else."""
    layer, _, part = name.rpartition(".")
    convolution = layer[:-1] + "0" if ".downsample." in name else layer.replace("bn", "conv")
    if layer == convolution:
        return weights.get(name)
    bias = weights.get(f"{convolution}.bias")
    if bias is None or part == "bias":
        return bias
    even = {"weight": 1.0, "running_mean": 0.0, "running_var": 1.0 - nn.BatchNorm2d(1).eps}
    return torch.full_like(bias, even[part])
