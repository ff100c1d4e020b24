"""The bank of good features: its selection, its positions, its distances, and the method that uses it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surfedge import kernels
from surfedge.bundle import deserialize, serialize
from surfedge.calibration.crosswise import crosswise
from surfedge.errors import ArgumentError
from surfedge.images import Frame, from_array
from surfedge.methods.bank import Bank
from surfedge.methods.bank_coreset import coreset
from surfedge.methods.bank_of_features import BankForm, learn_bank
from surfedge.methods.bank_positions import PositionMoments, blocks, stretched, unblocked, whiteners_of
from surfedge.methods.statistics import Statistics

F32 = np.float32
LEARNED = ("centre", "triangle", "bank", "spacing")


def grain(seed: int, shape: tuple[int, ...] = (64, 96)) -> Frame:
    rng = np.random.default_rng(seed)
    return from_array(rng.normal(120, 12, shape).clip(0, 255).astype(np.uint8))


def halves(seed: int, shift: int = 0) -> Frame:
    """Fine grain on the left, coarse and bright on the right of column 48 + shift."""
    rng = np.random.default_rng(seed)
    image = rng.normal(90, 4, (64, 96))
    image[:, 48 + shift :] = rng.normal(180, 25, (64, 48 - shift))
    return from_array(image.clip(0, 255).astype(np.uint8))


def test_the_coreset_is_the_greedy_one_by_hand() -> None:
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(60, 5)).astype(F32)
    chosen = coreset(vectors, 12, np.random.default_rng(7))
    taken = [int(np.random.default_rng(7).integers(60))]
    while len(taken) < 12:
        distance = np.linalg.norm(vectors.astype(float)[:, None] - vectors[taken], axis=2).min(axis=1)
        taken.append(int(distance.argmax()))
    assert chosen.tolist() == sorted(taken)


def test_the_coreset_covers_better_than_chance_after_a_projection() -> None:
    rng = np.random.default_rng(4)
    vectors = (rng.normal(size=(800, 3)) @ rng.normal(size=(3, 200))).astype(F32)

    def radius(chosen: np.ndarray) -> float:
        return float(kernels.nearest(np.ascontiguousarray(vectors.T), vectors[chosen])[0].max())

    by_chance = min(radius(rng.permutation(800)[:40]) for _ in range(5))
    assert radius(coreset(vectors, 40, rng)) < 0.8 * by_chance


def test_few_or_equal_vectors_are_a_coreset_of_different_numbers() -> None:
    rng = np.random.default_rng(5)
    assert coreset(np.zeros((3, 2), F32), 5, rng).tolist() == [0, 1, 2]
    assert len(set(coreset(np.ones((9, 2), F32), 4, rng).tolist())) == 4


@pytest.mark.parametrize("shape", [(8, 8), (7, 5), (1, 1), (70, 33)])
@pytest.mark.parametrize("most", [1, 4, 32])
def test_blocks_and_back(shape: tuple[int, int], most: int) -> None:
    values = np.arange(shape[0] * shape[1], dtype=F32).reshape(1, *shape)
    cells = blocks(values, 2, most)
    assert max(cells.shape[:2]) <= most
    np.testing.assert_array_equal(unblocked(cells[:, :, 0], shape), values[0])


def test_each_position_has_the_moments_of_its_neighbourhood() -> None:
    rng = np.random.default_rng(6)
    images = [rng.normal(size=(3, 5, 6)).astype(F32) for _ in range(7)]
    moments = PositionMoments()
    for image in images:
        moments.add(blocks(image, 1, 32))
    mean, covariance = moments.mean_and_covariance(3.0)
    around = np.stack(images)[:, :, 1:4, 2:5].transpose(1, 0, 2, 3).reshape(3, -1)  # of position (2, 3)
    everywhere = np.stack(images).transpose(1, 0, 2, 3).reshape(3, -1)
    drawn = 3 / (7 + 3)
    np.testing.assert_allclose(mean[2, 3], (1 - drawn) * around.mean(1) + drawn * everywhere.mean(1), atol=1e-6)
    expected = (1 - drawn) * np.cov(around, ddof=0) + drawn * np.cov(everywhere, ddof=0)
    np.testing.assert_allclose(covariance[2, 3], expected, atol=1e-5)
    whitener = whiteners_of(covariance, 0.0)[2, 3].astype(float)
    np.testing.assert_allclose(whitener @ covariance[2, 3] @ whitener.T, np.eye(3), atol=1e-3)


def test_what_was_learned_is_laid_over_other_sizes() -> None:
    grid = np.arange(6).reshape(2, 3, 1)
    assert stretched(grid, (2, 3)) is grid
    assert stretched(grid, (4, 3))[:, 0, 0].tolist() == [0, 0, 3, 3]
    assert stretched(grid, (1, 1))[..., 0].tolist() == [[0]]


@pytest.mark.parametrize("form", [BankForm(entries=0), BankForm(entries=60, by_spacing=False), BankForm(60, 1)])
def test_distances_are_those_of_the_definition(form: BankForm) -> None:
    rng = np.random.default_rng(8)
    images = [rng.normal(rng.normal(size=(4, 1, 1)), 1, (4, 9, 12)).astype(F32) for _ in range(6)]
    bank = learn_bank(form, images)
    new = rng.normal(size=(4, 9, 12)).astype(F32)
    got = bank.distance(new)
    size = 4
    whiteners = np.zeros((*bank.centre.shape, size))
    row, column = np.tril_indices(size)
    whiteners[..., row, column] = bank.triangle
    own = new - form.own_share * new.mean(axis=(1, 2), keepdims=True)
    for row, column in ((0, 0), (8, 11), (4, 7), (3, 2)):
        at = (row // 2, column // 2) if form.positions > 1 else (0, 0)
        white = whiteners[at] @ (own[:, row, column] - bank.centre[at])
        if form.entries:
            distances = np.linalg.norm(bank.entries - white, axis=1)
            nearest = int(distances.argmin())
            expected = distances[nearest] / (bank.spacing[nearest] if form.by_spacing else 1)
        else:
            expected = np.linalg.norm(white)
        assert got[row, column] == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_without_positions_and_entries_it_is_the_single_gaussian() -> None:
    frames = [grain(seed) for seed in range(8)]
    single, bank = Statistics().fit(frames), Bank(entries=0, positions=1).fit(frames)
    new = grain(99)
    np.testing.assert_allclose(bank.inspect(new).map, single.inspect(new).map, rtol=2e-3)


def test_a_bank_knows_more_than_one_kind_of_good() -> None:
    """A patch of the left half's grain on the right half: usual to one Gaussian over all, strange where it lies."""
    good = [halves(seed, shift=seed % 3 - 1) for seed in range(16)]
    pixels = halves(50).pixels.copy()
    pixels[24:40, 68:84] = halves(51).pixels[24:40, 8:24]
    for method in (Bank(entries=200), Bank(entries=0)):
        found = method.fit(good).inspect(from_array(pixels)).map
        inside, outside = found[7:9, 18:20].mean(), np.median(found)
        assert inside > 2.5 * outside, method


