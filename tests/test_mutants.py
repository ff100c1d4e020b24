"""N1: faults seeded into the package are noticed by its tests."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Budget

SCRIPT = Path(__file__).resolve().parents[1] / "fuzz" / "mutants.py"
LEAST_NOTICED = 0.9  # of many; what was reached stands in docs/reliability.md
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


def test_reasons_stand_for_faults_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """fuzz/explained.py: an entry goes when its line does."""
    monkeypatch.syspath_prepend(SCRIPT.parent)
    for name in ("explained", "own_tests", "faults"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    faults, explained = importlib.import_module("faults"), importlib.import_module("explained")
    stale = []
    for module, entries in explained.WITHOUT_DIFFERENCE.items():
        lines = (faults.PACKAGE / f"{module}.py").read_text(encoding="utf-8").splitlines()
        known = [fault for fault in faults._faults_of(module) if fault.is_explained]
        said = [(lines[int(fault.what.split(":")[0].removeprefix("line ")) - 1], fault.what) for fault in known]
        stale += [
            f"{module}: {text}"
            for text, change, _ in entries
            if not any(text in line and change in what for line, what in said)
        ]
    for path, entries in explained.IN_KERNELS.items():
        source = SCRIPT.parents[1] / "cpp" / "kernels" / path
        if source.parents[2].is_dir():
            stale += [f"{path}: {text}" for text, _, _ in entries if text not in source.read_text(encoding="utf-8")]
    assert not stale
