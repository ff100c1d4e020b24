"""Labelled images: classes, masks, and what is said of both."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import surfaces
from datasets.test_good_folders import WHITE, fill
from surfedge.datasets import labelled_images, labelled_set
from surfedge.errors import DatasetError
from surfedge.synthesis import write_dataset

INVERTED = np.uint8(255) - WHITE


def labels(root: Path, *good: str) -> dict[str, str]:
    return {str(s.path.relative_to(root)): s.label for s in labelled_images(root, good)}


@pytest.mark.parametrize("name", ["good", "Good", "OK", "normal", "gut", "no_defect"])
@pytest.mark.parametrize("test", ["test", "Test", "testing", "."])
def test_the_good_class_by_the_names_people_use(name: str, test: str, tmp_path: Path) -> None:
    """B1: with a class "Good" every image was a defect: AP 1.000."""
    root = fill(tmp_path, **{f"{test}__{name}": 2, f"{test}__cut": 1})
    samples = labelled_images(root)
    assert [sample.label for sample in samples if not sample.is_defective] == ["good", "good"]
    assert [sample.label for sample in samples if sample.is_defective] == ["cut"]


def test_stations_without_a_good_class_are_refused(tmp_path: Path) -> None:
    """B3."""
    root = fill(tmp_path, test__line1=2, test__line2=2)
    with pytest.raises(DatasetError, match="folders line1, line2, none of them good or a defect.*--good NAME"):
        labelled_set(root)
    assert labels(root, "line1") == {
        "test/line1/000.png": "good",
        "test/line1/001.png": "good",
        "test/line2/000.png": "line2",
        "test/line2/001.png": "line2",
    }
    with pytest.raises(DatasetError, match="expected a folder line3"):
        labelled_set(root, ["line3"])


def test_stations_above_the_classes(tmp_path: Path) -> None:
    root = fill(tmp_path, test__line1__good=1, test__line1__scratch=1, test__line2__good=1, test__line2__blob=1)
    found = labelled_set(root)
    assert found.understood.counts == {"good": 2, "scratch": 1, "blob": 1}


def test_images_beside_masks(tmp_path: Path) -> None:
    """B4: masks were a class of their own, found 1.000."""
    write_dataset(tmp_path / "pln", "strip", count=8, defects=("stain",), layout="plain", shape=(64, 64))
    found = labelled_set(tmp_path / "pln")
    assert set(found.understood.counts) == {"good", "defect"} and found.understood.images == 8
    assert all(sample.path.parent.name == "images" for sample in found.samples)
    for sample in found.samples:
        truth = sample.mask((64, 64))
        assert truth is not None and truth.any() == sample.is_defective
    assert found.understood.layout == "images and masks"


def test_images_without_a_mask_beside_those_with_one(tmp_path: Path) -> None:
    root = fill(tmp_path, images=3)
    surfaces.save(root / "masks/000_mask.png", WHITE)
    surfaces.save(root / "masks/mask_001.png", 0 * WHITE)
    found = labelled_set(root)
    assert labels(root) == {"images/000.png": "defect", "images/001.png": "good"}
    assert "1 image without a mask, of unknown class" in map(str, found.understood.left_out)


def test_only_good_images_and_only_defects(tmp_path: Path) -> None:
    """B6: nine nan without a word."""
    fill(tmp_path / "a", test__good=2)
    assert labelled_set(tmp_path / "a").understood.remarks == (
        "good images only: the rate of false calls can be computed, no detection rate",
    )
    fill(tmp_path / "b", test__scratch=2)
    assert labelled_set(tmp_path / "b").understood.remarks[0].startswith("no good images: false calls, image AUROC")
    assert len(labelled_set(tmp_path / "b").understood.remarks) == 1
    fill(tmp_path / "d", test__scratch=2, test__grainA=2)
    assert labelled_set(tmp_path / "d").understood.remarks[1] == (
        "taken for defects, though no name says so: grainA; name good ones: --good NAME"
    )
    fill(tmp_path / "c", **{".": 3})
    with pytest.raises(DatasetError, match="no class folder"):
        labelled_set(tmp_path / "c")


def test_masks_by_path_and_not_by_name_alone(tmp_path: Path) -> None:
    """C1: camera A was judged by camera B's masks."""
    root = fill(tmp_path, test__scratch__camA=1, test__scratch__camB=1, test__good=1)
    other = np.roll(WHITE, 3, axis=1)
    surfaces.save(root / "ground_truth/scratch/camA/000_mask.png", WHITE)
    surfaces.save(root / "ground_truth/scratch/camB/000_mask.png", other)
    truth = {s.path.parent.name: s.mask((6, 8)) for s in labelled_images(root) if s.is_defective}
    np.testing.assert_array_equal(truth["camA"], WHITE > 0)
    np.testing.assert_array_equal(truth["camB"], other > 0)


