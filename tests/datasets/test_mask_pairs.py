"""Which mask belongs to which image."""

from __future__ import annotations

from pathlib import Path

import pytest

from surfedge.datasets.mask_pairs import pair

ROOT = Path("set")


def paired(images: str, masks: str) -> dict[str, str]:
    found = pair([ROOT / name for name in images.split()], [ROOT / name for name in masks.split()], ROOT)
    return {str(i.relative_to(ROOT)): str(m.relative_to(ROOT)) for i, m in found.mask_of.items()}


@pytest.mark.parametrize(
    "name",
    [
        "000.png",
        "000_mask.png",
        "000-mask.png",
        "mask_000.png",
        "Mask_000.PNG",
        "000_gt.png",
        "gt_000.png",
        "000_label.bmp",
        "000_GT.tif",
        "label_000.png",
        "000_ground_truth.png",
        "000.png_mask.png",
        "000_seg.png",
        "000_masks.jpg",
        "mask-000.png",
    ],
)
@pytest.mark.parametrize("image", ["000.png", "000.jpg", "000.JPG"])
def test_affixes(name: str, image: str) -> None:
    assert paired(f"test/cut/{image}", f"ground_truth/cut/{name}") == {f"test/cut/{image}": f"ground_truth/cut/{name}"}


def test_image_and_mask_before_the_same_number() -> None:
    assert paired("images/image_01.png images/img-02.png", "masks/mask_01.png masks/gt_02.png") == {
        "images/image_01.png": "masks/mask_01.png",
        "images/img-02.png": "masks/gt_02.png",
    }


@pytest.mark.parametrize("cameras", ["camA camB", "1 2", "2024-05-01 2024-05-02", "part1 part2"])
@pytest.mark.parametrize("end", ["", "_mask"])
def test_the_same_name_in_several_sub_folders(cameras: str, end: str) -> None:
    first, second = cameras.split()
    images = f"test/cut/{first}/000.png test/cut/{second}/000.png"
    masks = f"ground_truth/cut/{second}/000{end}.png ground_truth/cut/{first}/000{end}.png"
    assert paired(images, masks) == {
        f"test/cut/{each}/000.png": f"ground_truth/cut/{each}/000{end}.png" for each in (first, second)
    }


def test_a_missing_mask_is_not_taken_from_a_neighbour() -> None:
    images = "test/cut/a/0.png test/cut/b/0.png test/hole/0.png"
    assert paired(images, "ground_truth/cut/a/0_mask.png") == {"test/cut/a/0.png": "ground_truth/cut/a/0_mask.png"}
    assert paired(images, "ground_truth/cut/0_mask.png") == {}
    assert paired("test/cut/0.png test/hole/0.png", "ground_truth/0.png") == {}


def test_masks_higher_up_where_one_image_bears_the_name() -> None:
    assert paired("test/cut/a/7.png test/cut/b/0.png", "ground_truth/cut/7_mask.png masks/0.png") == {
        "test/cut/a/7.png": "ground_truth/cut/7_mask.png",
        "test/cut/b/0.png": "masks/0.png",
    }


def test_train_and_test_are_told_apart() -> None:
    images = "train/images/0.png test/images/0.png"
    assert paired(images, "train/masks/0.png test/masks/0.png") == {
        "train/images/0.png": "train/masks/0.png",
        "test/images/0.png": "test/masks/0.png",
    }
    assert paired(images, "masks/train/0.png masks/test/0.png") == {
        "train/images/0.png": "masks/train/0.png",
        "test/images/0.png": "masks/test/0.png",
    }


def test_masks_beside_their_images_and_in_a_folder_of_the_class() -> None:
    assert paired("kos01/Part0.jpg kos02/Part0.jpg", "kos01/Part0_label.bmp kos02/Part0_label.bmp") == {
        f"kos0{n}/Part0.jpg": f"kos0{n}/Part0_label.bmp" for n in (1, 2)
    }
    assert paired("test/cut/0.png", "test/cut/masks/0.png") == {"test/cut/0.png": "test/cut/masks/0.png"}


def test_two_masks_of_one_name_are_not_guessed_between() -> None:
    assert paired("test/cut/0.png", "ground_truth/cut/0_mask.png ground_truth/cut/0_gt.png") == {}
    assert paired("test/cut/0.png", "ground_truth/cut/0_mask.png ground_truth/cut/0.png") == {
        "test/cut/0.png": "ground_truth/cut/0.png"
    }


def test_unused_masks_are_named() -> None:
    found = pair([ROOT / "test/cut/0.png"], [ROOT / "gt/cut/0.png", ROOT / "gt/cut/9.png"], ROOT)
    assert found.unused == (ROOT / "gt/cut/9.png",)
