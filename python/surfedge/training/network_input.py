"""What a network takes: the one place that knows how a module says it."""

from __future__ import annotations

from torch import nn


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
