"""Which tests are run on faults, for fuzz/mutants.py: those of the rooms that the faults are in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Modules of the quick run, and the tests that it runs on them.
QUICK = {
    "bundle/plain_json": ("bundle/test_sections.py", "bundle/test_plain_json.py"),
    "bundle/sections": ("bundle/test_sections.py",),
    "bundle/serialization": ("bundle/test_serialization.py",),
    "decision/area": ("decision/test_decision.py", "decision/test_one_off.py", "decision/test_limits.py"),
    "decision/decision": ("decision/test_decision.py", "decision/test_one_off.py", "decision/test_limits.py"),
    "decision/judgement": ("decision/test_decision.py",),
    "decision/normalisation": ("decision/test_decision.py", "decision/test_limits.py"),
    "decision/order_statistics": ("decision/test_order_statistics.py",),
    "decision/promise": ("decision/test_order_statistics.py",),
    "decision/regions": ("decision/test_decision.py", "decision/test_one_off.py"),
    "decision/settings": ("decision/test_decision.py", "decision/test_one_off.py", "decision/test_limits.py"),
    "metrics/counting/levels": ("metrics/counting/test_levels.py",),
    "metrics/counting/share": ("metrics/counting/test_share.py",),
}
ROOM = {
    "bundle": ("bundle",),
    "images": ("images",),
    "engine": ("engine", "methods"),
    "decision": ("decision",),
    "calibration": (
        "calibration",
        "methods/test_classes.py",
        "methods/test_statistics_classes.py",
        "cli/test_calibrate_defects.py",
    ),
    "metrics": ("metrics",),
    "scoring/ledger": ("scoring/ledger",),
}


def paths_of_tests(rooms: Sequence[str], *, quick: bool) -> list[str]:
    """Paths of the tests for faults in `rooms`; with `quick` of the modules that are quick to test."""
    if quick:
        chosen = [name for module, names in QUICK.items() if module.startswith(tuple(rooms)) for name in names]
    else:
        chosen = [name for room in rooms for name in ROOM[room]]
    return [str(ROOT / "tests" / name) for name in dict.fromkeys(chosen)]
