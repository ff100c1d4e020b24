"""Tables of names: ``"name": "module:attribute"``, resolved on use, so that listing costs no import."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from surfedge.errors import ArgumentError


def resolve(table: Mapping[str, str], name: str, kind: str = "name") -> Any:
    """The object that `table` lists under `name`.

    Raises ArgumentError for an unknown name, with the nearest known one as the remedy.

    >>> resolve({"sqrt": "math:sqrt"}, "sqrt")(9.0)
    3.0
    """
    if name not in table:
        near = get_close_matches(str(name), table, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "choose one of these"
        raise ArgumentError(kind, found=repr(name), expected=", ".join(table), remedy=remedy)
    module, attribute = table[name].split(":")
    return getattr(import_module(module), attribute)
