"""The longest names, manifests and files, the most parts: what no reader would take is not written."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import pytest

from bundle.crafted import PARTS, crafted, entry, is_refused, sealed
from surfedge.bundle import container
from surfedge.bundle.container import HEADER, MAGIC, read_container, write_container
from surfedge.errors import BundleError


def test_a_manifest_longer_than_the_limit_is_not_read(tmp_path: Path) -> None:
    data = HEADER.pack(MAGIC, 1, 1 << 31, bytes(32), bytes(64), bytes(16))
    assert is_refused(tmp_path, data + bytes(1000))


def test_the_longest_name_of_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader refuses is not written either."""
    path = tmp_path / "a.surfedge"
    write_container(path, {"method": "statistics"}, {"n" * 100: b"x"})
    assert list(read_container(path)[1]) == ["n" * 100]
    with pytest.raises(BundleError, match="found the part name 'n{80}', expected a plain name of at most 100"):
        write_container(path, {"method": "statistics"}, {"n" * 101: b"x"})
    with monkeypatch.context() as without:
        without.setattr(container, "LONGEST_NAME", 101)
        write_container(path, {"method": "statistics"}, {"n" * 101: b"x"})
    with pytest.raises(BundleError, match="found the part name 'n{80}', expected a plain name of at most 100"):
        read_container(path)


@pytest.mark.parametrize("size", [0, 1, 69, 70, 100, 127, 128, 129])
def test_where_the_last_part_ends(size: int, tmp_path: Path) -> None:
    """70 bytes, filled up to 128 with zeros: to the byte, and it is said what is missing."""
    path = tmp_path / "a.surfedge"
    write_container(path, {"method": "dzl"}, {"method/a": bytes(range(70))})
    data = path.read_bytes()
    start = len(data) - 128
    path.write_bytes(data[:start] + data[start:].ljust(129, b"\0")[:size])
    if size == 128:
        assert read_container(path)[1] == {"method/a": bytes(range(70))}
        return
    with pytest.raises(BundleError) as caught:
        read_container(path)
    expected = f"{start + 70:,} or more, for the part 'method/a'" if size < 70 else f"{start + 128:,}"
    assert (caught.value.found, caught.value.expected) == (f"{start + size:,} bytes", expected)


def test_the_most_parts(tmp_path: Path) -> None:
    """64; what no reader would take is not written."""
    parts = {f"n{number}": bytes([number]) for number in range(65)}
    with pytest.raises(BundleError, match="found 65 parts, expected at most 64"):
        write_container(tmp_path / "more.surfedge", {"method": "dzl"}, parts)
    assert not list(tmp_path.iterdir())
    del parts["n64"]
    write_container(tmp_path / "a.surfedge", {"method": "dzl"}, parts)
    assert read_container(tmp_path / "a.surfedge")[1] == parts
    table = [entry(name=f"n{number}", offset=0, length=0, sha256=hashlib.sha256().hexdigest()) for number in range(65)]
    for count in (64, 65):
        (tmp_path / "crafted.surfedge").write_bytes(crafted({"method": "dzl", "parts": table[:count]}, b""))
        if count == 64:
            assert len(read_container(tmp_path / "crafted.surfedge")[1]) == 64
        else:
            with pytest.raises(BundleError, match="expected at most 64 parts"):
                read_container(tmp_path / "crafted.surfedge")


def test_a_manifest_longer_than_the_limit_is_not_written(tmp_path: Path) -> None:
    short, long = ({"metrics": {f"k{n}": "x" * 20_000 for n in range(count)}} for count in (52, 53))
    write_container(tmp_path / "a", short, {})
    with pytest.raises(BundleError, match="a manifest of"):
        write_container(tmp_path / "b", long, {})
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("length", [64, (1 << 20) - 64, 1 << 20, (1 << 20) + 1])
def test_the_longest_manifest_that_is_read(length: int, tmp_path: Path) -> None:
    """A megabyte; it may end where the file ends."""
    path = tmp_path / "a.surfedge"
    path.write_bytes(sealed(b'{"parts": []}'.ljust(length)))
    if length <= 1 << 20:
        assert read_container(path)[:2] == ({}, {})
        return
    with pytest.raises(BundleError, match="a manifest length of 1,048,577 bytes, expected at most 1,048,576"):
        read_container(path)


def test_the_longest_manifest_that_is_written(container_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (length,) = struct.unpack_from("<I", container_path.read_bytes(), 12)
    monkeypatch.setattr(container, "MANIFEST_LIMIT", length)
    write_container(container_path, {"method": "statistics", "note": "grün"}, PARTS)
    monkeypatch.setattr(container, "MANIFEST_LIMIT", length - 1)
    with pytest.raises(BundleError, match=f"a manifest of {length} bytes, expected at most {length - 1}"):
        write_container(container_path, {"method": "statistics", "note": "grün"}, PARTS)


def test_a_file_larger_than_the_limit_is_not_read(container_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = container_path.stat().st_size
    monkeypatch.setattr(container, "FILE_LIMIT", size)
    read_container(container_path)
    monkeypatch.setattr(container, "FILE_LIMIT", size - 1)
    with pytest.raises(BundleError, match=f"at most {size - 1:,}"):
        read_container(container_path)
