"""Instruction-set levels: which of them this build has and this CPU runs, and the native module of the one in use."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from surfedge.errors import ArgumentError

LEVELS = ("v2", "v3", "v4", "neon")  # lowest first: x86-64-v2 to v4, aarch64


def _built() -> tuple[str, ...]:
    return tuple(level for level in LEVELS if find_spec(f"surfedge._native_{level}") is not None)


def _load(level: str) -> ModuleType:
    return import_module(f"surfedge._native_{level}")


def available_isas() -> tuple[str, ...]:
    """Instruction-set levels that this build has and this CPU runs, lowest first.

    >>> set(available_isas()) <= {"v2", "v3", "v4", "neon"}
    True
    """
    built = _built()
    if not built:
        raise ImportError("surfedge: no native module in this installation; reinstall surfedge")
    cpu = _load(built[0]).cpu_levels()
    return tuple(level for level in built if level in cpu)


def _choose(wanted: str) -> ModuleType:
    """The native module of the level named, or of the best one when `wanted` is empty."""
    usable = available_isas()
    if not wanted:
        return _load(usable[-1])
    if wanted not in LEVELS:
        raise ArgumentError(
            "SURFEDGE_ISA",
            found=repr(wanted),
            expected=f"one of {', '.join(LEVELS)}",
            remedy=f"unset it, or set it to {usable[-1]}",
        )
    if wanted not in _built():
        raise ArgumentError(
            "SURFEDGE_ISA",
            found=f"{wanted}, which this installation was built without",
            expected=f"one of {', '.join(usable)}",
            remedy="unset it, or install a build that has this level",
        )
    if wanted not in usable:
        raise ArgumentError(
            "SURFEDGE_ISA",
            found=f"{wanted}, which this CPU cannot run",
            expected=f"one of {', '.join(usable)}",
            remedy=f"unset it, or set it to {usable[-1]}",
        )
    return _load(wanted)


if TYPE_CHECKING:
    from surfedge import _native as native
else:
    native = _choose(os.environ.get("SURFEDGE_ISA", ""))


def active_isa() -> str:
    """The level that the kernels run at.

    >>> active_isa() in available_isas()
    True
    """
    return str(native.level)


def set_threads(count: int) -> None:
    """Threads that each later kernel call uses, 1 to 256; 1 until set. Results do not depend on it.

    >>> set_threads(2); set_threads(1)
    """
    native.set_threads(count)
