"""Rendered surfaces: the same seed gives the same bytes, and the mask is the truth about the picture."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
import pytest

import surfedge.synthesis as synthesis
from surfedge.errors import ArgumentError
from surfedge.registry import resolve
from surfedge.synthesis import DEFECTS, SURFACES, Defect, render
from surfedge.synthesis.plate_use import worn

QUIET = {"noise_levels": 0.0}


@pytest.mark.parametrize("surface", SURFACES)
def test_every_surface_meets_every_defect_at_odd_sizes(surface: str) -> None:
    shapes = cycle([(97, 131), (33, 200), (129, 40), (64, 64), (71, 53), (240, 19)])
    for number, (defect, shape) in enumerate(zip(DEFECTS, shapes, strict=False)):
        shot = render(surface, shape, 0.5, defects=(defect,), seed=number)
        channels = (3,) if surface == "leather" else ()
        assert shot.image.shape == (*shape, *channels)
        assert shot.image.dtype == np.uint8
        assert shot.mask.shape == shape
        assert shot.mask.dtype == np.bool_
        assert (shot.surface, shot.seed, shot.pixel_size_mm) == (surface, number, 0.5)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 3), (7, 7)])
def test_smallest_pictures_render(surface: str, shape: tuple[int, int]) -> None:
    shot = render(surface, shape, defects=tuple(DEFECTS), seed=3)
    assert shot.image.shape[:2] == shape


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("pixel_size_mm", [0.02, 3.0])
def test_very_fine_and_very_coarse_pixels_render(surface: str, pixel_size_mm: float) -> None:
    shot = render(surface, (60, 80), pixel_size_mm, defects=tuple(DEFECTS), seed=4)
    assert shot.image.std() > 1


@pytest.mark.parametrize("surface", SURFACES)
def test_same_seed_same_bytes_whatever_the_threads(surface: str) -> None:
    arguments = {"shape": (120, 150), "defects": tuple(DEFECTS), "seed": 11, "rotation_deg": 2.0}
    before = cv2.getNumThreads()
    shots = []
    try:
        for threads in (1, 4, 1):
            cv2.setNumThreads(threads)
            shots.append(render(surface, **arguments))
    finally:
        cv2.setNumThreads(before)
    for other in shots[1:]:
        assert other.image.tobytes() == shots[0].image.tobytes()
        assert other.labels.tobytes() == shots[0].labels.tobytes()
        assert other.instances == shots[0].instances
    assert not np.array_equal(render(surface, **{**arguments, "seed": 12}).image, shots[0].image)


# The truth of waviness is its slope, not what can be seen: see test_defect_kinds.
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("defect", [name for name in DEFECTS if name != "waviness"])
def test_the_picture_changes_in_the_mask_and_nowhere_else(surface: str, defect: str) -> None:
    arguments = {"shape": (192, 208), "seed": 5, "severity": 1.0}
    shot = render(surface, defects=(defect,), **arguments, **QUIET)
    clean = render(surface, **arguments, **QUIET)
    change = np.abs(shot.image.astype(int) - clean.image.astype(int))
    change = change if change.ndim == 2 else change.max(axis=2)
    assert shot.mask.any()
    assert shot.mask.mean() < 0.25
    assert not clean.mask.any()
    assert change[shot.mask].mean() > 5
    # The limit of visibility is 3 levels before the uneven light; rounding adds up to one.
    assert change[~shot.mask].max() <= 4


@pytest.mark.parametrize("surface", ["plate-diamond", "leather"])
def test_camera_noise_is_that_of_the_clean_picture(surface: str) -> None:
    shot = render(surface, (160, 160), defects=("hole",), seed=6)
    clean = render(surface, (160, 160), seed=6)
    far = ~cv2.dilate(shot.mask.astype(np.uint8), np.ones((31, 31))).astype(bool)
    assert far.any()
    assert np.array_equal(shot.image[far], clean.image[far])


@pytest.mark.parametrize("defect", DEFECTS)
def test_instances_agree_with_labels_and_mask(defect: str) -> None:
    shot = render("strip", (220, 180), defects=(defect, defect), seed=2, severity=1.0)
    assert np.array_equal(shot.mask, shot.labels > 0)
    assert shot.classes == (defect,)
    assert set(np.unique(shot.labels)) - {0} == set(range(1, len(shot.instances) + 1))
    for number, instance in enumerate(shot.instances, start=1):
        rows, columns = np.nonzero(shot.labels == number)
        x, y, width, height = instance.box
        assert (x, y) == (columns.min(), rows.min())
        assert (width, height) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
        assert instance.area_px == rows.size
        assert instance.contrast > 0
        assert instance.severity == 1.0


@pytest.mark.parametrize("surface", ["plate-diamond", "plate-teardrop"])
@pytest.mark.parametrize(("pitch_mm", "pixel_size_mm"), [(28.0, 0.5), (34.0, 1.0)])
def test_plate_repeats_at_its_pitch(surface: str, pitch_mm: float, pixel_size_mm: float) -> None:
    image = render(surface, (512, 512), pixel_size_mm, seed=8, pitch_mm=pitch_mm).image.astype(np.float64)
    spectrum = np.abs(np.fft.fft2(image - image.mean())) ** 2
    correlation = np.fft.ifft2(spectrum).real
    correlation /= correlation[0, 0]
    pitch_px = pitch_mm / pixel_size_mm
    for along in (correlation[0], correlation[:, 0]):
        around = np.arange(int(0.6 * pitch_px), int(1.4 * pitch_px))
        assert abs(around[along[around].argmax()] - pitch_px) <= 1
        assert along[round(pitch_px)] > 0.3
    # Half a pitch along both axes stand the lugs of the other direction: the pattern does not repeat there.
    half = round(pitch_px / 2)
    assert correlation[half, half] < 0.7 * correlation[0, round(pitch_px)]


def test_roll_marks_repeat_at_the_given_pitch() -> None:
    defect = Defect("roll_mark", size_mm=6, severity=1.2, options={"pitch_mm": 40.0, "raised": -1.0})
    shot = render("strip", (512, 200), 0.5, defects=(defect,), seed=9)
    middles = sorted(box[1] + box[3] / 2 for box in (i.box for i in shot.instances) if 0 < box[1] < 490)
    assert len(middles) >= 5
    assert np.allclose(np.diff(middles), 80, atol=3)
    assert {instance.group for instance in shot.instances} == {0}


def test_lines_of_the_strip_run_along_it() -> None:
    image = render("strip", (256, 256), 0.5, seed=1).image.astype(float)
    across, along = (np.abs(np.diff(cv2.blur(image, (3, 3)), axis=axis)).mean() for axis in (1, 0))
    assert across > 1.2 * along


def test_leather_is_brown_and_its_level_as_asked() -> None:
    image = render("leather", (256, 256), seed=1, level=90.0).image
    red, green, blue = image.reshape(-1, 3).mean(axis=0)
    assert red > green > blue
    assert abs(image.mean() - 90) < 10


@pytest.mark.parametrize("defect", ["dent", "scratch", "stain"])
def test_severity_rules_contrast(defect: str) -> None:
    contrasts = [
        render("strip", (200, 200), defects=(defect,), seed=21, severity=severity).instances[0].contrast
        for severity in (0.4, 0.8, 1.2)
    ]
    assert contrasts[0] < contrasts[1] < contrasts[2]


def test_size_and_place_are_kept() -> None:
    hole = Defect("hole", size_mm=20, centre_mm=(40.0, 70.0), severity=1.0)
    shot = render("strip", (256, 256), 0.5, defects=(hole,), seed=3)
    x, y, width, height = shot.instances[0].box
    assert abs(x + width / 2 - 80) < 6
    assert abs(y + height / 2 - 140) < 6
    assert 400 < np.count_nonzero(shot.image < 40) < 2600  # a disk of 20 mm has 1257 pixels
    lit = render("strip", (256, 256), defects=(Defect("hole", size_mm=20, options={"backlight": 1.0}),), seed=3)
    assert lit.image.max() == 255


def test_dent_is_lit_from_the_side_of_the_lamp() -> None:
    dent = Defect("dent", size_mm=40, centre_mm=(64.0, 64.0), severity=0.8, options={"sharpness": 0.1})
    settings = {"light_azimuth_deg": 90.0, "noise_levels": 0.0, "seed": 1}
    shot = render("strip", (256, 256), 0.5, defects=(dent,), **settings)
    change = shot.image.astype(int) - render("strip", (256, 256), 0.5, **settings).image
    column = change[:, 120:136].mean(axis=1)
    # The lamp stands above the picture: the lower wall of a hollow faces it, the upper one turns away.
    assert column[140:160].mean() > 5
    assert column[96:116].mean() < -5


def test_turned_view_turns_the_picture_and_its_mask() -> None:
    stain = Defect("stain", size_mm=30, centre_mm=(100.0, 30.0), severity=1.2, options={"lightness": 0.3})
    arguments = {"defects": (stain,), "seed": 4, **QUIET}
    shot = render("strip", (256, 256), 0.5, rotation_deg=20.0, **arguments)
    clean = render("strip", (256, 256), 0.5, rotation_deg=20.0, seed=4, **QUIET)
    change = np.abs(shot.image.astype(int) - clean.image)
    assert change[shot.mask].mean() > 10
    outside = ~cv2.dilate(shot.mask.astype(np.uint8), np.ones((3, 3))).astype(bool)
    assert change[outside].max() <= 6
    x, y, width, height = shot.instances[0].box
    assert abs(x + width / 2 - 200) < 20
    assert abs(y + height / 2 - 60) < 20


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"surface": "plate-dimond"}, "surface"),
        ({"defects": ("scrach",)}, "defect"),
        ({"shape": (0, 10)}, "shape"),
        ({"shape": (10,)}, "shape"),
        ({"shape": (10.5, 10)}, "shape"),
        ({"pixel_size_mm": 0.0}, "pixel_size_mm"),
        ({"pixel_size_mm": float("nan")}, "pixel_size_mm"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"severity": 0.0, "defects": ("dent",)}, "severity"),
        ({"size_mm": -3.0, "defects": ("dent",)}, "size_mm"),
        ({"noise_levels": -1.0}, "noise_levels"),
        ({"stretch": (3.0, 1.0)}, "stretch"),
        ({"rotation_deg": float("inf")}, "rotation_deg"),
        ({"pitch_mm": 0.0}, "pitch_mm"),
        ({"pitch": 30.0}, "pitch"),
        ({"defects": (Defect("pit", options={"counts": 3}),)}, "counts"),
        ({"defects": (Defect("dent", options={"sharpness": 2}),)}, "sharpness"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], name: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        render(**{"surface": "plate-diamond", "shape": (32, 32), **arguments})
    assert caught.value.name == name


def test_parameters_render_the_same_again() -> None:
    shot = render("plate", (64, 80), 0.7, defects=("dent", Defect("pit", size_mm=9)), seed=5, pitch_mm=31.0)
    assert shot.surface == "plate-diamond"
    again = render(shot.surface, pixel_size_mm=shot.pixel_size_mm, seed=shot.seed, **shot.parameters)
    assert again.image.tobytes() == shot.image.tobytes()


@pytest.mark.parametrize(("table", "folder"), [(SURFACES, "surfaces"), (DEFECTS, "defects")])
def test_folder_and_registry_agree(table: dict[str, str], folder: str) -> None:
    package = Path(synthesis.__file__).parent / folder
    files = {path.stem for path in package.glob("*.py")} - {"__init__"}
    listed = {entry.split(":")[0].rsplit(".", 1)[1] for entry in table.values()}
    assert files == listed
    for name in table:
        assert callable(resolve(table, name))
    assert set(synthesis.ALIASES.values()) <= set(SURFACES)


def test_dirt_darkens_a_plate_in_patches_and_leaves_its_relief() -> None:
    clean, same, dirty = (render("plate", (128, 160), 0.7, seed=5, **QUIET, dirt=d).image for d in (0.0, 0, 0.8))
    np.testing.assert_array_equal(clean, same)
    np.testing.assert_array_equal(clean, render("plate", (128, 160), 0.7, seed=5, **QUIET).image)
    ratio = dirty.astype(float) / np.maximum(clean, 1)
    ratio /= np.median(ratio)  # the camera is set to the same mean
    assert np.quantile(ratio, 0.02) < 0.9 and 0.95 < np.quantile(ratio, 0.6) < 1.1
    assert np.corrcoef(clean.ravel(), dirty.ravel())[0, 1] > 0.8
    with pytest.raises(ArgumentError, match="dirt"):
        render("plate", (16, 16), dirt=1.5)


def test_a_plate_in_use_has_drifting_light_but_the_same_relief() -> None:
    new, same, used = (render("plate", (192, 256), 0.5, seed=5, **QUIET, in_use=u) for u in (0.0, 0, 0.9))
    np.testing.assert_array_equal(new.image, same.image)
    np.testing.assert_array_equal(new.image, render("plate", (192, 256), 0.5, seed=5, **QUIET).image)
    assert not used.mask.any()
    halves = [
        [part.mean() for part in (shot.image[:96], shot.image[96:], shot.image[:, :128], shot.image[:, 128:])]
        for shot in (new, used)
    ]
    (up, down, left, right), (upper, lower, at_left, at_right) = halves
    assert max(abs(upper / lower - up / down), abs(at_left / at_right - left / right)) > 0.2
    assert np.corrcoef(new.image.ravel(), used.image.ravel())[0, 1] > 0.4
    with pytest.raises(ArgumentError, match="in_use"):
        render("plate", (16, 16), in_use=1.5)


def test_a_plate_in_use_is_scratched_the_more_the_more_it_was_used() -> None:
    def scratched(in_use: float) -> float:
        albedo, gloss, level = (np.ones((200, 200), np.float32) for _ in range(3))
        worn(np.random.default_rng(3), 0 * level, albedo, gloss, 0.5, in_use)
        fine = albedo / cv2.GaussianBlur(albedo, (0, 0), 6)
        return float(np.mean(np.abs(fine - 1) > 0.04))

    assert scratched(0.1) < 0.5 * scratched(0.4) and scratched(0.4) < scratched(1.0) < 0.2
