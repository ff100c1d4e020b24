"""Style is part of the tests: ruff, mypy and clang-format are clean."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for kind in ("*.cpp", "*.hpp") for path in (ROOT / "cpp").rglob(kind))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    "command", [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)], ids=" ".join
)
def test_python(command: tuple[str, ...]) -> None:
    pytest.importorskip(command[0])
    done = _run(sys.executable, "-m", *command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_cpp() -> None:
    tool = shutil.which("clang-format") or str(Path(sys.executable).with_name("clang-format"))
    if not Path(tool).exists():
        pytest.skip("clang-format is not installed")
    done = _run(tool, "--dry-run", "--Werror", *map(str, SOURCES))
    assert done.returncode == 0, done.stderr[:3000]
