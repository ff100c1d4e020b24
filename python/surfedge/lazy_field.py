"""Lazy fields of a record, computed on first access: most maps of good images are never read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")
C = TypeVar("C", bound=type)


@dataclass(frozen=True)
class Lazy(Generic[T]):
    """make : gives the value; may be called more than once, always with an equal answer."""

    make: Callable[[], T]


def made_on_use(value: T | Lazy[T]) -> T:
    """`value` as the constructor of a record takes it for a lazy field: typed as the field reads, for it reads so."""
    return cast("T", value)


def lazy_fields(*names: str) -> Callable[[C], C]:
    """Lets fields of a dataclass take a Lazy: they read as its value, which is computed on first access and kept.

    Records are copied, compared and pickled as those of any dataclass; what is not computed yet stays so.

    >>> @lazy_fields("values")
    ... @dataclass(frozen=True)
    ... class Record:
    ...     values: list[int]
    >>> Record(made_on_use(Lazy(lambda: [1, 2]))).values
    [1, 2]
    """

    def with_fields(record: C) -> C:
        for name in names:
            setattr(record, name, _LazyField(name))
        return record

    return with_fields


class _LazyField:
    """The descriptor behind a lazy field: the record holds the value, or the Lazy until the first access."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()

    def __get__(self, record: object, owner: type) -> Any:
        if record is None:
            return self
        value = vars(record)[self._name]
        return self._made(vars(record), value) if isinstance(value, Lazy) else value

    def __set__(self, record: object, value: Any) -> None:
        vars(record)[self._name] = value

    def _made(self, fields: dict[str, Any], lazy: Lazy[Any]) -> Any:
        """The value; several threads may make it, but all see the one that was kept first."""
        made = lazy.make()
        with self._lock:
            if isinstance(fields[self._name], Lazy):
                fields[self._name] = made
            return fields[self._name]
