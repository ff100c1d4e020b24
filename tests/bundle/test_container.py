"""The container of a bundle: whatever is changed in it is noticed before anything is interpreted."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from in_place import written
from surfedge.bundle import container
from surfedge.bundle.container import HEADER, MAGIC, read_container, write_container
from surfedge.errors import BundleError, NoBundleError

PARTS = {"method/mean": bytes(range(200)), "method/graph": b"<net/>", "empty": b""}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "a.surfedge"
    write_container(path, {"method": "statistics", "note": "grün"}, PARTS)
    return path


def test_what_was_written_is_read(bundle: Path) -> None:
    manifest, parts, identity = read_container(bundle)
    assert manifest == {"method": "statistics", "note": "grün"}
    assert parts == PARTS
    assert len(identity) == 64


def test_layout_is_as_specified(bundle: Path) -> None:
    """Hand-worked from docs/bundle.md, with struct and json alone."""
    data = bundle.read_bytes()
    magic, version, length, digest = struct.unpack_from("<8sII32s", data)
    assert (magic, version) == (b"SURFEDGE", 1)
    assert data[48:128] == bytes(80)
    text = data[128 : 128 + length]
    assert digest == hashlib.sha256(data[:16] + text).digest()
    entry = json.loads(text)["parts"][0]
    start = -(-(128 + length) // 64) * 64 + entry["offset"]
    assert data[start : start + entry["length"]] == PARTS[entry["name"]]
    assert len(data) % 64 == 0


def test_equal_content_has_one_identity(tmp_path: Path) -> None:
    """From release to release: the manifest's text is fixed, keys in their order, each on a line of its own."""
    identity = write_container(tmp_path / "a", {"method": "dzl", "input": {"value_range": [0, 1]}}, {})
    text = b'{\n "input": {\n  "value_range": [\n   0,\n   1\n  ]\n },\n "method": "dzl",\n "parts": []\n}'
    assert (tmp_path / "a").read_bytes()[128:].rstrip(b"\0") == text
    assert identity == hashlib.sha256(struct.pack("<8sII", b"SURFEDGE", 1, len(text)) + text).hexdigest()


def test_every_bit_of_header_and_manifest(bundle: Path) -> None:
    data = bundle.read_bytes()
    end = HEADER.size + struct.unpack_from("<I", data, 12)[0]
    with bundle.open("r+b", buffering=0) as file:
        for place, value in enumerate(data[:end]):
            for bit in range(8):
                file.seek(place)
                file.write(bytes([value ^ 1 << bit]))
                with pytest.raises(BundleError):
                    read_container(bundle)
            file.seek(place)
            file.write(bytes([value]))
    assert bundle.read_bytes() == data


def test_random_bits_truncations_and_appended_bytes(bundle: Path, tmp_path: Path, budget) -> None:
    data, rng = bundle.read_bytes(), random.Random(7)
    count = budget.count(test=1_000, nightly=100_000, release=1_000_000)
    for _ in range(count):
        damaged = rng.choice(
            (
                lambda: _flip(data, rng.randrange(len(data) * 8)),
                lambda: data[: rng.randrange(len(data))],
                lambda: data + rng.randbytes(rng.randrange(1, 200)),
            )
        )()
        assert _is_refused(tmp_path, damaged)
    print(f"B1: 0 of {count} damaged bundles read, 95 % bound {3 / count:.1e}")


def _entry(**changes: object) -> dict[str, object]:
    return {"name": "a", "offset": 0, "length": 4, "sha256": hashlib.sha256(b"abcd").hexdigest(), **changes}


HOSTILE_TABLES = {
    "traversal": [_entry(name="../../etc/passwd")],
    "absolute": [_entry(name="/etc/passwd")],
    "backslash": [_entry(name="..\\x")],
    "not ascii": [_entry(name="ä")],
    "empty name": [_entry(name="")],
    "null": [_entry(name="a\0b")],
    "twice": [_entry(), _entry(offset=64)],
    "overlap": [_entry(), _entry(name="b", offset=2)],
    "negative length": [_entry(length=-4)],
    "huge length": [_entry(length=1 << 62)],
    "length as text": [_entry(length="4")],
    "length true": [_entry(length=True)],
    "gap": [_entry(offset=64)],
    "unknown key": [_entry(link="x")],
    "wrong hash": [_entry(sha256="0" * 64)],
    "many": [_entry()] * 1000,
    "not a list": {"a": 1},
    "nothing": None,
    "list of numbers": [1, 2],
}


@pytest.mark.parametrize("name", HOSTILE_TABLES)
def test_hostile_tables_of_parts(name: str, tmp_path: Path) -> None:
    assert _is_refused(tmp_path, _crafted({"method": "dzl", "parts": HOSTILE_TABLES[name]}, b"abcd"))


