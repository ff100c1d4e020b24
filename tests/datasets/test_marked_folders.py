"""Folders of marked defects: masks, boxes, folders alone; what was understood and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import surfaces
from surfedge.datasets import MarkedImage, marked_set
from surfedge.errors import DatasetError, SurfedgeError

GREY = np.full((40, 60), 120, np.uint8)


def image(path: Path, level: int = 120) -> Path:
    return surfaces.save(path, np.full((40, 60), level, np.uint8))


def mask(path: Path, shape: tuple[int, int] = (40, 60), marked: bool = True) -> Path:
    truth = np.zeros(shape, np.uint8)
    truth[4:12, 8:20] = 255 * marked
    return surfaces.save(path, truth)


def annotation(path: Path, *boxes: tuple[int, int, int, int]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    objects = "".join(
        f"<object><name>pit</name><bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
        "</bndbox></object>"
        for x0, y0, x1, y1 in boxes
    )
    path.write_text(f"<annotation>{objects}</annotation>", encoding="utf-8")
    return path


def test_masks_boxes_and_folders_together(tmp_path: Path) -> None:
    image(tmp_path / "scratch/0.png")
    mask(tmp_path / "ground_truth/scratch/0_mask.png")
    image(tmp_path / "pit/1.png")
    annotation(tmp_path / "pit/1.xml", (9, 5, 20, 12))
    image(tmp_path / "pit/2.png")
    image(tmp_path / "3.png")
    (tmp_path / "boxes.csv").write_text("class,image,x,y,width,height\nstain,3.png,8,4,12,8\n", encoding="utf-8")
    found = marked_set(tmp_path)
    known = {each.path.name: each for each in found.images}
    assert [(name, known[name].label) for name in sorted(known)] == [
        ("0.png", "scratch"),
        ("1.png", "pit"),
        ("2.png", "pit"),
        ("3.png", "defect"),
    ]
    expected = np.zeros((40, 60), bool)
    expected[4:12, 8:20] = True
    for name in ("0.png", "1.png", "3.png"):
        np.testing.assert_array_equal(known[name].marked((40, 60)), expected)
    assert known["2.png"].marked((40, 60)).all()
    assert [known[name].is_exact for name in sorted(known)] == [True, False, False, False]
    assert found.understood.lines() == [
        f"{tmp_path}: defects marked by a mask 1, by boxes 2, as a whole 1, 4 images: defect 1, pit 2, scratch 1"
    ]


def test_what_the_label_page_leaves_is_read(tmp_path: Path) -> None:
    image(tmp_path / "test/good/0.png")
    image(tmp_path / "test/crack/1.png")
    mask(tmp_path / "ground_truth/crack/1_mask.png")
    (tmp_path / "marks.csv").write_text("image\n", encoding="utf-8")
    found = marked_set(tmp_path)
    assert [(each.path.name, each.label, each.is_exact) for each in found.images] == [("1.png", "crack", True)]
    assert found.understood.lines()[1:] == ["left out: 1 image of a good folder: no defect is marked there"]


def test_images_beside_annotations_of_their_class(tmp_path: Path) -> None:
    for name in ("crazing", "patches"):
        image(tmp_path / f"images/{name}/7.png")
        annotation(tmp_path / f"annotations/{name}/7.xml", (1, 1, 60, 40))
    found = marked_set(tmp_path)
    assert [(each.label, each.annotation and each.annotation.parent.name) for each in found.images] == [
        ("crazing", "crazing"),
        ("patches", "patches"),
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "found no image, expected images of defects"),
        (lambda folder: image(folder / "good/0.png"), "found good images alone, 1 of them"),
        (lambda folder: mask(folder / "ground_truth/cut/0.png"), "found no image"),
    ],
)
def test_folders_without_defects_are_refused(make: object, message: str, tmp_path: Path) -> None:
    make(tmp_path)  # type: ignore[operator]
    with pytest.raises(DatasetError, match=message):
        marked_set(tmp_path)
    with pytest.raises(DatasetError, match="no folder"):
        marked_set(tmp_path / "nowhere")


def test_marks_that_do_not_fit_their_image(tmp_path: Path) -> None:
    path = image(tmp_path / "0.png")
    wrong = {
        "a mask of 30 x 20 pixels, expected 60 x 40, as 0.png": {"mask_path": mask(tmp_path / "a.png", (20, 30))},
        "an empty mask, expected the defect in white": {"mask_path": mask(tmp_path / "b.png", marked=False)},
        "a box of 70 x 4 pixels at 0, 0, expected one inside the image of 60 x 40": {"boxes": ((0, 0, 70, 4),)},
        "at 5, 38": {"boxes": ((1, 1, 4, 4), (5, 38, 3, 3))},
        "a box of 3 x 3 pixels at -1, 2": {"boxes": ((-1, 2, 3, 3),)},
        "a box of 0 x 3": {"boxes": ((1, 2, 0, 3),)},
        "a box of 61 x 40": {"annotation": annotation(tmp_path / "c.xml", (1, 1, 61, 40))},
        "no object, expected the boxes": {"annotation": annotation(tmp_path / "d.xml")},
    }
    for message, marks in wrong.items():
        with pytest.raises(SurfedgeError, match=message):
            MarkedImage(path, **marks).marked((40, 60))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("name,x,y,w,h\n", "no column image, width, height, expected image,x,y,width,height in the first line"),
        ("image,x,y,width,height\n9.png,1,1,2,2\n", "in line 2 the image '9.png', not there"),
        ("image,x,y,width,height\n0.png,1,1,2,2\n", "the image '0.png', 2 there"),
        ("image,x,y,width,height\na/0.png,1,one,2,2\n", "in line 2 the box 1, one, 2, 2, expected x, y"),
        ("image,x,y,width,height\na/0.png,1,1\n", "the box 1, 1, None, None"),
        ("image,x,y,width,height\na/0.png,1,inf,2,2\n", "the box 1, inf, 2, 2"),
        (b"\xff\xfe\x00", "a table that cannot be read"),
    ],
)
def test_tables_that_cannot_be_followed(table: str | bytes, message: str, tmp_path: Path) -> None:
    image(tmp_path / "a/0.png")
    image(tmp_path / "b/0.png")
    (tmp_path / "boxes.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    with pytest.raises(DatasetError, match=message):
        marked_set(tmp_path)
