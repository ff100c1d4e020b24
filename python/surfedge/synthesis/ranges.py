"""Checks of settings: a wrong one is named before anything is rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from surfedge.errors import ArgumentError


def require(low: float, high: float, **settings: float | None) -> None:
    """Raise ArgumentError for a setting that is not a number from `low` to `high`; None passes.

    >>> require(0, 1, wear=0.5, sharpness=None)
    """
    for name, value in settings.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ArgumentError(name, found=repr(value), expected=f"a number from {low:g} to {high:g}")


def call(kind: str, function: Callable[..., Any], *arguments: Any, options: Mapping[str, Any]) -> Any:
    """`function(*arguments, **options)`; an option that it does not know becomes an ArgumentError."""
    try:
        return function(*arguments, **options)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise
        name = str(error).rsplit("'", 2)[1]
        raise ArgumentError(name, found="an option that is not known", expected=f"an option of {kind}") from error
