"""Frozen dataclasses to plain JSON values and arrays, and back, with every key and type checked.

Methods and decisions are frozen dataclasses: numbers, words and tuples are their *settings*, NumPy arrays
are what was *learned*, bytes are a *network*. A bundle stores the three apart; this page is the one place
that takes a record apart and puts it together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import numpy as np

from surfedge.errors import ArgumentError

T = TypeVar("T")
Plain = dict[str, Any]


def serialize(record: Any) -> tuple[Plain, dict[str, np.ndarray], dict[str, bytes]]:
    """Settings, arrays and byte strings of a frozen dataclass; fields that are None or hidden are left out.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Blur:
    ...     sigma_px: float = 2.0
    >>> serialize(Blur(3.0))
    ({'sigma_px': 3.0}, {}, {})
    """
    settings: Plain = {}
    arrays: dict[str, np.ndarray] = {}
    blobs: dict[str, bytes] = {}
    for item in _stored_fields(type(record)):
        value = getattr(record, item.name)
        if isinstance(value, np.ndarray):
            arrays[item.name] = value
        elif isinstance(value, bytes):
            blobs[item.name] = value
        elif value is not None:
            settings[item.name] = list(value) if isinstance(value, tuple) else value
    return settings, arrays, blobs


def deserialize(
    kind: type[T], settings: Mapping[str, Any], parts: Mapping[str, Any] | None = None, *, name: str = ""
) -> T:
    """The record of class `kind` with these settings and parts.

    Raises ArgumentError for a key that `kind` does not know, one that it needs and that is missing, and a
    value or part of the wrong type.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Blur:
    ...     sigma_px: float = 2.0
    >>> deserialize(Blur, {"sigma_px": 3})
    Blur(sigma_px=3.0)
    """
    parts = parts or {}
    known = {item.name: item for item in _stored_fields(kind)}
    where = name or kind.__name__
    for key in (*settings, *parts):
        if key not in known:
            raise ArgumentError(
                where, found=f"the unknown key {key!r}", expected=", ".join(known) or "no keys", remedy="remove it"
            )
    types = _types(cast("Any", kind))
    values: Plain = {key: _checked_part(part, types[key], f"{where}.{key}") for key, part in parts.items()}
    for key, value in settings.items():
        values[key] = _checked(value, types[key], f"{where}.{key}")
    for key, item in known.items():
        if key not in values and item.default is MISSING and item.default_factory is MISSING:
            raise ArgumentError(where, found=f"no {key!r}", expected="it to be given", remedy=f"add {key!r}")
    return kind(**values)


@cache
def _types(kind: type) -> dict[str, Any]:
    """Types of the fields; found once for each class, because Python evaluates their text for it."""
    return get_type_hints(kind)


def _stored_fields(kind: Any) -> list[Field[Any]]:
    """The fields that travel: all but those marked ``metadata={"stored": False}``."""
    return [item for item in fields(kind) if item.init and item.metadata.get("stored", True)]


def _checked_part(part: Any, hint: Any, where: str) -> Any:
    """An array where the type `hint` has one, bytes where it has those."""
    kind = np.ndarray if isinstance(part, np.ndarray) else bytes
    if kind not in (hint, *get_args(hint)):
        found = "an array" if kind is np.ndarray else "bytes"
        raise ArgumentError(where, found=found, expected="no such part", remedy="remove it")
    return part


def _checked(value: Any, hint: Any, where: str) -> Any:
    """`value` as the type `hint` asks for (int where a float is wanted, a list where a tuple is)."""
    options = get_args(hint) if get_origin(hint) not in (tuple, None) else (hint,)
    for option in options:
        if get_origin(option) is tuple and isinstance(value, (list, tuple)):
            inner = get_args(option)
            kinds = inner[:1] * len(value) if len(inner) == 2 and inner[1] is Ellipsis else inner
            if len(kinds) == len(value):
                return tuple(_checked(v, k, where) for v, k in zip(value, kinds, strict=True))
        if option is float and type(value) in (int, float) and _is_finite(value):
            return float(value)
        if option is dict and isinstance(value, dict):
            return value
        if option in (int, str, bool) and type(value) is option:
            return value
    wanted = " or ".join(getattr(option, "__name__", str(option)) for option in options)
    raise ArgumentError(where, found=repr(value)[:200], expected=wanted, remedy="correct the value")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond float64
        return False
