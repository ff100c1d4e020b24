"""Labelled images to learn from: masks and classes that go with the pictures, what is held out, and what is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

from surfedge.datasets import Sample
from surfedge.errors import ArgumentError, DatasetError
from surfedge.training import learning_set, load_pictures, parse_recipe
from surfedge.training.batches.balanced import balanced_order, places_of
from surfedge.training.families.anomaly_map import AnomalyMapFamily

MASKS, CLASSES = "masks", "classes"


def _nothing(done: int, total: int, what: str) -> None:
    """Nobody follows the progress."""


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A recipe whose family needs what the test says: `recipe(MASKS, item=...)`."""

    def made(needs: str, view: str = "whole", **data: Any) -> Any:
        monkeypatch.setattr(AnomalyMapFamily, "needs", needs)
        network = {
            "name": "draem",
            "reconstructive": 1,
            "discriminative": 1,
            "input_px": 64,
            "channels": 1,
            "mean_px": 1,
        }
        return parse_recipe({"network": network, "data": data, "inference": {"view": view, "stride_px": 64}})

    return made


def _fill(root: Path, shape: tuple[int, int] = (64, 80), **counts: int) -> Path:
    """Noise images in folders of `root`; those that are not good have a mask of 4 x 5 pixels at (8, 12)."""
    rng = np.random.default_rng(0)
    mask = np.zeros(shape, np.uint8)
    mask[8:12, 12:17] = 255
    for name, count in counts.items():
        label = name.rpartition("__")[2]
        folder = root / name.replace("__", "/")
        folder.mkdir(parents=True, exist_ok=True)
        if label != "good":
            (root / "ground_truth" / label).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            cv2.imwrite(str(folder / f"p{number // 2:02}_{number % 2}.png"), rng.integers(0, 256, shape, np.uint8))
            if label != "good":
                cv2.imwrite(str(root / "ground_truth" / label / f"p{number // 2:02}_{number % 2}_mask.png"), mask)
    return root


def test_masks_and_classes_go_with_the_pictures(tmp_path: Path, recipe: Any) -> None:
    tiles = recipe(MASKS, view="tiles")
    learning = learning_set(tiles, _fill(tmp_path, train__good=40, train__pit=6, train__cut=4, test__good=3))
    assert Counter(sample.label for sample in learning.samples) == {"good": 40, "pit": 6, "cut": 4}
    pictures = load_pictures(learning.samples, tiles, _nothing)
    for known, paths in ((pictures.training, pictures.learned_from), (pictures.validation, pictures.held_out)):
        assert len(known.pictures) == len(known.maps) == len(known.classes) == len(paths)
        assert {"good", "pit"} <= set(known.classes)
        for path, mask, name in zip(paths, known.maps, known.classes, strict=True):
            assert name == path.parent.name and mask.shape == (1, 64, 80) and mask.dtype == np.uint8
            assert np.count_nonzero(mask == 255) == (0 if name == "good" else 20)
    assert len(pictures.held_out) == 10 and len(pictures.held_out_good) == 8
    assert {path.parent.name for path in pictures.held_out_good} == {"good"}
    whole = load_pictures(learning.samples, recipe(MASKS), _nothing).training
    assert whole.maps[0].shape == (1, 64, 64) and {int(mask.max()) for mask in whole.maps} == {0, 255}


def test_of_two_parts_each_has_its_own_masks(tmp_path: Path, recipe: Any) -> None:
    root = _fill(tmp_path, good=1)
    for part, at in (("train", 8), ("test", 30)):
        _fill(root / part, good=2, pit=2)
        for path in (root / part / "ground_truth/pit").glob("*.png"):
            mask = np.zeros((64, 80), np.uint8)
            mask[at : at + 4, 12:17] = 255
            cv2.imwrite(str(path), mask)
    learning = learning_set(recipe(MASKS), root)
    marked = [sample for sample in learning.samples if sample.is_defective]
    assert [sample.mask_path.parent.parent.parent.name for sample in marked] == ["train", "train"]
    assert not any("belong to no image" in remark for remark in learning.understood.remarks)


