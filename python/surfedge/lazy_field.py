"""Fields of a record whose array is made when somebody looks at it: most maps of good images nobody does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Deferred:
    """make : gives the array; may be called more than once, always with the same answer."""

    make: Callable[[], np.ndarray]


class MadeOnUse:
    """A field that takes an array, None or a Deferred, and gives the array or None."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, record: Any, owner: type | None = None) -> Any:
        if record is None:
            raise AttributeError(self.name)
        value = record.__dict__[self.name]
        if isinstance(value, Deferred):
            value = record.__dict__[self.name] = value.make()  # two threads may both make it: the same
        return value

    def __set__(self, record: Any, value: Any) -> None:
        record.__dict__[self.name] = value


def made_on_use(owner: type, name: str) -> None:
    """Turns the field `name` of the dataclass `owner` into one that is made on use.

    >>> @dataclass(frozen=True)
    ... class Record:
    ...     values: np.ndarray
    >>> made_on_use(Record, "values")
    >>> Record(Deferred(lambda: np.zeros(2))).values
    array([0., 0.])
    """
    field = MadeOnUse()
    field.__set_name__(owner, name)
    setattr(owner, name, field)
