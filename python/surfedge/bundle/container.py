"""The bytes of a bundle, format 1: a fixed header, a length-bounded JSON manifest, then the parts, stored.

docs/bundle.md is the specification. Everything is checked before anything is handed on: sizes against the
file, a SHA-256 of header and manifest, a SHA-256 of each part, padding that must be zero. Nothing is ever
unpacked to disk, and no byte is executed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from surfedge.bundle.plain_json import parsed
from surfedge.errors import BundleError, NoBundleError

MAGIC = b"SURFEDGE"
FORMAT = 1
HEADER = struct.Struct("<8sII32s64s16s")  # magic, format, manifest length, SHA-256, signature (0), reserved
ALIGNMENT = 64
MANIFEST_LIMIT = 1 << 20
PARTS_LIMIT = 64
LONGEST_NAME = 100
FILE_LIMIT = 4 << 30
PART_NAME = re.compile(r"[A-Za-z0-9_]+([/.][A-Za-z0-9_]+)*")
COPY_AGAIN = "copy the bundle again from where it was made"


def write_container(path: Path, manifest: Mapping[str, Any], parts: Mapping[str, bytes]) -> str:
    """Write manifest and parts to `path` in one step (temporary file, fsync, rename); returns the identity.

    The identity is the SHA-256 in the header, as hexadecimal: it covers the manifest, which in turn holds
    the SHA-256 of every part. Raises ValueError for a manifest that is not plain JSON as in docs/bundle.md.
    """
    if len(parts) > PARTS_LIMIT:
        raise BundleError(path, found=f"{len(parts)} parts", expected=f"at most {PARTS_LIMIT}")
    table, offset = [], 0
    for name, data in parts.items():
        _check_name(path, name)
        table.append({"name": name, "offset": offset, "length": len(data), "sha256": hashlib.sha256(data).hexdigest()})
        offset = _aligned(offset + len(data))
    text = json.dumps({**manifest, "parts": table}, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=1)
    encoded = text.encode()
    parsed(encoded)  # what no reader would take is never written
    if len(encoded) > MANIFEST_LIMIT:
        raise BundleError(path, found=f"a manifest of {len(encoded):,} bytes", expected=f"at most {MANIFEST_LIMIT:,}")
    digest = _digest(FORMAT, encoded)
    header = HEADER.pack(MAGIC, FORMAT, len(encoded), digest, b"", b"")  # zeros
    _write_atomically(path, [_padded(header + encoded), *(_padded(data) for data in parts.values())])
    return digest.hex()


def read_container(path: Path) -> tuple[dict[str, Any], dict[str, bytes], str]:
    """Manifest, parts and identity of the bundle at `path`, every byte verified.

    Raises NoBundleError where there is no file, BundleError for one that is foreign, of another format version, damaged
    in any bit, truncated or longer than it says.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError) as error:
        found = error.strerror or "nothing there"
        raise NoBundleError(path, found=found, expected="a readable bundle", remedy="check the path") from error
    except OSError as error:
        _refuse(path, error.strerror or str(error), "a readable bundle", "check the path")
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        _refuse(path, "something that is not a file", "a bundle file", "give the path of a .surfedge file")
    with os.fdopen(descriptor, "rb") as file:
        if status.st_size > FILE_LIMIT:
            _refuse(path, f"{status.st_size:,} bytes", f"at most {FILE_LIMIT:,}", "this is not a bundle")
        manifest, start, identity = _read_manifest(path, file, status.st_size)
        return manifest, _read_parts(path, file, manifest.pop("parts", None), start, status.st_size), identity


