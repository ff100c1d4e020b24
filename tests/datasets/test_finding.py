"""Which image files a user's inputs name."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.datasets import SUFFIXES, find, find_images
from surfedge.errors import DatasetError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A few files that count and a few that do not; contents do not matter here."""
    for name in (
        "b.png",
        "a.JPG",
        "sub/c.tiff",
        "sub/deep/d.webp",
        "notes.txt",
        "e.csv",
        ".hidden.png",
        "sub/f.bmp",
        ".trash/g.png",
    ):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path / "tree"


def names(paths: list[Path], below: Path) -> list[str]:
    return [path.relative_to(below).as_posix() for path in paths]


def test_a_folder_stands_for_all_images_below_it_sorted(tree: Path) -> None:
    assert names(find_images([tree]), tree) == ["a.JPG", "b.png", "sub/c.tiff", "sub/f.bmp", "sub/deep/d.webp"]
    assert find_images([str(tree)]) == find_images([tree])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_suffix_in_either_case(suffix: str, tmp_path: Path) -> None:
    for name in (f"a{suffix}", f"B{suffix.upper()}"):
        (tmp_path / name).write_bytes(b"")
    assert names(find_images([tmp_path]), tmp_path) == [f"B{suffix.upper()}", f"a{suffix}"]


def test_a_file_named_outright_is_taken_whatever_its_name(tree: Path) -> None:
    assert names(find_images([tree / "e.csv", tree / ".hidden.png"]), tree) == ["e.csv", ".hidden.png"]


def test_order_of_the_inputs_and_each_file_once(tree: Path) -> None:
    found = find_images([tree / "sub", tree / "b.png", tree, tree / "." / "b.png"])
    assert names(found, tree) == ["sub/c.tiff", "sub/f.bmp", "sub/deep/d.webp", "b.png", "a.JPG"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ["b.png"]),
        ("sub/*.*", ["sub/c.tiff", "sub/f.bmp"]),
        ("**/*.webp", ["sub/deep/d.webp"]),
        ("[ab].*", ["a.JPG", "b.png"]),
        ("s?b", ["sub/c.tiff", "sub/f.bmp", "sub/deep/d.webp"]),
    ],
)
def test_patterns(pattern: str, expected: list[str], tree: Path) -> None:
    assert names(find_images([tree / pattern]), tree) == expected


