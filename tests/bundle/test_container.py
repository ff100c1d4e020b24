"""The container of a bundle: whatever is changed in it is noticed before anything is interpreted."""

from __future__ import annotations

import hashlib
import json
import random
import struct
from pathlib import Path

import pytest

from bundle.crafted import PARTS, crafted, entry, is_refused, sealed
from surfedge.bundle.container import HEADER, MAGIC, read_container, write_container
from surfedge.errors import BundleError


def test_what_was_written_is_read(container_path: Path) -> None:
    manifest, parts, identity = read_container(container_path)
    assert manifest == {"method": "statistics", "note": "grün"}
    assert parts == PARTS
    assert len(identity) == 64


def test_layout_is_as_specified(container_path: Path) -> None:
    """Hand-worked from docs/bundle.md, with struct and json alone."""
    data = container_path.read_bytes()
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


def test_every_bit_of_header_and_manifest(container_path: Path) -> None:
    data = container_path.read_bytes()
    end = HEADER.size + struct.unpack_from("<I", data, 12)[0]
    with container_path.open("r+b", buffering=0) as file:
        for place, value in enumerate(data[:end]):
            for bit in range(8):
                file.seek(place)
                file.write(bytes([value ^ 1 << bit]))
                with pytest.raises(BundleError):
                    read_container(container_path)
            file.seek(place)
            file.write(bytes([value]))
    assert container_path.read_bytes() == data


def test_random_bits_truncations_and_appended_bytes(container_path: Path, tmp_path: Path, budget) -> None:
    data, rng = container_path.read_bytes(), random.Random(7)
    count = budget.count(test=1_000, nightly=100_000, release=1_000_000)
    for _ in range(count):
        damaged = rng.choice(
            (
                lambda: _flip(data, rng.randrange(len(data) * 8)),
                lambda: data[: rng.randrange(len(data))],
                lambda: data + rng.randbytes(rng.randrange(1, 200)),
            )
        )()
        assert is_refused(tmp_path, damaged)
    print(f"B1: 0 of {count} damaged bundles read, 95 % bound {3 / count:.1e}")


HOSTILE_TABLES = {
    "traversal": [entry(name="../../etc/passwd")],
    "absolute": [entry(name="/etc/passwd")],
    "backslash": [entry(name="..\\x")],
    "not ascii": [entry(name="ä")],
    "empty name": [entry(name="")],
    "null": [entry(name="a\0b")],
    "twice": [entry(), entry(offset=64)],
    "overlap": [entry(), entry(name="b", offset=2)],
    "negative length": [entry(length=-4)],
    "huge length": [entry(length=1 << 62)],
    "length as text": [entry(length="4")],
    "length true": [entry(length=True)],
    "gap": [entry(offset=64)],
    "unknown key": [entry(link="x")],
    "wrong hash": [entry(sha256="0" * 64)],
    "many": [entry()] * 1000,
    "not a list": {"a": 1},
    "nothing": None,
    "list of numbers": [1, 2],
}


@pytest.mark.parametrize("name", HOSTILE_TABLES)
def test_hostile_tables_of_parts(name: str, tmp_path: Path) -> None:
    assert is_refused(tmp_path, crafted({"method": "dzl", "parts": HOSTILE_TABLES[name]}, b"abcd"))


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
    assert is_refused(tmp_path, sealed(HOSTILE_MANIFESTS[name]))


def test_a_later_format_says_update(tmp_path: Path) -> None:
    path = tmp_path / "later.surfedge"
    path.write_bytes(HEADER.pack(MAGIC, 2, 0, bytes(32), bytes(64), bytes(16)))
    with pytest.raises(BundleError, match="version 2, expected version 1; update surfedge"):
        read_container(path)


def _flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
