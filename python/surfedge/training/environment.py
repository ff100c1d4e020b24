"""What decides a trained network besides recipe and images: that of the runtime, torch, and what it computes here."""

from __future__ import annotations

import hashlib

from surfedge.detector import Detector
from surfedge.scoring.cluster.environment import environment_of
from surfedge.training.extra import require_torch


def training_environment(detector: Detector) -> dict[str, str]:
    """By name, what has to be the same on two PCs for their trainings to be the same bit for bit.

    Raises EngineError where the training extra is not installed.
    """
    require_torch()
    import torch

    has_gpu = torch.cuda.is_available() or torch.backends.mps.is_available()
    found = {"torch": torch.__version__, "GPU for training": "yes" if has_gpu else "no"}
    return {**environment_of(detector), **found, "torch on this CPU": _computed()}


def _computed() -> str:
    """Digest of one step of a small network: by kind of processor, torch takes other ways through the same sum."""
    import torch

    from surfedge.training.torch_threads import torch_threads

    with torch_threads(1):  # as many as a training is given are the same everywhere anyway
        values = torch.arange(2 * 3 * 24 * 24, dtype=torch.float32).sin().reshape(2, 3, 24, 24)
        kernel = torch.arange(8 * 3 * 3 * 3, dtype=torch.float32).cos().reshape(8, 3, 3, 3).requires_grad_()
        loss = torch.nn.functional.conv2d(values, kernel, stride=2).tanh().square().mean()
        loss.backward()
    digest = hashlib.sha256(loss.detach().numpy().tobytes())
    digest.update(kernel.grad.numpy().tobytes())
    return digest.hexdigest()[:16]
