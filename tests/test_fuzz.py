"""F1: coverage-guided fuzzing, each target a process of its own; a look in the ordinary run, hours in the long ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import surfedge
from conftest import Budget

TARGETS = Path(__file__).resolve().parents[1] / "fuzz"


@pytest.mark.parametrize("target", ["bundle", "images", "kernels"])
def test_nothing_is_found(target: str, tmp_path: Path, budget: Budget) -> None:
    pytest.importorskip("atheris", reason='pip install "surfedge[fuzz]"')
    seconds = budget.count(test=1, nightly=7_200, release=28_800)
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(surfedge.__file__).parents[1]),
        "TMPDIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, str(TARGETS / f"{target}.py"), f"-max_total_time={seconds}", "-seed=1"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.search(r"Done (\d+) runs", done.stderr)
    assert found is not None and int(found[1]) > 0
    print(f"F1 {target}: {int(found[1]):,} inputs in {seconds:,} s, seed 1, 0 findings")
