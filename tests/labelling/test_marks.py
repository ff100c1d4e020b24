"""What the page may say: shapes become pixels, names become folders, and nonsense is refused."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.labelling.marks import Mark, Shape, checked_class, mark_from, shapes_from
from surfedge.labelling.mask_shapes import mask_of
from surfedge.labelling.names import free_name, stem_of

SIZE = (40, 60)


def _centres() -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return columns + 0.5, rows + 0.5


def test_a_box_marks_the_pixels_whose_centre_it_holds() -> None:
    x, y = _centres()
    found = mask_of([Shape("box", ((30.2, 25.8), (10.7, 5.3)))], SIZE)
    assert np.array_equal(found, (x > 10.7) & (x < 30.2) & (y > 5.3) & (y < 25.8))


def test_a_box_of_no_width_marks_the_pixel_it_lies_in() -> None:
    found = mask_of([Shape("box", ((7.6, 3.9), (7.6, 3.9)))], SIZE)
    assert np.argwhere(found).tolist() == [[3, 7]]


@pytest.mark.parametrize("radius", [1.0, 3.0, 6.5])
def test_a_stroke_marks_what_lies_within_its_radius(radius: float) -> None:
    x, y = _centres()
    found = mask_of([Shape("stroke", ((15, 20), (45, 20)), radius)], SIZE)
    distance = np.hypot(x - x.clip(15, 45), y - 20)
    assert found[distance < radius - 1].all() and not found[distance > radius + 1].any()


def test_a_polygon_marks_its_inside() -> None:
    x, y = _centres()
    found = mask_of([Shape("polygon", ((10, 5), (50, 5), (50, 30), (10, 30)))], SIZE)
    inside = (x > 10) & (x < 50) & (y > 5) & (y < 30)
    assert np.count_nonzero(found != inside) <= 2 * (41 + 26)
    assert found[6:29, 12:49].all()


def test_an_eraser_takes_away_what_came_before_it_alone() -> None:
    box, rubber = Shape("box", ((10, 10), (30, 30))), Shape("stroke", ((20, 20),), 4, erases=True)
    assert not mask_of([box, rubber], SIZE)[20, 20] and mask_of([box, rubber], SIZE)[11, 11]
    assert mask_of([rubber, box], SIZE)[20, 20]


def test_what_lies_outside_is_cut_off() -> None:
    far = [
        Shape("box", ((-50, -50), (1e6, 5))),
        Shape("stroke", ((-9e5, 3), (9e5, 3)), 2),
        Shape("polygon", ((70, 70), (90, 70), (80, 90))),
    ]
    found = mask_of(far, SIZE)
    assert found[:5].all() and not found[6:].any()


@pytest.mark.parametrize("name", ["scratch", "rolled-in scale", "Kratzer 3", "pit.b", "Öl", "x", "a_b", "划痕"])
def test_classes_as_people_call_them(name: str) -> None:
    assert checked_class(f" {name} ") == name


NO_FOLDERS = (
    "",
    " ",
    ".",
    "..",
    "../x",
    "a/b",
    "a\\b",
    "a\0",
    "x" * 41,
    "-",
    "a\nb",
    "CON",
    "nul.txt",
    3,
    None,
    "\u202eabc",
)
OTHER_MEANINGS = ("good", "OK", "masks", "test", "ground truth", "\u202eabc")


@pytest.mark.parametrize("name", [*NO_FOLDERS, *OTHER_MEANINGS])
def test_classes_that_cannot_be_folders_or_mean_something_else(name: object) -> None:
    with pytest.raises(ArgumentError, match="class: found"):
        checked_class(name)


def _shape(kind: str = "stroke", points: object = ((0, 0),), **more: object) -> dict[str, object]:
    return {"kind": kind, "points": points, **more}


NO_SHAPES = (
    "box",
    None,
    [3],
    [{}],
    [_shape("box")],
    [_shape("disk")],
    [_shape("box", [[0, 0], [float("nan"), 1]])],
    [_shape(radius_px=-1)],
    [_shape("polygon", [[0, 0], [1, 1]])],
    [_shape(points=[[0, 2e6]])],
    [_shape(points=[])],
    [_shape("box", [[0, 0], [1, 1]], erases="no")],
    [_shape()] * 1001,
    [_shape(points=[[0, 0]] * 50_001)],
)


@pytest.mark.parametrize("shapes", NO_SHAPES, ids=lambda shapes: str(shapes)[:40])
def test_shapes_that_are_none(shapes: object) -> None:
    with pytest.raises(ArgumentError, match="shape"):
        shapes_from(shapes)


def test_marks_go_through_plain_values_and_come_back() -> None:
    shape = Shape("stroke", ((1.25, 2.5), (3.0, 4.0)), 2.5, erases=True)
    mark = Mark(3, "defect", "pit", (shape,), (9, 8), "a.png", "good", 0.5, 1.0, "2026-01-01T00:00:00Z")
    assert mark_from(mark.to_dict()) == mark
    with pytest.raises(ArgumentError, match="mark: found no 'label'"):
        mark_from({"version": 1, "verdict": "good"})


def test_names_in_the_set_share_no_mask_and_say_nothing_of_classes() -> None:
    taken: list[str] = []
    for image in (
        "a.png",
        "good/a.png",
        "b/a.png",
        "A.bmp",
        "scan_mask.png",
        "weird name;.tif",
        ".png",
        "x",
        "é.png",
        "\udcff.png",
    ):
        name = free_name(image, {stem_of(other) for other in taken})
        assert "/" not in name and name.isascii() and not name.startswith(".")
        taken.append(name)
    assert len(set(map(stem_of, taken))) == len(taken) and taken[0] == "a.png" and "mask." not in taken[4]
