"""The pattern filter: what repeats goes, what does not repeat stays, and an image without a pattern is left alone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from surfedge.detector import Detector, default_bundle
from surfedge.errors import ArgumentError
from surfedge.images import from_array, to_grey_f32
from surfedge.methods import Pattern
from surfedge.pattern import Lattice, find_lattice, without_light
from surfedge.pattern.harmonic_notches import comb, harmonic_notches
from surfedge.synthesis import render

F32 = np.float32


def lattice(shape: tuple[int, int], period_px: float = 14.3, turn_deg: float = 20.0, seed: int = 0) -> np.ndarray:
    """Studs on a turned square lattice, with a little noise, float32 in [0, 1]."""
    y, x = np.indices(shape)
    turn = np.deg2rad(turn_deg)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    studs = np.cos(2 * np.pi * u / period_px) * np.cos(2 * np.pi * v / period_px)
    noise = np.random.default_rng(seed).normal(0, 0.01, shape)
    return (0.5 + 0.2 * studs + 0.1 * studs**2 + noise).clip(0, 1).astype(F32)


@pytest.mark.parametrize("where", [(90, 60), (30, 150), (170, 100)])
def test_a_defect_on_a_lattice_is_the_strangest_place(where: tuple[int, int]) -> None:
    image = lattice((200, 200))
    y, x = where
    image[y : y + 8, x : x + 8] = image[y : y + 8, x : x + 8].mean()  # the studs are gone, the level is not
    found = cv2.GaussianBlur(Pattern().inspect(from_array(image)).map, (0, 0), 4)
    v, u = np.unravel_index(found.argmax(), found.shape)
    assert abs(v - y - 3.5) < 8 and abs(u - x - 3.5) < 8


@pytest.mark.parametrize("value", [0, 1, 77, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (64, 64), (101, 333)])
def test_one_grey_value_has_no_pattern(value: int, shape: tuple[int, int]) -> None:
    frame = from_array(np.full(shape, value, np.uint8))
    assert not Pattern().notch.of(to_grey_f32(frame)).has_pattern
    assert Pattern().inspect(frame).map.max() < 1e-10


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 3), (17, 9)])
@pytest.mark.parametrize("settings", [{}, {"margin_px": 1, "neighbourhood": 63}, {"margin_px": 200, "rounds": 0}])
def test_tiny_images_and_extreme_settings(shape: tuple[int, int], settings: dict) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    found = Pattern(**settings).inspect(from_array(image)).map
    assert found.shape == shape and found.dtype == F32 and np.isfinite(found).all()


def test_the_image_is_not_changed_and_depth_does_not_matter() -> None:
    counts = (lattice((96, 96)) * 255).astype(np.uint8)
    before = counts.copy()
    expected = Pattern().inspect(from_array(counts)).map
    np.testing.assert_array_equal(counts, before)
    for same in (counts * np.uint16(257), (counts / 255).astype(F32)):
        np.testing.assert_allclose(Pattern().inspect(from_array(same)).map, expected, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"margin_px": 0},
        {"margin_px": 1025},
        {"neighbourhood": 10},
        {"neighbourhood": 65},
        {"peak_deviations": 0.0},
        {"low_cycles": -1.0},
        {"least_share": 1.1},
        {"rounds": -1},
        {"rounds": 101},
        {"background_px": 0.0},
        {"background_px": float("nan")},
        {"width_cycles": 0.0},
        {"width_cycles": 65.0},
    ],
)
def test_wrong_settings(settings: dict) -> None:
    with pytest.raises(ArgumentError, match=f"pattern.{next(iter(settings))}"):
        Pattern(**settings)


@pytest.mark.parametrize("form", ["phase", "shift", "cells", "harmonics"])
def test_other_forms_find_a_hole_in_a_plate(form: str) -> None:
    method = Pattern(form=form)
    shot = render("plate", (256, 256), 0.7, ("hole",), seed=3, severity=1.0, size_mm=14)
    seen = method.inspect(from_array(shot.image))
    found = seen.map
    assert found.shape == (64, 64) and found.dtype == F32 and seen.cell_px == 4
    row, column = np.unravel_index(found[2:-2, 2:-2].argmax(), (60, 60))
    y, x = (4 * (k + 2) + 2 for k in (row, column))
    assert cv2.dilate(shot.mask.astype(np.uint8), np.ones((17, 17), np.uint8))[y, x]


@pytest.mark.parametrize("form", ["phase", "shift", "cells", "harmonics"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 70), (64, 64), (101, 333)])
def test_other_forms_on_images_without_a_pattern(form: str, shape: tuple[int, int]) -> None:
    method = Pattern(form=form)
    image = np.random.default_rng(0).random(shape, F32)
    rest, search = method.compared(image)
    assert rest.shape == shape and search.lattice is None and search.confidence < 0.5
    found = method.inspect(from_array(image)).map
    assert found.shape == (-(-shape[0] // 4), -(-shape[1] // 4)) and np.isfinite(found).all()
    assert method.inspect(from_array(np.full(shape, 90, np.uint8))).map.max() < 12  # the preset threshold


def test_an_unknown_form() -> None:
    with pytest.raises(ArgumentError, match="notch, phase, shift, cells, harmonics"):
        Pattern(form="tiles")


@pytest.mark.parametrize("form", ["cells", "shift", "harmonics"])
def test_without_a_lattice_the_energy_is_shown_and_that_is_said(form: str) -> None:
    """The map is that of "notch", smoothed, and the result names the confidence; with one it names the pitch."""
    image = np.random.default_rng(0).normal(0.5, 0.02, (200, 240)).astype(F32)
    image[90:110, 120:150] += 0.2
    method = Pattern(form=form)
    seen = method.inspect(from_array(image))
    assert seen.notes[0].startswith("no regular pattern found, confidence 0.") and seen.seen_fraction == 1.0
    energy = Pattern().inspect(from_array(image)).map
    cells = cv2.resize(energy, (60, 50), interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(cells, (0, 0), 1.5, borderType=cv2.BORDER_REFLECT)
    assert np.corrcoef(seen.map.ravel(), smooth.ravel())[0, 1] > 0.999
    result = Detector(replace(default_bundle("pattern"), settings={"form": form}))(image)
    assert result.is_defective and seen.notes[0] in result.notes
    plate = render("plate", (256, 256), 0.7, seed=3).image
    assert method.inspect(from_array(plate)).notes[0].startswith("regular pattern of 40.0 x")


@pytest.mark.parametrize("period_px", [24.0, 40.7])
def test_harmonics_are_cut_out_without_a_ringing_border(period_px: float) -> None:
    image = lattice((300, 330), period_px, 5.0)
    y, x = np.indices(image.shape) / 330
    lit = (image * (1.1 - 0.6 * x) * (1 - 0.3 * y**2)).astype(F32)
    found = find_lattice(lit).lattice
    assert found is not None
    rest = harmonic_notches(lit, found)
    flat = without_light(lit, 60.0)
    assert rest[30:-30, 30:-30].std() < 0.15 * flat.std()
    frame = np.concatenate([rest[:6].ravel(), rest[-6:].ravel(), rest[:, :6].ravel(), rest[:, -6:].ravel()])
    assert frame.std() < 0.4 * flat.std()


def test_the_comb_is_one_at_each_harmonic_and_nothing_at_dc() -> None:
    shape, base = (240, 320), Lattice((32.0, 0.0), (0.0, 24.0), 1.0)
    passed = comb(shape, base, 1.0)
    assert passed.shape == (240, 161)
    assert passed[0, 0] == 0 and passed[0, 10] == 1 and passed[10, 0] == 1 and passed[-10, 20] == 1
    assert passed[0, 11] == pytest.approx(np.exp(-0.5), rel=1e-3)  # a deviation is a cycle across the image
    assert passed[5, 5] < 1e-5
    wide = comb((480, 640), base, 1.0)
    assert wide[0, 20] == 1 and wide[0, 21] == pytest.approx(np.exp(-0.5), rel=1e-3)  # half as wide per px


def test_without_a_lattice_good_images_are_not_called() -> None:
    """A fixed limit called nearly all of them: the energy that is shown then has no unit that fits all surfaces."""
    detector = Detector(default_bundle("pattern"))
    results = [
        detector(render(surface, (192, 192), 0.5, seed=seed).image)
        for surface in ("leather", "part", "strip")
        for seed in range(3)
    ]
    assert all(any("no regular pattern found" in note for note in result.notes) for result in results)
    assert sum(result.is_defective for result in results) == 0
    assert max(result.threshold for result in results) > min(result.threshold for result in results)
