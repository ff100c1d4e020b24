"""One schema for all sections of a manifest, and for the JSON they are written in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundle.crafted import sealed
from surfedge.bundle import Bundle
from surfedge.bundle.container import FILE_LIMIT, HEADER, read_container, write_container
from surfedge.bundle.plain_json import MAX_DEPTH, MAX_DIGITS, MAX_KEY, MAX_TEXT, MAX_VALUES, parsed
from surfedge.bundle.sections import KNOWN, check_parts, check_sections
from surfedge.errors import ArgumentError, BundleError

WRONG = {
    "runtime": [
        {"workers": "abc"},
        {"workers": None},
        {"workers": -3},
        {"workers": 1_000_000},
        {"workers": 1025},
        {"workers": True},
        {"workers": 1.0},
        {"threads": -1},
        {"streams": 1025},
        {"batch": 0},
        {"screen": 1},
        {"precision": 32},
        {"precision": "f" * 17},
        {"tuned": []},
        {"tuned": {"cores": "2"}},
        {"tuned": {"cores": 1e39}},
        {"colour": 1},
    ],
    "calibration": [
        {"rule": 3},
        {"rule": "x" * 2001},
        {"good_images": -1},
        {"good_images": 1 << 31},
        {"skipped": 0.5},
        {"thresholds": [1.0]},
        {"thresholds": {"max": "1"}},
        {"thresholds": {"max": True}},
        {"labelled_images": "10"},
        {"labelled_share": 1.5},
        {"labelled_share": -0.1},
        {"labelled_f1": None},
        {"labelled_others": -1},
        {"labelled_skipped": -1},
        {"labelled_f1": 1.01},
        {"labelled_f1": -0.01},
        {"promise": 1},
        {"promise": {"images": 1}},
        {"promise": {"images": 1, "above": 0, "expected": 0.1, "at_most": 0.2, "more": 1}},
        {"promise": {"images": 1, "above": "0", "expected": 0.1, "at_most": 0.2}},
        {"promise": {"images": 1, "above": 0, "expected": 1.1, "at_most": 0.2}},
        {"promise": {"images": 1, "above": 0, "expected": -0.1, "at_most": 0.2}},
        {"promise": {"images": 1, "above": 0, "expected": 0.1, "at_most": -0.1}},
        {"promise": {"images": 1, "above": 0, "expected": 0.1, "at_most": None}},
        {"promise": {"images": 1, "above": 0, "expected": 0.1, "at_most": 1.1}},
    ],
    "certificate": [
        {"images": -1},
        {"largest_map_difference": -1e-9},
        {"limits": {"map": "1"}},
        {"flipped_verdicts": 0.5},
        {"reduced": 1},
        {"reduced": {"images": "16"}},
    ],
    "screen": [{"method": 1}, {"limit": "1"}, {"share": None}, {"settings": []}, {"other": 1}],
    "provenance": [
        {"surfedge": 1},
        {"calibrated": "x" * 101},
        {"recipe": 1},
        {"recipe": {"data": 1}},
        {"recipe": {"seed": 1}},
        {"recipe": {"seed": 1, "data": {"validation_share": 1.1}}},
        {"recipe": {"seed": 1, "data": {"validation_share": -0.1}}},
        {"recipe": {"seed": -1, "data": {"validation_share": 0.1}}},
    ],
}
RIGHT = {
    "runtime": [{"workers": 0}, {"workers": 1024, "batch": 1, "screen": False, "tuned": {"cores": 2}}],
    "calibration": [
        {"promise": {"images": 1, "above": 0, "expected": 0, "at_most": 1}},
        {"promise": {"images": 0, "above": 0, "expected": 1, "at_most": 0}},
        {"labelled_share": 1, "labelled_f1": 0.0},
        {"labelled_share": 0, "labelled_f1": 1, "labelled_skipped": 0, "labelled_others": 2},
        {"good_images": 0},
        {"of_another_release": [1, "a"]},
    ],
    "certificate": [{"images": 16, "limits": {"map": 0.0}}, {"reduced": {"images": 2, "map_auroc": 0.5}}],
    "screen": [{"method": "dzl", "settings": {"patch_px": 8}, "limit": -1.0, "share": 0.5, "fill": 0}],
    "provenance": [
        {"recipe": {}},
        {"recipe": {"seed": 0, "data": {"validation_share": 0}}},
        {"recipe": {"seed": 0, "data": {"validation_share": 1}, "loss": {"name": "mse"}}},
    ],
    "metrics": [{"image_auroc": 0.5}, {"by_class": {"pit": [1, 2]}}],
}


@pytest.mark.parametrize(("section", "values"), [(s, v) for s, each in WRONG.items() for v in each])
def test_wrong_values_are_refused_when_read_and_when_written(section: str, values: dict, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=rf"^{section}"):
        check_sections("dzl", {section: values})
    path = tmp_path / "a.surfedge"
    write_container(path, {"method": "dzl", "arrays": {}, section: values}, {})
    with pytest.raises(BundleError, match=rf"a\.surfedge: found {section}"):
        Bundle.read(path)
    with pytest.raises(ArgumentError, match=section):
        Bundle("dzl", **{section: values}).write(tmp_path / "b.surfedge")


@pytest.mark.parametrize(("section", "values"), [(s, v) for s, each in RIGHT.items() for v in each])
def test_right_values_are_taken(section: str, values: dict, tmp_path: Path) -> None:
    Bundle("dzl", **{section: values}).write(tmp_path / "a")
    assert getattr(Bundle.read(tmp_path / "a"), section) == values


MOST = 2_147_483_647
BOUNDS = [
    *(("runtime", key, 0, 1024) for key in ("threads", "streams", "workers")),
    ("runtime", "batch", 1, 1024),
    *(("calibration", key, 0, MOST) for key in ("good_images", "skipped", "marked_images", "drawn_defects")),
    *(("calibration", f"labelled_{key}", 0, MOST) for key in ("images", "others", "partly", "skipped")),
    *(("calibration", key, 0.0, 1.0) for key in ("drawn_found", "labelled_share", "labelled_f1")),
    *(("certificate", key, 0, MOST) for key in ("images", "flipped_verdicts")),
    *(
        ("certificate", key, 0.0, 3e38)
        for key in ("largest_map_difference", "largest_score_difference", "score_deviation")
    ),
    ("certificate", "largest_map_value", -3e38, 3e38),
    *(("screen", key, -3e38, 3e38) for key in ("limit", "share", "fill")),
    *(("screen", key, 0.0, 1.0) for key in ("least_std", "least_mean", "most_mean")),
]
TEXTS = [
    ("runtime", "precision", 16),
    ("calibration", "rule", 2000),
    ("certificate", "precision", 16),
    ("screen", "method", 100),
    *(("provenance", key, longest) for key, longest in (("surfedge", 100), ("calibrated", 100), ("data", 2000))),
]


@pytest.mark.parametrize(("section", "key", "low", "high"), BOUNDS)
def test_numbers_at_their_bounds(section: str, key: str, low: float, high: float) -> None:
    step = 1 if isinstance(low, int) else 1e-9 if high <= 1 else 1e30
    for right in (low, high):
        check_sections("dzl", {section: {key: right}})
    for wrong in (low - step, high + step, str(low), bool(low), None):
        with pytest.raises(ArgumentError, match=f"{section}.{key}"):
            check_sections("dzl", {section: {key: wrong}})


@pytest.mark.parametrize(("section", "key", "longest"), TEXTS)
def test_texts_at_their_bounds(section: str, key: str, longest: int) -> None:
    check_sections("x" * 100, {section: {key: "x" * longest}})
    for wrong in ("x" * (longest + 1), 1, None):
        with pytest.raises(ArgumentError, match=f"{section}.{key}"):
            check_sections("dzl", {section: {key: wrong}})


TABLES = [
    ("runtime", "tuned", -3e38, 3e38),
    ("calibration", "thresholds", -3e38, 3e38),
    ("calibration", "drawn_found_by", 0.0, 1.0),
    ("calibration", "drawn_found_of", 0.0, 1.0),
    ("certificate", "limits", 0.0, 3e38),
]


@pytest.mark.parametrize(("section", "key", "low", "high"), TABLES)
def test_tables_at_their_bounds(section: str, key: str, low: float, high: float) -> None:
    check_sections("dzl", {section: {key: {"a": low, "b": high}}})
    for wrong in (low - (1e30 if low else 1e-9), high * 1.001):
        with pytest.raises(ArgumentError, match=f"{section}.{key}"):
            check_sections("dzl", {section: {key: {"a": high, "b": wrong}}})


def test_every_key_is_looked_at_here() -> None:
    """Those that are no number, text or table of numbers stand above with wrong and right values."""
    others = {("runtime", "screen"), ("screen", "settings"), ("calibration", "promise"), ("provenance", "recipe")}
    known = {(section, key) for section, schema in KNOWN.items() for key in schema} - {("certificate", "reduced")}
    assert known == others | {(section, key) for section, key, *_ in (*BOUNDS, *TEXTS, *TABLES)}


@pytest.mark.parametrize("method", [None, 1, "x" * 101])
def test_a_method_is_a_short_name(method: Any) -> None:
    with pytest.raises(ArgumentError, match="method"):
        check_sections(method, {})


@pytest.mark.parametrize("name", ["mean", "input/x", "/mean", "methods/mean"])
def test_each_part_has_a_section(name: str) -> None:
    with pytest.raises(ArgumentError, match="parts"):
        check_parts({name: b""})


@pytest.mark.parametrize("scores", [np.zeros((2, 2)), np.zeros(2, np.uint8), np.array([0.0, np.nan]), b"scores"])
def test_scores_are_a_list_of_finite_numbers(scores: Any) -> None:
    with pytest.raises(ArgumentError, match="calibration/scores"):
        check_parts({"calibration/scores": scores})
    check_parts({"calibration/scores": np.zeros(3, np.float32)})


NESTED = b"[" * (MAX_DEPTH - 2) + b"]" * (MAX_DEPTH - 2)
JSON_AT_ITS_BOUNDS = {
    "depth": (b'{"a":{"a":%s}}' % NESTED, b'{"a":{"a":[%s]}}' % NESTED),
    "values": (b'{"a":[%s0]}' % (b"0," * (MAX_VALUES - 3)), b'{"a":[%s0]}' % (b"0," * (MAX_VALUES - 2))),
    "text": (b'{"a":"%s"}' % (b"x" * MAX_TEXT), b'{"a":"%s"}' % (b"x" * (MAX_TEXT + 1))),
    "key": (b'{"%s":1}' % (b"x" * MAX_KEY), b'{"%s":1}' % (b"x" * (MAX_KEY + 1))),
    "whole number": (b'{"a":9223372036854775807}', b'{"a":9223372036854775808}'),
    "negative number": (b'{"a":-9223372036854775807}', b'{"a":-9223372036854775809}'),
    "number": (b'{"a":1.7e308}', b'{"a":1.8e308}'),
    "digits": (b'{"a":0.%s}' % (b"1" * 98), b'{"a":0.%s}' % (b"1" * 99)),
}


@pytest.mark.parametrize("name", JSON_AT_ITS_BOUNDS)
def test_bounds_of_json(name: str) -> None:
    """The last that is taken and the first that is not."""
    taken, refused = JSON_AT_ITS_BOUNDS[name]
    assert parsed(taken)
    with pytest.raises(ValueError, match=r"\w"):
        parsed(refused)


def test_bounds_are_those_of_the_specification() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "bundle.md").read_text(encoding="utf-8")
    bounds = {"nesting": MAX_DEPTH, "values": MAX_VALUES, "a key": MAX_KEY, "a text": MAX_TEXT, "a number": MAX_DIGITS}
    for what, bound in bounds.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| {what}"))
        assert row.split("|")[2].split()[0] == f"{bound:,}", what


HOSTILE_JSON = {
    "UTF-16": '{"method": "dzl", "parts": [], "arrays": {}}'.encode("utf-16"),
    "UTF-32": '{"method": "dzl", "parts": [], "arrays": {}}'.encode("utf-32-le"),
    "a list": b"[]",
    "a number": b"3",
    "a mark": b'\xef\xbb\xbf{"method": "dzl", "parts": [], "arrays": {}}',
    "400 digits": b'{"method": "dzl", "decision": {"threshold": %s}, "arrays": {}, "parts": []}' % (b"9" * 400),
    "infinite": b'{"method": "dzl", "decision": {"threshold": 1e999}, "arrays": {}, "parts": []}',
    "Infinity": b'{"method": "dzl", "decision": {"threshold": -Infinity}, "arrays": {}, "parts": []}',
    "half a character": rb'{"method": "\ud800", "arrays": {}, "parts": []}',
    "many keys": b'{"metrics": {%s"z": 1}}' % b"".join(b'"k%d": 1,' % n for n in range(20_000)),
    "many lists": b'{"metrics": [' + b"[]," * 340_000 + b"0]}",
    "deep": b'{"a":' * 100_000 + b"0" + b"}" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE_JSON)
def test_hostile_json_is_refused_at_once(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.surfedge"
    path.write_bytes(sealed(HOSTILE_JSON[name]))
    start = time.process_time()
    with pytest.raises(BundleError, match="not plain JSON"):
        Bundle.read(path)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("shape", [[0, 2147483647, 2147483647], [2147483647, 0, 2147483647], [0] + [1 << 30] * 7])
def test_an_empty_array_beside_huge_sizes(shape: list[int], tmp_path: Path) -> None:
    path = tmp_path / "a.surfedge"
    manifest = {"method": "dzl", "arrays": {"calibration/a": {"dtype": "<f4", "shape": shape}}}
    write_container(path, manifest, {"calibration/a": b""})
    with pytest.raises(BundleError, match="calibration/a"):
        Bundle.read(path)


@pytest.mark.parametrize("more", [0, 1])
def test_the_largest_file(more: int, tmp_path: Path) -> None:
    """A byte more than the limit is refused for its size, before anything is read of it."""
    path = tmp_path / "a.surfedge"
    path.write_bytes(HEADER.pack(b"NOBUNDLE", 1, 0, bytes(32), bytes(64), bytes(16)))
    with path.open("r+b") as file:
        file.truncate(FILE_LIMIT + more)  # sparse
    expected = "at most 4,294,967,296" if more else "without the bundle signature"
    with pytest.raises(BundleError, match=expected):
        read_container(path)


def test_what_no_reader_takes_is_not_written(tmp_path: Path) -> None:
    for values in ({"a": 1 << 63}, {"a": "x" * (MAX_TEXT + 1)}, {"x" * (MAX_KEY + 1): 1}, {"a": [0] * MAX_VALUES}):
        with pytest.raises(ArgumentError, match="expected plain finite JSON values"):
            Bundle("dzl", metrics=values).write(tmp_path / "a")
    assert not list(tmp_path.iterdir())
