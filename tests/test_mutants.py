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
LEAST_NOTICED = 0.9  # of many
LEAST_OF_FEW = 0.8  # of 40, which are others after each change of the modules they are drawn from
AT_LENGTH = 500  # from so many on faults of all rooms


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each fault runs in a fork")
def test_seeded_faults_are_noticed(budget: Budget) -> None:
    """In the ordinary run in functions of modules with quick tests; at length in all rooms that the script knows."""
    count = budget.count(test=40, nightly=AT_LENGTH, release=2000)
    quick = ["--quick"] if count < AT_LENGTH else []
    command = [sys.executable, str(SCRIPT), "--count", str(count), "--seed", "9", *quick]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    rate = found["noticed"] / found["total"]
    print(f"N1: {found['noticed']} of {found['total']} seeded faults noticed ({rate:.0%}), seed {found['seed']}")
    print(*found["survivors"], sep="\n")
    assert found["total"] == count
    assert rate >= (LEAST_OF_FEW if quick else LEAST_NOTICED)
