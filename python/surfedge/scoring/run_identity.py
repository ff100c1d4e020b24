"""With what a run is made: the identity that says whether an outcome still holds, the record for people."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surfedge.cores import usable_cores
from surfedge.decision import Promise
from surfedge.detector import OWN_REFERENCE
from surfedge.version import __version__


@dataclass(frozen=True)
class Settings:
    """identity : SHA-256, hexadecimal, over everything that decides an outcome: method, what it learned,
    network and its precision, screen, decision, threshold, reading of pixels, version of surfedge. What is there for
    speed (threads, streams, batch, workers) is not in it: of a network whose inference is shared by several threads it
    may move the last digits of a score, docs/several-pcs.md.
    record : all that is worth knowing about the run.
    """

    identity: str
    record: dict[str, Any] = field(default_factory=dict)


def settings_of(detector: Any, identity: str = "", workers: int = 0) -> Settings:
    """The settings of a Detector, or of any callable, which `identity` then has to distinguish from others."""
    record: dict[str, Any] = {"workers": workers or usable_cores(), "cores": os.cpu_count()}
    record |= {"platform": platform.platform(), "versions": _versions()}
    bundle = getattr(detector, "bundle", None)
    if bundle is None:
        name = getattr(detector, "__qualname__", type(detector).__qualname__)
        return Settings(_digest({"detector": name, "given": identity, "surfedge": __version__}), record)
    from surfedge import kernels
    from surfedge.bundle import serialize

    decision, learned, _ = serialize(detector.decision)
    options = getattr(detector.method, "options", None)
    is_screened = getattr(detector.method, "screen", None) is not None
    record |= {
        "method": bundle.method,
        "bundle": bundle.identity,
        **_provenance(detector, bundle),
        "threshold": None if detector.decision.own_limit else detector.decision.threshold,
        "decision": decision,
        "input": bundle.input,
        "instruction_set": kernels.active_isa(),
        "precision": getattr(options, "precision", "f32"),
        "device": getattr(options, "device", "CPU"),
        "engine_threads": getattr(options, "threads", 0),
        "engine_streams": getattr(options, "streams", 0),
        "screen": {key: bundle.screen[key] for key in ("method", "share", "limit") if is_screened},
    }
    judged = {"method": bundle.method, "settings": bundle.settings, "decision": decision}
    judged |= {"input": bundle.input, "precision": record["precision"], "given": identity}
    judged |= {"screen": bundle.screen if is_screened else {}, "surfedge": __version__}
    if bundle.plausibility:  # what it refuses has no outcome; a bundle without it keeps the identity it always had
        judged["plausibility"] = bundle.plausibility
    seen = bundle.parts_of("screen") if is_screened else {}
    parts = {f"screen/{name}": part for name, part in seen.items()}
    parts |= {**bundle.parts_of("method"), **{f"decision/{name}": array for name, array in learned.items()}}
    return Settings(_digest(judged, parts), record)


def _provenance(detector: Any, bundle: Any) -> dict[str, Any]:
    """Where the limit comes from: the bundle's calibration, or a hand that set another for this run."""
    rule, good = bundle.calibration.get("rule", ""), bundle.calibration.get("good_images", 0)
    own = bundle.decision.get("threshold", detector.decision.threshold)
    if detector.decision.threshold == own and detector.decision.own_limit == bundle.decision.get("own_limit", False):
        known = bundle.calibration.get("promise")
        rule = OWN_REFERENCE if rule == "preset" else rule
        return {"rule": rule, "good_images": good, "promise": Promise(**known).in_short if known else ""}
    by = f" by {rule} on {good:,} good images" if good else ""
    return {"rule": f"set by hand for this run; the bundle's is {own:.4g}{by}", "good_images": 0}


def _digest(plain: Mapping[str, Any], parts: Mapping[str, np.ndarray | bytes] | None = None) -> str:
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode())
    for name, part in sorted((parts or {}).items()):
        shape = f"{part.dtype.str}{part.shape}" if isinstance(part, np.ndarray) else str(len(part))
        digest.update(f"\0{name}\0{shape}\0".encode())
        digest.update(np.ascontiguousarray(part).data if isinstance(part, np.ndarray) else part)
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    """Of what takes part; packages only as far as they are loaded."""
    found = {"surfedge": __version__, "python": platform.python_version(), "numpy": np.__version__}
    for name, module in (("opencv", "cv2"), ("openvino", "openvino")):
        if loaded := sys.modules.get(module):
            found[name] = str(getattr(loaded, "__version__", "")).split("-")[0]
    return found | {"sqlite": sqlite3.sqlite_version}
