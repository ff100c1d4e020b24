"""Losses in float32, whatever a training step multiplies in: differences of squares do not survive bf16."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def in_f32(compute: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """`compute` of the tensors, those in bf16 brought to float32, and nothing rounded in between."""
    with torch.autocast(tensors[0].device.type, enabled=False):
        return compute(*(each.float() if each.dtype == torch.bfloat16 else each for each in tensors))
