"""Pictures that are there twice: all of them, and no others."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import surfaces
from surfedge.datasets import find_duplicates, find_images
from surfedge.datasets.description import Description, Unreadable, describe_all
from surfedge.datasets.duplicates import MAX_DISTANCE, aligned_correlation
from surfedge.errors import ArgumentError, DatasetError
from surfedge.synthesis import render


def described(folder: Path) -> list[Description]:
    found = list(describe_all(find_images([folder])))
    assert all(isinstance(each, Description) for each in found)
    return [each for each in found if isinstance(each, Description)]


def names(folder: Path, kinds: str = "content near", against: Path | None = None) -> list[tuple[str, str, str]]:
    other = described(against) if against else ()
    return [(p.kept.name, p.double.name, p.kind) for p in find_duplicates(described(folder), kinds.split(), other)]


@pytest.fixture
def textures(tmp_path: Path) -> Path:
    """Twelve pieces of two textures: alike, and none the same."""
    for surface in ("leather", "strip"):
        for seed in range(6):
            surfaces.save(tmp_path / "a" / f"{surface}{seed}.png", render(surface, (120, 160), seed=seed).image)
    return tmp_path / "a"


def test_pieces_of_one_texture_are_no_doubles(textures: Path) -> None:
    assert names(textures) == []


def test_the_same_pixels_in_another_format(textures: Path) -> None:
    image = cv2.imread(str(textures / "leather1.png"), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(textures / "zz.bmp"), image)
    cv2.imwrite(str(textures / "zz.tif"), image)
    assert names(textures) == [("leather1.png", "zz.bmp", "content"), ("leather1.png", "zz.tif", "content")]


def test_depth_and_shape_are_content(tmp_path: Path) -> None:
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    for name, image in (("a", grey), ("b", grey.astype(np.uint16)), ("c", cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))):
        cv2.imwrite(str(tmp_path / f"{name}.png"), image)
    cv2.imwrite(str(tmp_path / "d.png"), grey.reshape(4, 16))
    assert names(tmp_path, "content") == []


@pytest.mark.parametrize("surface", ["leather", "strip"])
@pytest.mark.parametrize("change", ["jpeg 90", "jpeg 75", "brighter", "shifted", "smaller", "noise"])
def test_near_doubles(surface: str, change: str, textures: Path) -> None:
    image = cv2.imread(str(textures / f"{surface}3.png"), cv2.IMREAD_UNCHANGED)
    place = textures / "zz.png"
    if change.startswith("jpeg"):
        cv2.imwrite(str(textures / "zz.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, int(change.split()[1])])
    elif change == "brighter":
        cv2.imwrite(str(place), cv2.convertScaleAbs(image, alpha=1.08, beta=6))
    elif change == "shifted":
        cv2.imwrite(str(place), image[1:, 1:])
    elif change == "smaller":
        cv2.imwrite(str(place), cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    else:
        noise = np.random.default_rng(0).normal(0, 0.5, image.shape)
        cv2.imwrite(str(place), (image + noise).clip(0, 255).astype(np.uint8))
    assert [(kept, kind) for kept, _, kind in names(textures)] == [(f"{surface}3.png", "near")]


def test_flat_pictures_are_doubles_by_content_alone(tmp_path: Path) -> None:
    for number, value in enumerate((90, 90, 91)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((32, 32), value, np.uint8))
    assert names(tmp_path) == [("0.png", "1.png", "content")]


def test_three_of_a_kind_leave_one(textures: Path) -> None:
    data = (textures / "strip2.png").read_bytes()
    for name in ("za.png", "zb.png"):
        (textures / name).write_bytes(data)
    assert names(textures) == [("strip2.png", "za.png", "content"), ("strip2.png", "zb.png", "content")]


def test_against_another_folder(textures: Path, tmp_path: Path) -> None:
    """Training images in the test set: those of the test set are double, whatever their names."""
    test = tmp_path / "test"
    test.mkdir()
    image = cv2.imread(str(textures / "leather4.png"))
    cv2.imwrite(str(test / "0.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 95])
    for name in ("1.png", "2.png"):
        (test / name).write_bytes((textures / "strip0.png").read_bytes())
    surfaces.save(test / "3.png", render("strip", (120, 160), seed=77).image)
    surfaces.save(test / "4.png", render("strip", (120, 160), seed=77).image)
    expected = [
        ("strip0.png", "1.png", "content"),
        ("strip0.png", "2.png", "content"),
        ("leather4.png", "0.jpg", "near"),
    ]
    assert names(test, against=textures) == expected
    (textures / "copy of strip0.png").write_bytes((textures / "strip0.png").read_bytes())
    assert {double for _, double, _ in names(test, against=textures)} == {"0.jpg", "1.png", "2.png"}


def test_equal_names(tmp_path: Path) -> None:
    for folder, value in (("a", 10), ("b", 20)):
        surfaces.save(tmp_path / folder / "0.png", np.full((8, 8), value, np.uint8))
    assert names(tmp_path) == []
    assert names(tmp_path, "name") == [("0.png", "0.png", "name")]
    with pytest.raises(ArgumentError, match="found 'hash', expected content, near, name"):
        names(tmp_path, "hash")


def test_too_many_alike_is_said(textures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surfedge.datasets.duplicates.MAX_CANDIDATES", 2)
    for number in range(3):
        (textures / f"z{number}.png").write_bytes((textures / "strip2.png").read_bytes())
    with pytest.raises(DatasetError, match="--by content"):
        names(textures)


def test_buckets_in_pieces_find_the_same(textures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (textures / f"z{number}.png").write_bytes((textures / f"strip{number % 3}.png").read_bytes())
    whole = names(textures, "near")
    assert len(whole) == 5
    monkeypatch.setattr("surfedge.datasets.duplicates._CHUNK", 2)
    assert names(textures, "near") == whole


@pytest.mark.parametrize("bits", range(6))
def test_every_distance_up_to_the_limit_is_a_candidate(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever bits differ: one of the five blocks stays right."""
    thumb = np.random.default_rng(0).integers(0, 255, (32, 32)).astype(np.uint8)
    rng = np.random.default_rng(bits)
    monkeypatch.setattr("surfedge.datasets.duplicates.aligned_correlation_of", lambda one, other: 1.0)

    def at(name: str, value: int) -> Description:
        return Description(Path(name), name.encode(), value, thumb, (32, 32), 1, "uint8", 0, 0, 0)

    for _ in range(200):
        first = int(rng.integers(0, 2**63))
        other = first
        for bit in rng.choice(64, bits, replace=False).tolist():
            other ^= 1 << bit
        found = find_duplicates([at("a", first), at("b", other)], ["near"])
        assert len(found) == (bits <= MAX_DISTANCE)


