"""Two views of each image: crops, turned, of another brightness and contrast, and the loss that draws them together.

T. Chen, S. Kornblith, M. Norouzi, G. Hinton, "A simple framework for contrastive learning of visual representations",
2020. Crops are larger and changes milder than theirs: what tells two steel surfaces apart is fine and faint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Dataset

from surfedge.training.batches.crops import unit
from surfedge.training.batches.examples import Examples

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

PURPOSE = 9  # sets its random numbers apart from those of other batches
SMALLEST_CROP = 0.5  # of the area
CONTRAST, BRIGHTNESS = (0.7, 1.4), 0.1
TEMPERATURE = 0.2


class ViewPairs(Dataset):
    """Item k is batch k of one epoch: (views (2 N, C, h, w) float32 in [0, 1],), image n in rows n and N + n.

    epoch : None for the held-out images, each once, always by the same views.
    """

    def __init__(self, examples: Examples, recipe: Recipe, epoch: int | None, batch: int) -> None:
        self._pictures, self._epoch, self._seed = examples.pictures, epoch, recipe.seed
        self._batch = min(batch, len(examples))
        wanted = recipe.data.samples if epoch is not None and recipe.data.samples else len(examples)
        self._count = -(-wanted // self._batch)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> tuple[Tensor]:
        if not 0 <= number < len(self):
            raise IndexError(number)
        rng = np.random.default_rng([self._seed, PURPOSE, 0 if self._epoch is None else 1 + self._epoch, number])
        if self._epoch is None:
            chosen = np.arange(number * self._batch, min((number + 1) * self._batch, len(self._pictures)))
        else:
            chosen = rng.choice(len(self._pictures), self._batch, replace=False)
        images = torch.from_numpy(np.stack([unit(self._pictures[int(each)]) for each in chosen]))
        return (torch.cat([views(images, rng), views(images, rng)]),)


def views(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Of each image (N, C, h, w) a crop of half to all of it, flipped, turned, of another brightness and contrast."""
    count = len(images)
    sides = np.sqrt(rng.uniform(SMALLEST_CROP, 1.0, count))
    angles, flips = rng.integers(4, size=count) * np.pi / 2, rng.choice((-1, 1), count)
    cosines, sines = np.cos(angles) * sides, np.sin(angles) * sides
    y, x = rng.uniform(-1, 1, (2, count)) * (1 - sides)
    maps = np.array([[cosines * flips, -sines, x], [sines * flips, cosines, y]], np.float32)
    grid = functional.affine_grid(torch.from_numpy(maps).permute(2, 0, 1), list(images.shape), align_corners=False)
    parts = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    mean = parts.mean((2, 3), keepdim=True)
    contrast, brightness = (
        torch.from_numpy(rng.uniform(*ends, (count, 1, 1, 1)).astype(np.float32))
        for ends in (CONTRAST, (-BRIGHTNESS, BRIGHTNESS))
    )
    return ((parts - mean) * contrast + mean + brightness).clamp(0, 1)


def nt_xent(projections: Tensor) -> Tensor:
    """The normalised, temperature-scaled cross-entropy of (2 N, D): each view is to find the other one of its image.

    >>> round(float(nt_xent(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))), 4)
    0.0134
    """
    z = functional.normalize(projections, dim=1)
    own = torch.eye(len(z), dtype=torch.bool, device=z.device)
    wanted = torch.arange(len(z), device=z.device).roll(len(z) // 2)
    return functional.cross_entropy((z @ z.T / TEMPERATURE).masked_fill(own, -torch.inf), wanted)
