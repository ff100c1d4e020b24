"""Bundles of every method there and back, and what is refused in them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import surfedge
from bundle.made import bundle_of
from surfedge.bundle import Bundle
from surfedge.bundle.container import read_container, write_container
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, BundleError
from surfedge.methods import METHODS
from surfedge.registry import resolve

F32 = np.float32


def picture(seed: int = 0) -> np.ndarray:
    image = np.random.default_rng(seed).normal(128, 9, (72, 96)).clip(0, 255).astype(np.uint8)
    image[30:44, 40:60] = 30
    return image


@pytest.mark.parametrize("method", METHODS)
def test_there_and_back(method: str, strips: list[Path], tmp_path: Path) -> None:
    bundle = bundle_of(method, strips, tmp_path)
    path = tmp_path / "made.surfedge"
    written = bundle.write(path)
    assert bundle.identity == "" and len(written.identity) == 64
    again = Bundle.read(path)
    assert again.identity == written.identity
    for name in ("method", "settings", "decision", "input", "calibration", "runtime", "provenance", "blobs"):
        assert getattr(again, name) == getattr(bundle, name), name
    assert set(again.arrays) == set(bundle.arrays)
    for name, array in bundle.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array)
        assert again.arrays[name].dtype == array.dtype and not again.arrays[name].flags.writeable
    first, second = Detector(bundle)(picture()), Detector(path)(picture())
    assert first == second
    assert (first.anomaly_map is None) == method.endswith("classes")
    if first.anomaly_map is not None:
        np.testing.assert_array_equal(first.anomaly_map, second.anomaly_map)
    again.write(path)
    assert Bundle.read(path).identity == written.identity


@pytest.mark.parametrize("method", METHODS)
def test_settings_are_the_fields_of_the_method(method: str) -> None:
    kind = resolve(METHODS, method)
    assert kind.__dataclass_params__.frozen


@pytest.mark.parametrize("dtype", ["<f4", "<f8", "<i4", "<i8", "|u1", "|b1"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4), (2, 0, 5), (1,) * 8])
def test_arrays_of_every_kind(dtype: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    array = (np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2).astype(dtype)
    Bundle("dzl", arrays={"calibration/a": array}).write(tmp_path / "a.surfedge")
    again = Bundle.read(tmp_path / "a.surfedge").arrays["calibration/a"]
    assert again.dtype == array.dtype and again.shape == shape
    np.testing.assert_array_equal(again, array)


def test_layout_in_memory_does_not_matter(tmp_path: Path) -> None:
    array = np.arange(24, dtype=F32).reshape(4, 6)
    for number, same in enumerate((array, np.asfortranarray(array), np.repeat(array, 2, axis=1)[:, ::2])):
        Bundle("dzl", arrays={"calibration/a": same}).write(tmp_path / f"{number}")
    assert len({(tmp_path / f"{number}").read_bytes() for number in range(3)}) == 1


@pytest.mark.parametrize("array", [np.zeros(2, np.float16), np.zeros(2, ">f4"), np.array(["a"]), np.array([None])])
def test_other_arrays_are_refused(array: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="method/a: found dtype"):
        Bundle("dzl", arrays={"method/a": array}).write(tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32(1), object(), {1, 2}])
def test_values_that_are_not_json_are_refused(value: object, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="expected plain finite JSON values"):
        Bundle("dzl", metrics={"image_auroc": value}).write(tmp_path / "a")
    assert os.listdir(tmp_path) == []


def test_a_manifest_that_is_too_long_is_not_said_to_be_no_json(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="a manifest of"):
        Bundle("dzl", metrics={f"k{n}": "x" * 20_000 for n in range(53)}).write(tmp_path / "a")


@pytest.mark.parametrize(
    "arrays",
    [
        None,
        [],
        {"a": {"dtype": "<f4", "shape": [1]}},
        {"method/a": {}},
        {"method/a": {"dtype": "<f4", "shape": [2]}},
        {"method/a": {"dtype": "<c8", "shape": [1]}},
        {"method/a": {"dtype": "|O", "shape": [1]}},
        {"method/a": {"dtype": "<f4", "shape": [-1]}},
        {"method/a": {"dtype": "<f4", "shape": [True]}},
        {"method/a": {"dtype": "<f4", "shape": [1] * 9}},
        {"method/a": {"dtype": "<f4", "shape": [1], "order": "F"}},
        {"method/a": {"dtype": "<f4", "shape": [1 << 40, 0]}},
        {"method/a": "<f4"},
        {"method/a": {"dtype": ["<f4"], "shape": [1]}},
    ],
)
def test_a_table_of_arrays_that_lies(arrays: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.surfedge"
    manifest = {"method": "dzl"} if arrays is None else {"method": "dzl", "arrays": arrays}
    write_container(path, manifest, {"method/a": bytes(4)})
    with pytest.raises(BundleError, match="array"):
        Bundle.read(path)


def test_of_a_long_description_a_part_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "a.surfedge"
    write_container(path, {"method": "dzl", "arrays": {"method/a": "x" * 300}}, {"method/a": bytes(4)})
    with pytest.raises(BundleError) as caught:
        Bundle.read(path)
    assert caught.value.found == "array 'method/a' as '" + 199 * "x"


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"method": 3},
        {"method": "dzl", "settings": []},
        {"method": "dzl", "licence": ""},
        {"method": "dzl", "identity": "0"},
        {"method": "dzl", "blobs": {}},
    ],
)
def test_a_manifest_with_other_entries(manifest: dict, tmp_path: Path) -> None:
    path = tmp_path / "a.surfedge"
    write_container(path, {"arrays": {}, **manifest}, {})
    with pytest.raises(BundleError, match=r"a\.surfedge: found manifest"):
        Bundle.read(path)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("method/mean", np.zeros(18, F32), r"statistics\.mean"),
        ("method/mean", np.zeros((19, 1), F32), r"statistics\.mean"),
        ("method/mean", np.full(19, np.nan, F32), "finite"),
        ("method/mean", np.zeros(19), "float32"),
        ("method/mean", None, "one alone"),
        ("method/whitener", np.eye(18, dtype=F32), r"statistics\.whitener"),
        ("method/whitener", np.zeros((19, 20), F32), r"statistics\.whitener"),
        ("method/whitener", np.zeros(0, F32), r"statistics\.whitener"),
        ("method/whitener", np.full((19, 19), np.inf, F32), "finite"),
        ("method/whitener", None, "one alone"),
        ("decision/good_mean", np.zeros(96, F32), r"decision\.good_mean"),
        ("decision/good_mean", np.zeros((8, 12, 1), F32), r"decision\.good_mean"),
        ("decision/good_mean", np.zeros((0, 12), F32), r"decision\.good_"),
        ("decision/good_mean", np.zeros((8, 12), np.uint8), r"decision\.good_mean"),
        ("decision/good_mean", np.zeros((9, 9), F32), r"decision\.good_deviation"),
        ("decision/good_mean", np.full((8, 12), np.nan, F32), r"decision\.good_mean"),
        ("decision/good_mean", None, "calibrate first"),
        ("decision/good_deviation", np.zeros((8, 12), F32), "above 0"),
        ("decision/good_deviation", np.full((8, 12), np.inf, F32), "finite"),
        ("decision/good_deviation", None, "calibrate first"),
        ("method/extra", np.zeros(2, F32), "unknown key 'extra'"),
        ("decision/extra", np.zeros(2, F32), "unknown key 'extra'"),
        ("method/cell_px", np.zeros(1, np.int64), "an array"),
    ],
)
def test_arrays_that_do_not_fit_the_method_are_refused(
    name: str, array: np.ndarray | None, message: str, strips: list[Path], tmp_path: Path
) -> None:
    good = bundle_of("statistics", strips, tmp_path)
    assert good.arrays["decision/good_mean"].shape == (8, 12)
    arrays = {**good.arrays, name: array}
    path = tmp_path / "a.surfedge"
    replace(good, arrays={key: value for key, value in arrays.items() if value is not None}).write(path)
    with pytest.raises(BundleError, match=message):
        Detector(path)


def test_a_network_that_is_none_is_refused(strips: list[Path], tmp_path: Path) -> None:
    good = bundle_of("network", strips, tmp_path)
    for blobs in ({}, {"method/graph": good.blobs["method/graph"]}, {**good.blobs, "method/other": b""}):
        with pytest.raises(BundleError):
            Detector(replace(good, blobs=blobs))
    for graph, weights in ((b"", b""), (b"<net/>", b""), (good.blobs["method/weights"], b"x")):
        with pytest.raises(surfedge.SurfedgeError, match="network: found"):
            Detector(replace(good, blobs={"method/graph": graph, "method/weights": weights}))


def test_a_bundle_in_a_log_is_short() -> None:
    large = Bundle(method="dzl", arrays={"method/a": np.ones(5000, F32)}, blobs={"method/b": bytes(5000)})
    assert len(repr(large)) < 1000 and "arrays" not in repr(large) and "blobs" not in repr(large)


def test_where_a_bundle_was_read_from_is_no_part_of_it() -> None:
    assert Bundle(method="dzl", source="a.surfedge") == Bundle(method="dzl", source="b.surfedge")
    assert Bundle(method="dzl", identity="1") != Bundle(method="dzl", identity="2")


def test_arrays_of_many_sides_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = Bundle(method="dzl", arrays={"method/a": np.ones((1,) * 7 + (40,), F32)})
    path = tmp_path / "a.surfedge"
    bundle.write(path)
    monkeypatch.setattr("surfedge.bundle.bundle.FILE_LIMIT", 160)
    assert Bundle.read(path).arrays["method/a"].shape == (1,) * 7 + (40,)
    monkeypatch.setattr("surfedge.bundle.bundle.FILE_LIMIT", 159)
    with pytest.raises(BundleError, match="at most 159 bytes"):
        Bundle.read(path)


@pytest.mark.parametrize("name", ["elsewhere/notes", "notes"])
def test_a_sealed_file_with_a_part_that_nothing_owns_is_refused(name: str, tmp_path: Path) -> None:
    """Hashes right, content foreign: what its writer put there is not carried along unseen."""
    path = tmp_path / "a.surfedge"
    Bundle("dzl").write(path)
    manifest, parts, _ = read_container(path)
    write_container(path, manifest, {**parts, name: b"x"})
    with pytest.raises(BundleError, match=name):
        Bundle.read(path)
    with pytest.raises(ArgumentError, match=name):
        Bundle("dzl", blobs={name: b"x"}).write(tmp_path / "b.surfedge")
    assert not (tmp_path / "b.surfedge").exists()
