"""Marked defects: the discriminant against a slower twin, cells chosen under marks, what travels, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphs
from methods.textures import texture
from surfedge.bundle import deserialize, serialize
from surfedge.decision import RawMap
from surfedge.errors import ArgumentError
from surfedge.images import Frame, from_array
from surfedge.methods.features import Features
from surfedge.methods.marked_cells import LOOKED_AT, GoodCells, Mark, Usual, marked_cells
from surfedge.methods.marked_head import FOLDS, HeadLearner, MarkedForm, excess
from surfedge.methods.statistics import Statistics

F32 = np.float32
SHAPE = (96, 128)


def good(seed: int) -> Frame:
    return from_array(texture(seed, SHAPE))


def weave(seed: int) -> tuple[Frame, np.ndarray]:
    """A faint defect: a patch whose grain runs across, of the same level and contrast; and its mask."""
    image, marked = texture(seed, SHAPE), np.zeros(SHAPE, bool)
    marked[32:64, 40:88] = True
    image[32:64, 40:88] = image[32:80, 40:72].T
    return from_array(image), marked


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return [good(seed) for seed in range(20)]


@pytest.fixture(scope="module")
def taught(frames: list[Frame]) -> Statistics:
    return Statistics().learn_marked(frames, [Mark(*weave(seed)) for seed in range(100, 105)]).all()


def contrast(method: Statistics, seed: int) -> float:
    """How far the defect's cells lie above the others, in their standard deviation."""
    frame, marked = weave(seed)
    values = method.inspect(frame).map
    inside = marked[2::4, 2::4]
    return float((values[inside].mean() - values[~inside].mean()) / values[~inside].std())


def test_five_marked_images_make_a_faint_defect_plain(frames: list[Frame], taught: Statistics) -> None:
    alone = Statistics().fit(frames)
    gains = [contrast(taught, seed) - contrast(alone, seed) for seed in range(200, 206)]
    assert min(gains) > 0.4 and np.mean(gains) > 0.8


def test_what_nobody_marked_is_found_as_before(frames: list[Frame], taught: Statistics) -> None:
    pixels = texture(7, SHAPE).copy()
    pixels[40:48, 60:68] = 255
    alone = Statistics().fit(frames)
    spot = alone.inspect(from_array(pixels)).map[10:12, 15:17]
    assert (taught.inspect(from_array(pixels)).map[10:12, 15:17] > 0.999 * spot).all()
    assert spot.min() > 2 * alone.inspect(good(7)).map.max()


@pytest.mark.parametrize(("order", "is_root"), [(1, False), (1, True), (2, True)])
def test_the_head_is_the_discriminant_written_out(order: int, is_root: bool) -> None:
    """By its definition, in float64: on features as they are, or on whitened ones and their products."""
    rng = np.random.default_rng(order)
    cells = [(rng.normal(size=(60, 3)) @ [[1, 0.5, 0], [0, 2, 1], [0, 0, 0.3]] + 4).astype(F32) for _ in range(9)]
    marked = (rng.normal(size=(30, 3)) * 2 + 5).astype(F32)
    images = np.repeat(np.arange(3, dtype=np.int32), (5, 5, 20))
    form = MarkedForm(order, weight=0.2, shrinkage=0.3, gain=4.0, level=0.9, is_root=is_root)
    learner = HeadLearner(form, cells, marked, images, spread=0.5)

    def lifted(x: np.ndarray) -> np.ndarray:
        if order == 1:
            return x
        every = np.concatenate(cells).astype(float)
        covariance = np.cov(every.T)
        std = np.sqrt(np.diag(covariance) + 1e-6)
        correlation = 0.99 * covariance / np.outer(std, std)
        np.fill_diagonal(correlation, 1)
        z = (x - every.mean(0)) @ (np.linalg.inv(np.linalg.cholesky(correlation)) / std).T
        return np.column_stack([z, *(z[:, i] * z[:, j] for i in range(3) for j in range(i, 3))])

    probe = (rng.normal(size=(200, 3)) * 3 + 4).astype(F32)
    for left_out in (-1, 0, 3):
        known = lifted(np.concatenate([each for n, each in enumerate(cells) if n % FOLDS != left_out]).astype(float))
        defects = lifted(marked.astype(float))
        weights = np.repeat([1 / 15, 1 / 15, 1 / 60], (5, 5, 20))
        centre = weights @ defects
        inner = (defects - centre).T @ ((defects - centre) * weights[:, None])
        usual = np.cov(known.T, bias=True)
        within = 0.8 * usual + 0.2 * inner
        own = np.diag(within)
        within = 0.7 * within + 0.3 * np.diag(own if order == 2 else np.full(3, own.mean()))
        v = np.linalg.solve(within, centre - known.mean(0))
        v /= np.sqrt(v @ usual @ v)
        limit = np.quantile(known @ v, 0.9)
        above = np.maximum(lifted(probe.astype(float)) @ v - limit, 0)
        expected = 4.0 * 0.5 * (np.sqrt(above) if is_root else above)
        np.testing.assert_allclose(excess(learner.head(left_out), probe.T), expected, rtol=2e-3, atol=2e-2)