def _read_manifest(path: Path, file: BinaryIO, size: int) -> tuple[dict[str, Any], int, str]:
    raw = file.read(HEADER.size)
    if len(raw) < HEADER.size or raw[:8] != MAGIC:
        _refuse(path, "a file without the bundle signature", "a surfedge bundle", "make one with surfedge calibrate")
    _, version, length, digest, signature, reserved = HEADER.unpack(raw)
    if version != FORMAT:
        _refuse(path, f"format version {version}", f"version {FORMAT}", "update surfedge")
    if length > MANIFEST_LIMIT or HEADER.size + length > size:
        _refuse(path, f"a manifest length of {length:,} bytes", f"at most {MANIFEST_LIMIT:,} and inside the file")
    encoded = file.read(length)
    if _digest(version, encoded) != digest:
        _refuse(path, "a manifest that differs from its SHA-256", "an unchanged bundle")
    if any(signature) or any(reserved):
        _refuse(path, "reserved header bytes that are not zero", "zeros", "update surfedge")
    start = _aligned(HEADER.size + length)
    if any(file.read(start - HEADER.size - length)):
        _refuse(path, "padding that is not zero", "zeros")
    return _parse(path, encoded), start, digest.hex()


def _parse(path: Path, encoded: bytes) -> dict[str, Any]:
    try:
        return parsed(encoded)
    except ValueError as error:
        _refuse(path, f"a manifest that is not plain JSON ({error})", "a manifest as in docs/bundle.md")


def _read_parts(path: Path, file: BinaryIO, table: Any, start: int, size: int) -> dict[str, bytes]:
    """The parts in file order; each directly after the one before, so none can overlap or hide."""
    if not isinstance(table, list) or len(table) > PARTS_LIMIT:
        _refuse(path, "no list of parts, or too many", f"at most {PARTS_LIMIT} parts")
    parts: dict[str, bytes] = {}
    offset = 0
    for entry in table:
        name, length = _checked_entry(path, entry, offset, parts)
        end = offset + length
        if start + end > size:
            _refuse(path, f"{size:,} bytes", f"{start + end:,} or more, for the part {name!r}")
        data = file.read(length)
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            _refuse(path, f"the part {name!r} differing from its SHA-256", "an unchanged bundle")
        if any(file.read(_aligned(end) - end)):
            _refuse(path, "padding that is not zero", "zeros")
        parts[name] = data
        offset = _aligned(end)
    if start + offset != size:
        _refuse(path, f"{size:,} bytes", f"{start + offset:,}")
    return parts


def _checked_entry(path: Path, entry: Any, offset: int, parts: Mapping[str, bytes]) -> tuple[str, int]:
    wanted = {"name": str, "offset": int, "length": int, "sha256": str}
    if not isinstance(entry, dict) or {key: type(value) for key, value in entry.items()} != wanted:
        _refuse(path, "a part without name, offset, length and sha256", "the four of them")
    name, length = entry["name"], entry["length"]
    _check_name(path, name)
    if name in parts:
        _refuse(path, f"two parts called {name!r}", "one")
    if entry["offset"] != offset or length < 0:
        _refuse(path, f"the part {name!r} at {entry['offset']:,}", f"offset {offset:,}")
    return name, length


def _check_name(path: Path, name: str) -> None:
    if len(name) > LONGEST_NAME or not PART_NAME.fullmatch(name):
        _refuse(path, f"the part name {name[:80]!r}", f"a plain name of at most {LONGEST_NAME} characters")


def _digest(version: int, encoded: bytes) -> bytes:
    return hashlib.sha256(struct.pack("<8sII", MAGIC, version, len(encoded)) + encoded).digest()


def _aligned(length: int) -> int:
    return -(-length // ALIGNMENT) * ALIGNMENT


def _padded(data: bytes) -> bytes:
    return data + bytes(_aligned(len(data)) - len(data))


def _write_atomically(path: Path, chunks: list[bytes]) -> None:
    if path.exists() and not path.is_file():  # to put a file in the place of /dev/null would harm every program
        _refuse(path, "a folder, device or pipe", "a file or a free name", "give another path")
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        _refuse(path, error.strerror or str(error), "a folder to write in", "check the path and its permissions")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        _refuse(
            path, error.strerror or str(error), "room and permission to write", "free space or choose another folder"
        )
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _refuse(path: Path, found: str, expected: str, remedy: str = COPY_AGAIN) -> NoReturn:
    raise BundleError(path, found=found, expected=expected, remedy=remedy)
