"""Two-dimensional position codes: numbers that tell each place of a map from every other.

A. Vaswani et al., "Attention Is All You Need", 2017, section 3.5, once for the column and once for the row.
"""

from __future__ import annotations

import torch
from torch import Tensor

LONGEST = 10000.0  # of the wavelengths, over 2 pi


def position_code(shape: tuple[int, int], numbers: int) -> Tensor:
    """(h, w, numbers) float32 in [-1, 1]: the first half codes the column x, the second the row y.

    shape : (h, w). numbers : a multiple of 4. In a half of d numbers, 2m is sin(position / 10000^(2m / d)) and 2m + 1
    the cosine of the same.

    >>> position_code((2, 3), 8)[0, 0].tolist()
    [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    """
    height, width = shape
    along_x = _code(width, numbers // 2)[None].expand(height, -1, -1)
    along_y = _code(height, numbers // 2)[:, None].expand(-1, width, -1)
    return torch.cat([along_x, along_y], dim=-1)


def _code(places: int, d: int) -> Tensor:
    """(places, d)."""
    rates = LONGEST ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    angles = torch.arange(places, dtype=torch.float64)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()
