"""A recipe that trains in a second, for tests."""

from __future__ import annotations

from typing import Any

TINY: dict[str, Any] = {
    "network": {"name": "bergmann", "latent": 8, "width": 4, "input_px": 32},
    "data": {"samples": 64},
    "augmentation": {"flips": True, "turns": True},
    "training": {"epochs": 3, "batch": 16, "learning_rate": 2e-3},
    "inference": {"stride_px": 16},
    "decision": {"blur_sigma_px": 1.0},
}
