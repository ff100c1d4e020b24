"""What is odd in a folder of images, and what is not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import surfaces
from surfedge.datasets import describe_all, find_images, folders, odd_ones


def odd(root: Path) -> list[tuple[str, str]]:
    return [(each.path.name, each.what) for each in odd_ones(describe_all(find_images([root])), root)]


@pytest.mark.parametrize("surface", ["leather", "strip", "plate"])
def test_each_kind_of_odd_one(surface: str, tmp_path: Path) -> None:
    paths = surfaces.good_folder(tmp_path, surface, count=20)
    assert odd(tmp_path) == []
    image = cv2.imread(str(paths[3]), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(tmp_path / "light.png"), cv2.add(image // 4, 190))
    cv2.imwrite(str(tmp_path / "dark.png"), image // 8)
    cv2.imwrite(str(tmp_path / "blurred.png"), cv2.GaussianBlur(image, (0, 0), 4))
    cv2.imwrite(str(tmp_path / "size.png"), image[:80])
    cv2.imwrite(str(tmp_path / "deep.png"), image.astype(np.uint16) * 257)
    found = odd(tmp_path)
    assert {("light.png", "light"), ("dark.png", "dark"), ("blurred.png", "blurred")} <= set(found)
    assert {("size.png", "other size"), ("deep.png", "other samples")} <= set(found)
    assert {name for name, _ in found} == {"light.png", "dark.png", "blurred.png", "size.png", "deep.png"}


def test_few_images_and_mixed_folders_are_not_judged(tmp_path: Path) -> None:
    for number in range(4):
        surfaces.save(tmp_path / "few" / f"{number}.png", np.full((16, 16), 60 * number, np.uint8))
    for number in range(10):
        side = 16 + 8 * (number % 2)
        noise = np.random.default_rng(number).normal(128, 9, (side, side)).clip(0, 255).astype(np.uint8)
        surfaces.save(tmp_path / "mixed" / f"{number}.png", noise)
    assert odd(tmp_path) == []


def test_folders_are_counted(tmp_path: Path) -> None:
    surfaces.good_folder(tmp_path / "a", count=3)
    surfaces.save(tmp_path / "b" / "0.png", np.zeros((8, 9), np.uint8))
    (tmp_path / "b" / "1.png").write_bytes(b"none")
    found = folders(describe_all(find_images([tmp_path])), tmp_path)
    assert [(f.name, f.images, f.unreadable) for f in found] == [("a", 3, 0), ("b", 1, 1)]
    assert found[0].sizes == {"128 x 96": 3} and found[1].samples == {"uint8 grey": 1}
