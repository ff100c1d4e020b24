"""Containers made by hand: sealed headers round any manifest, and whether a reader refuses them."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

from in_place import written
from surfedge.bundle.container import HEADER, MAGIC, read_container
from surfedge.errors import BundleError

PARTS = {"method/mean": bytes(range(200)), "method/graph": b"<net/>", "empty": b""}


def entry(**changes: object) -> dict[str, object]:
    return {"name": "a", "offset": 0, "length": 4, "sha256": hashlib.sha256(b"abcd").hexdigest(), **changes}


def sealed(text: bytes, body: bytes = b"") -> bytes:
    digest = hashlib.sha256(struct.pack("<8sII", MAGIC, 1, len(text)) + text).digest()
    head = HEADER.pack(MAGIC, 1, len(text), digest, bytes(64), bytes(16)) + text
    return head + bytes(-len(head) % 64) + body


def crafted(manifest: dict[str, object], body: bytes) -> bytes:
    return sealed(json.dumps(manifest).encode(), body + bytes(-len(body) % 64))


def is_refused(folder: Path, data: bytes) -> bool:
    path = written(folder / "damaged.surfedge", data)
    try:
        read_container(path)
    except BundleError:
        return True
    return False
