"""Options that say how files are to be read, the same for each verb that takes them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.bundle import Bundle


def add_reading(parser: argparse.ArgumentParser) -> None:
    """--bit-depth and --value-range; not in the namespace where they are not given."""
    unset = argparse.SUPPRESS
    parser.add_argument("--bit-depth", type=int, default=unset, metavar="N", help="bits used in 16-bit files, 8 to 16")
    parser.add_argument(
        "--value-range",
        default=unset,
        metavar="LOW,HIGH",
        help="black and white of float files (TIFF), else 0 to 1; write --value-range=-1,1 where LOW is negative",
    )


def as_read(bundle: Bundle, given: Mapping[str, Any]) -> Bundle:
    """`bundle`, reading files as the options say; raises ArgumentError for what they cannot mean."""
    from dataclasses import replace

    from surfedge.errors import ArgumentError

    if (depth := given.get("bit_depth")) is not None:
        if not 8 <= depth <= 16:
            raise ArgumentError("--bit-depth", found=depth, expected="8 to 16")
        bundle = replace(bundle, input={**bundle.input, "bit_depth": depth})
    if (text := given.get("value_range")) is not None:
        bundle = replace(bundle, input={**bundle.input, "value_range": _range(text)})
    return bundle


def _range(text: str) -> list[float]:
    """Two numbers in rising order.

    >>> _range("-0.5,2")
    [-0.5, 2.0]
    """
    from math import isfinite

    from surfedge.errors import ArgumentError

    try:
        low, high = map(float, text.split(","))
    except ValueError:
        low = high = 0.0
    if not (low < high and isfinite(low) and isfinite(high)):
        raise ArgumentError(
            "--value-range", found=text, expected="LOW,HIGH, two numbers in rising order", remedy="e.g. 0,100"
        )
    return [low, high]