def test_it_finds_a_hole_and_gives_the_same_twice() -> None:
    good = [grain(seed) for seed in range(10)]
    pixels = grain(77).pixels.copy()
    pixels[20:28, 40:50] = 10
    first, second = (Bank(entries=100).fit(good) for _ in range(2))
    for name in LEARNED:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    found = first.inspect(from_array(pixels)).map
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert 5 <= row <= 7 and 10 <= column <= 12
    kernels.set_threads(3)
    try:
        np.testing.assert_array_equal(found, first.inspect(from_array(pixels)).map)
    finally:
        kernels.set_threads(1)


def test_until_it_has_learned_it_is_the_default() -> None:
    image = grain(3)
    np.testing.assert_array_equal(Bank().inspect(image).map, Statistics().inspect(image).map)


@pytest.mark.parametrize("shape", [(64, 96), (65, 97), (40, 300), (5, 3)])
@pytest.mark.parametrize("is_colour", [False, True])
def test_other_sizes_and_colours_than_it_learned_from(shape: tuple[int, int], is_colour: bool) -> None:
    learned = Bank(entries=50).fit([grain(seed, (64, 96, 3) if is_colour else (64, 96)) for seed in range(8)])
    for with_colour in (False, True):
        raw = learned.inspect(grain(9, (*shape, 3) if with_colour else shape))
        assert raw.map.shape == tuple(-(-size // 4) for size in shape)
        assert raw.map.dtype == F32 and np.isfinite(raw.map).all()


def test_it_travels_through_settings_and_parts() -> None:
    learned = Bank(entries=40).fit([grain(seed) for seed in range(8)])
    settings, arrays, blobs = serialize(learned)
    assert set(arrays) == set(LEARNED) and not blobs
    back = deserialize(Bank, settings, arrays)
    np.testing.assert_array_equal(back.inspect(grain(5)).map, learned.inspect(grain(5)).map)


def test_what_it_learned_stays_below_two_megabytes() -> None:
    learned = Bank().fit([grain(seed, (256, 256, 3)) for seed in range(8)])
    assert sum(getattr(learned, name).nbytes for name in LEARNED) < 2e6


def test_wrong_settings_and_arrays_are_refused() -> None:
    for wrong in ({"entries": -1}, {"positions": 0}, {"positions": 65}, {"prior_images": 0.0}, {"cell_px": 1}):
        with pytest.raises(ArgumentError):
            Bank(**wrong)  # type: ignore[arg-type]
    learned = Bank(entries=40).fit([grain(seed) for seed in range(8)])
    assert learned.centre is not None and learned.bank is not None and learned.spacing is not None
    nan = learned.bank.copy()
    nan[0, 0] = np.nan
    for wrong, name in (
        ({"bank": None}, "centre"),
        ({"bank": nan}, "bank"),
        ({"bank": learned.bank[:0], "spacing": learned.spacing[:0]}, "bank"),
        ({"bank": learned.bank.astype(float)}, "bank"),
        ({"spacing": learned.spacing[1:]}, "spacing"),
        ({"spacing": 0 * learned.spacing}, "spacing"),
        ({"centre": learned.centre[..., 1:].copy()}, "centre"),
        ({"triangle": learned.centre}, "triangle"),
        ({"positions": 2}, "centre"),
    ):
        with pytest.raises(ArgumentError, match=rf"bank\.{name}: found"):
            replace(learned, **wrong)  # type: ignore[arg-type]


def test_nothing_is_learned_from_no_image() -> None:
    with pytest.raises(ArgumentError, match="good images: found none"):
        Bank().fit([])


def test_a_good_image_is_judged_by_a_bank_that_does_not_know_it() -> None:
    """One of the good images has a hole: a bank that had kept it would find it usual."""
    good = [grain(seed) for seed in range(12)]
    pixels = good[5].pixels.copy()
    pixels[20:28, 40:50] = 10
    good[5] = from_array(pixels)
    assert Bank().learn(good) is None
    learned, judge_of = crosswise(Bank(entries=100), lambda numbers, _: (good[n] for n in numbers), len(good))
    peaks = [float(judge_of(n).inspect(frame).map.max()) for n, frame in enumerate(good)]
    assert peaks[5] > 2 * max(peaks[:5] + peaks[6:])
    assert float(learned.inspect(good[5]).map.max()) < 0.5 * peaks[5]
