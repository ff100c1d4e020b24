"""Contrastive learning for few_labels.py: the encoder of the standard autoencoder in place of what it learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from surfedge.training.batches.views import nt_xent, views

SHOWN = 30_000  # images, each in two views
BATCH = 48
LEARNING_RATE = 1e-3


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
