"""On the limit and beside it: what a changed comparison would turn around."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from surfedge.decision import Decision, RawMap
from surfedge.decision.area import kept_regions, opened_inside, opened_maximum
from surfedge.decision.classes import check_good_classes
from surfedge.decision.normalisation import normalised_by_good, normalised_by_itself
from surfedge.decision.own_tail import tail_end
from surfedge.decision.regions import find_regions
from surfedge.errors import ArgumentError, EngineError


def spot(value: float, *, second: float = 0.0) -> RawMap:
    """Zeros with a square of `value` and one of `second`."""
    values = np.zeros((40, 60), np.float32)
    values[5:9, 5:9] = value
    values[20:24, 30:34] = second
    return RawMap(values)


@pytest.mark.parametrize("settings", [{}, {"score_quantile": 0.999}, {"border_px": 2}])
@pytest.mark.parametrize("maps", [True, False])
def test_a_score_equal_to_the_threshold_is_good(settings: dict, maps: bool) -> None:
    decision = Decision(threshold=2.0, **settings)
    assert not decision.judge(spot(2.0), (40, 60), maps=maps).is_defective
    assert decision.judge(spot(np.nextafter(np.float32(2), np.float32(3))), (40, 60), maps=maps).is_defective


def test_pixels_equal_to_the_threshold_are_not_marked() -> None:
    """The second square holds the threshold itself: the image is defective, that square is not."""
    judgement = Decision(threshold=2.0).judge(spot(3.0, second=2.0), (40, 60))
    assert judgement.is_defective and judgement.mask is not None
    assert judgement.mask.sum() == 16 and not judgement.mask[20:24, 30:34].any()
    assert [region.box for region in judgement.regions] == [(5, 5, 4, 4)]


def test_a_cell_of_which_half_is_ignored_is_not_asked_for_the_median() -> None:
    """Weights above one half count; one half exactly does not."""
    values = np.float32([[0, 2, 4, 100, 100]])
    weight = np.float32([[1, 0.75, 1, 0.5, 0.5]])
    np.testing.assert_array_equal(normalised_by_itself(values, "median", weight), values - 2)


def test_a_region_that_hangs_together_by_corners_is_kept_whole() -> None:
    """Its pixels are wiped neither by 4-neighbours nor with the small region that goes."""
    mask = np.zeros((20, 20), np.bool_)
    for step in range(6):
        mask[4 + step, 4 + step] = True
    mask[15, 2] = True
    line, dot = find_regions(mask, mask.astype(np.float32))
    assert (line.area_px, dot.area_px) == (6, 1)
    kept = kept_regions((line, dot), mask, min_area_px=2, border_px=0, clear_border=False)
    assert kept == (line,) and mask.sum() == 6 and not mask[15, 2]


def test_a_score_of_the_network_decides_and_the_map_shows_where() -> None:
    raw_map = RawMap(spot(3.0, second=0.8).values, score=0.7)
    decision = Decision(threshold=0.5, pixel_threshold=2.0)
    judgement = decision.judge(raw_map, (40, 60))
    assert judgement.score == 0.7 and judgement.is_defective
    assert [region.box for region in judgement.regions] == [(5, 5, 4, 4)]
    assert decision.judge(raw_map, (40, 60), maps=False).score == 0.7
    good = Decision(threshold=0.7, pixel_threshold=2.0).judge(raw_map, (40, 60))
    assert not good.is_defective and good.mask is not None and not good.mask.any() and good.regions == ()
    as_map = Decision(threshold=0.5).judge(raw_map, (40, 60))  # no limit of their own: pixels take the threshold
    assert len(as_map.regions) == 2


@pytest.mark.parametrize("cell_px", [1, 4, None])
@pytest.mark.parametrize("maps", [True, False])
def test_neither_score_nor_map_may_be_other_than_finite(cell_px: int | None, maps: bool) -> None:
    shape = (40, 60) if cell_px != 4 else (160, 240)
    decision = Decision(threshold=9.0)
    with pytest.raises(EngineError, match="finite"):
        decision.judge(RawMap(spot(1.0).values, cell_px, score=float("nan")), shape, maps=maps)
    with pytest.raises(EngineError, match="finite"):
        decision.judge(RawMap(spot(np.nan).values, cell_px, score=0.1), shape, maps=maps)


def test_what_the_network_scores_as_a_whole_cannot_be_ignored_in_part() -> None:
    raw_map = RawMap(spot(3.0).values, score=0.7)
    with pytest.raises(ArgumentError, match="judges the image as a whole"):
        Decision().judge(raw_map, (40, 60), ignore=np.eye(40, 60, dtype=bool))
    with pytest.raises(ArgumentError, match="judges the image as a whole"):
        Decision(ignore=np.eye(4, dtype=bool)).judge(raw_map, (40, 60))


def test_other_values_keep_all_else() -> None:
    raw_map = RawMap(np.zeros((2, 2), np.float32), None, 0.25, ("seen",), 0.5, {"good": 1.0})
    values = np.ones((2, 2), np.float32)
    changed = raw_map.of(values)
    assert changed.values is values
    for field in fields(RawMap)[1:]:
        assert getattr(changed, field.name) == getattr(raw_map, field.name), field.name
    assert raw_map.of(raw_map.map) is raw_map


def test_a_raw_map_of_nothing_is_refused() -> None:
    with pytest.raises(EngineError, match="neither a map nor classes"):
        Decision().judge(RawMap(None), (4, 4))


@pytest.mark.parametrize("value", [float("nan"), 1e39])
def test_the_limit_of_pixels_is_a_number(value: float) -> None:
    with pytest.raises(ArgumentError, match=r"decision\.pixel_threshold"):
        Decision(pixel_threshold=value)


@pytest.mark.parametrize("cell_px", [1, 4])
def test_a_mean_is_the_same_with_and_without_maps(cell_px: int) -> None:
    decision = Decision(threshold=0.01, image_score_by="mean")
    raw_map = RawMap(spot(1.0).values, cell_px)
    whole, alone = (decision.judge(raw_map, (40 * cell_px, 60 * cell_px), maps=maps) for maps in (True, False))
    assert whole.score == alone.score == pytest.approx(16 / 2400, rel=0.01)
    assert not whole.is_defective and not alone.is_defective


def test_a_small_spread_is_one_all_the_same() -> None:
    """Median absolute deviations below 1 count; the few high values of a defect do not widen them."""
    values = np.tile(np.float32([0.1, 0.2, 0.3, 0.4, 0.5]), (10, 4))
    values[0, 0] = 50.0
    found = normalised_by_itself(values, "robust")
    np.testing.assert_allclose(found[1, :5], (values[1, :5] - 0.3) / (1.4826 * 0.1), rtol=1e-4, atol=1e-5)


def test_every_value_of_a_small_map_counts_for_the_median() -> None:
    values = np.float32([[1, 5, 2, 6, 3]])
    assert normalised_by_itself(values, "median").tolist() == (values - 3).tolist()
    assert normalised_by_itself(values.T.copy(), "median").ravel().tolist() == (values - 3).ravel().tolist()


@pytest.mark.parametrize("good", [(), ("a",), ("b", "a")])
def test_good_classes_are_some_of_all(good: tuple[str, ...]) -> None:
    check_good_classes(good, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("good", "names"), [(None, ("a", "b")), (("a", "b"), ("a", "b")), (("x",), ("a", "b")), (("a",), ())]
)
def test_good_classes_that_are_not_said_are_all_or_of_others(
    good: tuple[str, ...] | None, names: tuple[str, ...]
) -> None:
    with pytest.raises(ArgumentError, match=r"decision\.good_classes"):
        check_good_classes(good, names)


@pytest.mark.parametrize("good", [None, ()])
def test_a_method_without_classes_has_no_good_ones(good: tuple[str, ...] | None) -> None:
    check_good_classes(good, ())


def test_the_largest_grid_of_good_statistics() -> None:
    for shape in ((1, 8192), (8192, 1)):
        mean, deviation = np.zeros(shape, np.float32), np.ones(shape, np.float32)
        assert Decision(normalise="good", good_mean=mean, good_deviation=deviation).good_mean is mean
        more = [np.pad(values, ((0, 1), (0, 1)), constant_values=1) for values in (mean, deviation)]
        with pytest.raises(ArgumentError, match="of shape"):
            Decision(normalise="good", good_mean=more[0], good_deviation=more[1])


@pytest.mark.parametrize("shape", [(1, 1), (2, 3)])
def test_the_least_deviation_of_good_images(shape: tuple[int, int]) -> None:
    """As small as what is added to it: twice that, and no infinity."""
    mean, deviation = np.full(shape, 1.0, np.float32), np.full(shape, 1e-12, np.float32)
    found = normalised_by_good(np.full((4, 6), 3.0, np.float32), mean, deviation)
    np.testing.assert_allclose(found, np.full((4, 6), 1e12), rtol=1e-6)


@pytest.mark.parametrize(("threshold", "pixels", "fits"), [(0.5, None, True), (0.0, None, False), (1.0, 2.0, False)])
def test_own_limits_rise_from_a_threshold_above_0(threshold: float, pixels: float | None, fits: bool) -> None:
    if fits:
        assert Decision(threshold=threshold, own_limit=True).own_limit
    else:
        with pytest.raises(ArgumentError, match="above 0, for scores and pixels alike"):
            Decision(threshold=threshold, pixel_threshold=pixels, own_limit=True)


def test_peaks_with_half_a_weight_do_not_count_for_the_tail() -> None:
    """What is judged to one half is left out, as what is not judged at all; a little more is in."""
    values = np.zeros((60, 300), np.float32)
    values[10, 10:290:10] = np.arange(28) + 1.0
    values[40, 10:290:10] = 100.0
    ends = []
    for weight in (0.0, 0.5, np.nextafter(np.float32(0.5), np.float32(1)), 1.0):
        weights = np.ones_like(values)
        weights[30:] = weight
        ends.append(tail_end(values, weights))
    assert ends[0] == ends[1] != ends[2] == ends[3] == tail_end(values)
    assert np.isfinite(ends).all()


@pytest.mark.parametrize("radius", [1, 2])
@pytest.mark.parametrize("border", [0, 2])
@pytest.mark.parametrize("ignoring", [False, True])
def test_the_highest_limit_at_which_an_opening_leaves_something(radius: int, border: int, ignoring: bool) -> None:
    """Against trying all values: the least of those at which a disk lies within what is as high, and judged."""
    rng = np.random.default_rng(radius + border)
    for _ in range(6):
        values = rng.permutation(12 * 14).reshape(12, 14).astype(np.float32)
        ignore = rng.random((12, 14)) < 0.15 if ignoring else None
        judged = np.zeros(values.shape, np.bool_)
        judged[border : 12 - border, border : 14 - border] = True
        judged &= True if ignore is None else ~ignore
        left = [limit for limit in values[judged].tolist() if opened_inside((values >= limit) & judged, radius).any()]
        assert opened_maximum(values, radius, ignore, border) == (max(left) if left else values[judged].min())


def test_an_opening_at_the_edge() -> None:
    """A disk lies within the image: a bar along its edge is too thin, one as thick as the disk is not."""
    mask = np.zeros((7, 9), np.bool_)
    mask[:2] = True
    assert not opened_inside(mask, 1).any()
    mask[2] = True
    opened = opened_inside(mask, 1)
    assert opened.shape == mask.shape and opened.flags.c_contiguous
    assert opened[:3, 1:-1].all() and opened[1].all() and not opened[0, 0] and not opened[3:].any()
