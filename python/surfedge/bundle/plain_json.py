"""The JSON that a manifest may be (docs/bundle.md): strictly UTF-8, bounded in depth, number and length.

What is large is refused before it is parsed, so that a megabyte of text cannot become a gigabyte of objects.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

MAX_DEPTH = 16
MAX_VALUES = 10_000
MAX_KEY = 200
MAX_TEXT = 20_000
MAX_DIGITS = 100  # of one number
MAX_WHOLE = (1 << 63) - 1


def parsed(encoded: bytes) -> dict[str, Any]:
    """The object that the bytes are; raises ValueError with words for anything else.

    >>> parsed(b'{"method": "dzl"}')
    {'method': 'dzl'}
    >>> parsed(b'{"threshold": 1e999}')
    Traceback (most recent call last):
    ...
    ValueError: the number 1e999
    """
    text = encoded.decode("utf-8")
    if sum(map(text.count, ",[{")) > 2 * MAX_VALUES:
        raise ValueError(f"more than {MAX_VALUES:,} values")
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_constant=_refused, parse_int=_whole, parse_float=_finite
        )
    except RecursionError:
        raise ValueError(f"nested more than {MAX_DEPTH} deep") from None
    if not isinstance(found, dict):
        raise ValueError(f"a {type(found).__name__} at the top, not an object")
    _check_bounds(found)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise ValueError("a key that stands twice")
    return keys


def _refused(word: str) -> NoReturn:
    raise ValueError(f"the number {word}")


def _whole(digits: str) -> int:
    number = int(digits[:MAX_DIGITS])  # so many are too large already
    if abs(number) > MAX_WHOLE:
        raise ValueError(f"a whole number of {len(digits):,} digits")
    return number


def _finite(digits: str) -> float:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits):,} characters")
    if not math.isfinite(float(digits)):
        _refused(digits)
    return float(digits)


def _check_bounds(found: dict[str, Any]) -> None:
    """Depth, number of values, lengths; one level after the other, so that no depth exhausts the stack."""
    level: list[Any] = [found]
    count = depth = 0
    while level:
        depth, count = depth + 1, count + len(level)
        if count > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES:,} values")
        for value in level:
            _check_text(value, MAX_TEXT)
            for key in value if isinstance(value, dict) else ():
                _check_text(key, MAX_KEY)
        if depth > MAX_DEPTH and any(isinstance(value, (dict, list)) for value in level):
            raise ValueError(f"nested more than {MAX_DEPTH} deep")
        level = [item for value in level for item in _inside(value)]


def _inside(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _check_text(value: Any, limit: int) -> None:
    if not isinstance(value, str):
        return
    if len(value) > limit:
        raise ValueError(f"a text of {len(value):,} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("half a character (a lone surrogate)") from None
