"""A limit that a person sets: the bundle says who and when, keeps what stood there before, and what it promises."""

from __future__ import annotations

import time
from dataclasses import replace

from surfedge.bundle import Bundle
from surfedge.decision import promise_of
from surfedge.errors import require

BY_HAND = "set by hand"
LONGEST_NAME = 200


def with_limit(bundle: Bundle, limit: float, *, by: str, pixel_limit: float | None = None) -> Bundle:
    """`bundle` with `limit` for image scores, and for pixels unless `pixel_limit` is given; not yet written.

    by : who sets it. The limits before, oldest first, stand in ``calibration["history"]`` with their rule; the promise
    is counted again from the scores of the good images, where the bundle holds them. Raises ArgumentError for a limit
    that is not finite or an empty name.

    >>> from surfedge.detector import default_bundle
    >>> with_limit(default_bundle("dzl"), 12.0, by="M. Weber").calibration["set_by"]
    'M. Weber'
    """
    require("limit", limit, abs(limit) < 3e38, "a number from -3e38 to 3e38")
    require("by", by, 0 < len(by.strip()) <= LONGEST_NAME, f"a name of at most {LONGEST_NAME} characters", "say who")
    before = {"threshold": bundle.decision.get("threshold", 0.0), "rule": bundle.calibration.get("rule", "")}
    before |= {name: bundle.calibration[name] for name in ("set_by", "set_at") if name in bundle.calibration}
    stale = ("promise", "labelled_", "drawn_", "set_")
    known = {name: value for name, value in bundle.calibration.items() if not name.startswith(stale)}
    scores = bundle.arrays.get("calibration/scores")
    if scores is not None and scores.size:
        known["promise"] = promise_of(limit, scores).to_dict()
    known |= {
        "rule": BY_HAND,
        "set_by": by.strip(),
        "set_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "history": [*bundle.calibration.get("history", []), before],
    }
    others = {name: value for name, value in bundle.decision.items() if name not in ("pixel_threshold", "own_limit")}
    decision = {**others, "threshold": float(limit)}
    if pixel_limit is not None:
        decision["pixel_threshold"] = float(pixel_limit)
    return replace(bundle, decision=decision, calibration=known, identity="")
