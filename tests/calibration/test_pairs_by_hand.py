"""What a way makes of drawn defects, pair by pair, on scores that are given; and which comparison tells."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from surfedge.calibration import prefilter, trial, variant
from surfedge.calibration.form_choice import best_form
from surfedge.calibration.made_defects import MadeDefects
from surfedge.calibration.prefilter import _said
from surfedge.calibration.trial import KINDS, Comparison, Way, _error, _Tried
from surfedge.decision import Decision
from surfedge.errors import DatasetError


def _tried(good: list[float], kept: tuple[int, ...], count: int) -> _Tried:
    own = SimpleNamespace(image_score=lambda raw, finished: raw)
    unseen: Any = SimpleNamespace(good=None, finished=lambda decision: ((score, None, own) for score in good))
    return _Tried(count, kept, unseen, Decision(), Decision())


def test_a_defect_ranks_above_what_is_lower_and_half_above_its_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three images are judged, of scores 1 and 2; each defect is drawn ten times, as many of each kind."""
    given: list[Any] = []
    scores = {(0, 0): [0.0] * 4 + [1.0] * 2 + [3.0] * 4, (1, 0): [2.0] * 10}  # of scratches; all others score 5

    def drawn(good: Any, unseen: Any, decision: Any, which: Any, *others: Any, **more: Any) -> MadeDefects:
        given.append((which, others, more))
        made = [scores[number, 0][draw] if kind == KINDS[0] else 5.0 for number, kind, draw in which]
        return MadeDefects(np.array(made), tuple(kind for _, kind, _ in which))

    monkeypatch.setattr(trial, "score_made", drawn)
    found = _tried([1.0, 2.0], (0, 2), 3).pairs((1.0, 6.0))
    assert found.shape == (4, 3, 3)
    # The image in the middle is not judged: no defect on it is found, and as a good one it lies above all.
    np.testing.assert_allclose(found[0], [[(4 + 2 / 2) / 10, 0, 4 / 10], [0, 0, 0], [1, 0, 0.5]])
    np.testing.assert_allclose(found[1:], [[[1, 0, 1], [0, 0, 0], [1, 0, 1]]] * 3)
    ((which, others, more),) = given
    assert which == [(n, kind, draw) for n in (0, 1) for kind in KINDS for draw in range(10)]
    assert others == ((1.0, 6.0), Decision()) and more == {"lattice_of_good": True}


