"""A lamp that fades, on material whose own brightness varies as much: seen against its colour and relative contrast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surfedge.bundle import deserialize, serialize
from surfedge.detector import Plausibility, appearance
from surfedge.detector.expected_light import FEWEST, expected_light, light
from surfedge.errors import ArgumentError, ImplausibleError
from surfedge.images import Frame, from_array

SHAPE = (48, 48)
WORDS = "brightness over what contrast and colours let expect"


def hide(seed: int, lamp: float = 1.0) -> Frame:
    """A hide, from dark reddish to bright yellowish ones, under a lamp of some strength."""
    rng = np.random.default_rng(seed)
    age = rng.uniform()
    grain = rng.normal(1, 0.08, SHAPE)[..., None]
    colour = (0.4 + 0.4 * age) * np.array([1.0, 0.5 + 0.3 * age, 0.3 + 0.3 * age]) * rng.normal(1, 0.02)
    return from_array((lamp * 255 * colour * grain).clip(0, 255).astype(np.uint8))


def doubts(known: Plausibility, frame: Frame) -> tuple[str, ...]:
    """Reasons for which the frame is not good; all where it is refused outright."""
    try:
        return known.check(frame).doubts
    except ImplausibleError as error:
        return (error.reason,)


@pytest.fixture(scope="module")
def known() -> Plausibility:
    return Plausibility.learned([appearance(hide(seed)) for seed in range(30)], [SHAPE] * 30)


def test_a_lamp_at_half_its_strength_is_named_on_every_hide(known: Plausibility) -> None:
    for seed in range(100, 140):
        assert known.check(hide(seed)).doubts == ()
        assert any(f"{WORDS} of 0." in doubt for doubt in doubts(known, hide(seed, 0.5)))


def test_brightness_alone_does_not_see_it(known: Plausibility) -> None:
    dim = [doubts(replace(known, expected={}), hide(seed, 0.5)) for seed in range(100, 140)]
    assert sum(not each for each in dim) > 10  # the bright ones


def test_a_defect_of_another_colour_is_still_judged(known: Plausibility) -> None:
    """A patch that makes the whole redder or bluer may be a defect: it must not leave as implausible alone."""
    for seed in range(200, 220):
        spotted = hide(seed).pixels.copy()
        spotted[:16, :16] = (20, 40, 255)
        oddities = known.check(from_array(spotted))
        assert all(f"implausible: {doubt}" in oddities.settled(True, "") for doubt in oddities.doubts)


def test_it_stands_in_the_bundle(known: Plausibility) -> None:
    again = deserialize(Plausibility, serialize(known)[0], name="plausibility")
    assert light(appearance(hide(5)), again.expected) == light(appearance(hide(5)), known.expected)


def test_an_image_is_held_against_what_the_others_let_expect() -> None:
    seen = [appearance(hide(seed)) for seed in range(20)]
    _, lights = expected_light(seen)
    others, _ = expected_light(seen[1:])
    assert lights[0] == pytest.approx(light(seen[0], others), rel=0.02)
    assert expected_light(seen[: FEWEST - 1]) == ({}, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"contrast": (1.0, 0.0, 1.0)},
        {"offset": (1.0, 2.0)},
        {"offset": (float("nan"),)},
        {"offset": (1.0,), "green": (1.0, 0.0, 1.0)},
        {"offset": (1.0,), "red": "abc"},
        {"offset": (1.0,), "red": (1e300, 0.0, 1.0)},
        [1.0],
    ],
)
def test_what_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(ArgumentError, match="offset"):
        Plausibility(expected=wrong)  # type: ignore[arg-type]