def test_good_images_are_judged_by_what_others_taught(frames: list[Frame]) -> None:
    lesson = Statistics().learn_marked(frames, [Mark(*weave(100))])
    heads = [lesson.without(number).marked_head for number in (0, 4, 1)]
    np.testing.assert_array_equal(heads[0], heads[1])  # of one fold
    assert not np.allclose(heads[0], heads[2], rtol=1e-3)
    alone = Statistics().learn(frames)
    np.testing.assert_array_equal(lesson.without(3).mean, alone.without(3).mean)


def test_defects_are_remembered_when_good_images_change(frames: list[Frame], taught: Statistics) -> None:
    again = taught.fit([good(seed) for seed in range(40, 60)])
    np.testing.assert_array_equal(again.marked_cells, taught.marked_cells)
    assert not np.array_equal(again.marked_head, taught.marked_head) and contrast(again, 300) > 1.5
    np.testing.assert_array_equal(taught.fit(frames).marked_head, taught.marked_head)


def test_colour_is_compared_only_where_all_images_have_it() -> None:
    colour = [from_array(np.stack([texture(seed, SHAPE)] * 3, axis=2)) for seed in range(9)]
    frame, marked = weave(50)
    mixed = Statistics().learn_marked([*colour, good(3)], [Mark(frame, marked)]).all()
    assert mixed.marked_cells is not None and mixed.marked_cells.shape[1] == 19
    whole = Statistics().learn_marked(colour, [Mark(frame, marked)]).all()
    assert whole.marked_cells is not None and whole.marked_cells.shape[1] == 25
    with pytest.raises(ArgumentError, match="cells of 25 features, expected 19, .*give the marked images again"):
        whole.fit([good(seed) for seed in range(9)])


def test_a_network_s_features_learn_from_marks(tmp_path: Path) -> None:
    network = Features(*graphs.cell_features(tmp_path, tile_px=64), layers=(2, 3), dimensions=5)
    rng = np.random.default_rng(0)
    frames = [from_array(rng.normal(120, 6, (64, 64)).clip(0, 255).astype(np.uint8)) for _ in range(12)]
    striped = np.array(frames[0].pixels)
    striped[16:32, 16:48:2] += 6
    marked = np.zeros((64, 64), bool)
    marked[16:32, 16:48] = True
    lesson = network.learn_marked(frames[1:], [Mark(from_array(striped), marked)])
    taught, alone = lesson.all(), network.fit(frames[1:])
    assert taught.marked_head is not None and taught.marked_head.shape == (1, 7)
    inside = marked[::4, ::4]
    gained = taught.inspect(from_array(striped)).map - alone.inspect(from_array(striped)).map
    assert gained.min() >= 0 and gained[inside].mean() > 5 * gained[~inside].mean()
    assert lesson.without(2).shared is network.engine  # not compiled again
    settings, arrays, blobs = serialize(taught)
    found = deserialize(Features, settings, {**arrays, **blobs}).inspect(frames[0]).map
    np.testing.assert_array_equal(found, taught.inspect(frames[0]).map)