def test_a_name_with_brackets_is_a_name_first(tmp_path: Path) -> None:
    (tmp_path / "a[1].png").write_bytes(b"")
    (tmp_path / "a1.png").write_bytes(b"")
    assert names(find_images([tmp_path / "a[1].png"]), tmp_path) == ["a[1].png"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_lists_of_paths(encoding: str, tree: Path, tmp_path: Path) -> None:
    listed = tree / "run.lst"
    outside = tmp_path / "Blech ä.png"
    outside.write_bytes(b"")
    listed.write_text(f"b.png\n\n# a remark\n  sub/c.tiff  \n{outside}\nmissing.png\n", encoding=encoding)
    assert find_images([listed]) == [tree / "b.png", tree / "sub/c.tiff", outside, tree / "missing.png"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00a", b"a.png\x00b.png\n"])
def test_a_list_that_is_no_text(content: bytes, tmp_path: Path) -> None:
    listed = tmp_path / "run.txt"
    listed.write_bytes(content)
    with pytest.raises(DatasetError, match=r"run\.txt: found .*one path a line"):
        find_images([listed])


@pytest.mark.parametrize("missing", ["nowhere", "nowhere.png", "*.gif", "a\0b"])
def test_an_input_that_names_nothing(missing: str, tree: Path) -> None:
    with pytest.raises(DatasetError, match="nothing"):
        find_images([tree / missing])


def test_an_empty_folder_names_no_image(tmp_path: Path) -> None:
    assert find_images([tmp_path]) == []
    assert find_images([]) == []


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_links_to_folders_are_not_followed_and_one_file_counts_once(tree: Path) -> None:
    (tree / "round").symlink_to(tree)
    (tree / "same.png").symlink_to(tree / "b.png")
    (tree / "broken.png").symlink_to(tree / "gone.png")
    assert names(find_images([tree]), tree) == [
        "a.JPG",
        "b.png",
        "broken.png",
        "sub/c.tiff",
        "sub/f.bmp",
        "sub/deep/d.webp",
    ]
    assert find_images([tree / "broken.png"]) == [tree / "broken.png"]  # its reader says what is wrong


def test_a_folder_that_cannot_be_read_is_listed_and_not_passed_over(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shut by a stand-in: nothing is shut for the superuser."""
    look = os.scandir

    def scandir(place: str) -> object:
        if os.path.basename(place) == "deep":
            raise PermissionError(13, "Permission denied", place)
        return look(place)

    monkeypatch.setattr(os, "scandir", scandir)
    assert names(find_images([tree]), tree)[-2:] == ["sub/f.bmp", "sub/deep"]
    assert names(find_images([tree, tree / "sub"]), tree).count("sub/deep") == 1


def encoded(suffix: str) -> bytes:
    return cv2.imencode(suffix, np.full((64, 64), 90, np.uint8))[1].tobytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jfif", encoded(".jpg")),
        ("a.jpe", encoded(".jpg")),
        ("a.dib", encoded(".bmp")),
        ("a", encoded(".png")),
        ("a.png.2", encoded(".png")),
        ("a.pgm", encoded(".pgm")),
        ("a.jp2", encoded(".jp2")),
        ("a.dat", encoded(".webp")),
        ("a.raw", encoded(".tiff")),
        ("a.gif", b"GIF89a" + bytes(40)),
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(20)),
    ],
)
def test_pictures_of_other_names_are_found_by_content(name: str, content: bytes, tmp_path: Path) -> None:
    """Readable or not: what is not looked at must be named."""
    (tmp_path / name).write_bytes(content)
    (tmp_path / "b.png").write_bytes(encoded(".png"))
    found = find([tmp_path])
    assert names(list(found.images), tmp_path) == sorted([name, "b.png"])
    assert found.others == ()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.csv", b"a,b\n", "1 file ending in .csv, no image"),
        ("README", b"BMW, 3 parts", "1 file without ending, no image"),
        ("clip.mp4", b"\0\0\0\x18ftypmp42" + bytes(20), "1 file ending in .mp4, no image"),
        ("sound.wav", b"RIFF\0\0\0\0WAVE" + bytes(20), "1 file ending in .wav, no image"),
        ("x.bin", b"", "1 empty file"),
        (".DS_Store", b"x", "1 hidden file"),
    ],
)
def test_what_is_no_image_is_counted(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    found = find([tmp_path])
    assert found.images == () and [str(each) for each in found.left_out()] == [said]


def test_masks_below_a_folder_or_a_pattern_are_left_out(tmp_path: Path) -> None:
    """A7: a data set's root, or all pictures below it."""
    for name in (
        "test/cut/0.png",
        "train/good/0.png",
        "ground_truth/cut/0_mask.png",
        "test/cut/1_mask.png",
        "test/cut/1.png",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(encoded(".png"))
    expected = ["test/cut/0.png", "test/cut/1.png", "train/good/0.png"]
    for given in (tmp_path, tmp_path / "**/*.png", tmp_path / "*"):
        found = find([given])
        assert sorted(names(list(found.images), tmp_path)) == expected
        assert [str(each) for each in found.left_out(tmp_path)] == ["1 mask in ground_truth", "1 mask in test/cut"]
    asked = find([tmp_path / "ground_truth", tmp_path / "test/cut/1_mask.png"])
    assert names(list(asked.images), tmp_path) == ["ground_truth/cut/0_mask.png", "test/cut/1_mask.png"]


def test_what_a_run_left_below_the_images_is_no_image(tmp_path: Path) -> None:
    """Else the overlays of one night are inspected, or learned from, the next."""
    wrote = {
        "scored": ("ledger.sqlite", "overlays/a.jpg", "maps/sub/a.tiff", "report.html"),
        "judged": ("figures.json", "report.html", "worst/01_cut_a.png", "without_screen/b.png"),
        "coil": ("coil.sqlite", "coil_map.png"),
        "": ("a.png", "overlays/mine.jpg", "worst/mine.jpg"),
    }
    for folder, files in wrote.items():
        for name in files:
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            is_picture = name.endswith(("jpg", "tiff", "png"))
            (tmp_path / folder / name).write_bytes(encoded(".png") if is_picture else b"text")
    mine = ["a.png", "judged/without_screen/b.png", "overlays/mine.jpg", "worst/mine.jpg"]
    for given in (tmp_path, tmp_path / "**/*.[jpt][pni][gf]*"):
        found = find([given])
        assert sorted(names(list(found.images), tmp_path)) == mine
        assert "3 folders of results that surfedge wrote" in map(str, found.left_out())
    assert "2 folders of results that surfedge wrote" in map(
        str, find([tmp_path / "a.png", tmp_path / "scored/*"]).others
    )
    assert names(find_images([tmp_path / "scored/overlays"]), tmp_path) == ["scored/overlays/a.jpg"]
    assert names(find_images([tmp_path / "coil/coil_map.png"]), tmp_path) == ["coil/coil_map.png"]


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_to_images_elsewhere_is_in_the_list(tree: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tree / "linked").symlink_to(elsewhere)
    assert tree / "linked" not in find_images([tree])
    (elsewhere / "deep").mkdir()
    (elsewhere / "deep" / "a").write_bytes(encoded(".png"))
    assert tree / "linked" in find_images([tree])
    assert tree / "linked" not in find_images([tree, elsewhere])
