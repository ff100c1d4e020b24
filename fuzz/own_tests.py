"""Which tests are run on a fault in a module, for fuzz/mutants.py: first the module's own, then its room's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Tests that are a module's own, where they do not stand in test_MODULE.py of its room; with --quick no others run.
QUICK = {
    "bundle/plain_json": ("bundle/test_sections.py",),
    "bundle/sections": ("bundle/test_sections.py",),
    "bundle/serialization": ("bundle/test_serialization.py",),
    "images/arrays": ("images/test_arrays.py", "images/test_unchecked_ends.py"),
    "images/headers/file_bytes": ("images/test_files.py", "images/test_bombs.py"),
}
OWN = {
    **QUICK,
    "calibration/calibration": ("calibration/test_good_images.py", "calibration/test_rules.py"),
    "calibration/by_hand": ("calibration/test_made_defects.py",),
    "calibration/good_statistics": ("calibration/test_leave_one_out.py",),
    "decision/promise": ("decision/test_order_statistics.py",),
    "decision/area": ("decision/test_decision.py", "decision/test_limits.py"),
    "decision/normalisation": ("decision/test_limits.py",),
    "images/headers/exif": ("images/test_formats.py",),
    "images/headers/jpeg_scans": ("images/test_jpeg_loss.py", "images/test_one_off.py", "images/test_headers.py"),
    "images/headers/tiff_strips": ("images/test_damaged_tiff.py",),
    "images/headers/tiff_pages": ("images/test_damaged_tiff.py", "images/test_pages.py"),
    "images/headers/tiff_pieces": ("images/test_damaged_tiff.py",),
    "images/headers/tiff_probe": ("images/test_one_off.py", "images/test_damaged_tiff.py", "images/test_bombs.py"),
    "images/headers/tiff": ("images/test_headers.py", "images/test_one_off.py", "images/test_damaged_tiff.py"),
    "images/frame": ("images/test_one_off.py", "images/test_arrays.py"),
    "images/headers/": ("images/test_one_off.py", "images/test_headers.py", "images/test_formats.py"),
    "metrics/counting/confusion": ("metrics/test_of_classes.py",),
    "metrics/feature_sets/": ("metrics/feature_sets",),
    "metrics/test_set/": ("metrics/test_set",),
    "metrics/counting/": ("metrics/counting",),
    "scoring/ledger/": ("scoring/ledger",),
}
# Then all tests of the room; the first that fits counts.
TESTS = {
    "bundle/": ("bundle/test_bundle.py", "bundle"),
    "engine/leaving": ("engine/test_leaving.py",),
    "images/": ("images",),
    "engine/": ("engine", "methods"),
    "decision/": ("decision",),
    "calibration/": ("calibration",),
    "metrics/": ("metrics",),
    "scoring/ledger/": ("scoring",),
}


def stages_of(module: str, *, quick: bool = False) -> list[list[str]]:
    """Paths of the tests that are the own ones of a module ("decision/area"); then, unless `quick`, its room's."""
    own: Sequence[str] = next((OWN[key] for key in OWN if module.startswith(key)), ())
    if not own:
        folder, _, name = module.rpartition("/")
        own = [path for path in (f"{folder}/test_{name}.py",) if (ROOT / "tests" / path).exists()]
    room = () if quick else next(TESTS[key] for key in TESTS if module.startswith(key))
    return [[str(ROOT / "tests" / name) for name in names] for names in (own, room) if names]
