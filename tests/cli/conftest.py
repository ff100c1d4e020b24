"""The command line in this process, and a folder of good strips to give it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import surfaces
import surfedge.cli


class Ran(NamedTuple):
    """Exit code, standard output, standard error."""

    code: int
    out: str
    error: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("info", path)`: the command line with that verb alone."""

    def call(verb: str, *words: object) -> Ran:
        monkeypatch.setattr(surfedge.cli, "VERBS", {verb: f"surfedge.cli.{verb}"})
        capsys.readouterr()
        try:
            code = surfedge.cli.main([verb, *map(str, words)])
        except SystemExit as left:
            code = int(left.code or 0)
        text = capsys.readouterr()
        return Ran(code, text.out, text.err)

    return call


@pytest.fixture(scope="session")
def strips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 12 good strips."""
    folder = tmp_path_factory.mktemp("strips")
    surfaces.good_folder(folder, count=12, shape=(64, 96))
    return folder
