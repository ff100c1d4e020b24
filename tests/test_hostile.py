"""B5: well-formed hostile bundles, networks and images: an error of our own within bounds, or a right answer.

Each runs in a process of its own, where time and memory can be measured: fuzz/ has the generators.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import surfedge
from conftest import Budget

FUZZ = Path(__file__).resolve().parents[1] / "fuzz"
SEED = 20240823
MAX_SECONDS, MAX_MEGABYTES = 1.0, 64.0
MAX_IMAGE_SECONDS = 5.0
MAX_PER_DECODED_BYTE = 9  # a picture in one strip: the file, the decoder's four bytes a pixel, the picture twice
# Networks that are as they should be but for what they do to a picture, or that differ where nothing looks.
MAY_LOAD = (
    *(f"output {what}" for what in ("f64", "NaN", "infinite", "constant")),
    *(f"text {what}" for what in ("wide", "changed", "large shapes")),
    "weights more",
    "output smaller as network",  # a map may be coarser than the picture
)


def found_by(script: str, *words: object) -> list[dict[str, Any]]:
    """What a generator in fuzz/ measured, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    command = [sys.executable, str(FUZZ / script), *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout.splitlines()[-1]))


def check_bundles(found: list[dict[str, Any]]) -> None:
    """No raw exception, no command to a terminal, no score that is none; quick and small."""
    wrong = [f"{one['kind']}: {one['is_wrong']}" for one in found if one["is_wrong"]]
    costly = [one for one in found if one["seconds"] > MAX_SECONDS or one["megabytes"] > MAX_MEGABYTES]
    loaded = sum(one["outcome"] == "loaded" for one in found)
    worst = max(one["seconds"] for one in found), max(one["megabytes"] for one in found)
    print(
        f"B5: {len(found)} bundles, {loaded} loaded, {len(found) - loaded} refused, {len(wrong)} wrong "
        f"(95 % bound {3 / len(found):.1e}); at most {worst[0]:.2f} s and {worst[1]:.0f} MB"
    )
    assert not wrong
    assert not costly


def test_hostile_bundles(budget: Budget) -> None:
    count = budget.count(test=60, nightly=500, release=20_000)
    print(f"seed {SEED}")
    found = found_by("hostile_bundles.py", count, SEED)
    check_bundles(found)
    assert len(found) == count and {"loaded", "BundleError"} == {one["outcome"] for one in found}


def test_hostile_networks() -> None:
    found = found_by("hostile_networks.py")
    check_bundles(found)
    taken = [one["kind"] for one in found if one["outcome"] == "loaded" and not one["kind"].startswith(MAY_LOAD)]
    assert not taken
    assert len(found) > 120


def test_image_bombs(tmp_path: Path, budget: Budget) -> None:
    """Smaller in the ordinary run, where every bound is as strict for what is left."""
    side_px, count = (
        budget.count(test=1024, nightly=8192, release=16384),
        budget.count(test=100_000, nightly=2_500_000, release=2_500_000),
    )
    found = found_by("image_bombs.py", tmp_path, side_px, count)
    for one in found:
        bound = MAX_MEGABYTES + MAX_PER_DECODED_BYTE * one["declared"] / 2**20
        assert one["outcome"] in ("loaded", "ImageError"), one
        assert one["seconds"] < MAX_IMAGE_SECONDS and one["megabytes"] < bound, one
    worst = max(found, key=lambda one: one["seconds"])
    print(f"B5: {len(found)} image bombs, at most {worst['seconds']:.1f} s ({worst['name']}); 0 beyond their bounds")
