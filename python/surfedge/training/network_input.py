"""What a network takes: the one place that knows how a module says it."""

from __future__ import annotations

from torch import Tensor, nn

MID_GREY, SPREAD = 0.5, 0.25


class Centred(nn.Module):
    """(x - 0.5) / 0.25 of images in [0, 1]; part of the exported graph, no parameters.

    What a steel plate shows are a few hundredths around its grey. Not centred, that grey fills every channel of a
    network that begins at random, and the few hundredths hardly reach its end.

    >>> import torch
    >>> Centred()(torch.tensor([0.25, 0.5, 0.75]))
    tensor([-1.,  0.,  1.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Images of any shape."""
        return (x - MID_GREY) / SPREAD


def input_shape(network: nn.Module) -> tuple[int, int, int]:
    """(channels, height, width) in pixels of an image that `network` takes, from its attributes ``channels`` and
    ``input_px``, the width; it is square unless ``height_px`` says otherwise.

    >>> network = nn.Identity()
    >>> network.channels, network.input_px = 1, 32
    >>> input_shape(network)
    (1, 32, 32)
    """
    width_px = int(network.input_px)
    return int(network.channels), int(getattr(network, "height_px", 0)) or width_px, width_px