@pytest.mark.parametrize(("images", "draws"), [(1, 20), (3, 7), (20, 1), (21, 1)])
def test_each_kind_is_drawn_twenty_times_or_once_an_image(
    images: int, draws: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn(good: Any, unseen: Any, decision: Any, which: Any, *others: Any, **more: Any) -> MadeDefects:
        assert len(which) == images * 4 * draws
        return MadeDefects(np.ones(len(which)), ())

    monkeypatch.setattr(trial, "score_made", drawn)
    assert _tried([0.0] * images, tuple(range(images)), images).pairs((1.0, 6.0)).min() == 1.0


def test_a_way_that_judges_none_finds_none() -> None:
    assert not _Tried(3, (), None, Decision(), Decision()).pairs((1.0, 6.0)).any()


def test_errors_and_what_is_left_of_a_comparison() -> None:
    assert _error(np.array([1.0, 3.0])) == pytest.approx(1.0) and _error(np.array([1.0])) == np.inf
    pairs = np.arange(2 * 4 * 3 * 3, dtype=float).reshape(2, 4, 3, 3)
    found = Comparison.of_kinds(pairs)
    assert found.means == pytest.approx(pairs.mean(axis=(1, 2, 3)).tolist()) and len(found.kinds) == 4
    assert found.kinds[2].means == pytest.approx(pairs[:, 2].mean(axis=(1, 2)).tolist())
    left = found.without(1)
    others = pairs[:, :, [0, 2]][:, :, :, [0, 2]]
    assert left.means == pytest.approx(others.mean(axis=(1, 2, 3)).tolist())
    assert left.kinds[3].means == pytest.approx(others[:, 3].mean(axis=(1, 2)).tolist())
    assert Comparison(np.array([[1.0, 3.0, 5.0]])).without(1).means == [3.0]


def test_a_way_helps_and_is_no_chance_beyond_its_borders() -> None:
    """A tenth fewer wrong pairs is not enough, nor a gain of just one standard error."""
    for rate, helps in ((0.75, False), (0.78, True)):
        assert Comparison(np.array([[0.5, 0.5, 0.5], [rate] * 3, [0.75] * 3])).helps(1, instead_of=2) == helps
    gain = np.array([0.0, 2.0])  # 1 on the average, with an error of 1
    plain = np.zeros(2)
    assert Comparison(np.array([plain, gain])).is_by_chance(1)
    assert not Comparison(np.array([plain, gain + 0.01])).is_by_chance(1)
    assert not Comparison(np.array([gain + 0.01, plain])).is_by_chance(1)
    assert Comparison(np.array([plain, gain + 0.01])).is_by_chance(1, errors=2.0)
    assert Comparison(np.array([gain, gain + 1, plain])).is_by_chance(2, instead_of=0)


def _kinds(*rates: tuple[float, float]) -> tuple[Comparison, ...]:
    return tuple(Comparison(np.array([[one] * 5, [other] * 5])) for one, other in rates)


@pytest.mark.parametrize(
    ("kinds", "form"),
    [
        (((0.7, 0.8), (0.7, 0.9)), 1),
        (((0.7, 0.8), (0.7, 0.7)), 0),  # a kind that does not gain
        (((0.7, 0.8), (0.5, 0.59)), 1),
        (((0.7, 0.8), (0.5, 0.4)), 1),  # found by neither: says nothing
        (((0.7, 0.8), (0.6, 0.5)), 0),
        (((0.7, 0.8), (0.5, 0.6)), 1),
    ],
)
def test_no_kind_that_is_found_may_lose(kinds: tuple[tuple[float, float], ...], form: int) -> None:
    whole = np.array([[0.6, 0.62, 0.6, 0.62], [0.8, 0.82, 0.8, 0.82]])
    assert best_form(Comparison(whole, None, _kinds(*kinds))) == form
    assert best_form(Comparison(whole[[0, 0]], None, _kinds(*kinds))) == 0


def test_good_images_are_the_columns_of_pairs() -> None:
    pairs = np.array([[[1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]])
    assert Comparison.of(pairs).ranked == pytest.approx(np.array([[1 / 3, 1, 0]]))
    assert not Comparison(np.array([[0.0, 0.0], [0.1, 0.1]])).helps(1)  # just a tenth fewer


def test_each_way_is_tried_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[Any] = []
    good: Any = SimpleNamespace(progress=lambda *step: steps.append(step))
    pairs = {"one": np.zeros((4, 2, 2)), "two": np.ones((4, 2, 2))}

    def tried(good: Any, numbers: Any, way: Any, placed_by: Any) -> Any:
        assert numbers == (0, 3) and placed_by is None
        return SimpleNamespace(pairs=lambda grains: pairs[way] if grains == trial.FAINT else None)

    monkeypatch.setattr(_Tried, "of", tried)
    ways: Any = ["one", "two"]
    assert trial.compared(good, [0, 3], ways, "trying").means == [0.0, 1.0]
    assert steps == [(0, 2, "trying"), (1, 2, "trying")]


@pytest.mark.parametrize("placed_by", [None, Decision(border_px=3)])
def test_a_way_learns_from_the_images_that_it_can_judge(
    placed_by: Decision | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"{number}.png" for number in range(6)]
    asked: list[Any] = []

    def some(numbers: Any, prefilter: str) -> Any:
        if prefilter == "notch":
            raise DatasetError("good images", found="3", expected="8")
        return SimpleNamespace(paths=(paths[1], paths[5]))

    def unseen(some: Any, method: Any, start: Any, normalise: str) -> Any:
        asked.append((method, start, normalise))
        return SimpleNamespace(normalising=lambda decision: replace(decision, threshold=7.0))

    monkeypatch.setattr("surfedge.calibration.trial.Unseen.of", unseen)
    good: Any = SimpleNamespace(paths=paths, some=some)
    method: Any = "method"
    own = Decision(threshold=2.0, normalise="median", own_limit=True)
    found = _Tried.of(good, (1, 2, 5), Way("cells", method, own, "position"), placed_by)
    start = Decision(threshold=2.0)
    assert asked == [("method", start, "position")] and (found.count, found.kept) == (3, (0, 2))
    assert found.decision == Decision(threshold=7.0) and found.placed_by == (placed_by or found.decision)
    none = _Tried.of(good, (1, 2, 5), Way("notch", method, own, "position"), placed_by)
    assert none == _Tried(3, (), None, start, start)


@pytest.mark.parametrize(
    ("ranked", "pitches", "prefilter", "words"),
    [
        ([[0.5, 0.5], [0.8, 0.9]], 9.0, "cells", "is taken out: drawn defects"),
        ([[0.5, 0.5], [0.8, 0.9]], 2.0, "cells", "is taken out: drawn defects"),
        ([[0.5, 0.5], [0.4, 0.8]], 4.9, "cells", "4.9 pitches on a side are too few"),
        ([[0.5, 0.5], [0.4, 0.8]], 5.0, "none", "is left in"),
        ([[0.9, 0.9], [0.5, 0.6]], 2.0, "none", "is left in"),
        ([[0.9, 0.9], [0.905, 0.905]], 2.0, "none", "is left in"),  # sure, but hardly better
    ],
)
def test_what_a_comparison_says_of_a_pattern(
    ranked: list[list[float]], pitches: float, prefilter: str, words: str
) -> None:
    choice = _said(Comparison(np.array(ranked)), pitches)
    assert choice.prefilter == prefilter and words in choice.notes[0]
    plain, without = np.mean(ranked, axis=1)
    assert f"with probability {without:.2f}, otherwise {plain:.2f}" in choice.notes[0]


def test_an_image_that_decides_on_the_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the others would take the pattern out; pitches are counted on the first image."""
    pairs = np.full((2, 6, 6), 0.5)
    pairs[1] = 0.6
    pairs[1, 2] = pairs[1, :, 2] = 0.0
    monkeypatch.setattr(prefilter, "compared", lambda *given: Comparison.of(pairs))
    lattice = SimpleNamespace(lattice=SimpleNamespace(pitch_px=(8.0, 8.0)))

    class Good:
        paths, shapes = [f"{n}.png" for n in range(6)], [(80, 90)] * 5 + [(8, 8)]

        def __len__(self) -> int:
            return 6

        def search(self, number: int) -> Any:
            return lattice

    good: Any = Good()
    method: Any = None
    choice = prefilter.chosen_prefilter(good, method, Decision(), "none")
    assert choice.prefilter == "none" and choice.without == {"2.png": "cells"}


def test_a_form_is_better_by_more_than_three_errors() -> None:
    kinds = _kinds((0.7, 0.8))
    wavering = np.array([[0.6, 0.6], [0.7, 0.9]])  # 0.2 more, with an error of 0.1
    assert best_form(Comparison(wavering, None, kinds)) == 0
    steady = np.array([[0.6, 0.6], [0.77, 0.83]])
    assert best_form(Comparison(steady, None, kinds)) == 1
    assert best_form(Comparison(np.array([[0.8, 0.8], [0.801, 0.801]]), None, kinds)) == 0  # sure, but hardly better


def test_how_often_a_defect_ranks_above_is_kept_to_four_places() -> None:
    variants: Any = [SimpleNamespace(name="one"), SimpleNamespace(name="other", chosen="keen")]
    assert variant.ranked(variants, [0.123449, 2 / 3]) == {"one": 0.1234, "keen": 0.6667}
    assert "one 0.12, keen 0.67" in variant.said(variants, [0.123449, 2 / 3], 1)


def test_the_first_variant_is_taken_unless_another_helps() -> None:
    for rates, best in (([0.5, 0.9], 1), ([0.5, 0.52], 0), ([0.9, 0.5], 0), ([0.5, 0.7, 0.9], 2), ([0.5, 0.9, 0.7], 1)):
        assert variant._best(Comparison(np.array(rates)[:, None].repeat(4, 1))) == best
