"""Names resolved lazily: tables of ``"name": "module:attribute"``, what a room exports, modules that have moved."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from surfedge.errors import ArgumentError


def resolve(table: Mapping[str, str], name: str, kind: str = "name") -> Any:
    """The object that `table` lists under `name`; listing a table costs no import.

    Raises ArgumentError for an unknown name, with the nearest known one as the remedy.

    >>> resolve({"sqrt": "math:sqrt"}, "sqrt")(9.0)
    3.0
    """
    if name not in table:
        from difflib import get_close_matches

        near = get_close_matches(str(name), table, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "choose one of these"
        raise ArgumentError(kind, found=repr(name), expected=", ".join(table), remedy=remedy)
    module, attribute = table[name].split(":")
    return getattr(import_module(module), attribute)


def lazy_exports(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package that imports what it exports on first use (PEP 562).

    homes : names by the file that defines them, below the package ("overlay", or "output.tables" in a folder).
    """
    file_of = {name: file for file, names in homes.items() for name in names}

    def get(name: str) -> Any:
        if name not in file_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{file_of[name]}"), name)

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *file_of})

    return get, listed


class MovedModules(MetaPathFinder, Loader):
    """Imports of modules under the names that they had before, as the same module objects."""

    def __init__(self, moved: Mapping[str, str]) -> None:
        self._moved = dict(moved)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The specification of a module that has moved; None for all others."""
        return ModuleSpec(fullname, self) if fullname in self._moved else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module at its new place."""
        module = import_module(self._moved[spec.name])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing runs again; the module keeps the specification of its new place."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state
