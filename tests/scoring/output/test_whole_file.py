"""A whole file is on the disk before it takes the place of the old one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from surfedge.scoring.output.whole_file import whole_file


def test_the_content_is_synchronised_before_the_name_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a power cut leaves an empty file under the new name."""
    said: list[tuple[str, int]] = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor: int) -> None:
        said.append(("fsync", os.fstat(descriptor).st_ino))
        assert os.fstat(descriptor).st_size == 100 or len(said) > 2
        fsync(descriptor)

    def watched_replace(source: Path, target: Path) -> None:
        said.append(("replace", os.stat(source).st_ino))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    with whole_file(tmp_path / "a.csv") as file:
        file.write(bytes(100))
    inode, folder = os.stat(tmp_path / "a.csv").st_ino, os.stat(tmp_path).st_ino
    expected = [("fsync", inode), ("replace", inode), ("fsync", folder)]
    assert said == (expected if hasattr(os, "O_DIRECTORY") else expected[:2])


def test_an_exception_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(TypeError), whole_file(tmp_path / "a.csv") as file:
        file.write("no bytes")  # type: ignore[arg-type]
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]
