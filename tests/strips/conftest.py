"""The detector of most scans."""

from __future__ import annotations

import pytest

from strips.steel import steel
from surfedge.bundle import Bundle, serialize
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.images import from_array
from surfedge.methods.statistics import Statistics


@pytest.fixture(scope="session")
def local() -> Detector:
    """Patch statistics compared with what was learned alone, one limit for all: a method with local support."""
    method = Statistics(own_share=0.0).fit([from_array(steel(400, 400, seed)) for seed in range(3)])
    settings, arrays, _ = serialize(method)
    return Detector(
        Bundle(
            method="statistics",
            settings=settings,
            decision=serialize(Decision(threshold=12.0, blur_sigma_px=3.0))[0],
            calibration={"rule": "preset"},
            arrays={f"method/{name}": array for name, array in arrays.items()},
        )
    )
