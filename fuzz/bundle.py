"""Fuzzing of the bundle reader: python fuzz/bundle.py -max_total_time=60 (needs the extra ``fuzz``).

Bytes are tried as they are, and with the hashes made right again, so that what lies behind them is reached. Anything
but a Bundle or a BundleError, and more than a second, is a finding.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["surfedge.bundle", "surfedge.bundle.container", "surfedge.bundle.serialization"]
):
    from surfedge.bundle import Bundle
    from surfedge.errors import BundleError

PLACE = Path(tempfile.mkdtemp(prefix="surfedge-fuzz-")) / "bundle.surfedge"
_HEAD = struct.Struct("<8sII")


def resealed(data: bytes) -> bytes:
    """`data` with magic, version, a manifest length that fits, and the digest of both."""
    end = data.rfind(b"}") + 1
    if len(data) < 128 or end <= 128:
        return data
    manifest = data[128:end]
    head = _HEAD.pack(b"SURFEDGE", 1, len(manifest))
    digest = hashlib.sha256(head + manifest).digest()
    return head + digest + bytes(80) + manifest + bytes(-(128 + len(manifest)) % 64) + data[end:]


def one_input(data: bytes) -> None:
    """Read `data` as a bundle."""
    for content in (data, resealed(data)):
        PLACE.write_bytes(content)
        with suppress(BundleError):
            Bundle.read(PLACE)


if __name__ == "__main__":
    corpus = Path(tempfile.mkdtemp(prefix="surfedge-corpus-"))
    import numpy as np

    Bundle("dzl").write(corpus / "small")
    Bundle("statistics", {"cell_px": 4}, arrays={"method/mean": np.zeros(3, np.float32)}).write(corpus / "array")
    given = sys.argv[1:]  # a file among them is tried alone: a finding once more
    inputs = [] if any(Path(word).is_file() for word in given) else [str(corpus)]
    atheris.Setup([sys.argv[0], "-timeout=5", *given, *inputs], one_input)
    atheris.Fuzz()