def test_the_images_of_one_item_and_copies_stay_together(tmp_path: Path, recipe: Any) -> None:
    root = _fill(tmp_path, good=48, pit=12)
    copied = cv2.imread(str(root / "good" / "p00_0.png"), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(root / "good" / "copy.png"), copied)
    for seed in range(3):
        tables = recipe(MASKS, item=r"p\d+")
        pictures = load_pictures(
            learning_set(tables, root).samples, parse_recipe({**tables.plain(), "seed": seed}), _nothing
        )
        held_out, learned = ({path.name[:3] for path in part} for part in (pictures.held_out, pictures.learned_from))
        assert not held_out & learned - {"cop"}
        assert ("copy.png" in {path.name for path in pictures.held_out}) == ("p00" in held_out)
        assert set(pictures.validation.classes) == set(pictures.training.classes) == {"good", "pit"}


def test_classes_are_on_both_sides_even_the_rarest(tmp_path: Path, recipe: Any) -> None:
    root = _fill(tmp_path, images__grade_a=20, images__grade_b=2, images__ok=9)
    tables = recipe(CLASSES)
    pictures = load_pictures(learning_set(tables, root).samples, tables, _nothing)
    assert set(pictures.training.classes) == set(pictures.validation.classes) == {"grade_a", "grade_b", "good"}
    assert not pictures.training.maps and Counter(pictures.validation.classes)["grade_a"] == 4


def test_what_cannot_be_learned_from_is_named(tmp_path: Path, recipe: Any) -> None:
    tables = recipe(MASKS)

    def refused(root: Path, message: str) -> None:
        with pytest.raises(DatasetError, match=message):
            load_pictures(learning_set(tables, root).samples, tables, _nothing)

    refused(_fill(tmp_path / "one", good=10), "10 good, of one kind only.*add the other kind")
    refused(_fill(tmp_path / "none", pit=10), "10 pit, of one kind only")
    refused(_fill(tmp_path / "train", train__good=10, test__pit=2), "good images alone in train")
    refused(_fill(tmp_path / "single", good=50, pit=1), "1 defect image of 1 item, expected two items")
    refused(_fill(tmp_path / "few", good=20, pit=4), "4 of 20 held out, expected 8")
    other = _fill(tmp_path / "other", good=50, pit=4)
    cv2.imwrite(str(other / "ground_truth/pit/p00_0_mask.png"), np.full((32, 40), 255, np.uint8))
    refused(other, "a mask of 40 x 32 pixels, expected 80 x 64")
    both = _fill(tmp_path / "both", good=50, pit=4)
    cv2.imwrite(str(both / "good/p00_0.png"), cv2.imread(str(both / "pit/p01_0.png"), cv2.IMREAD_UNCHANGED))
    refused(both, "the same image as .*of class pit and of class good")
    with pytest.raises(DatasetError, match="class pit, expected good images only"):
        load_pictures([Sample(tmp_path / "a.png", "pit")], recipe("good"), _nothing)
    tables = recipe(CLASSES)
    refused(_fill(tmp_path / "rare", grade_a=9, grade_b=1), "1 grade_b image of 1 item")
    with pytest.raises(DatasetError, match="the class grade_a alone"):
        learning_set(tables, _fill(tmp_path / "alone", grade_a=3))


def test_a_defect_without_a_mask_is_skipped_and_named(tmp_path: Path, recipe: Any) -> None:
    root = _fill(tmp_path, good=50, pit=6)
    (root / "ground_truth/pit/p00_0_mask.png").unlink()
    cv2.imwrite(str(root / "ground_truth/pit/p00_1_mask.png"), np.zeros((64, 80), np.uint8))
    tables = recipe(MASKS)
    pictures = load_pictures(learning_set(tables, root).samples, tables, _nothing)
    assert [(Path(path).name, reason) for path, reason in pictures.skipped] == [
        ("p00_0.png", "a defect without a mask"),
        ("p00_1.png", "a defect whose mask marks nothing"),
    ]
    changed = load_pictures(learning_set(tables, root).samples[1:], tables, _nothing)
    assert changed.fingerprint != pictures.fingerprint


def test_balanced_orders_show_each_image_as_often_as_another() -> None:
    places = places_of(["good"] * 10 + ["pit"] * 3)
    order = balanced_order(places, {"good": 9, "pit": 9}, np.random.default_rng(1))
    shown = Counter(order)
    assert all(shown[place] == 3 for place in places["pit"]) and sum(shown[place] for place in places["good"]) == 9
    assert max(shown[place] for place in places["good"]) == 1
    assert order == balanced_order(places, {"good": 9, "pit": 9}, np.random.default_rng(1))
    with pytest.raises(ArgumentError, match="no image of crack"):
        balanced_order(places, {"crack": 1}, np.random.default_rng(0))
