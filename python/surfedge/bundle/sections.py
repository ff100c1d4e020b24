"""The schema of a manifest's sections: what may stand in each, of which kind and in which range.

``settings``, ``decision`` and ``input`` are records of the method, the decision and the preparation, whose own classes
check them (surfedge.bundle.serialization); the other sections are checked here, when a bundle is read or written.
Sections that change a verdict or a run hold known keys only; those that describe it may hold others, of plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from surfedge.cores import MAX_WORKERS
from surfedge.errors import require

MOST = (1 << 31) - 1
MAX_WORDS = 2000
SECTIONS_OF_PARTS = ("method", "decision", "screen", "calibration")

Check = Callable[[Any], str]  # the value -> what was expected, "" when it is right
Schema = Mapping[str, Check]


def whole(low: int, high: int) -> Check:
    """A whole number from `low` to `high`.

    >>> whole(0, 9)(3), whole(0, 9)(True), whole(0, 9)("3")
    ('', 'a whole number from 0 to 9', 'a whole number from 0 to 9')
    """
    return lambda value: "" if type(value) is int and low <= value <= high else f"a whole number from {low} to {high:,}"


def number(low: float, high: float) -> Check:
    """A finite number from `low` to `high`, and no truth value."""

    def check(value: Any) -> str:
        is_right = type(value) in (int, float) and low <= value <= high
        return "" if is_right else f"a number from {low:g} to {high:g}"

    return check


def words(longest: int) -> Check:
    """A text of at most `longest` characters."""
    return lambda value: "" if isinstance(value, str) and len(value) <= longest else f"at most {longest} characters"


def truth(value: Any) -> str:
    """True or False."""
    return "" if isinstance(value, bool) else "true or false"


def plain(value: Any) -> str:
    """Anything that JSON has; its depth and lengths are the manifest's own."""
    return ""


def table_of(check: Check) -> Check:
    """A table of values that are all of one kind."""

    def inner(value: Any) -> str:
        if not isinstance(value, dict):
            return "a table"
        return next((expected for expected in map(check, value.values()) if expected), "")

    return inner


def recipe(value: Any) -> str:
    """The recipe of a training: a table, and in it what identifies the held-out images."""
    data = value.get("data", {}) if isinstance(value, dict) else None
    if not isinstance(data, dict):
        return "a table of tables"
    if value and (number(0, 1)(data.get("validation_share")) or COUNT(value.get("seed"))):
        return "a recipe with its seed and data.validation_share"
    return ""


def promise(value: Any) -> str:
    """What the limit promises of new good images: two counts and two rates."""
    is_table = isinstance(value, dict) and set(value) == {"images", "above", "expected", "at_most"}
    if not is_table or any(COUNT(value[key]) for key in ("images", "above")):
        return "a table of images, above, expected and at_most"
    return number(0, 1)(value["expected"]) or number(0, 1)(value["at_most"])


FINITE = number(-3e38, 3e38)
COUNT = whole(0, MOST)
DIFFERENCES: Schema = {
    "images": COUNT,
    "precision": words(16),
    "largest_map_difference": number(0, 3e38),
    "largest_map_value": FINITE,
    "largest_score_difference": number(0, 3e38),
    "score_deviation": number(0, 3e38),
    "flipped_verdicts": COUNT,
    "limits": table_of(number(0, 3e38)),
}
KNOWN: Mapping[str, Schema] = {
    "runtime": {
        "precision": words(16),
        "threads": whole(0, MAX_WORKERS),
        "streams": whole(0, MAX_WORKERS),
        "batch": whole(1, MAX_WORKERS),
        "workers": whole(0, MAX_WORKERS),
        "screen": truth,
        "tuned": table_of(FINITE),
    },
    "screen": {
        "method": words(100),
        "settings": table_of(plain),
        "limit": FINITE,
        "share": FINITE,
        "fill": FINITE,
        "least_std": number(0, 1),
        "least_mean": number(0, 1),
        "most_mean": number(0, 1),
    },
    "calibration": {
        "rule": words(MAX_WORDS),
        "good_images": COUNT,
        "skipped": COUNT,
        "marked_images": COUNT,
        "thresholds": table_of(FINITE),
        "promise": promise,
        "drawn_defects": COUNT,
        "drawn_found": number(0, 1),
        "drawn_found_by": table_of(number(0, 1)),
        "drawn_found_of": table_of(number(0, 1)),
        "labelled_images": COUNT,
        "labelled_skipped": COUNT,
        "labelled_partly": COUNT,
        "labelled_others": COUNT,
        "labelled_share": number(0, 1),
        "labelled_f1": number(0, 1),
    },
    "certificate": {**DIFFERENCES, "reduced": table_of(plain)},
    "metrics": {},
    "provenance": {"surfedge": words(100), "calibrated": words(100), "data": words(MAX_WORDS), "recipe": recipe},
}
CLOSED = ("runtime", "screen")  # sections without other keys


def check_sections(method: Any, sections: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises ArgumentError, naming section and key, for what the schema does not allow.

    >>> check_sections("dzl", {"runtime": {"screen": 3}})
    Traceback (most recent call last):
    ...
    surfedge.errors.ArgumentError: runtime.screen: found 3, expected true or false; correct the setting
    """
    expected = words(100)(method)
    require("method", method, not expected, expected)
    for section, schema in KNOWN.items():
        _check(section, sections.get(section, {}), schema, is_closed=section in CLOSED)
    reduced = sections.get("certificate", {}).get("reduced", {})
    _check("certificate.reduced", reduced, DIFFERENCES, is_closed=False)


def _check(where: str, values: Mapping[str, Any], schema: Schema, *, is_closed: bool) -> None:
    for key, value in values.items():
        require(where, key, key in schema or not is_closed, ", ".join(schema), "remove the key")
        expected = schema.get(key, plain)(value)
        require(f"{where}.{key}", value, not expected, expected)


def check_parts(parts: Mapping[str, Any]) -> None:
    """Raises ArgumentError for a part that no section owns, and for scores that are no list of finite numbers."""
    for name in parts:
        section, slash, _ = name.partition("/")
        owned = bool(slash) and section in SECTIONS_OF_PARTS
        require("parts", name, owned, " or ".join(f"{known}/..." for known in SECTIONS_OF_PARTS), "rename it")
    scores = parts.get("calibration/scores")
    if scores is not None:
        is_list = isinstance(scores, np.ndarray) and scores.ndim == 1 and scores.dtype.kind == "f"
        is_finite = is_list and bool(np.isfinite(scores).all())
        require("calibration/scores", type(scores).__name__, is_finite, "a list of finite numbers", "calibrate again")
