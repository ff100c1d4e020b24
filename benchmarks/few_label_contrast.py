"""Contrastive learning for few_labels.py: two views of an image are drawn together, those of others apart.

T. Chen, S. Kornblith, M. Norouzi, G. Hinton, "A simple framework for contrastive learning of visual representations",
2020: NT-Xent on 64 numbers behind a dense layer of 128 on the latent ones, which is thrown away afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

SHOWN = 30_000  # images, each in two views
BATCH = 48
LEARNING_RATE, TEMPERATURE = 1e-3, 0.2
SMALLEST_CROP = 0.5  # of the area
CONTRAST, BRIGHTNESS = (0.7, 1.4), 0.1


def contrasted(network: Any, images: Tensor) -> None:
    """Train the encoder of an autoencoder on images float32 (N, 1, h, w) in [0, 1]; its decoder learns nothing."""
    torch.manual_seed(0)
    rng, encoder = np.random.default_rng(14), network.encoder
    with torch.no_grad():
        latent = encoder(images[:2]).shape[1]
    projector = nn.Sequential(nn.Linear(latent, 128), nn.ReLU(), nn.Linear(128, 64))
    optimiser = torch.optim.Adam([*encoder.parameters(), *projector.parameters()], LEARNING_RATE)
    steps = SHOWN // BATCH
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    encoder.train()
    for step in range(steps):
        chosen = images[rng.choice(len(images), BATCH, replace=False)]
        seen = torch.cat([views(chosen, rng), views(chosen, rng)]).contiguous(memory_format=torch.channels_last)
        loss = nt_xent(projector(encoder(seen)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 49:
            print(f"contrastive: loss {loss.item():.3f} after {step + 1} steps of {BATCH}", flush=True)


def nt_xent(z: Tensor) -> Tensor:
    """Of projections (2 N, D), image k's two views being rows k and N + k."""
    z = functional.normalize(z, dim=1)
    likeness = (z @ z.T / TEMPERATURE).masked_fill(torch.eye(len(z), dtype=torch.bool), -1e9)
    return functional.cross_entropy(likeness, torch.arange(len(z)).roll(len(z) // 2))


def views(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Of each image (N, 1, h, w) a crop of half to all of it, flipped, turned, of another brightness and contrast."""
    count = len(images)
    sides = np.sqrt(rng.uniform(SMALLEST_CROP, 1.0, count))
    angles, flips = rng.integers(4, size=count) * np.pi / 2, rng.choice((-1, 1), count)
    cosines, sines = np.cos(angles), np.sin(angles)
    places = rng.uniform(-1, 1, (count, 2)) * (1 - sides)[:, None]
    rows = [[cosines * flips * sides, -sines * sides, places[:, 0]], [sines * flips * sides, cosines * sides]]
    rows[1].append(places[:, 1])
    maps = torch.from_numpy(np.moveaxis(np.array(rows), -1, 0).astype(np.float32))
    grid = functional.affine_grid(maps, list(images.shape), align_corners=False)
    parts = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    mean = parts.mean((2, 3), keepdim=True)
    contrast, brightness = (
        torch.from_numpy(rng.uniform(*ends, (count, 1, 1, 1)).astype(np.float32))
        for ends in (CONTRAST, (-BRIGHTNESS, BRIGHTNESS))
    )
    return ((parts - mean) * contrast + mean + brightness).clamp(0, 1)
