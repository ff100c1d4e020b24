"""TOML files of rolls and rules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from surfedge.errors import ArgumentError


def read_toml(path: str | Path) -> dict[str, Any]:
    """The values in a TOML file; raises ArgumentError for one that is missing or no TOML."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        found = getattr(error, "strerror", None) or "bytes that are not UTF-8"
        raise ArgumentError(path, found=found, expected="a TOML file") from error
    return parse_toml(text, str(path))


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """The values of a TOML text; raises ArgumentError naming `source`."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return dict(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ArgumentError(source, found=error, expected="TOML") from error
