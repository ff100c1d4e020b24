"""The kernels against plain loops, without Python: cpp/tests/plain.sh, here and on CPUs that this one is not.

Each run also checks that no kernel object calls malloc, abort or printf, and that a repeated call allocates nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kernels.levels import LEVELS

ROOT = Path(__file__).resolve().parents[2]
NEHALEM = ("qemu-x86_64-static", "-cpu", "Nehalem")  # SSE4.2, no AVX


def _plain(level: str, compiler: str, *emulator: str) -> str:
    for tool in ("sh", "nm", compiler, *emulator[:1]):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    if not (ROOT / "cpp").is_dir():
        pytest.skip("the sources of the kernels are not here")
    done = subprocess.run(
        ["sh", str(ROOT / "cpp" / "tests" / "plain.sh"), level, *emulator],
        capture_output=True,
        text=True,
        env={**os.environ, "OPTIMISE": "-O1", "CXX": compiler},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif("v3" not in LEVELS, reason="this CPU or this build has no level v3")
def test_one_level_on_this_cpu() -> None:
    said = _plain("v3", os.environ.get("CXX", "c++"))
    assert "neon 0; 0 failures" in said
    assert "no kernel object allocates, prints or ends the process" in said


def test_the_lowest_level_runs_on_a_cpu_without_avx() -> None:
    said = _plain("v2", "g++", *NEHALEM)
    assert "CPU runs v2 1, v3 0, v4 0, neon 0; 0 failures" in said
    assert "no kernel object allocates, prints or ends the process" in said


def test_neon_gives_the_same_answers() -> None:
    said = _plain("neon", "aarch64-linux-gnu-g++", "qemu-aarch64-static")
    assert "CPU runs v2 0, v3 0, v4 0, neon 1; 0 failures" in said
