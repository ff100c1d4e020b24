"""How bright an image is to be, given what a change of light leaves as it is: relative contrast, and colours.

Hides, castings or wood differ in brightness, and in colour and relative contrast with it, so that brightness alone says
little of the lamp. A lamp that fades changes brightness and nothing else. The expectation is linear (ridge regression
of the logarithm); beyond what good images showed it does not grow, so that a defect of another colour moves it little.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surfedge.detector.traits import TINY
from surfedge.errors import require

GIVEN = ("contrast", "red", "blue")
PRIOR = 5.0  # images' worth of the belief that brightness depends on none of them
FEWEST = 8  # images; fewer say nothing

Expected = Mapping[str, Sequence[float]]


def expected_light(frames: Sequence[Mapping[str, float]]) -> tuple[dict[str, tuple[float, ...]], list[float]]:
    """What the `appearance` of good images lets expect: "offset" with one number and, for each of GIVEN that all have,
    slope, least and largest value; and each image's `light` by the others. Both empty for fewer than FEWEST images.
    """
    if len(frames) < FEWEST:
        return {}, []
    names = [name for name in GIVEN if all(name in found for found in frames)]
    values = np.array([_given(found, names) for found in frames])
    brightness = np.array([_log2(found["brightness"]) for found in frames])
    middle, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    scaled = (values - middle) / spread
    inverse = np.linalg.inv(scaled.T @ scaled + PRIOR * np.eye(len(names)))
    slopes = inverse @ scaled.T @ (brightness - brightness.mean())
    own = 1 / len(frames) + np.einsum("ij,jk,ik->i", scaled, inverse, scaled)
    left = (brightness - brightness.mean() - scaled @ slopes) / (1 - own)
    slopes = slopes / spread
    expected: dict[str, tuple[float, ...]] = {"offset": (round(float(brightness.mean() - middle @ slopes), 6),)}
    for name, slope, column in zip(names, slopes, values.T, strict=True):
        expected[name] = tuple(round(float(value), 6) for value in (slope, column.min(), column.max()))
    return expected, [float(2.0**value) for value in left]


def light(found: Mapping[str, float], expected: Expected) -> float:
    """Brightness of an image over what is expected: 1 for as bright as expected, 0.5 for half as bright.

    found : of `surfedge.detector.appearance`.

    >>> seen = {"brightness": 0.2, "contrast": 0.02}
    >>> round(light(seen, {"offset": (-1.32,), "contrast": (0.0, -4.0, -3.0)}), 2)
    0.5
    """
    names = [name for name in expected if name != "offset"]
    of = expected["offset"][0]
    for name, value in zip(names, _given(found, names), strict=True):
        slope, least, most = expected[name]
        of += slope * min(max(value, least), most)
    return float(2.0 ** min(max(_log2(found["brightness"]) - of, -64.0), 64.0))


def check_expected(expected: object) -> None:
    """Raise ArgumentError unless it is what `expected_light` gives, or empty."""
    known = isinstance(expected, dict) and (not expected or "offset" in expected)
    for name, numbers in expected.items() if isinstance(expected, dict) else ():
        length = 1 if name == "offset" else 3 if name in GIVEN else 0
        known &= _are_numbers(numbers) and len(numbers) == length and all(abs(value) < 1e9 for value in numbers)
    require("plausibility.expected", expected, known, "offset and, for contrast, red, blue, slope, least and largest")


def _are_numbers(values: Any) -> bool:
    return isinstance(values, (list, tuple)) and all(type(v) in (int, float) and math.isfinite(v) for v in values)


def _given(found: Mapping[str, float], names: Sequence[str]) -> list[float]:
    """Relative contrast as a logarithm, fractions of colours as they are."""
    relative = _log2(found["contrast"]) - _log2(found["brightness"])
    return [relative if name == "contrast" else found[name] for name in names]


def _log2(value: float) -> float:
    return math.log2(value + TINY)
