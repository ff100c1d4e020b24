"""Which images are learned from, in the folders that people have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import surfaces
from surfedge.datasets import good_images, good_set
from surfedge.errors import ArgumentError, DatasetError
from surfedge.synthesis import write_dataset

GREY = np.tile(np.arange(40, 200, 20, dtype=np.uint8), (6, 1))
WHITE = np.zeros((6, 8), np.uint8)
WHITE[2:4, 2:5] = 255


def fill(root: Path, **counts: int) -> Path:
    """`counts` images in each folder; two underscores stand for a slash."""
    for folder, count in counts.items():
        for number in range(count):
            surfaces.save(root / folder.replace("__", "/") / f"{number:03}.png", GREY)
    return root


@pytest.mark.parametrize("name", ["good", "Good", "OK", "normal", "gut", "no_defects"])
@pytest.mark.parametrize("other", ["Scratch", "cut", "NG", "camA"])
def test_classes_beside_each_other_are_refused(name: str, other: str, tmp_path: Path) -> None:
    """A1: those defects would be good for ever."""
    root = fill(tmp_path / "c2", **{name: 3, other: 2})
    with pytest.raises(DatasetError, match=rf"folders {other} beside {name}.*give .*c2/{name}$"):
        good_set(root)
    assert len(good_images(root / name)) == 3


def test_classes_further_down_are_refused_too(tmp_path: Path) -> None:
    root = fill(tmp_path, camA__good=2, camB__good=2, camA__blob=2)
    with pytest.raises(DatasetError, match="camA/blob beside camA/good"):
        good_set(root)
    (root / "loose.png").write_bytes((root / "camA/good/000.png").read_bytes())
    with pytest.raises(DatasetError, match="camA/blob"):
        good_set(root)


def test_folders_that_name_defects_alone_are_refused(tmp_path: Path) -> None:
    root = fill(tmp_path, camA=2, scratches=2)
    with pytest.raises(DatasetError, match="folders scratches, expected good images only; name the good one"):
        good_set(root)


def test_the_user_names_the_good_folder(tmp_path: Path) -> None:
    root = fill(tmp_path, Teil_A=3, Kratzer=2, good=1, camC=1)
    found = good_set(root, ["Teil_A"])
    assert {path.parent.name for path in found.images} == {"Teil_A"}
    assert sorted(map(str, found.understood.left_out)) == ["1 image in camC", "1 image in good", "2 images in Kratzer"]
    assert len(good_set(root, ["Teil_A", "camC"]).images) == 4
    with pytest.raises(DatasetError, match="no folder Teil_B"):
        good_set(root, ["Teil_B"])
    with pytest.raises(ArgumentError, match="no folder"):
        good_set(root / "Teil_A" / "000.png", ["Teil_A"])


@pytest.mark.parametrize("train", ["train", "Train", "training"])
@pytest.mark.parametrize("name", ["good", "Good", "OK"])
def test_a_data_set_gives_its_training_images(train: str, name: str, tmp_path: Path) -> None:
    root = fill(tmp_path, **{f"{train}__{name}": 3, f"{train}__cut": 1, "test__good": 1, "test__cut": 2})
    surfaces.save(root / "ground_truth/cut/000_mask.png", WHITE)
    found = good_set(root)
    assert [path.parent.name for path in found.images] == [name] * 3
    assert found.understood.layout == f"good images in {train}/{name}"
    assert list(map(str, found.understood.left_out)) == ["1 mask in ground_truth", "3 images in test", "1 image in cut"]


def test_training_images_in_folders_of_no_class(tmp_path: Path) -> None:
    root = fill(tmp_path, train__camA=3, train__camB=2, test__good=1)
    found = good_set(root)
    assert len(found.images) == 5 and found.understood.counts == {"camA": 3, "camB": 2}
    assert found.understood.layout == "one set of good images in train"


@pytest.mark.parametrize("folders", [("camA", "camB"), ("2024-05-01", "2024-05-02"), ("left", "2"), ("l/a", "l/b")])
def test_cameras_and_dates_are_one_set(folders: tuple[str, str], tmp_path: Path) -> None:
    root = fill(tmp_path, **dict.fromkeys(folders, 3))
    found = good_set(root)
    assert len(found.images) == 6
    assert sum(found.understood.counts.values()) == 6
    assert found.understood.lines()[0].startswith(f"{root}: one set of good images, 6 images")


def test_a_good_folder_that_holds_a_folder_called_test(tmp_path: Path) -> None:
    """A5: two more images of the same kind, or classes, which are refused by name."""
    root = fill(tmp_path / "good", **{".": 40, "test": 2})
    found = good_set(root)
    assert len(found.images) == 42
    assert found.understood.lines() == [f"{root}: one set of good images, 42 images: directly in it 40, test 2"]
    fill(root, test__cut=1, test__good=1)
    with pytest.raises(DatasetError, match="found test with classes, but no train"):
        good_set(root)


def test_cameras_inside_the_good_class(tmp_path: Path) -> None:
    root = fill(tmp_path, train__good__camA=2, train__good__camB=1, test__good=1)
    found = good_set(root)
    assert len(found.images) == 3 and found.understood.counts == {"camA": 2, "camB": 1}


@pytest.mark.parametrize("masks", ["masks", "Mask", "gt", "labels", "ground_truth", "Ground Truth"])
def test_masks_are_never_learned_from(masks: str, tmp_path: Path) -> None:
    """A6: black masks among the good images make a black frame good."""
    root = fill(tmp_path / "pln", images=4)
    for number in range(4):
        surfaces.save(root / masks / f"{number:03}.png", WHITE * (number == 3))
    found = good_set(root)
    assert [path.name for path in found.images] == ["000.png", "001.png", "002.png"]
    assert list(map(str, found.understood.left_out)) == [
        f"4 masks in {masks}",
        "1 image in which a mask marks a defect",
    ]


def test_what_synth_writes_as_plain_images(tmp_path: Path) -> None:
    write_dataset(tmp_path / "pln", "strip", count=8, defects=("stain",), layout="plain", shape=(64, 64))
    found = good_set(tmp_path / "pln")
    assert all(path.parent.name == "images" for path in found.images) and 0 < len(found.images) < 8


def test_photos_in_a_folder_called_labels_are_images(tmp_path: Path) -> None:
    root = fill(tmp_path, labels=2, bottles=1)
    photo = np.random.default_rng(0).integers(60, 200, (6, 8)).astype(np.uint8)
    for path in (root / "labels").iterdir():
        surfaces.save(path, photo)
    assert len(good_images(root)) == 3


def test_images_without_a_mask_are_said(tmp_path: Path) -> None:
    root = fill(tmp_path, images=3)
    surfaces.save(root / "masks/000.png", 0 * WHITE)
    assert good_set(root).understood.remarks == ("masks: 2 of 3 images have none, and are taken as good",)
    surfaces.save(root / "masks/001.png", WHITE)
    surfaces.save(root / "masks/002.png", WHITE)
    surfaces.save(root / "masks/000.png", WHITE)
    with pytest.raises(DatasetError, match="a defect marked in each of 3 images"):
        good_set(root)


def test_masks_beside_their_images(tmp_path: Path) -> None:
    """The layout of KolektorSDD: kos01/Part0.jpg and kos01/Part0_label.bmp."""
    root = fill(tmp_path, kos01=2, kos02=1)
    for part, is_marked in (("kos01/000", False), ("kos01/001", True), ("kos02/000", False)):
        surfaces.save(root / f"{part}_label.bmp", WHITE * is_marked)
    found = good_set(root)
    assert [str(path.relative_to(root)) for path in found.images] == ["kos01/000.png", "kos02/000.png"]


def test_several_data_sets_side_by_side(tmp_path: Path) -> None:
    root = fill(tmp_path, leather__train__good=2, leather__test__cut=1, tile__train__good=2)
    with pytest.raises(DatasetError, match=r"leather/test/cut beside leather/train/good"):
        good_set(root)


def test_lines_and_json_say_the_same(tmp_path: Path) -> None:
    root = fill(tmp_path, camA=2, camB=1)
    (root / "notes.csv").write_text("a,b")
    seen = good_set(root).understood
    assert seen.lines()[1] == "left out: 1 file ending in .csv, no image"
    assert seen.to_dict()["images"] == {"camA": 2, "camB": 1}
    assert seen.to_dict()["left_out"] == [{"count": 1, "what": "file", "where": "ending in .csv, no image"}]


def test_control_characters_of_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    root = fill(tmp_path, **{"cam\x1b[2J": 1, "camB": 1})
    assert all(line.isprintable() for line in good_set(root).understood.lines())
