"""Sheets of fine noise, bundles around a small network, and results compared to the last pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import graphs
from surfedge import Bundle, Result
from surfedge.bundle import serialize, with_section
from surfedge.decision import Decision
from surfedge.methods import Network


def sheet(seed: int = 0, shape: tuple[int, ...] = (64, 80)) -> np.ndarray:
    """Fine noise, every third with a spot."""
    image = np.random.default_rng(seed).normal(128, 6, shape).clip(0, 255).astype(np.uint8)
    if seed % 3 == 1:
        image[20:32, 30:50] = 20
    return image


def network_bundle(folder: Path, factor: float = 1.0, threshold: float = 0.9) -> Bundle:
    settings, _, blobs = serialize(Network(*graphs.scaled(folder, factor)))
    decision, _, _ = serialize(Decision(threshold=threshold))
    return Bundle("network", settings, decision, blobs=with_section("method", {}, blobs)[1])


def assert_equal(a: Result, b: Result) -> None:
    assert a == b
    np.testing.assert_array_equal(a.anomaly_map, b.anomaly_map)
    np.testing.assert_array_equal(a.mask, b.mask)
