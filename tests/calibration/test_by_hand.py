"""What is tried on how many images, which defects are drawn, and when one way is better: worked by hand."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from surfedge.calibration import foreground, foreground_choice, in_words, made_defects, prefilter, variant
from surfedge.calibration.foreground import background_of, with_foreground
from surfedge.calibration.labelled import drawn, split_f1
from surfedge.calibration.made_defects import KINDS, with_defect
from surfedge.calibration.pixel_limits import PixelValues
from surfedge.calibration.prefilter import chosen_prefilter, pitches_on_a_side
from surfedge.calibration.trial import Comparison
from surfedge.calibration.variant import chosen_variant
from surfedge.decision import Decision
from surfedge.errors import ArgumentError
from surfedge.images import from_array


def comparison(*means: float, images: int = 4) -> Comparison:
    """Ways that rank alike on each image."""
    return Comparison(np.repeat(np.array(means)[:, None], images, axis=1))


class Images:
    """As many good images as are asked for; the first `patterned` searches find a lattice of 10 px."""

    shapes = ((80, 60),)

    def __init__(self, count: int, patterned: int = 0) -> None:
        self.count, self.left = count, patterned
        self.paths = [Path(f"{number}.png") for number in range(count)]

    def __len__(self) -> int:
        return self.count

    def search(self, number: int) -> Any:
        self.left -= 1
        return SimpleNamespace(lattice=SimpleNamespace(pitch_px=(8.0, 10.0)) if self.left >= 0 else None)


def test_a_way_helps_where_a_tenth_fewer_pairs_are_wrong() -> None:
    found = comparison(0.0, 0.0625, 0.125, 0.5)
    assert [found.helps(way) for way in range(4)] == [False, False, True, True]
    assert found.helps(3, instead_of=2) and not found.helps(2, instead_of=3)
    assert Comparison(np.array([[0.0, 0.0], [1.0, 0.0]])).is_by_chance(1)  # 0.5 on average, 0.5 standard errors
    assert not Comparison(np.array([[0.0, 0.0], [1.0, 0.25]])).is_by_chance(1)
    assert not Comparison(np.array([[1.0, 0.25], [0.0, 0.0]])).is_by_chance(1)
    assert Comparison(np.array([[1.0, 0.25], [0.0, 0.0], [0.0, 0.25]])).is_by_chance(2, instead_of=1)


@pytest.mark.parametrize(("means", "taken"), [((0.5, 0.52), 0), ((0.5, 0.6), 1), ((0.6, 0.5), 0), ((0.1, 0.9, 0.8), 1)])
def test_another_variant_is_taken_where_it_helps(
    means: tuple[float, ...], taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to 60 images are tried, spread over all; the others' names and figures are told."""
    asked: list[list[int]] = []

    def compared(good: object, numbers: list[int], ways: list[Any], what: str) -> Comparison:
        asked.append(numbers)
        assert [way.prefilter for way in ways] == ["cells"] * len(means)
        return comparison(*means, images=len(numbers))

    monkeypatch.setattr(variant, "compared", compared)
    variants = tuple(SimpleNamespace(name=f"v{n}") for n in range(len(means)))
    method: Any = SimpleNamespace(variants=lambda: variants)
    chosen = chosen_variant(Images(100), method, Decision(), "none", "cells")  # type: ignore[arg-type]
    assert chosen.method is variants[taken]
    assert (
        chosen.notes[0].startswith(f"v{taken} is taken") and f"v0 {means[0]:.2f}, v1 {means[1]:.2f}" in chosen.notes[0]
    )
    assert (len(asked[0]), asked[0][0], asked[0][-1]) == (60, 0, 99)


@pytest.mark.parametrize(
    ("patterned", "means", "chosen", "words"),
    [
        (8, (), "none", ""),  # half of the 16 that are searched
        (9, (0.5, 0.9), "none", "100 of 100 good images do not show it"),  # looked for in all of them then
        (16 + 94, (0.5, 0.9), "none", "6 of 100 good images do not show it"),
        (16 + 95, (0.5, 0.9), "cells", "is taken out: drawn defects"),
        (9, (0.5, 0.52), "none", "is left in"),
        (9, (0.9, 0.5), "none", "is left in"),
    ],
)
def test_a_pattern_is_taken_out_where_that_helps(
    patterned: int, means: tuple[float, ...], chosen: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[int]] = []

    def compared(good: object, numbers: list[int], ways: list[Any], what: str) -> Comparison:
        asked.append(numbers)
        assert [way.prefilter for way in ways] == ["none", "cells"]
        return comparison(*means, images=len(numbers))

    monkeypatch.setattr(prefilter, "compared", compared)
    choice = chosen_prefilter(Images(100, patterned), None, Decision(), "none")  # type: ignore[arg-type]
    assert choice.prefilter == chosen
    assert words in choice.notes[0] if words else choice.notes == ()
    assert [(len(numbers), numbers[0], numbers[-1]) for numbers in asked] == ([(20, 0, 99)] if means else [])


