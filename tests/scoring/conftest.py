"""Folder runs in this process and in others."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import surfedge
from scoring.stub import FEW_PICTURES, Stub, make_folder
from surfedge.scoring import Summary, score_folder

TESTS = Path(__file__).resolve().parents[1]
Run = Callable[..., Summary]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Twelve files."""
    return make_folder(tmp_path / "images", 12)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A place for results, not there yet."""
    return tmp_path / "out"


@pytest.fixture
def run(images: Path, out: Path) -> Run:
    """Scores the twelve files, or what is named, with a stub."""

    def score(stub: Any = None, inputs: list[Any] | None = None, **options: Any) -> Summary:
        options = {"workers": 2, "pictures": FEW_PICTURES, **options}
        return score_folder(stub or Stub(), inputs or [images], out, **options)

    return score


def table(path: Path, *without: str) -> list[dict[str, str]]:
    """The rows of a CSV file, columns `without` left out."""
    with open(path, encoding="utf-8", newline="") as file:
        return [{k: v for k, v in row.items() if k not in without} for row in csv.DictReader(file)]


def start(
    images: Path,
    out: Path,
    delay_s: float = 0.0,
    save: str = "masks",
    die_at: int = 0,
    judging: str = "stub",
    **options: Any,
) -> subprocess.Popen[str]:
    """A run as a process of its own, by the stub or by a "detector"; it kills itself at that fsync or rename of an
    output file, 0 never."""
    paths = [str(TESTS), str(Path(surfedge.__file__).parents[1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(TESTS / "scoring" / "stub.py"), str(images), str(out)]
    command += [str(delay_s), save, str(die_at), judging]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )
