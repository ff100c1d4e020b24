"""The part in its holder and the woven cloths: what lies where, and how often the weave repeats."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.synthesis import Defect, render
from surfedge.synthesis.surfaces.cloth import PLAIN, TWILL


def _middle(image: np.ndarray) -> np.ndarray:
    """Mean of the 21 rows in the middle."""
    row = image.shape[0] // 2
    return np.asarray(image[row - 10 : row + 11].mean(axis=0))


def test_part_lies_between_dark_gaps_and_a_bright_holder() -> None:
    for seed in range(4):
        image = render("part", (256, 256), 0.5, seed=seed, noise_levels=0.0).image.astype(float)
        across = _middle(image)
        # Holder to 10 % of the width, a gap of 6 px, give or take 3 px and the camera's blur.
        assert across[:20].min() > 150 and across[-20:].min() > 150
        assert across[22:36].min() < 40 and across[-36:-22].min() < 40
        assert abs(across[50:-50].mean() - 118) < 12


def test_part_is_never_quite_in_place() -> None:
    places = []
    for seed in range(30):
        across = _middle(render("part", (120, 256), 0.5, seed=seed, noise_levels=0.0, shift_px=3.0).image.astype(float))
        # The inner side of the left gap: where it is half as bright as the part.
        places.append(int(np.flatnonzero(across[26:60] > 60)[0]) + 26)
    assert 4 <= np.ptp(places) <= 8  # from -3 to 3, and a degree's turn
    still = [
        _middle(
            render("part", (120, 256), 0.5, seed=s, noise_levels=0.0, shift_px=0.0, turn_deg=0.0).image.astype(float)
        )
        for s in range(5)
    ]
    assert np.ptp([int(np.flatnonzero(row[26:60] > 60)[0]) for row in still]) <= 1


@pytest.mark.parametrize("kind", ["hole", "crack", "pit", "stain", "edge_crack"])
def test_five_kinds_show_on_the_part(kind: str) -> None:
    for seed in range(3):
        shot = render("part", (192, 192), 0.5, defects=(Defect(kind, severity=1.0),), seed=seed)
        x, _, width, _ = shot.instances[0].box
        assert 192 * 0.08 < x + width / 2 < 192 * 0.92


def test_edge_crack_of_a_part_starts_at_its_edge_not_at_the_picture() -> None:
    arguments = {"shape": (192, 192), "pixel_size_mm": 0.5, "seed": 2, "noise_levels": 0.0}
    shot = render("part", defects=(Defect("edge_crack", size_mm=15, severity=1.0, options={"count": 1}),), **arguments)
    x, _, width, _ = shot.instances[0].box
    edge = 0.1 * 192 + 6
    assert min(abs(x - edge), abs(192 - edge - (x + width))) < 9


@pytest.mark.parametrize(("surface", "weave", "repeat"), [("cloth-plain", PLAIN, 2), ("cloth-twill", TWILL, 4)])
def test_cloth_repeats_as_its_weave(surface: str, weave: object, repeat: int) -> None:
    assert weave.repeat == repeat  # type: ignore[attr-defined]
    pitch = 8
    image = render(surface, (400, 400), 0.5, seed=3, thread_mm=4.0, uneven=0.0, noise_levels=0.0).image.astype(float)
    spectrum = np.abs(np.fft.fft2(image - image.mean())) ** 2
    correlation = np.fft.ifft2(spectrum).real
    correlation /= correlation[0, 0]
    assert correlation[0, repeat * pitch] > 0.5 and correlation[repeat * pitch, 0] > 0.5
    # A thread further and a row further the weave is the same again; half a repeat along a thread it is not.
    assert correlation[pitch, pitch] > 0.5
    assert correlation[0, repeat * pitch // 2] < 0.8 * correlation[0, repeat * pitch]
    if surface == "cloth-twill":  # ribs run one way
        assert correlation[pitch, -pitch] < 0.3 * correlation[pitch, pitch]


def test_selvedge_is_dense_and_beyond_it_is_nothing() -> None:
    image = render("cloth-selvedge", (256, 256), 0.5, seed=1, thread_mm=4.0, noise_levels=0.0).image.astype(float)
    across = image.mean(axis=0)
    edge = int(np.flatnonzero(across > 60)[0])
    assert 10 <= edge <= 45 and across[: edge - 4].max() < 30
    assert abs(image[:, edge + 10 :].mean() - 122) < 10

    # Warp threads in the border lie 1 / 0.62 times as close.
    border = image[:, edge + 2 : edge + 66] - image[:, edge + 2 : edge + 66].mean()
    power = (np.abs(np.fft.rfft(border, axis=1)) ** 2).mean(axis=0)
    assert (np.argmax(power[3:]) + 3) / 64 == pytest.approx(1 / (8 * 0.62), rel=0.1)


@pytest.mark.parametrize(
    ("surface", "options"),
    [
        ("part", {"gap_mm": -1.0}),
        ("part", {"holder_share": 0.5}),
        ("part", {"shift_px": -1.0}),
        ("cloth", {"thread_mm": 0.0}),
        ("cloth", {"uneven": 9.0}),
        ("cloth", {"selvedge": 1.0}),
    ],
)
def test_wrong_options_are_named(surface: str, options: dict[str, float]) -> None:
    with pytest.raises(ArgumentError) as caught:
        render(surface, (64, 64), **options)
    assert caught.value.name in options
