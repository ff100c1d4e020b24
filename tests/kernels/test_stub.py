"""The typed stub of the native modules says what each of them has, and nothing else."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import surfedge
from kernels.levels import each_level, native
from surfedge import kernels

STUB = Path(surfedge.__file__).with_name("_native.pyi")


def _functions() -> dict[str, list[str]]:
    """Functions of the stub with their parameters, all by position only."""
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            assert not (node.args.args or node.args.kwonlyargs or node.args.vararg), node.name
            found[node.name] = [argument.arg for argument in node.args.posonlyargs]
    return found


@each_level
def test_the_stub_has_the_functions_of_the_module(level: str) -> None:
    module = native(level)
    built = {name for name, value in vars(module).items() if callable(value) and not name.startswith("_")}
    assert built == set(_functions())
    for name, parameters in _functions().items():
        signature = re.match(rf"{name}\((.*?)\) ->", getattr(module, name).__doc__)
        assert signature, name
        assert len(signature[1].split(", ") if signature[1] else []) == len(parameters), name


@each_level
def test_the_stub_has_the_other_names_of_the_module(level: str) -> None:
    values = {name for name in vars(native(level)) if not name.startswith("_")} - set(_functions())
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    assert values == {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}  # type: ignore[union-attr]


PUBLIC = sorted(set(_functions()) - {"cpu_levels", "set_threads", "threads"})  # what each level has of its own


def test_the_page_has_every_kernel() -> None:
    assert [name for name in PUBLIC if not hasattr(kernels, name)] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_the_stub_has_the_parameters_of_the_public_function(name: str) -> None:
    assert list(inspect.signature(getattr(kernels, name)).parameters) == _functions()[name]