@pytest.fixture(scope="module")
def usual() -> Usual:
    return Usual.of([np.random.default_rng(seed).normal(4, 1, (12, 12)).astype(F32) for seed in range(8)])


def test_cells_under_a_mask_however_small(usual: Usual) -> None:
    cells = np.arange(144, dtype=F32).reshape(1, 12, 12)
    distance, marked = RawMap(np.ones((12, 12), F32), 4), np.zeros((48, 48), bool)
    marked[4:12, 8:15] = True  # two cells, and three of four columns of a third
    assert marked_cells(Mark(good(0), marked), cells, distance, usual)[:, 0].tolist() == [14, 15, 26, 27]
    marked[:] = False
    marked[9, 21] = True  # one pixel: its cell
    assert marked_cells(Mark(good(0), marked), cells, distance, usual)[:, 0].tolist() == [29]
    marked[:] = True
    assert len(marked_cells(Mark(good(0), marked), cells, distance, usual)) == 144


def test_in_a_box_the_cells_that_stand_out(usual: Usual) -> None:
    cells = np.arange(144, dtype=F32).reshape(1, 12, 12)
    values, marked = np.full((12, 12), 4, F32), np.zeros((48, 48), bool)
    marked[8:40, 8:40] = True
    values[4:7, 4:7] = 20
    values[0, 0] = 99  # outside
    found = marked_cells(Mark(good(0), marked, is_exact=False), cells, RawMap(values, 4), usual)[:, 0]
    assert 4 * 12 + 4 in found and 5 * 12 + 5 in found and 0 not in found and len(found) <= 25
    whole = Mark(good(0), np.ones((48, 48), bool), is_exact=False)
    assert 0 in marked_cells(whole, cells, RawMap(values, 4), usual)[:, 0]
    dull = marked_cells(whole, cells, RawMap(np.linspace(1, 2, 144, dtype=F32).reshape(12, 12), 4), usual)[:, 0]
    assert dull.tolist() == [143]  # the furthest from good, where none is far


def test_some_cells_of_every_image_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from surfedge.methods import marked_cells as module

    monkeypatch.setattr(module, "MOST_KEPT", 3000)
    kept = GoodCells()
    for number in range(40):
        kept.see(np.full((2, 30, 30), number, F32))
    assert len(kept.images) == 40 and all((each == n).all() for n, each in enumerate(kept.images))
    assert sum(map(len, kept.images)) <= 3000 and {len(each) for each in kept.images} == {63}
    assert len(kept.whole) <= LOOKED_AT and kept.whole[-1][0, 0, 0] >= 24


@pytest.mark.parametrize(
    "wrong",
    [
        {"marked_head": None},
        {"marked_cells": None},
        {"mean": None, "whitener": None},
        {"marked_head": np.zeros((20, 20), F32)},
        {"marked_head": np.zeros((21, 21), F32)},
        {"marked_head": np.zeros((0, 21), F32)},
        {"marked_head": np.full((1, 21), np.inf, F32)},
        {"marked_head": np.full((1, 21), 3, F32)},
        {"marked_head": np.zeros((1, 21))},
        {"marked_cells": np.zeros((0, 19), F32)},
        {"marked_cells": np.zeros((5, 18), F32)},
        {"marked_images": np.zeros(3, np.int32)},
    ],
    ids=lambda wrong: "".join(wrong),
)
def test_what_does_not_fit_is_refused(taught: Statistics, wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="statistics"):
        replace(taught, **wrong)
