"""Names below the root, and files that cannot collide."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from surfedge.scoring.output.names import Names, file_name


def test_one_folder_gives_names_below_it(tmp_path: Path) -> None:
    assert Names([tmp_path], []).of(tmp_path / "a" / "1.png") == "a/1.png"


def test_two_folders_keep_what_tells_them_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    names = Names([tmp_path / "a", tmp_path / "b"], [])
    assert [names.of(tmp_path / each / "1.png") for each in "ab"] == ["a/1.png", "b/1.png"]


def test_single_files_and_patterns_are_named_below_their_common_folder(tmp_path: Path) -> None:
    paths = [tmp_path / "a" / "1.png", tmp_path / "b" / "1.png"]
    names = Names([str(tmp_path / "*" / "1.png")], paths)
    assert [names.of(path) for path in paths] == ["a/1.png", "b/1.png"]
    assert Names(paths[:1], paths[:1]).of(paths[0]) == "1.png"


def test_a_path_outside_the_root_keeps_its_full_path(tmp_path: Path) -> None:
    name = Names([tmp_path], []).of(tmp_path.parent / "other" / "1.png")
    assert name.endswith("other/1.png")
    assert not name.startswith(("/", ".."))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.png", "a.jpg"),
        ("a.png", "a.png.png"),
        ("a.png", "a.png.png/b.png"),
        ("x.png/a", "x.png_/a"),
        ("x.PNG/a", "x.PNG_/a"),
        ("ab/c", "a/bc"),
        ("q" * 240 + "1.png", "q" * 240 + "2.png"),
        ("ü" * 120 + "1", "ü" * 120 + "2"),
    ],
)
def test_different_names_never_meet(one: str, other: str) -> None:
    files = [file_name(name, ".png") for name in (one, other)]
    assert files[0] != files[1]
    for first, second in (files, files[::-1]):
        assert not first.startswith(second + "/"), "a file where the other needs a folder"
    assert all(len(os.fsencode(part)) <= 250 for file in files for part in file.split("/"))
