"""Each example in a docstring runs and gives what stands there."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import surfedge

PACKAGE = Path(surfedge.__file__).parent
EXAMPLES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 50


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    if ".training" in name or name.endswith((".int8", ".localiser")):
        pytest.importorskip("torch", reason='pip install "surfedge[train]"')
    if ".labelling" in name:
        pytest.importorskip("starlette", reason='pip install "surfedge[serve]"')
    module = import_module(name.removesuffix(".__init__"))
    found = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert found.failed == 0 and found.attempted > 0
