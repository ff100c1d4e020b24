"""What is asked next: near the limit, and unlike what was marked."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.labelling import Proposals, near_limit


def test_uncertainty_is_by_rank_whatever_the_scale() -> None:
    scores = np.random.default_rng(0).permutation(np.linspace(0.1, 1.0, 50))
    here = near_limit(scores, 0.5)
    assert np.array_equal(here, near_limit(np.exp(9 * scores), np.exp(4.5)))
    order = np.argsort(np.abs(np.argsort(np.argsort(scores)) + 0.5 - np.count_nonzero(scores <= 0.5)))
    assert here[order[0]] == 1.0 and here[order[-1]] == here.min() >= 0


def test_scores_that_are_missing_lie_in_the_middle() -> None:
    assert near_limit(np.full(3, np.nan), 1.0).tolist() == [0.5] * 3
    assert near_limit(np.array([np.nan, 1.0, 2.0]), 1.5).tolist() == [0.5, 1.0, 1.0]


def test_copies_of_one_doubtful_image_are_not_asked_for_one_after_the_other() -> None:
    rng = np.random.default_rng(1)
    features = np.concatenate([rng.normal(0, 0.01, (20, 4)), rng.normal(5, 1, (20, 4))])
    uncertainty = np.repeat([1.0, 0.8], 20)
    chosen = Proposals(features).next(uncertainty, np.zeros(40, bool), 3)
    assert chosen[0] < 20 and (chosen[1:] >= 20).all()


def test_nothing_marked_before_is_proposed_and_everything_else_once() -> None:
    rng = np.random.default_rng(2)
    proposals, is_done = Proposals(rng.normal(size=(30, 3))), np.zeros(30, bool)
    is_done[[3, 7]] = True
    proposals.add(3, 7)
    chosen = proposals.next(rng.random(30), is_done, 100)
    assert sorted(chosen) == [n for n in range(30) if n not in (3, 7)]


def test_marks_one_by_one_are_marks_at_once() -> None:
    features = np.random.default_rng(3).normal(size=(400, 5))
    one_by_one, at_once = Proposals(features), Proposals(features)
    for number in range(300):
        one_by_one.add(number)
    at_once.add(*range(300))
    is_done = np.arange(400) < 300
    given = (np.ones(400), is_done, 10)
    assert np.array_equal(one_by_one.next(*given), at_once.next(*given))


def test_the_farthest_comes_first_as_a_plain_loop_finds_it() -> None:
    rng = np.random.default_rng(4)
    features = rng.normal(size=(25, 3))
    scaled = (features - features.mean(0)) / features.std(0)
    proposals = Proposals(features)
    proposals.add(0)
    marked = [0]
    for found in proposals.next(np.ones(25), np.arange(25) == 0, 5, sharpness=0.0):
        distances = np.linalg.norm(scaled[:, None] - scaled[marked], axis=2).min(axis=1)
        assert found == distances.argmax()
        marked.append(int(found))


def test_images_that_were_not_described_and_constant_features_do_no_harm() -> None:
    features = np.column_stack([np.ones(6), [0, 1, 2, 3, np.nan, 5]])
    chosen = Proposals(features).next(np.ones(6), np.zeros(6, bool), 6)
    assert sorted(chosen) == list(range(6))
    nothing = Proposals(np.full((4, 2), np.nan)).next(np.array([0.1, 0.9, 0.5, 0.3]), np.zeros(4, bool), 1)
    assert nothing.tolist() == [1]


def test_features_of_another_shape_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"features: found shape \(3,\)"):
        Proposals(np.zeros(3))
