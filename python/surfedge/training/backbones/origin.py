"""Where weights come from, kept in a checkpoint beside them: JSON in UTF-8 as a tensor, which ONNX export wants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def as_tensor(origin: Mapping[str, Any]) -> Tensor:
    """uint8 (n,)."""
    return torch.tensor(list(json.dumps(dict(origin)).encode()), dtype=torch.uint8)


def from_tensor(state: Tensor) -> dict[str, Any]:
    """What `as_tensor` was given."""
    found: dict[str, Any] = json.loads(bytes(state.tolist()))
    return found
