"""An image that is its own reference: its border counts no more than its middle, and small ones are seen larger."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.images import from_array
from surfedge.methods.own_image import enlarged, enlargement, with_level_border
from surfedge.methods.repeats import NOTE
from surfedge.methods.statistics import Statistics


def _grain(seed: int, side: int, spot: tuple[int, int, int] | None = None) -> np.ndarray:
    """Smooth grain, with a dark square (row, column, side) on it."""
    grain = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(side, side)), (0, 0), 3)
    image = (128 + 12 * grain / grain.std()).clip(0, 255).astype(np.uint8)
    if spot:
        row, column, width = spot
        image[row : row + width, column : column + width] //= 4
    return image


def _distances(rows: int, columns: int, reach: int) -> np.ndarray:
    """As a map with a border that scatters twice as far, one higher, is; float32."""
    rng = np.random.default_rng(rows)
    values = rng.normal(5, 1, (rows, columns)).astype(np.float32)
    ring = np.ones((rows, columns), bool)
    ring[reach:-reach, reach:-reach] = False
    values[ring] = 1 + 5 + 2 * (values[ring] - 5)
    return values


@pytest.mark.parametrize("shape", [(60, 90), (33, 48)])
def test_rows_beside_the_border_get_level_and_spread_of_the_middle(shape: tuple[int, int]) -> None:
    before = _distances(*shape, 4)
    kept = before.copy()
    after = with_level_border(before, 4)
    np.testing.assert_array_equal(before, kept)
    np.testing.assert_allclose(after[4:-4, 4:-4], before[4:-4, 4:-4], atol=1e-5)
    assert (after <= before).all() and after.dtype == np.float32
    for edge in (after[:4, 4:-4], after[-4:, 4:-4], after[4:-4, :4], after[4:-4, -4:]):
        assert np.median(edge) == pytest.approx(5, abs=0.35)
        assert np.quantile(edge, 0.84) == pytest.approx(6, abs=0.35)
    corner = np.concatenate([after[:4, :4], after[-4:, -4:]])
    assert corner.max() < 8.5 < before[:4].max()


def test_turned_maps_are_levelled_alike() -> None:
    values = _distances(40, 56, 4)
    for turned in (np.flipud, np.fliplr, np.transpose):
        np.testing.assert_allclose(
            with_level_border(np.ascontiguousarray(turned(values)), 4), turned(with_level_border(values, 4)), atol=1e-5
        )


@pytest.mark.parametrize(("shape", "reach"), [((15, 40), 4), ((40, 15), 4), ((40, 40), 0)])
def test_a_map_without_a_middle_stays(shape: tuple[int, int], reach: int) -> None:
    values = np.random.default_rng(0).random(shape, np.float32)
    assert with_level_border(values, reach) is values


def test_the_highest_place_of_good_grain_lies_anywhere() -> None:
    at_border = {}
    for own in ("plain", "levelled"):
        found = []
        for seed in range(12):
            values = cv2.GaussianBlur(
                Statistics(own_reference=own).inspect(from_array(_grain(seed, 256))).map, (0, 0), 1.5
            )
            row, column = divmod(int(values.argmax()), 64)
            found.append(min(row, column, 63 - row, 63 - column) < 3)
        at_border[own] = sum(found)
    assert at_border["plain"] >= 10 and at_border["levelled"] <= 7  # of 12


def test_a_spot_at_the_border_is_still_found() -> None:
    result = Detector()(_grain(0, 256, (0, 120, 14)))
    assert result.is_defective and result.mask is not None and result.mask[:14, 120:134].any()


def test_a_few_pixels_are_found_in_a_small_image() -> None:
    small = _grain(3, 90, (40, 52, 4))
    raw = Statistics(own_reference="levelled").inspect(from_array(small))
    assert (raw.cell_px, raw.enlarged, raw.map.shape) == (1, 4, (90, 90))
    result = Detector()(small)
    assert result.is_defective and [region.box for region in result.regions] and result.mask is not None
    rows, columns = np.nonzero(result.mask)
    assert ((rows >= 34) & (rows < 50)).all() and ((columns >= 46) & (columns < 62)).all()
    assert not Detector()(_grain(3, 90)).is_defective


def test_odd_sizes_and_depths() -> None:
    deep = _grain(1, 90, (40, 52, 6)).astype(np.uint16) * 16
    for pixels in (deep, (deep / 4080).astype(np.float32), np.repeat(_grain(1, 90)[:75, :, None], 3, axis=2)):
        frame = from_array(pixels, bit_depth=12 if pixels.dtype == np.uint16 else None)
        large = enlarged(frame, 4)
        assert large.shape == (4 * frame.shape[0], 4 * frame.shape[1]) and large.pixels.dtype == frame.pixels.dtype
        assert large.pixels.max() <= frame.white
        assert Detector()(pixels, ignore=None).anomaly_map.shape == frame.shape  # type: ignore[union-attr]


def test_cells_stay_whole_pixels() -> None:
    assert [enlargement((90, 90), cell_px) for cell_px in (4, 6, 5, 16)] == [4, 2, 1, 4]
    assert enlargement((256, 9000), 4) == enlargement((90, 100_000), 4) == 1


def test_what_was_saved_before_is_judged_as_before() -> None:
    frame = from_array(_grain(2, 96))
    raw = Statistics().inspect(frame)
    assert (raw.cell_px, raw.enlarged) == (4, 1)


def test_few_counterparts_count_less() -> None:
    cell = _grain(5, 110)
    frame = from_array(np.ascontiguousarray(np.tile(cell, (3, 3))[:300, :300]))
    plain, levelled = (Statistics(own_reference=own).inspect(frame) for own in ("plain", "levelled"))
    assert plain.notes == levelled.notes == (NOTE,)
    np.testing.assert_allclose(levelled.map[20:-20, 20:-20] * 9, plain.map[20:-20, 20:-20] * 7, rtol=1e-4)


def test_another_word_is_refused() -> None:
    with pytest.raises(ArgumentError, match="plain or levelled"):
        Statistics(own_reference="round")
