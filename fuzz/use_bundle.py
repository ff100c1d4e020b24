"""What is done with a bundle that came from somewhere: it is read, run on a picture, shown and verified."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
from measure import measured

from surfedge.cli import main
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, BundleError, EngineError, ImageError, ImplausibleError

PICTURE = np.random.default_rng(0).integers(60, 190, (96, 128), np.uint8)
REFUSED = (BundleError.__name__, "loaded")
ON_A_PICTURE = (*REFUSED, EngineError.__name__, ImageError.__name__, ImplausibleError.__name__, ArgumentError.__name__)


def used(kind: str, data: bytes, folder: Path, *, shown: bool = True) -> dict[str, Any]:
    """What became of a bundle: outcome ("loaded", or the error's name), what was said, time and memory of reading and
    of showing it (where `shown`), and the control characters that came out. is_wrong : what should never be, "" when
    all is well.
    """
    path = folder / "bundle.surfedge"
    path.write_bytes(data)
    made: list[Detector] = []
    loading = measured(lambda: made.append(Detector(path, device="CPU", threads=1)))
    verbs = (("info",), ("info", "--json"), ("verify",)) if shown else ()
    printed = [_printed(verb, str(path), *more) for verb, *more in verbs]
    wrong = [f"{verb} ended with {text}" for verb, text in (p for p, _ in printed) if not isinstance(text, int)]
    controls = {c for _, text in printed for c in text if not (c.isprintable() or c == "\n")}
    if controls:
        wrong.append(f"control characters {sorted(controls)!r}")
    if loading.outcome not in REFUSED:
        wrong.append(f"{loading.outcome}: {loading.said}")
    if made:
        wrong += _scored(made[0])
    return {"kind": kind, **vars(loading), "is_wrong": "; ".join(wrong)[:500]}


def _scored(detector: Detector) -> list[str]:
    scores: list[float] = []
    inspecting = measured(lambda: scores.extend(detector(PICTURE).score for _ in range(2)))
    if inspecting.outcome not in ON_A_PICTURE:
        return [f"inspecting: {inspecting.outcome}: {inspecting.said}"]
    if scores and (not np.isfinite(scores).all() or scores[0] != scores[1]):
        return [f"scores {scores}"]
    return []


def _printed(*words: str) -> tuple[tuple[str, Any], str]:
    """((verb, exit code or the exception's name), everything that was printed)."""
    out = io.StringIO()
    code: Any
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = main(list(words))
        except SystemExit as left:
            code = int(left.code or 0)
        except Exception as error:
            code = f"{type(error).__name__}: {error}"
    return (words[0], code), out.getvalue()
