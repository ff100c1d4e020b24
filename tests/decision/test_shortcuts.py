"""What a decision leaves out when no map is asked for, or none is needed: score and verdict stay the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surfedge.decision import Decision, RawMap
from surfedge.errors import ArgumentError

SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "border": {"border_px": 3},
    "quantile": {"score_quantile": 0.95},
    "small regions": {"min_area_px": 5},
    "opening": {"opening_radius_px": 2},
    "edge": {"clear_border": True},
    "blur": {"blur_sigma_px": 0.8},
    "ignore": {"ignore": np.array([[True, False, False]]), "blur_sigma_px": 0.8},
}


def _map() -> np.ndarray:
    """8 x 12; what is above 1 lies at the edge, and a single value inside."""
    values = np.zeros((8, 12), np.float32)
    values[0, 0], values[4, 6] = 9.0, 5.0
    return values


@pytest.mark.parametrize("cell_px", [1, 4, None])
@pytest.mark.parametrize("name", SETTINGS)
def test_score_and_verdict_are_those_of_the_whole(name: str, cell_px: int | None) -> None:
    shape = (8, 12) if cell_px == 1 else (32, 48)
    for threshold in (0.0, 0.5, 4.0, 20.0):
        decision = Decision(threshold=threshold, **SETTINGS[name])
        whole, alone = (decision.judge(RawMap(_map(), cell_px), shape, maps=maps) for maps in (True, False))
        assert alone.score == pytest.approx(whole.score, rel=1e-6) and alone.is_defective == whole.is_defective
        assert alone.ignored_share == whole.ignored_share == (1 / 3 if name == "ignore" else 0.0)
        assert whole.mask is not None and whole.mask.shape == shape


def test_without_maps_none_is_made() -> None:
    alone = Decision(threshold=4.0).judge(RawMap(_map()), (8, 12), maps=False)
    assert alone.is_defective and alone.mask is None and alone.regions == ()
    whole = Decision(threshold=4.0).judge(RawMap(_map()), (8, 12))
    assert whole.mask is not None and whole.mask.sum() == len(whole.regions) == 2


def test_a_good_coarse_map_is_stretched_when_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    from surfedge.decision import decision as file

    stretched, made = file.stretch, []
    monkeypatch.setattr(file, "stretch", lambda *given: made.append(given) or stretched(*given))
    good = Decision(threshold=20.0).judge(RawMap(_map(), 4), (32, 48))
    assert not good.is_defective and good.score == pytest.approx(9.0) and not made
    Decision(threshold=8.0).judge(RawMap(_map(), 4), (32, 48))
    assert len(made) == 1


@pytest.mark.parametrize("sigma_px", [0.0, 0.8, 1.0])
def test_what_is_ignored_does_not_colour_its_neighbours(sigma_px: float) -> None:
    """Not even where it is no number."""
    ignore = np.zeros((8, 12), np.bool_)
    ignore[:, :6] = True
    plain = np.zeros((8, 12), np.float32)
    for value in (1000.0, np.nan, np.inf):
        odd = np.where(ignore, np.float32(value), plain)
        decision = Decision(threshold=1.0, blur_sigma_px=sigma_px)
        assert decision.judge(RawMap(odd), (8, 12), ignore=ignore, maps=False).score == 0.0


def test_an_opened_score_leaves_out_what_the_decision_ignores() -> None:
    values = np.zeros((9, 14), np.float32)
    values[2:7, 2:7], values[2:7, 9:14] = 5.0, 3.0
    own = Decision(image_score_by="opened", opening_radius_px=2, ignore=np.array([[True, False]]))
    assert own.score(values) == 3.0 and Decision(image_score_by="opened", opening_radius_px=2).score(values) == 5.0
    given = np.zeros((9, 14), np.bool_)
    given[:, 7:] = True
    assert own.score(values, given) == 5.0  # what is given holds as it is


def test_a_ring_around_what_is_ignored_leaves_nothing() -> None:
    ignore = np.ones((6, 8), np.bool_)
    ignore[0] = False
    with pytest.raises(ArgumentError, match="leaves the border ring"):
        Decision(border_px=1).judged(np.zeros((6, 8), np.float32), ignore)


def test_statistics_of_good_images_are_asked_for_first() -> None:
    ones = np.ones((1, 1), np.float32)
    for settings in ({}, {"good_mean": ones}, {"good_deviation": ones}):
        with pytest.raises(ArgumentError, match="calibrate first"):
            Decision(normalise="good", **settings)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0)])
def test_statistics_without_a_value_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ArgumentError, match="float32"):
        Decision(good_mean=np.ones(shape, np.float32), good_deviation=np.ones(shape, np.float32))


def test_the_label_is_that_of_the_strongest_region() -> None:
    raw_map = RawMap(_map(), name_region=lambda fraction: "corner" if fraction[0, 0] > 0 else "middle")
    judged = Decision(threshold=1.0).judge(raw_map, (8, 12))
    assert judged.label == "corner" and [region.label for region in judged.regions] == ["corner", "middle"]


def test_a_map_that_there_is_none_of() -> None:
    with pytest.raises(ArgumentError, match="only classifies"):
        _ = RawMap(None).map
