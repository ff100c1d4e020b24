"""Cut and paste: the three ways of blending worked out by hand, the truth, and what is refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.synthesis.paste import MODES, cut_out, paste_defects
from surfedge.synthesis.paste.blending import BLENDS, by_gradients, by_laying_over, by_ratio, matched
from surfedge.synthesis.paste.defect_patch import DefectPatch


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _patch(pixels: np.ndarray, background: float, alpha: np.ndarray) -> DefectPatch:
    pixels = np.asarray(pixels, np.float32)
    return DefectPatch(
        pixels, np.full_like(pixels, background), np.asarray(alpha, np.float32), np.asarray(alpha) > 0.5, 5.0, 0.0
    )


def _sheet(seed: int = 0, level: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """A grainy sheet with a dark bar, 8 x 30 px, and the bar's mask."""
    image = _rng(seed).normal(level, 3, (80, 100)).astype(np.uint8)
    mask = np.zeros(image.shape, bool)
    mask[30:38, 40:70] = True
    image[mask] = image[mask] // 2
    return image, mask


def _stripes(ndim: int = 2) -> np.ndarray:
    grey = np.tile(np.uint8([80, 80, 80, 80, 160, 160, 160, 160]), (96, 16))
    return grey if ndim == 2 else np.dstack([grey, grey // 2, grey // 4])


def test_ratio_by_hand_keeps_the_pattern() -> None:
    window = np.float32([[100, 40], [200, 80]])
    patch = _patch([[50, 50], [50, 100]], 100, [[1, 0.5], [1, 1]])
    # target (1 + alpha (defect / background - 1))
    assert by_ratio(window, patch).tolist() == [[50, 30], [100, 80]]


def test_laying_over_by_hand() -> None:
    window = np.float32([[100, 40], [200, 80]])
    patch = _patch([[50, 50], [50, 100]], 100, [[1, 0.5], [0, 0.25]])
    assert by_laying_over(window, patch).tolist() == [[50, 45], [200, 85]]


def test_colour_goes_channel_by_channel() -> None:
    window = np.full((1, 1, 3), 100, np.float32)
    patch = _patch(np.float32([[[50, 100, 200]]]), 100, np.float32([[1]]))
    assert by_ratio(window, patch)[0, 0].tolist() == [50, 100, 200]


@pytest.mark.parametrize("ndim", [2, 3])
def test_cloning_a_surface_into_itself_changes_nothing(ndim: int) -> None:
    shape = (40, 50) if ndim == 2 else (40, 50, 3)
    window = cv2.GaussianBlur(_rng().normal(120, 60, shape).astype(np.float32), (0, 0), 2)
    alpha = np.zeros((40, 50), np.float32)
    alpha[5:35, 8:42] = 1
    cloned = by_gradients(window, _patch(window, 120, alpha))
    assert np.abs(cloned - window).max() <= 2  # it works in whole levels


def test_cloning_takes_the_level_of_the_new_place() -> None:
    window = np.full((40, 40), 160, np.float32)
    alpha = np.zeros((40, 40), np.float32)
    alpha[10:30, 10:30] = 1
    pixels = np.full((40, 40), 60, np.float32)
    pixels[18:22, 18:22] = 20  # 40 darker than what is round it
    cloned = by_gradients(window, _patch(pixels, 60, alpha))
    assert abs(cloned[20, 20] - 120) <= 3 and abs(cloned[12, 12] - 160) <= 3


@pytest.mark.parametrize("mode", MODES)
def test_a_patch_as_small_as_a_pixel_and_as_large_as_its_target(mode: str) -> None:
    for shape in ((1, 1), (1, 9), (12, 12)):
        window, pixels = np.full(shape, 100, np.float32), np.full(shape, 50, np.float32)
        assert BLENDS[mode](window, _patch(pixels, 100, np.ones(shape))).shape == shape


def test_match_gives_mean_and_deviation_of_the_place() -> None:
    pixels = _rng(1).normal(60, 4, (50, 50)).astype(np.float32)
    window = _rng(2).normal(140, 8, (50, 50)).astype(np.float32)
    patch = DefectPatch(
        pixels, np.full_like(pixels, 60), np.ones((50, 50), np.float32), np.ones((50, 50), bool), 4.0, 0
    )
    found = matched(patch, window)
    assert abs(found.pixels.mean() - 140) < 1 and abs(found.pixels.std() - 8) < 0.5


def test_halving_bar_halves_the_stripes_and_leaves_the_rest() -> None:
    image, mask = _sheet()
    target = _stripes()
    made = paste_defects(target, [cut_out(image, mask=mask, feather_px=0)], _rng(3))
    assert abs(int(made.mask.sum()) - 240) <= 2
    change = made.image.astype(float) / target
    assert np.allclose(change[made.mask].mean(), 0.5, atol=0.02)
    # Bright stripes stay twice as bright as dark ones under the defect.
    bright, dark = (made.image[made.mask & (target == level)].mean() for level in (160, 80))
    assert bright / dark == pytest.approx(2, abs=0.05)
    assert np.array_equal(made.image[~made.mask], target[~made.mask])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("target", [_stripes(), _stripes(3), _stripes().astype(np.float32) / 255])
def test_truth_is_where_the_picture_changed(mode: str, target: np.ndarray) -> None:
    image, mask = _sheet(level=110)
    kept = target.copy()
    made = paste_defects(target, [cut_out(image, mask=mask, name="bar", class_name="bar")], _rng(4), mode=mode)
    assert made.image.shape == target.shape and made.image.dtype == target.dtype
    assert np.array_equal(target, kept)
    scale = 255 if target.dtype == np.float32 else 1
    change = np.abs(made.image.astype(float) - target) * scale
    change = change if change.ndim == 2 else change.max(axis=2)
    (placement,) = made.placements
    x, y, w, h = placement.box
    rows, columns = np.nonzero(made.mask)
    assert (x, y, w, h) == (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert placement.area_px == made.mask.sum() and (placement.source, placement.class_name) == ("bar", "bar")
    assert 180 <= placement.area_px <= 38 * 16  # the bar, and at most its feather; not a box round it
    assert change[made.mask].mean() > 10
    assert change[~made.mask].mean() < 0.3


def test_strength_scales_the_change() -> None:
    image, mask = _sheet()
    patch = cut_out(image, mask=mask, feather_px=0)
    target = np.full((96, 96), 120, np.uint8)
    falls = []
    for strength in (0.4, 0.8):
        made = paste_defects(target, [patch], _rng(5), strength=(strength, strength))
        falls.append(120 - made.image[made.mask].mean())
        assert made.placements[0].strength == strength
    assert falls[1] / falls[0] == pytest.approx(2, abs=0.05)


def test_flips_and_half_turns_all_occur_and_no_others() -> None:
    image = np.full((30, 40), 100, np.uint8)
    image[10:14, 10:14], image[10:12, 14:22] = 40, 60
    patch = cut_out(image, mask=image < 100, feather_px=0)
    target = np.full((64, 64), 100, np.uint8)
    seen = set()
    for seed in range(40):
        made = paste_defects(target, [patch], _rng(seed))
        (p,) = made.placements
        x, y, w, h = p.box
        found = made.image[y : y + h, x : x + w]
        expected = image[10:14, 10:22]
        expected = expected[:: -1 if p.up_down else 1, :: -1 if p.left_right else 1]
        assert np.array_equal(found, expected)
        seen.add((p.left_right, p.up_down))
    assert len(seen) == 4
    plain = [paste_defects(target, [patch], _rng(seed), flips=False).placements[0] for seed in range(8)]
    assert not any(p.left_right or p.up_down for p in plain)
    assert len({(p.x, p.y) for p in plain}) > 4


def test_several_defects_keep_apart_while_there_is_room() -> None:
    image, mask = _sheet()
    patch = cut_out(image, mask=mask, feather_px=1)
    made = paste_defects(np.full((200, 200), 120, np.uint8), [patch] * 5, _rng(6))
    assert len(made.placements) == 5
    assert made.mask.sum() == sum(p.area_px for p in made.placements)


def test_same_seed_same_bytes() -> None:
    image, mask = _sheet()
    patch = cut_out(image, mask=mask)
    one, same, other = (paste_defects(_stripes(), [patch, patch], _rng(seed)) for seed in (1, 1, 2))
    assert one.image.tobytes() == same.image.tobytes() and one.placements == same.placements
    assert one.image.tobytes() != other.image.tobytes()


@pytest.mark.parametrize(
    ("arguments", "name", "message"),
    [
        ({"mode": "mix"}, "mode", "ratio, paste, poisson"),
        ({"match": True}, "match", "paste or poisson"),
        ({"strength": (0.0, 1.0)}, "strength", "above 0"),
        ({"strength": (2.0, 1.0)}, "strength", "above 0"),
        ({"strength": (0.001, 0.001)}, "strength", "not to be seen"),
        ({"patches": []}, "patches", "one or more"),
        (
            {"target": np.zeros((30, 30), np.uint8)},
            "bar",
            "found a defect of 38 x 16 px with its margin, expected at most",
        ),
        ({"target": np.zeros((96, 96), np.int64)}, "target", "uint8"),
    ],
)
def test_wrong_calls_are_named(arguments: dict[str, object], name: str, message: str) -> None:
    image, mask = _sheet()
    given = {"target": _stripes(), "patches": [cut_out(image, mask=mask, name="bar")], **arguments}
    with pytest.raises(ArgumentError) as caught:
        paste_defects(given.pop("target"), given.pop("patches"), _rng(), **given)
    assert caught.value.name == name
    assert message in str(caught.value)
