"""Features of a small graph whose answer is known: projected, learned from, compared; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphs
from surfedge.bundle import deserialize, serialize
from surfedge.errors import ArgumentError, BundleError
from surfedge.images import Frame, from_array
from surfedge.methods.bank_of_features import BankForm, learn_bank
from surfedge.methods.bfloat16 import as_bfloat16, from_bfloat16
from surfedge.methods.feature_memory import FeatureMemory
from surfedge.methods.feature_projection import learn_projection
from surfedge.methods.feature_store import FeatureStore, projected
from surfedge.methods.features import MEMORIES, Features

F32 = np.float32
LEARNED = ("projection", "offset", "centre", "triangle", "bank", "spacing")


def grain(seed: int, spot: bool = False) -> Frame:
    """Grain that is coarser to the right; or with a dark spot."""
    rng = np.random.default_rng(seed)
    image = rng.normal(120, np.linspace(5, 9, 64), (64, 64))
    if spot:
        image[20:28, 8:16] -= 50
    return from_array(image.clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Features:
    graph, weights = graphs.cell_features(tmp_path_factory.mktemp("features"), tile_px=64)
    return Features(graph, weights, layers=(2, 3), dimensions=4)


@pytest.fixture(scope="module")
def learned(network: Features) -> Features:
    return network.fit(grain(seed) for seed in range(12))


def test_features_are_those_of_the_graph(network: Features) -> None:
    frame = grain(0)
    found = network.features(frame)
    cells = (frame.pixels.astype(F32) / 255).reshape(16, 4, 16, 4).swapaxes(1, 2)
    assert found.shape == (16, 16, 5) and found.dtype == F32
    np.testing.assert_allclose(found[..., 0], cells.mean(axis=(2, 3)), atol=1e-5)
    np.testing.assert_allclose(found[..., 1], cells.max(axis=(2, 3)), atol=1e-6)
    assert network.cell_px is None


def test_each_layer_is_whitened_for_itself() -> None:
    rng = np.random.default_rng(1)
    mixing = rng.normal(size=(5, 5))
    images = [(rng.normal(size=(300, 5)) @ mixing + 7).astype(F32) for _ in range(4)]
    matrix, offset = learn_projection(images, (2, 3), 9, rng, 1e-6)
    white = np.concatenate(images) @ matrix + offset
    assert matrix.shape == (5, 5) and not matrix[:2, 2:].any() and not matrix[2:, :2].any()
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-3)
    for own in (slice(0, 2), slice(2, 5)):
        np.testing.assert_allclose(np.cov(white[:, own].T), np.eye(own.stop - own.start), atol=0.02)


def test_a_smaller_projection_keeps_something_of_every_direction() -> None:
    rng = np.random.default_rng(2)
    scale = np.float32([10, 3, 1, 0.5, 10, 3, 1, 0.5])
    images = [(rng.normal(size=(500, 8)) * scale).astype(F32) for _ in range(3)]
    matrix, _ = learn_projection(images, (4, 4), 3, rng, 1e-6)
    white = matrix * scale[:, None]  # what a change of one std of each feature does
    assert matrix.shape == (8, 3)
    np.testing.assert_allclose(white.T @ white, np.eye(3), atol=0.15)
    assert (np.linalg.norm(white, axis=1) > 0.05).all()


@pytest.mark.parametrize("memory", MEMORIES)
def test_a_spot_stands_out_where_it_is(network: Features, memory: str) -> None:
    method = replace(network, memory=memory, entries=200).fit(grain(seed) for seed in range(12))
    good, bad = method.inspect(grain(50)).map, method.inspect(grain(51, spot=True)).map
    assert good.shape == bad.shape == (16, 16) and bad.dtype == F32
    assert bad[5:7, 2:4].min() > 1.5 * good.max()
    row, column = np.unravel_index(bad.argmax(), bad.shape)
    assert 4 <= row <= 7 and 1 <= column <= 4


def test_each_cell_is_compared_with_its_own_gaussian(learned: Features) -> None:
    frame = grain(60)
    assert learned.projection is not None and learned.offset is not None
    cells = (learned.features(frame) @ learned.projection + learned.offset).astype(float)
    assert learned.centre is not None and learned.triangle is not None
    assert learned.centre.shape == (16, 16, 4) and learned.triangle.shape == (16, 16, 20)
    column, row = np.triu_indices(4)  # the columns of a lower triangle
    expected = np.empty((16, 16))
    for place in np.ndindex(16, 16):
        whitener = np.zeros((4, 4))
        whitener[row, column] = from_bfloat16(learned.triangle)[place]
        expected[place] = np.linalg.norm(whitener @ (cells[place] - learned.centre[place]))
    np.testing.assert_allclose(learned.inspect(frame).map, expected, rtol=1e-4)


def test_an_image_is_judged_by_what_other_folds_taught(network: Features) -> None:
    frames = [grain(seed) for seed in range(10)]
    lesson = network.learn(frames)
    for number in (0, 9, 4):
        others = [frame for n, frame in enumerate(frames) if n * 8 // 10 != number * 8 // 10]
        assert 8 <= len(others) <= 9
        found, judge = lesson.store.without(network.form, number), lesson.without(number)
        by = lesson.store.projection, lesson.store.offset
        again = FeatureStore(*by, [projected(network.features(frame), *by).astype(np.float16) for frame in others]).all(
            network.form
        )
        np.testing.assert_array_equal(found.centre, again.centre)
        np.testing.assert_array_equal(judge.triangle, again.triangle)
        assert judge.shared is network.engine  # not compiled again


def test_a_store_that_is_full_keeps_evenly_spread_images(monkeypatch: pytest.MonkeyPatch) -> None:
    from surfedge.methods import feature_store

    monkeypatch.setattr(feature_store, "MOST_BYTES", 20 * 16 * 2 * 2)
    rng = np.random.default_rng(3)
    store = FeatureStore.of((rng.normal(size=(4, 4, 2)) for _ in range(70)), (), 2, rng)
    kept = [number for number, each in enumerate(store.images) if each is not None]
    assert len(store.images) == 70 and kept == list(range(0, 70, 4))


def test_bfloat16_is_the_nearest() -> None:
    values = np.random.default_rng(4).normal(size=1000).astype(F32)
    back = from_bfloat16(as_bfloat16(values))
    assert np.abs(back / values - 1).max() <= 2.0**-8
    np.testing.assert_array_equal(as_bfloat16(back), as_bfloat16(values))
    assert from_bfloat16(as_bfloat16(F32([1 + 2**-8, 1 + 3 * 2**-8]))).tolist() == [1.0, 1 + 2.0**-6]  # ties to even


def test_what_was_learned_travels(learned: Features) -> None:
    settings, arrays, blobs = serialize(learned)
    assert set(arrays) == set(LEARNED)
    again = deserialize(Features, settings, {**arrays, **blobs})
    np.testing.assert_array_equal(again.inspect(grain(7)).map, learned.inspect(grain(7)).map)


def test_a_network_alone_judges_nothing(network: Features) -> None:
    with pytest.raises(ArgumentError, match="a network alone, expected what good images show; surfedge calibrate"):
        network.inspect(grain(0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"projection": None},
        {"projection": np.zeros((5, 5), F32)},
        {"offset": np.zeros(3, F32)},
        {"centre": np.zeros((16, 16, 3), F32)},
        {"centre": np.full((16, 16, 4), np.nan, F32)},
        {"triangle": np.zeros((16, 16, 10), F32)},
        {"triangle": np.zeros((16, 16, 19), np.uint8)},
        {"triangle": np.full((16, 16, 20), 255, np.uint8)},
        {"bank": np.zeros((2, 4), F32)},
        {"spacing": np.zeros(0)},
        {"memory": "none"},
        {"dimensions": 0},
        {"layers": (0,)},
        {"positions": 1},
    ],
    ids=lambda wrong: "".join(wrong),
)
def test_what_does_not_fit_is_refused(learned: Features, wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="features"):
        replace(learned, **wrong)


def test_another_network_than_the_memory_is_of_is_refused(learned: Features, tmp_path: Path) -> None:
    graph, weights = graphs.pooled(tmp_path)
    with pytest.raises(ArgumentError, match=r"features.layers: found \(2, 3\), expected 8 in all"):
        replace(learned, graph=graph, weights=weights, shared=None).warm_up()
    assert learned.projection is not None
    with pytest.raises(ArgumentError, match="found 'for 4 features', expected for 5, this network's"):
        replace(learned, projection=learned.projection[:4]).inspect(grain(0))
    (tmp_path / "flat").mkdir()
    graph, weights = graphs.brightness_classes(tmp_path / "flat")
    with pytest.raises(ArgumentError, match="network output"):
        replace(learned, graph=graph, weights=weights, shared=None).warm_up()


def test_a_bundle_with_half_of_what_is_learned_is_refused(learned: Features) -> None:
    from surfedge.bundle import Bundle, with_section
    from surfedge.detector import Detector

    settings, arrays, blobs = serialize(learned)
    parts, networks = with_section("method", {"centre": arrays["centre"]}, blobs)
    with pytest.raises(BundleError, match="all that is learned, or none"):
        Detector(Bundle("features", settings, arrays=parts, blobs=networks))


@pytest.mark.parametrize("grid", [(16, 16), (1, 1), (4, 4)])
def test_compact_memories_are_the_ones_that_were_learned(grid: tuple[int, int]) -> None:
    """Positions of one cell, of all, and of 4 x 4 each."""
    rng = np.random.default_rng(5)
    images = [rng.normal(rng.normal(size=(6, 1, 1)), 1, (6, 16, 16)).astype(F32) for _ in range(9)]
    found = learn_bank(BankForm(0, max(grid), 1, 5.0, 0.01, 0.0), images)
    new = rng.normal(size=(16, 16, 6)).astype(F32)
    memory = FeatureMemory.of(found)
    assert memory.centre.shape == (*grid, 6) and memory.triangle.shape == (*grid, 42)
    np.testing.assert_allclose(memory.distance(new), found.distance(new.transpose(2, 0, 1)), rtol=0.01)


def test_each_kind_of_memory_is_a_variant_unless_one_is_asked_for(network: Features) -> None:
    assert network.memory == "auto" and network.kind == "positions"
    variants = network.variants()
    assert [each.kind for each in variants] == ["pooled", "positions", "bank"]
    assert all(each.shared is network.engine for each in variants)
    assert replace(network, memory="bank").variants() == () and replace(network, memory="bank").kind == "bank"