def test_aligned_correlation_of_unlike_sizes_and_flat_pictures() -> None:
    flat = np.full((40, 40), 9, np.uint8)
    noise = np.random.default_rng(0).integers(0, 255, (40, 60)).astype(np.uint8)
    assert aligned_correlation(flat, flat) == 0.0 == aligned_correlation(noise, flat)
    assert abs(aligned_correlation(noise, noise[::-1])) < 0.5
    assert aligned_correlation(noise[:1, :5], noise[:3, :4]) <= 1.0


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"none")
    found = list(describe_all([tmp_path / "a.png", tmp_path / "gone.png"]))
    assert all(isinstance(each, Unreadable) and each.reason.startswith("found ") for each in found)


@pytest.fixture(scope="module")
def x_sdd(shared_data: Path) -> list[Description]:
    return described(shared_data / "x_sdd" / "images")


def test_x_sdd_holds_nine(x_sdd: list[Description]) -> None:
    """All nine doubles of this public set, and no other."""
    found = find_duplicates(x_sdd)
    assert sorted((p.kept.stem, p.double.stem) for p in found) == [
        *((str(2078 + n), str(2082 + n)) for n in range(4)),
        *((str(2205 + n), str(2210 + n)) for n in range(5)),
    ]
    assert find_duplicates(x_sdd, ["near"]) != [] and len(find_duplicates(x_sdd, ["near"])) == 9
