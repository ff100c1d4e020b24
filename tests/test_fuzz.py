"""F1: coverage-guided fuzzing, each target a process of its own; a look in the ordinary run, hours in the long ones.

The fuzzer counts seconds of the clock, so that a machine that stalls looks like an input that hangs. Such an input is
tried again by itself: one that hangs does so each time.
"""

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
STALLS = 3  # of the machine, in a row, before it is too busy for the test
HANGS_ONCE = """
import sys, atheris
from pathlib import Path

def one_input(data):
    mark = Path("mark")
    while {always} or not mark.exists():
        mark.touch()
        if not {always}:
            import time; time.sleep(3)

atheris.Setup(sys.argv, one_input)
atheris.Fuzz()
"""


def fuzzed(target: Path, folder: Path, *options: str) -> int:
    """The inputs tried without a finding; AssertionError with what the fuzzer says for one that is found."""
    for _ in range(STALLS):
        done = _run(target, folder, *options)
        if done.returncode == 0:
            found = re.search(r"Done (\d+) runs", done.stderr)
            assert found is not None, done.stderr[-3000:]
            return int(found[1])
        said = f"exit code {done.returncode}\n{done.stderr[-3000:]}"
        suspect = re.search(r"Test unit written to (\S*timeout-\w+)", done.stderr)
        assert suspect is not None, said
        again = _run(target, folder, suspect[1], *(word for word in options if word.startswith("-timeout")))
        assert again.returncode == 0, f"{said}\nand once more:\n{again.stderr[-3000:]}"
    pytest.fail(f"the machine stalled {STALLS} times; the last: {said}")


def _run(target: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    package = str(Path(surfedge.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": package, "TMPDIR": str(folder)}
    command = [sys.executable, str(target), *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("target", ["bundle", "images", "kernels"])
def test_nothing_is_found(target: str, tmp_path: Path, budget: Budget) -> None:
    pytest.importorskip("atheris", reason='pip install "surfedge[fuzz]"')
    seconds = budget.count(test=1, nightly=7_200, release=28_800)
    inputs = fuzzed(TARGETS / f"{target}.py", tmp_path, f"-max_total_time={seconds}", "-seed=1")
    assert inputs > 0
    print(f"F1 {target}: {inputs:,} inputs in {seconds:,} s, seed 1, 0 findings")


@pytest.mark.parametrize("always", [False, True])
def test_a_machine_that_stalls_is_told_from_an_input_that_hangs(always: bool, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason='pip install "surfedge[fuzz]"')
    target = tmp_path / "target.py"
    target.write_text(HANGS_ONCE.format(always=always), encoding="utf-8")
    if not always:
        assert fuzzed(target, tmp_path, "-runs=100", "-timeout=1") > 0
        return
    with pytest.raises(AssertionError, match="and once more"):
        fuzzed(target, tmp_path, "-runs=100", "-timeout=1")
