"""Containers on the disk: places, permissions, failed writes, what the system says."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from surfedge.bundle.container import read_container, write_container
from surfedge.errors import BundleError, NoBundleError


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_others_may_read_what_was_written(container_path: Path) -> None:
    assert container_path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo if hasattr(os, "mkfifo") else Path.mkdir])
def test_folders_and_pipes_do_not_hang(make, tmp_path: Path) -> None:
    path = tmp_path / "odd.surfedge"
    make(path)
    with pytest.raises(BundleError):
        read_container(path)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted where Linux lists them")
def test_what_is_refused_is_closed(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with pytest.raises(BundleError, match="not a file"):
            read_container(tmp_path)
    assert len(os.listdir("/proc/self/fd")) == before


def test_names_are_written_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.surfedge"
    write_container(path, {"method": "dzl", "provenance": {"by": "Jörg"}}, {})
    assert "Jörg".encode() in path.read_bytes()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        write_container(tmp_path / "none" / "a.surfedge", {"method": "dzl"}, {})
    assert caught.value.found == os.strerror(errno.ENOENT)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        NoBundleError, match=f"nothere.surfedge: found {os.strerror(errno.ENOENT)}, expected a readable bundle"
    ):
        read_container(tmp_path / "nothere.surfedge")


@pytest.mark.skipif(os.name == "nt", reason="links of Windows need a right of their own")
def test_what_cannot_be_opened_is_said_in_the_system_s_words(tmp_path: Path) -> None:
    path = tmp_path / "loop.surfedge"
    path.symlink_to(path)
    with pytest.raises(BundleError) as caught:
        read_container(path)
    assert caught.value.found == os.strerror(errno.ELOOP) and not isinstance(caught.value, NoBundleError)


@pytest.mark.parametrize("place", ["no/a.surfedge", "folder", "pipe"])
def test_places_that_no_bundle_can_be_written_to(place: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    if place == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("this system has no pipes in folders")
        os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BundleError, match=place.split(".")[0]):
        write_container(tmp_path / place, {"method": "dzl"}, {})
    assert not (tmp_path / place).is_file()


def test_a_failed_write_keeps_the_old_bundle(container_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = container_path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BundleError) as caught:
        write_container(container_path, {"method": "dzl"}, {})
    assert caught.value.found == "No space left on device"
    assert container_path.read_bytes() == before
    assert os.listdir(container_path.parent) == [container_path.name]


def test_bytes_are_on_the_disk_before_they_take_the_name(container_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them: none waits in this process."""
    done: list[tuple[str, int]] = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)

        def noted(*given: object, name: str = name, real: Callable[..., None] = real) -> None:
            done.append((name, os.stat(given[0]).st_size))
            real(*given)

        monkeypatch.setattr(os, name, noted)
    write_container(container_path, {"method": "dzl"}, {})
    size = container_path.stat().st_size
    assert done == [("fsync", size), ("replace", size)]


def test_an_error_without_a_number_is_told_in_its_words(container_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(descriptor: int) -> None:
        raise OSError("the share went away")

    monkeypatch.setattr(os, "fsync", gone)
    with pytest.raises(BundleError, match="found the share went away"):
        write_container(container_path, {"method": "dzl"}, {})
