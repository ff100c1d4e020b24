"""A recipe that trains in a second, for tests, and what a bundle holds besides times."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.bundle import Bundle

TINY: dict[str, Any] = {
    "network": {"name": "bergmann", "latent": 8, "width": 4, "input_px": 32},
    "data": {"samples": 64},
    "augmentation": {"flips": True, "turns": True},
    "training": {"epochs": 3, "batch": 16, "learning_rate": 2e-3},
    "inference": {"stride_px": 16},
    "decision": {"blur_sigma_px": 1.0},
}


def without_times(path: Path) -> dict[str, Any]:
    """What the bundle at `path` holds, to be compared with that of the same training at another time."""
    bundle = Bundle.read(path)
    parts = bundle.parts_of("method") | {f"decision {name}": part for name, part in bundle.parts_of("decision").items()}
    told = (bundle.settings, bundle.decision, bundle.calibration, bundle.certificate, bundle.input)
    provenance = {k: v for k, v in bundle.provenance.items() if k not in ("calibrated", "training_minutes")}
    if "graph" in parts:  # the engine counts the nodes that a process has made, and names them by it
        parts["graph"] = re.sub(rb' names?="[^"]*"', b"", parts["graph"])
    plain = {name: part.tobytes() if isinstance(part, np.ndarray) else part for name, part in parts.items()}
    return {**plain, "told": json.dumps([*told, provenance], sort_keys=True)}
