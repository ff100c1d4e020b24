"""The kernels against plain loops, without Python: cpp/tests/plain.sh, here and on CPUs that this one is not.

Each build also checks that no kernel object calls malloc, abort or printf, and that a repeated call allocates nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import Budget
from kernels.levels import LEVELS

ROOT = Path(__file__).resolve().parents[2]
NEHALEM = ("qemu-x86_64-static", "-cpu", "Nehalem")  # SSE4.2, no AVX
NO_CALLS = "no kernel object allocates, prints or ends the process"


def _plain(folder: Path, level: str, compiler: str, *emulator: str) -> str:
    """What the checks of a level say, built in `folder`, where the program stays."""
    for tool in ("sh", "nm", compiler, *emulator[:1]):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    if not (ROOT / "cpp").is_dir():
        pytest.skip("the sources of the kernels are not here")
    script = ("sh", str(ROOT / "cpp" / "tests" / "plain.sh"), level, *emulator)
    return _said(*script, OPTIMISE="-O1", CXX=compiler, OUT=str(folder))


def _said(*command: str, **environment: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif("v2" not in LEVELS, reason="this CPU or this build has no level v2")
def test_the_lowest_level_here_and_on_a_cpu_without_avx(tmp_path: Path) -> None:
    said = _plain(tmp_path, "v2", os.environ.get("CXX", "c++"))
    assert "neon 0; 0 failures" in said and NO_CALLS in said
    if not shutil.which(NEHALEM[0]):
        pytest.skip(f"checked here; {NEHALEM[0]} is not installed")
    assert "CPU runs v2 1, v3 0, v4 0, neon 0; 0 failures" in _said(*NEHALEM, str(tmp_path / "checked"))


@pytest.mark.parametrize("level", ["v3", "v4"])
def test_higher_levels_here(level: str, budget: Budget, tmp_path: Path) -> None:
    """At length: what they compute, each kernel's own tests ask in the ordinary run too."""
    if level not in LEVELS:
        pytest.skip(f"this CPU or this build has no level {level}")
    if not budget.count(test=0, nightly=1, release=1):
        pytest.skip("with --budget nightly")
    said = _plain(tmp_path, level, os.environ.get("CXX", "c++"))
    assert "neon 0; 0 failures" in said and NO_CALLS in said


def test_neon_gives_the_same_answers(tmp_path: Path) -> None:
    said = _plain(tmp_path, "neon", "aarch64-linux-gnu-g++", "qemu-aarch64-static")
    assert "CPU runs v2 0, v3 0, v4 0, neon 1; 0 failures" in said and NO_CALLS in said
