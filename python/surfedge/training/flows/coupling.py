"""Conditional affine couplings, each followed by a scale for every channel and a fixed rotation.

L. Dinh, J. Sohl-Dickstein, S. Bengio, "Density estimation using Real NVP", 2017; D. P. Kingma, P. Dhariwal, "Glow",
2018; put together as in D. Gudovskiy, S. Ishizaka, K. Kozuka, "CFLOW-AD", 2022. Nothing here is inverted: only the
direction from features to u is needed.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

DAMPING = 0.1  # of what the coupling's network says
LARGEST_LOG_SCALE = 1.9
SHARPNESS = 0.5  # of the softplus that keeps the channels' scales above 0
SCALE = 0.1
GAMMA_OF_ONE = math.log(math.expm1(SHARPNESS / SCALE)) / SHARPNESS  # where a channel's scale is 1


class Coupling(nn.Module):
    """x (..., channels) and a condition (..., condition) to the next x and the log-determinant (...)."""

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.changed = channels // 2
        self.kept = channels - self.changed
        given = self.kept + condition
        self.net = nn.Sequential(nn.Linear(given, 2 * given), nn.ReLU(), nn.Linear(2 * given, 2 * self.changed))
        self.gamma = nn.Parameter(torch.full((channels,), GAMMA_OF_ONE))
        self.shift = nn.Parameter(torch.zeros(channels))
        self.rotation = Rotation(channels)

    def forward(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """The first half and the condition say how the second is scaled and moved."""
        x1, x2 = x[..., : self.kept], x[..., self.kept :]
        said = DAMPING * self.net(torch.cat([x1, condition], dim=-1))
        s = LARGEST_LOG_SCALE * torch.tanh(said[..., : self.changed])
        x2 = x2 * torch.exp(s) + said[..., self.changed :]
        # Not softplus(gamma, beta): OpenVINO 2026.4 takes beta for 1.
        g = (SCALE / SHARPNESS) * functional.softplus(SHARPNESS * self.gamma)
        y = self.rotation(g * torch.cat([x1, x2], dim=-1) + self.shift)
        return y, s.sum(dim=-1) + torch.log(g).sum()


class Rotation(nn.Linear):
    """A fixed random rotation of the channels, determinant 1: kept with the weights, never trained."""

    weight: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, bias=False)
        q, r = torch.linalg.qr(torch.randn(channels, channels, dtype=torch.float64))
        q = q * torch.sign(torch.diagonal(r))  # so that every rotation is as likely as any other
        if torch.linalg.det(q) < 0:
            q[:, 0] = -q[:, 0]
        del self.weight
        self.register_buffer("weight", q.float())


class Flow(nn.Module):
    """Features (..., channels) and their condition to u (..., channels) and log|det J| (...)."""

    def __init__(self, channels: int, condition: int, couplings: int) -> None:
        super().__init__()
        self.couplings = nn.ModuleList(Coupling(channels, condition) for _ in range(couplings))

    def forward(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """All couplings in turn."""
        log_determinant = x.new_zeros(())
        for coupling in self.couplings:
            x, added = coupling(x, condition)
            log_determinant = log_determinant + added
        return x, log_determinant
