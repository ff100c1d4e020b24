"""What decides a score besides the bundle: versions, instruction set, precision, and what a known image gives."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from surfedge import kernels
from surfedge.detector import Detector
from surfedge.errors import ImplausibleError
from surfedge.images import from_array
from surfedge.version import __version__

SIDE_PX, PITCH_PX = 256, 16


def environment_of(detector: Detector) -> dict[str, str]:
    """By name, everything that has to be the same on two PCs for their tables to be the same bit for bit."""
    found = {
        "surfedge": __version__,
        "instruction set": kernels.active_isa(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }
    engine = getattr(detector.method, "engine", None)
    if engine is not None:
        found["openvino"] = str(getattr(sys.modules.get("openvino"), "__version__", "")).split("-")[0]
        found["precision"] = engine.computes_in
        found["threads a stream"] = str(threads_a_stream(detector))
    return found | {"check image": probe(detector)}


def threads_a_stream(detector: Detector) -> int:
    """CPU threads that share one inference of the detector's network: sums are cut by it, so the last digits of a score
    depend on it. 0 without a network or on a device that has no such number."""
    engine = getattr(detector.method, "engine", None)
    if engine is None:
        return 0
    try:
        count, streams = (
            int(engine.compiled().get_property(name)) for name in ("INFERENCE_NUM_THREADS", "NUM_STREAMS")
        )
    except (RuntimeError, ValueError, TypeError):
        return 0
    return count // max(1, streams)


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """What differs, in words; the check image only where nothing else explains it.

    >>> differences({"surfedge": "1.0", "check image": "a"}, {"surfedge": "2.0", "check image": "b"})
    ['surfedge 2.0 instead of 1.0']
    """
    names = [name for name in ours if name != "check image"]
    found = [
        f"{name} {theirs.get(name, 'none')} instead of {ours[name]}" for name in names if theirs.get(name) != ours[name]
    ]
    if not found and theirs.get("check image") != ours.get("check image"):
        return ["another score of the check image, by another kind of processor"]
    return found


def probe(detector: Detector) -> str:
    """Digest of score and map of a known image: dots on a lattice, in noise, so that a prefilter has work too."""
    frame = from_array(check_image())
    try:
        result: Any = detector.with_plausibility("note")(frame)
        values, score = result.anomaly_map, result.score
    except ImplausibleError:
        raw_map = detector.method.inspect(frame)
        values, score = raw_map.values, raw_map.score
    digest = hashlib.sha256(repr(score).encode())
    digest.update(b"" if values is None else np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]


def check_image() -> np.ndarray:
    """uint8 (256, 256), the same on every PC: integer arithmetic alone, no generator that a release may change."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX].astype(np.uint64)
    noise = ((x * 2654435761 + y * 40503 * 65537) ^ (x * y * 97)) >> np.uint64(7)
    dots = ((x % PITCH_PX < PITCH_PX // 2) & (y % PITCH_PX < PITCH_PX // 2)).astype(np.uint64)
    picture = 90 + noise % 24 + 60 * dots
    picture[100:112, 120:170] = 20
    return picture.astype(np.uint8)
