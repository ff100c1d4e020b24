"""Plain folders of good images and the MVTec layout with its truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import surfaces
from surfedge.datasets import Sample, good_images, good_set, labelled_images
from surfedge.errors import DatasetError, ImageError
from surfedge.synthesis import write_dataset

GREY = np.full((6, 8), 90, np.uint8)


@pytest.fixture
def mvtec(tmp_path: Path) -> Path:
    root = tmp_path / "mvtec"
    mask = np.zeros((6, 8), np.uint8)
    mask[1:3, 2:5] = 255
    for name in ("train/good/000", "train/good/001", "test/good/000", "test/cut/000", "test/cut/001", "test/glue/a"):
        surfaces.save(root / f"{name}.png", GREY)
    surfaces.save(root / "test/.checkpoints/000.png", GREY)
    surfaces.save(root / "ground_truth/cut/000_mask.png", mask)
    surfaces.save(root / "ground_truth/glue/a.png", np.stack([mask, 0 * mask, 0 * mask], axis=2))
    return root


def test_good_images_of_an_mvtec_folder_are_those_to_train_on(mvtec: Path) -> None:
    assert good_set(mvtec).understood.layout == "good images in train/good"
    assert good_images(mvtec) == [mvtec / "train/good/000.png", mvtec / "train/good/001.png"]
    assert good_images(mvtec / "train") == good_images(str(mvtec))


def test_a_plain_folder_a_pattern_and_a_list_of_good_images(tmp_path: Path) -> None:
    paths = [surfaces.save(tmp_path / "plain" / f"{n}.png", GREY) for n in range(3)]
    listed = tmp_path / "some.txt"
    listed.write_text("plain/0.png\nplain/2.png\n")
    assert good_set(tmp_path / "plain").understood.layout == "one set of good images"
    assert good_images(tmp_path / "plain") == paths
    assert good_images(tmp_path / "plain" / "[12].png") == paths[1:]
    assert good_images(listed) == [paths[0], paths[2]]


def test_a_folder_with_good_alone_is_taken(tmp_path: Path) -> None:
    path = surfaces.save(tmp_path / "good" / "0.png", GREY)
    assert good_images(tmp_path) == [path]


def test_defect_classes_are_never_learned_from(mvtec: Path) -> None:
    with pytest.raises(DatasetError, match="found the folders cut, glue beside good"):
        good_images(mvtec / "test")


@pytest.mark.parametrize("folder", ["", "data", "data/test", "data/train/good", "data/good"])
def test_no_good_images(folder: str, tmp_path: Path) -> None:
    root = tmp_path / "data"
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    with pytest.raises(DatasetError, match="data"):
        good_images(root)


def test_labelled_images_with_their_masks(mvtec: Path) -> None:
    samples = labelled_images(mvtec)
    assert [(s.path.parent.name, s.path.stem, s.label, s.is_defective) for s in samples] == [
        ("cut", "000", "cut", True),
        ("cut", "001", "cut", True),
        ("glue", "a", "glue", True),
        ("good", "000", "good", False),
    ]
    cut, bare, glue, good = (sample.mask((6, 8)) for sample in samples)
    assert cut.dtype == np.bool_ and np.argwhere(cut).tolist() == [[y, x] for y in (1, 2) for x in (2, 3, 4)]
    assert bare is None
    np.testing.assert_array_equal(glue, cut)
    assert good.shape == (6, 8) and not good.any()


def test_a_mask_of_another_size_is_refused(mvtec: Path) -> None:
    with pytest.raises(DatasetError, match=r"000_mask\.png: found a mask of 8 x 6 pixels, expected 9 x 6, as 000\.png"):
        labelled_images(mvtec)[0].mask((6, 9))


def test_a_broken_mask_is_an_image_error(mvtec: Path) -> None:
    (mvtec / "ground_truth/cut/000_mask.png").write_bytes(b"none")
    with pytest.raises(ImageError, match="000_mask"):
        labelled_images(mvtec)[0].mask((6, 8))


def test_classes_beside_each_other_do_as_well(mvtec: Path) -> None:
    assert [s.label for s in labelled_images(mvtec / "test")] == ["cut", "cut", "glue", "good"]
    assert all(sample.mask_path is None for sample in labelled_images(mvtec / "test"))


def test_no_labelled_images(tmp_path: Path) -> None:
    surfaces.save(tmp_path / "plain" / "0.png", GREY)
    with pytest.raises(DatasetError, match="no class folder with images"):
        labelled_images(tmp_path / "plain")
    with pytest.raises(DatasetError, match="found no folder"):
        labelled_images(tmp_path / "nowhere")


def test_what_synth_writes_is_read(tmp_path: Path) -> None:
    write_dataset(tmp_path, "strip", count=12, defects=("hole", "stain"), defective_share=0.5, shape=(64, 64))
    assert good_images(tmp_path)
    samples = labelled_images(tmp_path)
    assert {sample.label for sample in samples} == {"good", "hole", "stain"}
    for sample in samples:
        assert sample.mask((64, 64)).any() == sample.is_defective


def test_a_sample_by_hand() -> None:
    assert not Sample(Path("a.png"), "good").is_defective
    assert Sample(Path("a.png"), "cut").mask((2, 2)) is None
