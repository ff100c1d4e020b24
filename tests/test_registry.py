"""Names that are resolved on use, and the folders that they list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import surfedge
from surfedge import cli, methods
from surfedge.errors import ArgumentError
from surfedge.registry import resolve

PACKAGE = Path(surfedge.__file__).parent


def _files(folder: str) -> set[str]:
    return {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__"}


def test_methods_and_their_folder_agree() -> None:
    listed = {home.split(":")[0].rsplit(".", 1)[1] for home in methods.METHODS.values()}
    sources = {stem: (PACKAGE / "methods" / f"{stem}.py").read_text(encoding="utf-8") for stem in _files("methods")}
    named = re.compile(r'^    name: ClassVar\[str\] = "(\w+)"', re.M)  # what several share has no name
    defined = {stem: found.group(1) for stem, text in sources.items() if (found := named.search(text))}
    assert listed == set(defined) and set(methods.METHODS) == set(defined.values())
    for name in methods.METHODS:
        assert issubclass(resolve(methods.METHODS, name), methods.Method)


def test_verbs_and_their_folder_agree() -> None:
    assert {home.rsplit(".", 1)[1] for home in cli.VERBS.values()} == _files("cli") - {"console"}


def test_an_unknown_name_gets_the_nearest_known_one() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'statistics'"):
        resolve(methods.METHODS, "statistic", "method")