def test_pitches_along_the_shorter_side() -> None:
    lattices: Any = [SimpleNamespace(pitch_px=pitch) for pitch in ((8.0, 10.0), (20.0, 4.0), (15.0, 15.0))]
    assert pitches_on_a_side(lattices, (60, 90)) == 4.0 == pitches_on_a_side(lattices, (90, 60))


@pytest.mark.parametrize("side", [100, 40, 20, 6, 1])
def test_sizes_and_contrasts_of_drawn_defects(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """4 to 12 % of the shorter side, a scratch three times as long; at least 4 px, no longer than the side, at least 2
    px; 3 to 8 times the surface's own contrast."""
    seen: list[tuple[str, float, float, tuple[float, float]]] = []

    def draw(pixels: np.ndarray, kind: str, rng: Any, *, size_px: float, contrast: float, centre_px: Any) -> Any:
        seen.append((kind, size_px, contrast, centre_px))
        return SimpleNamespace(image=pixels)

    monkeypatch.setattr(made_defects, "draw_defect", draw)
    monkeypatch.setattr(made_defects, "grain_of", lambda pixels: 0.01)
    frame = from_array(np.zeros((2 * side, side), np.uint8))
    for kind in ("pit", "scratch"):
        times = 3 if kind == "scratch" else 1
        for number in range(40):
            with_defect(frame, (number, 0), kind, Decision())
        sizes = np.array([size for name, size, _, _ in seen if name == kind])
        least, most = (max(2.0, min(times * max(4.0, share * side), side)) for share in (0.04, 0.12))
        assert least - 1e-9 <= sizes.min() and sizes.max() <= most + 1e-9
        assert most == least or sizes.max() - sizes.min() > 0.7 * (most - least)
    contrasts = [contrast for _, _, contrast, _ in seen]
    assert 0.03 <= min(contrasts) < 0.035 and 0.07 < max(contrasts) <= 0.08
    monkeypatch.setattr(made_defects, "grain_of", lambda pixels: 2.0)
    with_defect(frame, (0, 0), "pit", Decision())
    assert seen[-1][2] == 3.0


def test_a_defect_is_the_same_for_the_same_seed_and_kind() -> None:
    frame = from_array(np.random.default_rng(0).integers(100, 140, (60, 80), np.uint8))
    first = with_defect(frame, (3, 1), "pit", Decision()).pixels
    assert (with_defect(frame, (3, 1), "pit", Decision()).pixels == first).all()
    for other, kind in (((4, 1), "pit"), ((3, 2), "pit"), ((3, 1), "stain")):
        assert (with_defect(frame, other, kind, Decision()).pixels != first).any()
    assert len(set(KINDS)) == len(KINDS)


def test_the_place_of_one_pixel_that_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the seed; in a ring wider than the image the middle is left."""
    frame = from_array(np.zeros((7, 11), np.uint8))
    ignore = np.ones((7, 11), bool)
    ignore[4, 8] = False
    rng = np.random.default_rng(0)
    assert made_defects._judged_place(frame, rng, Decision(ignore=ignore, border_px=2)) == (8.0, 4.0)
    for _ in range(20):
        x, y = made_defects._judged_place(frame, rng, Decision(border_px=50))
        assert y == 3.0 and 3.0 <= x <= 7.0
    even = from_array(np.zeros((8, 40), np.uint8))
    places = [made_defects._judged_place(even, rng, Decision(border_px=50)) for _ in range(200)]
    assert all(3 <= y <= 4 for _, y in places) and 3 <= min(places)[0] < 3.9 and 35.1 < max(places)[0] <= 36


def test_words_on_drawn_defects() -> None:
    said = {"rule": "max", "drawn_defects": 7, "drawn_found": 0.5, "drawn_found_by": {"max": 0.5, "quantile:0.9": 0.6}}
    assert in_words(said, []) == "50 % of 7 defects drawn on the good images are found at this limit"
    assert in_words(said, ["max", "false-calls:0.1"]) == in_words(said, [])
    assert in_words(said, ["quantile:0.9"]).endswith("; by --rule quantile:0.9 60 %")


@pytest.mark.parametrize(
    ("good", "bad", "share", "counts"),
    [(10, 4, 0.3, (3, 1)), (2, 2, 0.01, (1, 1)), (2, 3, 0.99, (1, 2)), (5, 5, 0.5, (2, 2)), (3, 2, 1.0, (3, 2))],
)
def test_how_many_of_each_kind_choose_a_limit(good: int, bad: int, share: float, counts: tuple[int, int]) -> None:
    """The share, rounded to even; at least one, and below 1 not all."""
    truth = np.array([False] * good + [True] * bad)
    chosen = drawn(truth.tolist(), share)
    assert (int(chosen[~truth].sum()), int(chosen[truth].sum())) == counts
    assert (drawn(truth.tolist(), share, seed=0) == chosen).all()


def test_what_cannot_be_shared() -> None:
    for truth, kind in (([False, True, True], "1 good"), ([False, False, True], "1 defective")):
        with pytest.raises(ArgumentError, match=f"found {kind}"):
            drawn(truth, 0.5)
        assert np.isnan(split_f1(truth, [0.0, 1.0, 2.0]))
    assert split_f1([False, False, True, True], [0.0, 0.0, 1.0, 1.0]) == 1.0


def test_limits_over_pixels_by_hand() -> None:
    """Of 1 to 1,000 the fraction 1 - p lies above the (1000 p)-th, to a bin's width; two maps count as one."""
    whole, parts = PixelValues(), PixelValues()
    values = np.arange(1, 1001, dtype=np.float32)
    whole.add(values)
    parts.add(values[:500].reshape(20, 25))
    parts.add(values[500:].reshape(25, 20))
    for p in (0.001, 0.5, 0.98, 0.999):
        for counted in (whole, parts):
            limit = counted.quantile(p)
            assert np.count_nonzero(values > limit) == round(1000 * (1 - p))
    assert whole.quantile(1.0) >= 1000.0
    assert whole.ksigma(2.0) == pytest.approx(500.5 + 2 * np.sqrt((1000**2 - 1) / 12)) == parts.ksigma(2.0)
    flat = PixelValues()
    flat.add(np.full((4, 4), 0.1, np.float32))
    assert flat.ksigma(3.0) == pytest.approx(0.1)


def squares(levels: list[list[int]]) -> np.ndarray:
    """Squares of 8 px of noise with these spreads around mid-grey."""
    rng = np.random.default_rng(0)
    spread = np.kron(np.array(levels), np.ones((8, 8)))
    return np.clip(128 + spread * rng.choice([-1, 1], spread.shape), 0, 255).astype(np.uint8)


def test_the_background_is_steady_or_much_smaller_than_the_rest() -> None:
    """Areas of squares, parted by a line with twice the contrast and more of what is beside it, and its neighbours."""
    rows = [[40] * 6 + [100] + [10] * 7 for _ in range(10)]
    found = background_of([from_array(squares(rows))])
    assert found.shape == (10, 14)
    assert not found[:, :5].any() and found[:, 5:].all()  # 10 is less than a third of 40
    rows = [[40] * 6 + [100] + [20] * 7 for _ in range(10)]
    found = background_of([from_array(squares(rows))])
    assert not found[:, :5].any() and not found[:, 8:].any() and found[:, 5:8].all()
    rows = [[40] * 10 + [100] + [30] * 3 for _ in range(10)]
    assert background_of([from_array(squares(rows))])[:, 9:].all()  # 2 columns are less than a quarter of 9


def test_how_many_images_show_the_foreground(monkeypatch: pytest.MonkeyPatch) -> None:
    """60 of them, half against half."""
    asked: list[list[int]] = []

    def background(frames: Any) -> np.ndarray:
        asked.append(list(frames))
        return np.zeros((2, 2), bool)

    images = type("Good", (), {"__len__": lambda self: 100, "unfiltered": lambda self, number: number})()
    monkeypatch.setattr(foreground, "background_of", background)
    monkeypatch.setattr(foreground_choice, "background_of", background)
    assert with_foreground(Decision(), images) == (Decision(), 1.0)
    assert (len(asked[0]), asked[0][0], asked[0][-1]) == (60, 0, 99)
    assert foreground_choice.is_steady(images)
    assert [len(part) for part in asked[1:]] == [30, 30] and sorted(asked[1] + asked[2]) == asked[0]


@pytest.mark.parametrize(("shared", "steady"), [(8, True), (7, False)])
def test_both_halves_show_the_same_background(shared: int, steady: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four fifths of what either shows."""
    one, other = np.zeros((2, 1, 20), bool)
    one[0, :10] = True
    other[0, :shared] = True
    halves = iter([one, other])
    monkeypatch.setattr(foreground_choice, "background_of", lambda frames: next(halves))
    images = type("Good", (), {"__len__": lambda self: 10, "unfiltered": lambda self, number: number})()
    assert foreground_choice.is_steady(images) == steady
