"""Cells compared with each other: the pattern goes, wherever it lies, and what is strange in one cell stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge.images import from_array, to_grey_f32
from surfedge.pattern import Lattice, Reading, compare, find_lattice, harmonics, without_light
from surfedge.pattern.phase_only import phase_only
from surfedge.pattern.registration import registered
from surfedge.pattern.self_reference import usual_cell
from surfedge.pattern.shift_compare import shift_compare
from surfedge.pattern.spectrum import spectrum
from surfedge.pattern.spectrum_picture import spectrum_picture
from surfedge.pattern.tracking import Shifts, follow
from surfedge.synthesis import render

F32 = np.float32
SQUARE = Lattice((24.0, 0.0), (0.0, 24.0), 1.0)


def wave(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A pattern of 24 px by its formula, so that it can be bent exactly."""
    u, v = 2 * np.pi * x / 24, 2 * np.pi * y / 24
    return np.cos(u) + np.sin(v) + 0.7 * np.cos(2 * u + v) + 0.5 * np.sin(u - 2 * v)


def bent(shape: tuple[int, int], amount_px: float) -> tuple[np.ndarray, np.ndarray]:
    """A pattern that wanders by a few px over the image, float32, and the shift (x, y) at each pixel."""
    y, x = np.indices(shape).astype(float)
    shift = np.stack([amount_px * np.sin(y / 90), 0.5 * amount_px * np.cos(x / 110)], axis=-1)
    return wave(x - shift[..., 0], y - shift[..., 1]).astype(F32), shift


@pytest.mark.parametrize("amount_px", [0.0, 1.5, 8.0])
def test_the_pattern_is_followed_where_it_wanders(amount_px: float) -> None:
    image, shift = bent((330, 410), amount_px)
    points = np.array([[x, y] for x in (40, 170, 300, 380) for y in (35, 160, 300)], float)
    found = follow(image, SQUARE).at(points)
    true = shift[points[:, 1].astype(int), points[:, 0].astype(int)]
    error = (found - found.mean(axis=0)) - (true - true.mean(axis=0))  # the lattice's origin is free
    assert np.abs(error).max() < 0.1 + 0.08 * amount_px


def test_the_usual_cell_tells_where_the_pattern_lies_up_to_the_border() -> None:
    """Near the border phases of a few harmonics are off by a pixel and more; the cell as a whole is not."""
    image, shift = bent((330, 410), 8.0)
    image += np.random.default_rng(0).normal(0, 0.1, image.shape).astype(F32)
    points = np.array([[x, y] for x in (3, 20, 200, 390, 406) for y in (3, 20, 160, 310, 326)], float)
    true = shift[points[:, 1].astype(int), points[:, 0].astype(int)]

    def error(shifts: Shifts) -> float:
        off = shifts.at(points) - true
        return float(np.abs(off - np.median(off, axis=0)).max())

    first = follow(image, SQUARE)
    cell = usual_cell(image, SQUARE, first)
    assert cell is not None
    better = error(registered(image, SQUARE, first, cell.median))
    assert better < 0.5 * error(first) and better < 1.0


def test_an_exact_pattern_leaves_nothing_and_a_strange_cell_stays() -> None:
    y, x = np.indices((300, 320)).astype(float)
    grain = np.random.default_rng(0).normal(0, 0.02, (300, 320))
    image = (0.5 + 0.08 * wave(x, y) + grain).astype(F32)
    image[150:162, 200:212] += F32(0.15)
    rest = compare(image, SQUARE)
    assert rest is not None and rest.shape == image.shape and rest.dtype == F32
    assert abs(np.median(rest)) < 0.1 and 0.3 < np.abs(rest).mean() < 1.2
    assert np.abs(rest[152:160, 202:210]).mean() > 3


@pytest.mark.parametrize("share", [0.0, 0.03])
@pytest.mark.parametrize("surface", ["plate-diamond", "plate-teardrop"])
def test_no_harmonic_stands_out_in_what_remains_of_a_plate(surface: str, share: float) -> None:
    image = render(surface, (512, 512), 0.5, seed=4, rotation_deg=3.0).image
    corners = np.array([[0, 0], [512, 0], [512, 512], [0, 512]], F32)
    moved = corners + np.array([[-share, 0], [share, 0], [0, 0], [0, 0]], F32) * 512
    image = cv2.warpPerspective(image, cv2.getPerspectiveTransform(corners, moved), (512, 512))
    grey = to_grey_f32(from_array(image))
    lattice = find_lattice(grey).lattice
    assert lattice is not None
    rest = compare(grey, lattice)
    assert rest is not None
    before, after = (_height_of_harmonics(part, lattice) for part in (grey, rest))
    assert before > 2.0 and after < 0.35 * before


def _height_of_harmonics(image: np.ndarray, lattice: Lattice) -> float:
    """How far the strongest harmonics stand above their surroundings, natural logarithm of the amplitude."""
    found = spectrum(image)
    background = cv2.blur(found.log_amplitude, (9, 9))
    heights = []
    for peak in harmonics(spectrum(image), lattice, most=12):
        column, row = (round(v) for v in found.index(peak.frequency))
        near = np.s_[row - 1 : row + 2, column - 1 : column + 2]
        heights.append(float(found.log_amplitude[near].max() - background[row, column]))
    return float(np.mean(heights))


def test_too_few_cells_are_not_compared() -> None:
    assert compare(np.random.default_rng(0).random((90, 90), F32), Lattice((40.0, 0.0), (0.0, 40.0), 1.0)) is None


def test_light_is_divided_out() -> None:
    x = np.linspace(0.2, 0.9, 400, dtype=F32)
    flat = without_light(np.tile(x, (300, 1)), 40.0)
    assert np.abs(flat[:, 60:-60]).max() < 0.02
    assert np.isfinite(without_light(np.zeros((3, 5), F32), 9.0)).all()


def test_shift_compare_and_phase_only_leave_the_strange_spot() -> None:
    y, x = np.indices((200, 220)).astype(float)
    image = (0.1 * wave(x, y) + np.random.default_rng(1).normal(0, 0.01, (200, 220))).astype(F32)
    image[90:96, 100:106] += F32(0.3)
    for rest in (shift_compare(image, SQUARE), phase_only(image)):
        smooth = cv2.GaussianBlur(np.abs(rest), (0, 0), 2)
        row, column = np.unravel_index(int(smooth.argmax()), smooth.shape)
        assert abs(row - 92.5) < 5 and abs(column - 102.5) < 5


def test_the_picture_explains_an_image_with_and_without_a_pattern() -> None:
    plate = to_grey_f32(from_array(render("plate", (256, 300), 0.7, seed=0).image))
    noise = np.random.default_rng(0).random((80, 500), F32)
    for grey in (plate, noise):
        search = find_lattice(grey)
        anomaly_map = Reading().map(grey - grey.mean())
        picture, other = (spectrum_picture(grey, search, grey - grey.mean(), anomaly_map, limit) for limit in (1, 50))
        assert (picture[558:1038, 980:1460] != other[558:1038, 980:1460]).any()  # colours by the limit
        assert (picture[:558] == other[:558]).all()
        assert picture.dtype == np.uint8 and picture.shape == (1092, 1480, 3)
        green = (np.ptp(picture[34:514, 10:490], axis=-1) > 60).any()  # lines of the lattice in a grey panel
        assert green == (search.lattice is not None)
