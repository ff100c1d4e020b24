"""Logarithms of what patches of cells look like, at every level."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

import reference_statistics as twin
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

F32 = np.float32
UNIT = 2.0**-24
FLOORS = 1e-4, 1e-5, 0.02
MEAN, SQUARE, GX2, GY2, LAP2, LEAST, LARGEST = range(7)


def random_case(rng: np.random.Generator, most: int = 60) -> tuple[np.ndarray, np.ndarray | None, tuple[int, ...]]:
    """Cells of an imagined image, colours or none, sides."""
    rows, columns = ugly_length(rng, least=1, most=most), ugly_length(rng, least=1, most=most)
    cells = rng.random((7, rows, columns)) ** 3
    cells[SQUARE] = cells[MEAN] ** 2 + 10.0 ** rng.integers(-6, 0) * rng.random((rows, columns))
    sides = tuple(int(side) for side in rng.choice([1, 3, 5, 9, 15], size=rng.integers(1, 4)))
    colours = rng.random((3, rows, columns)).astype(F32) if rng.random() < 0.5 else None
    return cells.astype(F32), colours, sides


def bounds(cells: np.ndarray, expected: np.ndarray, sides: tuple[int, ...]) -> np.ndarray:
    """Rounding of the sums over a patch carried through the logarithm, and of the logarithm."""
    out = 4 * UNIT * np.maximum(np.abs(expected), 1)
    for number, side in enumerate(sides):
        sums = (2 * side + 4) * UNIT
        means = twin.patch_means(cells, side)
        value = np.exp(expected[6 * number : 6 * number + 6])
        out[6 * number] += 2 * sums * (means[SQUARE] + means[MEAN] ** 2) / value[0]
        out[6 * number + 1 : 6 * number + 6] += 2 * sums
        shares = 6 * len(sides) + 1 + 2 * number
        if len(expected) > 6 * len(sides) + 1:
            out[shares : shares + 2] += 4 * sums
    return out


def cells_of(mean: list, square: list | None = None, gx2: float = 0.0) -> np.ndarray:
    values = np.array(mean, F32)
    cells = np.zeros((7, *values.shape), F32)
    cells[MEAN] = cells[LEAST] = cells[LARGEST] = values
    cells[SQUARE] = values**2 if square is None else square
    cells[GX2] = gx2
    return cells


@each_level
@pytest.mark.parametrize(
    ("cells", "side", "figure", "expected"),
    [
        (cells_of([[0.5]]), 1, 0, [[log(1e-4)]]),  # flat: the floor alone
        (cells_of([[0.5]], [[0.2]]), 1, 0, [[log(1e-4)]]),  # below the mean's square: none, not negative
        (cells_of([[0.5]], [[0.5]]), 1, 0, [[log(0.2501)]]),
        (cells_of([[0.0]]), 1, 1, [[log(1e-5)]]),
        (cells_of([[0.0]], gx2=0.25), 1, 1, [[log(0.25001)]]),
        (cells_of([[0.98]]), 1, 3, [[0.0]]),
        (cells_of([[0.98, 0.48]]), 1, 3, [[0.0, log(0.5)]]),
        # 3 x 3 on one row: mirrored columns are 1 0 | 0 1 | 0 1 -> (2, 1, 2 of the neighbour)
        (cells_of([[0.0, 0.9]]), 3, 3, [[log(0.62), log(0.32)]]),
        (cells_of([[0.0, 0.9, 0.0]]), 3, 3, [[log(0.62), log(0.32), log(0.62)]]),
        (cells_of([[0.0], [0.9], [0.0]]), 3, 4, [[log(0.62)], [log(0.32)], [log(0.62)]]),
        (cells_of([[0.9]]), 9, 5, [[log(0.92)]]),
        # the middle of a cross sees it all: 1 of 9
        (
            cells_of([[0, 0, 0], [0, 0.9, 0], [0, 0, 0]]),
            3,
            3,
            [[log(0.42), log(0.22), log(0.42)], [log(0.22), log(0.12), log(0.22)], [log(0.42), log(0.22), log(0.42)]],
        ),
        # 49 times itself, 50 times the other
        (cells_of([[0.3, 0.6]]), 99, 3, [[log(0.02 + 44.7 / 99), log(0.02 + 44.4 / 99)]]),
    ],
)
def test_figures_worked_by_hand(level: str, cells: np.ndarray, side: int, figure: int, expected: list) -> None:
    got = native(level).patch_figures(cells, None, (side,), *FLOORS, None)
    assert got.dtype == F32
    assert got.shape == (7, *cells.shape[1:])
    np.testing.assert_allclose(got[figure], expected, rtol=0, atol=2e-6)


@each_level
def test_colours_are_shares_of_the_sum(level: str) -> None:
    colours = np.array([0.2, 0.1, 0.68], F32).reshape(3, 1, 1)
    got = native(level).patch_figures(cells_of([[0.3]]), colours, (1, 3), *FLOORS, None)
    np.testing.assert_allclose(got[13:, 0, 0], [0.2, 0.68, 0.2, 0.68], rtol=1e-6)


@each_level
def test_the_laplacian_is_the_cells_own(level: str) -> None:
    cells = cells_of([[0.1, 0.2, 0.3]])
    cells[LAP2] = [[0.99999, 0, 0.49999]]
    got = native(level).patch_figures(cells, None, (3, 9), *FLOORS, None)
    np.testing.assert_allclose(got[12, 0], [0, log(1e-5), log(0.5)], atol=1e-6)


@each_level
def test_logarithms_over_the_whole_range(level: str) -> None:
    values = np.exp2(np.linspace(-60, 60, 40_001)).astype(F32)
    near_one = (1 + np.linspace(-0.3, 0.45, 10_001)).astype(F32)
    cells = cells_of([np.concatenate([values, near_one])])
    got = native(level).patch_figures(cells, None, (1,), 1e-4, 1e-5, 1e-30, None)[3, 0]
    expected = np.log(cells[MEAN, 0].astype(float) + 1e-30)
    assert (np.abs(got - expected) <= 2 * UNIT * np.abs(expected) + 1e-37).mean() > 0.99
    np.testing.assert_allclose(got, expected, rtol=4 * UNIT, atol=1e-12)


def test_random_cells_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(221)
    cases = budget.count(test=250, nightly=20_000, release=200_000)
    worst = 0.0
    for _ in range(cases):
        cells, colours, sides = random_case(rng)
        cells = misaligned(cells, int(rng.integers(0, 16)))
        expected = twin.patch_figures(cells.astype(float), colours, sides)
        bound = bounds(cells.astype(float), expected, sides)
        for level in LEVELS:
            got = native(level).patch_figures(cells, colours, sides, *FLOORS, None)
            assert got.shape == expected.shape
            error = np.abs(got - expected)
            assert (error <= bound).all(), (level, cells.shape, sides, (error / bound).max(axis=(1, 2)))
            worst = max(worst, float((error / bound).max()))
    print(f"patch_figures: {cases} cases, levels {LEVELS}, worst error / bound {worst:.2f}")


@each_level
@pytest.mark.parametrize(
    ("plane", "spoiled"),
    [(MEAN, [0, 3]), (SQUARE, [0]), (GX2, [1]), (GY2, [2]), (LEAST, [4]), (LARGEST, [5]), (LAP2, [])],
)
def test_nan_spoils_what_is_made_of_it_and_nothing_else(level: str, plane: int, spoiled: list[int]) -> None:
    cells = np.random.default_rng(4).random((7, 12, 37)).astype(F32)
    cells[SQUARE] = cells[MEAN] ** 2 + 0.1
    cells[plane, 5, 30] = np.nan
    got = np.isnan(native(level).patch_figures(cells, None, (3,), *FLOORS, None))
    expected = np.zeros_like(got)
    expected[spoiled, 4:7, 29:32] = True
    expected[6, 5, 30] = plane == LAP2
    np.testing.assert_array_equal(got, expected)


@each_level
@pytest.mark.parametrize("poison", [np.nan, -1.0])
def test_what_has_no_logarithm_stays_in_its_neighbourhood(level: str, poison: float) -> None:
    cells, module = random_case(np.random.default_rng(3))[0], native(level)
    cells = np.resize(cells, (7, 20, 40)).copy()
    clean = module.patch_figures(cells, None, (1, 3), *FLOORS, None)
    cells[GX2, 9, 17] = 9 * poison
    got = module.patch_figures(cells, None, (1, 3), *FLOORS, None)
    near = np.zeros((20, 40), bool)
    near[8:11, 16:19] = True
    assert np.argwhere(np.isnan(got[1])).tolist() == [[9, 17]]
    assert np.isnan(got[7][near]).all()
    np.testing.assert_array_equal(got[:, ~near], clean[:, ~near])


@each_level
def test_thread_counts_agree_bit_for_bit(level: str, budget: Budget) -> None:
    rng, module = np.random.default_rng(23), native(level)
    for _ in range(budget.count(test=30, nightly=100, release=1_000)):
        cells, colours, sides = random_case(rng, most=150)
        alone = module.patch_figures(cells, colours, sides, *FLOORS, None)
        for count in (2, 3, 5):
            with threads(module, count):
                again = module.patch_figures(cells, colours, sides, *FLOORS, None)
            np.testing.assert_array_equal(alone, again)


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(24), native(level)
    rooms = [Guarded() for _ in range(3)]
    for columns in [*range(1, 40), 63, 64, 65, 129]:
        rows = int(rng.integers(1, 9))
        cells, colours = (rng.random((7, rows, columns)).astype(F32), rng.random((3, rows, columns)).astype(F32))
        expected = module.patch_figures(cells, colours, (1, 9), *FLOORS, None)
        given = [r.copy(a, at_end=at_end) for r, a in zip(rooms, (cells, colours, 0 * expected), strict=True)]
        module.patch_figures(given[0], given[1], (1, 9), *FLOORS, given[2])
        np.testing.assert_array_equal(given[2], expected)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    call, cells = native(level).patch_figures, np.zeros((7, 4, 5), F32)
    for wrong in (cells.astype(float), [[[1.0]]], None):
        with pytest.raises(TypeError, match=r"cells: found .*, expected float32"):
            call(wrong, None, (1,), *FLOORS, None)
    for wrong in (cells[:6], cells[:, :0], cells[0], np.asfortranarray(cells)):
        with pytest.raises(ValueError, match=r"cells: found .*expected .*\(7, rows, columns\)"):
            call(wrong, None, (1,), *FLOORS, None)
    for wrong in (np.zeros((3, 4, 4), F32), np.zeros((4, 4, 5), F32)):
        with pytest.raises(ValueError, match=r"colours: found .*expected shape \(3, rows, columns\) as the cells"):
            call(cells, wrong, (1,), *FLOORS, None)
    for sides in ((), (2,), (1, 101), (0,), (-1,), [1] * 17, 3, None):
        with pytest.raises(ValueError, match=r"sides: found"):
            call(cells, None, sides, *FLOORS, None)
    with pytest.raises(TypeError, match=r"sides: found 1\.5"):
        call(cells, None, (1.5,), *FLOORS, None)
    for number, name in enumerate(("variance_floor", "energy_floor", "level_floor")):
        for wrong in (0.0, -1.0, float("inf"), float("nan")):
            floors = [*FLOORS[:number], wrong, *FLOORS[number + 1 :]]
            with pytest.raises(ValueError, match=rf"{name}: found"):
                call(cells, None, (1,), *floors, None)
    with pytest.raises(ValueError, match="out: found"):
        call(cells, None, (1,), *FLOORS, np.zeros((6, 4, 5), F32))
    with pytest.raises(ValueError, match="shared with an input"):
        call(cells, None, (1,), *FLOORS, cells)
