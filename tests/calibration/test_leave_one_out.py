"""A good image's own share is taken out of all that it is judged by; so limits hold on images that were never seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import surfaces
from calibration.learning import learned
from surfedge.calibration.good_statistics import GoodStatistics
from surfedge.detector import Detector
from surfedge.images import Frame, from_array
from surfedge.methods.residuals.statistics import GivenStatistics
from surfedge.methods.statistics import Statistics
from surfedge.synthesis import render


def frames(count: int, colour: bool = False) -> Iterator[Frame]:
    for number in range(count):
        image = render("leather" if colour else "strip", shape=(64, 96), seed=number).image
        yield from_array(np.repeat(image[..., None], 3, axis=2) if colour and image.ndim == 2 else image)


@pytest.mark.parametrize("colour", [False, True])
def test_without_an_image_is_what_the_others_teach(colour: bool) -> None:
    given = list(frames(6, colour))
    lesson = Statistics().learn(given)
    for number in range(6):
        others = Statistics().fit(given[:number] + given[number + 1 :])
        found = lesson.without(number)
        np.testing.assert_allclose(found.mean, others.mean, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(found.whitener, others.whitener, rtol=2e-3, atol=2e-3)
    np.testing.assert_array_equal(lesson.all().whitener, Statistics().fit(given).whitener)


def test_of_a_residual_as_well() -> None:
    rng = np.random.default_rng(0)
    pairs = [tuple(rng.random((2, 1, 48, 48), np.float32)) for _ in range(5)]
    lesson = GivenStatistics().learn(pairs)
    others = GivenStatistics().learn(pairs[1:]).all()
    for name, array in lesson.without(0).items():
        np.testing.assert_allclose(array, others[name], rtol=5e-3, atol=5e-3)


@pytest.mark.parametrize("by_position", [False, True])
def test_positions_without_an_image(by_position: bool) -> None:
    maps = [np.random.default_rng(seed).random((40, 50), np.float32) for seed in range(5)]
    found = GoodStatistics.of(maps, (160, 200), by_position=by_position)
    others = GoodStatistics.of(maps[1:], (160, 200), by_position=by_position)
    assert found.all()[0].shape == ((20, 25) if by_position else (1, 1))
    for one, other in zip(found.without(maps[0]), others.all(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_copies_are_counted_once(strips: list[Path], tmp_path: Path) -> None:
    copies = [tmp_path / f"copy{number}.png" for number in range(9)]
    for path, copy in zip(strips, copies, strict=False):
        copy.write_bytes(path.read_bytes())
    once, again = learned(strips), learned([*strips, *copies])
    np.testing.assert_array_equal(once.scores, again.scores)
    assert again.bundle.calibration["good_images"] == 24 and len(again.skipped) == 9
    assert again.skipped[0][1] == f"the same image as {strips[0].name}"


@pytest.mark.parametrize("normalise", ["position", "overall", "none"])
def test_the_stated_rate_holds_on_new_images(normalise: str, tmp_path: Path) -> None:
    """C1 of docs/reliability.md in small: 12 splits of 20 good strips against 40 others, promise 10 %.

    The counted rate lies within two standard errors of 2 of 21; benchmarks/promised_rates.py does it at length.
    """
    paths = [surfaces.save(tmp_path / f"{n:02}.png", render("strip", (64, 96), seed=n).image) for n in range(60)]
    rng, rates = np.random.default_rng(1), []
    for _ in range(12):
        order = rng.permutation(60)
        chosen, rest = [paths[n] for n in order[:20]], [paths[n] for n in order[20:]]
        detector = Detector(learned(chosen, rule="false-calls:0.1", normalise=normalise).bundle)
        rates.append(np.mean([detector.score(path) > detector.decision.threshold for path in rest]))
    spread = np.std(rates, ddof=1) / np.sqrt(len(rates)) + 0.02  # splits of one pool share their images
    print(f"C1 {normalise}: promised {2 / 21:.3f}, counted {np.mean(rates):.3f} +- {spread:.3f}")
    assert abs(np.mean(rates) - 2 / 21) <= 2 * spread


def test_a_map_is_averaged_over_the_positions_along_either_side() -> None:
    """As many rows as the grid, more columns: means, not single values; fewer: stretched."""
    rows = np.float32([[0, 2, 4, 6], [8, 10, 12, 14]])
    for values, shape in ((rows, (16, 16)), (rows.T.copy(), (16, 16))):
        mean, _ = GoodStatistics.of([values] * 3, shape, by_position=True).all()
        prior = (3 * values.reshape(2, 2, 2).mean(2) if values is rows else 3 * values.reshape(2, 2, 2).mean(1)) + 28
        np.testing.assert_allclose(mean, prior / 7, rtol=1e-6)
    mean, _ = GoodStatistics.of([np.float32([[1, 3]])] * 3, (16, 16), by_position=True).all()
    assert mean[0].tolist() == mean[1].tolist() and mean[0, 0] < mean[0, 1]