def test_missing_and_foreign_masks_are_said(tmp_path: Path) -> None:
    """C2, C4."""
    root = fill(tmp_path, test__cut=6, test__hole=1, test__good=1)
    for name in ("mask_000", "mask_001", "mask_077"):
        surfaces.save(root / f"ground_truth/cut/{name}.png", WHITE)
    found = labelled_set(root)
    assert sum(sample.mask_path is not None for sample in found.samples) == 2
    assert found.understood.remarks == (
        "masks: none for 4 of 6 cut, 1 of 1 hole; pixel metrics come from the other 2",
        "masks: 1 belong to no image here: mask_077.png",
    )


def test_masks_as_jpeg_are_said(tmp_path: Path) -> None:
    """C5."""
    root = fill(tmp_path, test__cut=1, test__good=1)
    (root / "ground_truth/cut").mkdir(parents=True)
    cv2.imwrite(str(root / "ground_truth/cut/000_mask.jpg"), WHITE)
    found = labelled_set(root)
    np.testing.assert_array_equal(found.samples[0].mask((6, 8)), WHITE > 0)
    assert found.understood.remarks == ("masks: 1 of 1 checked have shades (JPEG?) and are cut at half of white",)


def test_inverted_masks_are_named(tmp_path: Path) -> None:
    """C7."""
    root = fill(tmp_path, test__cut=3, test__good=1)
    for number in range(3):
        surfaces.save(root / f"ground_truth/cut/{number:03}_mask.png", INVERTED if number else WHITE)
    (said,) = labelled_set(root).understood.remarks
    assert said.startswith("masks: 2 of 3 checked mark most of their image: inverted?")
    surfaces.save(root / "ground_truth/cut/001_mask.png", WHITE)
    assert labelled_set(root).understood.remarks == ()


def test_masks_inside_class_folders_are_no_images(tmp_path: Path) -> None:
    root = fill(tmp_path, test__cut=2, test__good=1)
    surfaces.save(root / "test/cut/masks/000.png", WHITE)
    surfaces.save(root / "test/cut/001_mask.png", WHITE)
    found = labelled_set(root)
    assert found.understood.counts == {"cut": 2, "good": 1}
    assert [sample.mask_path is not None for sample in found.samples] == [True, True, False]


def test_loose_images_are_counted(tmp_path: Path) -> None:
    root = fill(tmp_path, **{"test": 2, "test/good": 1, "test/cut": 1})
    assert list(map(str, labelled_set(root).understood.left_out)) == ["2 images directly in test, of no class"]


def test_training_images_alone_are_no_test(tmp_path: Path) -> None:
    root = fill(tmp_path, train__good=2)
    with pytest.raises(DatasetError, match="found train, but no test"):
        labelled_set(root)
    fill(root, validation__good=1, validation__cut=1)
    assert labelled_set(root).understood.counts == {"cut": 1, "good": 1}


def test_classes_below_a_folder_that_holds_them_all(tmp_path: Path) -> None:
    root = fill(tmp_path, images__red_iron=2, images__surface_scratch=1)
    assert labelled_set(root).understood.counts == {"red_iron": 2, "surface_scratch": 1}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("kolektor_sdd", {"defect": 50, "good": 60}),
        ("second_leather", {"cut": 40, "hole": 37, "line": 52, "wrinkle": 82}),
        ("mvtec_leather_crops256", {"color": 15, "cut": 15, "fold": 12, "glue": 15, "good": 64, "poke": 14}),
    ],
)
def test_public_sets(name: str, counts: dict[str, int], shared_data: Path) -> None:
    found = labelled_set(shared_data / name)
    assert found.understood.counts == counts
    assert not any("masks" in said for said in found.understood.remarks)
    assert all(sample.mask_path for sample in found.samples if sample.is_defective)
