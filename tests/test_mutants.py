"""N1: faults seeded into the package are noticed by its tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Budget

SCRIPT = Path(__file__).resolve().parents[1] / "fuzz" / "mutants.py"
LEAST_NOTICED = 0.9
FEWEST = 20  # faults from which a rate can be computed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each fault runs in a fork")
def test_seeded_faults_are_noticed(budget: Budget) -> None:
    """In the ordinary run some in modules whose tests are quick; at length in all rooms that the script knows."""
    count = budget.count(test=4, nightly=500, release=2000)
    quick = ["--quick"] if count < FEWEST else []
    command = [sys.executable, str(SCRIPT), "--count", str(count), "--seed", "8", *quick]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    rate = found["noticed"] / found["total"]
    print(f"N1: {found['noticed']} of {found['total']} seeded faults noticed ({rate:.0%}), seed {found['seed']}")
    print(*found["survivors"], sep="\n")
    assert found["total"] == count
    assert rate >= LEAST_NOTICED or (count < FEWEST and found["noticed"] >= count - 1)
