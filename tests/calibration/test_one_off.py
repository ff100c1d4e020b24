"""Counts, places and limits of a calibration one off: what nobody sees in its results at once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from calibration.learning import learned
from surfedge.calibration import good_images, parse_rule
from surfedge.calibration.calibration import _area_limit
from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.made_defects import KINDS, _judged_place, score_made
from surfedge.calibration.spread import spread
from surfedge.calibration.unseen import Unseen
from surfedge.decision import Decision
from surfedge.detector import Preparation
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import from_array
from surfedge.methods.statistics import Statistics
from surfedge.progress import silent


def test_each_stage_says_how_far_it_is(strips: list[Path]) -> None:
    said: dict[str, list[tuple[int, int]]] = {}
    learned(strips, progress=lambda done, total, what: said.setdefault(what, []).append((done, total)))
    assert {"reading", "learning", "judging", "drawing defects"} <= set(said)
    for what, steps in said.items():
        assert all(0 <= done < total for done, total in steps), what
        assert {done for done, _ in steps} == set(range(steps[0][1])), what


@pytest.mark.parametrize("room", [0, 96 * 128, 3 * 96 * 128 + 1, 1 << 30])
def test_what_does_not_fit_into_memory_is_read_again(
    room: int, strips: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(good_images, "CACHE_BYTES", room)
    good = GoodFrames(strips[:9], Preparation(), silent)
    kept = [frame.pixels.nbytes for frame in good._kept.values()]
    assert len(kept) == min(9, -(-room // (96 * 128)) - (room > 0)) and sum(kept) <= room
    assert all(np.array_equal(good[n].pixels, Preparation().read(path).pixels) for n, path in enumerate(strips[:9]))


def test_eight_good_images_are_the_fewest(strips: list[Path]) -> None:
    assert len(GoodFrames(strips[:8], Preparation(), silent)) == 8
    with pytest.raises(DatasetError, match="found 7, expected 8 or more"):
        GoodFrames(strips[:7], Preparation(), silent)


def test_the_commonest_notes_on_depth_are_told(strips: list[Path]) -> None:
    good = GoodFrames(strips[:8], Preparation(), silent)
    good._depth_notes.update({"rare": 1, "common": 5, "usual": 3, "seldom": 2})
    assert good.notes() == ("5 good images: common", "3 good images: usual", "2 good images: seldom")


def test_numbers_are_spread_from_the_first_to_the_last() -> None:
    assert spread(10, 4) == [0, 3, 6, 9] and spread(5, 5) == [0, 1, 2, 3, 4] == spread(5, 60)
    assert spread(1, 3) == [0] and spread(3, 1) == [0]


def test_defects_are_drawn_on_each_image_and_of_each_kind_in_turn(strips: list[Path]) -> None:
    good = GoodFrames(strips[:9], Preparation(), silent)
    unseen = Unseen.of(good, Statistics(), Decision(), "none")
    made = score_made(good, unseen, Decision())
    assert made.kinds == tuple(KINDS[n % len(KINDS)] for n in range(9))
    chosen = [(n, KINDS[0], 0) for n in (3, 3, 5)]
    again = score_made(good, unseen, Decision(), chosen)
    assert again.kinds == (KINDS[0],) * 3 and again.scores[0] == again.scores[1] != again.scores[2]


def test_places_of_drawn_defects_are_all_that_is_judged() -> None:
    frame, rng = from_array(np.zeros((6, 9), np.uint8)), np.random.default_rng(0)
    ignore = np.zeros((6, 9), np.bool_)
    ignore[2:5, 3:6] = True
    judged = {(x, y) for y in range(1, 5) for x in range(1, 8) if not ignore[y, x]}
    places = Counter(_judged_place(frame, rng, Decision(border_px=1, ignore=ignore)) for _ in range(600))
    assert set(places) == judged
    free = np.array([_judged_place(frame, rng, Decision(border_px=1)) for _ in range(600)])
    assert (free.min(0) >= 1).all() and (free.max(0) <= (7, 4)).all()
    assert (free.min(0) < 1.2).all() and (free.max(0) > (6.8, 3.8)).all()


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        ("quantile:1", "quantile:1.01"),
        ("quantile:0.01", "quantile:0"),
        ("ksigma:100", "ksigma:100.5"),
        ("ksigma:0.1", "ksigma:0"),
        ("max-area:1e12", "max-area:2e12"),
        ("pixel-quantile:1", "pixel-quantile:1.01"),
        ("pixel-ksigma:100", "pixel-ksigma:101"),
        ("false-calls:1", "false-calls:1.01"),
        ("false-calls:0.99@0.99", "false-calls:1@0.99"),
        ("false-calls:0.5@0.01", "false-calls:0.5@0"),
        ("max", "max:1"),
    ],
)
def test_numbers_of_rules_at_the_end_of_their_range(taken: str, refused: str) -> None:
    assert parse_rule(taken).name == taken.partition(":")[0]
    with pytest.raises(ArgumentError, match="for example"):
        parse_rule(refused)


def test_a_region_of_just_the_area_is_not_larger() -> None:
    """The limit of `max-area:40` on a map with one region of 40 px; one of 41 px must stay below it."""
    finished = np.zeros((20, 20), np.float32)
    finished[2:6, 2:12] = 5.0
    assert _area_limit(finished, Decision(), 40.0) < 1e-5
    finished[6, 2] = 3.0
    assert _area_limit(finished, Decision(), 40.0) == pytest.approx(3.0, abs=1e-5)
    assert _area_limit(finished, Decision(), 39.0) == pytest.approx(5.0, abs=1e-5)
