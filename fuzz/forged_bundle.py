"""A bundle put together without the package: any content, every hash right."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Content:
    """A bundle taken apart: the manifest without its parts, the parts, and what is done to the text at the end."""

    manifest: dict[str, Any]
    parts: dict[str, bytes]
    encode: Callable[[str], bytes] = str.encode

    def sealed(self) -> bytes:
        """The file's bytes, every hash right. Values of the class Raw stand as they are."""
        table, body, offset = [], b"", 0
        for name, data in self.parts.items():
            digest = hashlib.sha256(data).hexdigest()
            table.append({"name": name, "offset": offset, "length": len(data), "sha256": digest})
            body += data + bytes(-len(data) % 64)
            offset = len(body)
        raws: list[str] = []

        def placed(raw: Raw) -> str:
            raws.append(raw.text)
            return f"@raw {len(raws) - 1}@"

        text = json.dumps({**self.manifest, "parts": table}, default=placed)
        for number, raw in enumerate(raws):
            text = text.replace(f'"@raw {number}@"', raw)
        encoded = self.encode(text)
        head = struct.pack("<8sII", b"SURFEDGE", 1, len(encoded))
        start = head + hashlib.sha256(head + encoded).digest() + bytes(80) + encoded
        return start + bytes(-len(start) % 64) + body


@dataclass(frozen=True)
class Raw:
    """Text that goes into the JSON as it is."""

    text: str


def network_bundle(method: str, graph: bytes, weights: bytes, view: str = "tiles") -> bytes:
    """A bundle of `method` that is good but for its network."""
    settings = {"view": view, "stride_px": 16}
    manifest = {"method": method, "settings": settings, "decision": {"threshold": 0.5}, "arrays": {}}
    return Content(manifest, {"method/graph": graph, "method/weights": weights}).sealed()
