"""What training sees: the runtime's own pictures, split, cut, handicapped; and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

from surfedge.datasets import Sample, split
from surfedge.errors import DatasetError
from surfedge.images import read, to_grey_f32
from surfedge.training import load_pictures, parse_recipe
from surfedge.training.batches.crops import Crops, handicapped
from surfedge.training.batches.examples import Examples
from surfedge.training.good_images import refuse_defects
from surfedge.training.settings import Augmentation

PLAIN = {
    "network": {"name": "bergmann", "input_px": 32, "width": 4},
    "training": {"batch": 4},
    "inference": {"stride_px": 16},
}


def _nothing(done: int, total: int, what: str) -> None:
    """Nobody follows the progress."""


def _recipe(**tables: Any) -> Any:
    return parse_recipe({**PLAIN, **tables})


def test_pictures_are_what_the_runtime_feeds(plates: list[Path]) -> None:
    pictures = load_pictures(plates, _recipe(), _nothing)
    assert len(pictures.validation) == 9 and len(pictures.training) == 36
    assert set(pictures.held_out) | set(pictures.learned_from) == set(plates)
    for path, picture in zip(pictures.learned_from, pictures.training.pictures, strict=True):
        assert picture.dtype == np.uint8
        np.testing.assert_array_equal(picture[0].astype(np.float32) / 255.0, to_grey_f32(read(path)))


def test_the_split_is_drawn_by_the_seed(plates: list[Path]) -> None:
    assert split(plates, 0.2, 1) == split(plates, 0.2, 1) != split(plates, 0.2, 2)
    assert len(split(plates, 0.01, 0)[0]) == 8


def test_too_few_small_and_mixed_images(plates: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="found 30, expected 40 or more"):
        load_pictures(plates[:30], _recipe(), _nothing)
    with pytest.raises(DatasetError, match="expected at least 128 each way"):
        load_pictures(plates, _recipe(network={"name": "bergmann"}), _nothing)
    cv2.imwrite(str(tmp_path / "wide.png"), np.zeros((64, 100), np.uint8))
    with pytest.raises(DatasetError, match=r"mixed sizes: width 64 \(.*\) to 100 \(wide.png\)"):
        load_pictures([*plates, tmp_path / "wide.png"], _recipe(), _nothing)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert load_pictures([*plates, tmp_path / "broken.png"], _recipe(), _nothing).skipped[0][0].endswith("broken.png")


@pytest.mark.parametrize("name", ["test/cut", "ng", "masked/test/hole", "line3/my_defects", "NOK-2026"])
def test_defects_given_as_good(plates: list[Path], tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir(parents=True)
    for path in plates:
        (folder / path.name).write_bytes(path.read_bytes())
    if name == "test/cut":
        (tmp_path / "test" / "good").mkdir()
    if name.startswith("masked"):
        (tmp_path / "masked" / "ground_truth" / "hole").mkdir(parents=True)
    with pytest.raises(DatasetError, match="expected good images only"):
        load_pictures(sorted(folder.glob("*.png")), _recipe(), _nothing)


@pytest.mark.parametrize("name", ["defect-free", "no_defects", "ok not defective", "badge"])
def test_names_that_only_look_like_defects(plates: list[Path], tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    refuse_defects([Sample(folder / path.name, "good") for path in plates])


def test_tiles_depend_on_seed_epoch_and_batch_alone(plates: list[Path]) -> None:
    pictures = load_pictures(plates, _recipe(), _nothing).training
    handicap = {"flips": True, "turns": True, "noise_sigma": 0.05, "cutout_share": 0.15}

    def target(epoch: int | None, **data: Any) -> Any:
        recipe = _recipe(data={"samples": 10, **data}, augmentation=handicap)
        crops = Crops(pictures, recipe, epoch)
        assert len(crops) == 3 or epoch is None
        return [[part.numpy() for part in crops[k]] for k in range(len(crops))]

    first, again, other = target(0), target(0), target(1)
    assert [len(batch[0]) for batch in first] == [4, 4, 2]
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
    assert not np.array_equal(first[0][1], other[0][1])
    same = target(0, fresh=False), target(1, fresh=False)
    np.testing.assert_array_equal(same[0][0][1], same[1][0][1])
    assert not np.array_equal(same[0][0][0], same[1][0][0])  # the handicap is another one all the same
    for given, clean, _ in target(None):
        np.testing.assert_array_equal(given, clean)


def test_tiles_are_cut_out_of_the_pictures(plates: list[Path]) -> None:
    picture = np.arange(64 * 64, dtype=np.float32).reshape(1, 64, 64) / 4096
    recipe = _recipe(data={"samples": 20}, augmentation={"flips": True, "turns": True})
    crops = Crops(Examples([picture], [picture]), recipe, 0)
    tiles, weights = (np.concatenate([crops[k][part].numpy() for k in range(5)]) for part in (1, 2))
    np.testing.assert_array_equal(tiles, weights)  # a localisation map is cut and turned with its picture
    for tile in tiles[:, 0]:
        steps = sorted((abs(float(tile[0, 1] - tile[0, 0])) * 4096, abs(float(tile[1, 0] - tile[0, 0])) * 4096))
        assert steps == pytest.approx([1.0, 64.0]) and tile.max() - tile.min() == pytest.approx((31 + 31 * 64) / 4096)


def test_the_handicap() -> None:
    target = np.full((8, 1, 40, 40), 0.5, np.float32)
    rng = np.random.default_rng(0)
    assert handicapped(target, Augmentation(), rng) is target
    cut = handicapped(target, Augmentation(cutout_share=0.15), rng)
    assert [(tile == 0).sum() for tile in cut] == [15 * 15] * 8  # round(sqrt(0.15) * 40) = 15
    noisy = handicapped(target, Augmentation(noise_sigma=0.05), rng)
    deviations = noisy.std(axis=(1, 2, 3))
    assert deviations.max() < 0.055 and deviations.min() < 0.03 and abs(noisy.mean() - 0.5) < 0.005
    assert (target == 0.5).all()