HOSTILE_MANIFESTS = {
    "deep": b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "two keys": b'{"a": 1, "a": 2, "parts": []}',
    "NaN": b'{"a": NaN, "parts": []}',
    "a list": b"[]",
    "not JSON": b"{",
    "not UTF-8": b'{"a": "\xff"}',
    "long number": b'{"a": ' + b"9" * 100_000 + b', "parts": []}',
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE_MANIFESTS)
def test_hostile_manifests(name: str, tmp_path: Path) -> None:
    assert _is_refused(tmp_path, sealed(HOSTILE_MANIFESTS[name]))


def test_a_manifest_longer_than_the_limit_is_not_read(tmp_path: Path) -> None:
    data = HEADER.pack(MAGIC, 1, 1 << 31, bytes(32), bytes(64), bytes(16))
    assert _is_refused(tmp_path, data + bytes(1000))


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
    table = [_entry(name=f"n{number}", offset=0, length=0, sha256=hashlib.sha256().hexdigest()) for number in range(65)]
    for count in (64, 65):
        (tmp_path / "crafted.surfedge").write_bytes(_crafted({"method": "dzl", "parts": table[:count]}, b""))
        if count == 64:
            assert len(read_container(tmp_path / "crafted.surfedge")[1]) == 64
        else:
            with pytest.raises(BundleError, match="expected at most 64 parts"):
                read_container(tmp_path / "crafted.surfedge")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_others_may_read_what_was_written(bundle: Path) -> None:
    assert bundle.stat().st_mode & 0o777 == 0o644


def test_a_later_format_says_update(tmp_path: Path) -> None:
    path = tmp_path / "later.surfedge"
    path.write_bytes(HEADER.pack(MAGIC, 2, 0, bytes(32), bytes(64), bytes(16)))
    with pytest.raises(BundleError, match="version 2, expected version 1; update surfedge"):
        read_container(path)


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


def test_a_failed_write_keeps_the_old_bundle(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bundle.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BundleError) as caught:
        write_container(bundle, {"method": "dzl"}, {})
    assert caught.value.found == "No space left on device"
    assert bundle.read_bytes() == before
    assert os.listdir(bundle.parent) == [bundle.name]


def test_bytes_are_on_the_disk_before_they_take_the_name(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them: none waits in this process."""
    done: list[tuple[str, int]] = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)

        def noted(*given: object, name: str = name, real: Callable[..., None] = real) -> None:
            done.append((name, os.stat(given[0]).st_size))
            real(*given)

        monkeypatch.setattr(os, name, noted)
    write_container(bundle, {"method": "dzl"}, {})
    size = bundle.stat().st_size
    assert done == [("fsync", size), ("replace", size)]


def test_an_error_without_a_number_is_told_in_its_words(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(descriptor: int) -> None:
        raise OSError("the share went away")

    monkeypatch.setattr(os, "fsync", gone)
    with pytest.raises(BundleError, match="found the share went away"):
        write_container(bundle, {"method": "dzl"}, {})


def _flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def sealed(text: bytes, body: bytes = b"") -> bytes:
    digest = hashlib.sha256(struct.pack("<8sII", MAGIC, 1, len(text)) + text).digest()
    head = HEADER.pack(MAGIC, 1, len(text), digest, bytes(64), bytes(16)) + text
    return head + bytes(-len(head) % 64) + body


def _crafted(manifest: dict[str, object], body: bytes) -> bytes:
    return sealed(json.dumps(manifest).encode(), body + bytes(-len(body) % 64))


def _is_refused(folder: Path, data: bytes) -> bool:
    path = written(folder / "damaged.surfedge", data)
    try:
        read_container(path)
    except BundleError:
        return True
    return False


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


def test_the_longest_manifest_that_is_written(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (length,) = struct.unpack_from("<I", bundle.read_bytes(), 12)
    monkeypatch.setattr(container, "MANIFEST_LIMIT", length)
    write_container(bundle, {"method": "statistics", "note": "grün"}, PARTS)
    monkeypatch.setattr(container, "MANIFEST_LIMIT", length - 1)
    with pytest.raises(BundleError, match=f"a manifest of {length} bytes, expected at most {length - 1}"):
        write_container(bundle, {"method": "statistics", "note": "grün"}, PARTS)


def test_a_file_larger_than_the_limit_is_not_read(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = bundle.stat().st_size
    monkeypatch.setattr(container, "FILE_LIMIT", size)
    read_container(bundle)
    monkeypatch.setattr(container, "FILE_LIMIT", size - 1)
    with pytest.raises(BundleError, match=f"at most {size - 1:,}"):
        read_container(bundle)
