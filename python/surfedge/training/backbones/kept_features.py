"""Features that a frozen backbone gave before, kept while a network trains: a teacher is asked once for each batch.

An epoch that shows the same batches as the one before (whole images that are neither turned nor handicapped) would have
them computed again and again; what is kept is equal to that in every bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from surfedge.training.backbones.frozen import Features, Frozen

LARGEST_BYTES = 1 << 30  # 1.8 MB for an image of 256 x 256 pixels: some 560 of them with a ResNet-18


class KeptFeatures:
    """Features by the bytes they were computed from, those of the first batches, up to `largest_bytes`."""

    def __init__(self, largest_bytes: int = LARGEST_BYTES) -> None:
        self._left, self._kept = largest_bytes, dict[bytes, Features]()

    def __call__(self, x: Tensor, compute: Callable[[Tensor], Features]) -> Features:
        """What `compute` says of x, or said of the same numbers in the same layout of memory."""
        # Tensors of inference mode must not get into a training step; and another layout may round otherwise.
        layout = (tuple(x.shape), x.stride(), torch.is_inference_mode_enabled())
        digest = hashlib.blake2b(repr(layout).encode())
        digest.update(x.detach().cpu().numpy().tobytes())
        key = digest.digest()
        known = self._kept.get(key)
        if known is None:
            known = compute(x)
            size = sum(each.nbytes for each in known)
            if size <= self._left:
                self._left -= size
                self._kept[key] = known
        return known


def has_frozen(network: nn.Module) -> bool:
    """Whether there is a backbone in it that never learns."""
    return any(isinstance(part, Frozen) for part in network.modules())


@contextmanager
def kept_features(network: nn.Module, largest_bytes: int = LARGEST_BYTES) -> Iterator[None]:
    """Inside, the frozen backbones in `network` compute nothing twice, as far as `largest_bytes` go for each."""
    backbones = [part for part in network.modules() if isinstance(part, Frozen)]
    for backbone in backbones:
        backbone.kept = KeptFeatures(largest_bytes)
    try:
        yield
    finally:
        for backbone in backbones:
            backbone.kept = None
