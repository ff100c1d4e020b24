"""A detector on its way to the workers: the bundle as a file's bytes, known by their SHA-256, and how it is run."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from surfedge.bundle import Bundle, serialize, with_section
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.scoring.cluster.cluster_error import ClusterError
from surfedge.scoring.cluster.environment import threads_a_stream


@dataclass(frozen=True)
class Shipment:
    """data : a bundle file. digest : its SHA-256, hexadecimal.

    options : device, screen, plausibility, and threads_a_stream, as of environment.threads_a_stream.
    """

    data: bytes = field(repr=False)
    digest: str
    options: Mapping[str, Any]

    @classmethod
    def of(cls, detector: Any) -> Shipment:
        """The shipment that opens as this detector, its threshold included; ArgumentError for another callable."""
        if not isinstance(detector, Detector):
            found = f"a {type(detector).__name__}"
            raise ArgumentError("detector", found=found, expected="a Detector, which workers can be sent")
        decision, arrays, blobs = serialize(detector.decision)
        arrays, blobs = with_section("decision", arrays, blobs)
        bundle = detector.bundle
        bundle = replace(
            bundle,
            decision=decision,
            arrays={**{k: v for k, v in bundle.arrays.items() if not k.startswith("decision/")}, **arrays},
            blobs={**{k: v for k, v in bundle.blobs.items() if not k.startswith("decision/")}, **blobs},
        )
        with tempfile.TemporaryDirectory(prefix="surfedge-") as folder:
            path = Path(folder) / "shipped.surfedge"
            bundle.write(path)
            data = path.read_bytes()
        options = getattr(detector.method, "options", None)
        how = {
            "device": getattr(options, "device", "AUTO"),
            "screen": getattr(detector.method, "screen", None) is not None,
            "plausibility": detector.plausibility.action,
            "threads_a_stream": threads_a_stream(detector),
        }
        return cls(data, hashlib.sha256(data).hexdigest(), how)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Shipment:
        """What `to_plain` gave."""
        return cls(plain["data"], plain["digest"], plain["options"])

    def to_plain(self) -> dict[str, Any]:
        """Plain values, for a message."""
        return {"data": self.data, "digest": self.digest, "options": dict(self.options)}

    def open(self, threads: int) -> Detector:
        """The detector, its bytes verified first, with as many streams as `threads` of the worker allow, each of as
        many threads as the client's: more would give other last digits.

        Raises ClusterError for bytes that are not those that were sent, BundleError as a Detector does.
        """
        found = hashlib.sha256(self.data).hexdigest()
        if found != self.digest:
            expected = f"{self.digest[:16]}..."
            raise ClusterError("bundle", found=f"SHA-256 {found[:16]}...", expected=expected, remedy="run again")
        with tempfile.TemporaryDirectory(prefix="surfedge-") as folder:
            path = Path(folder) / "shipped.surfedge"
            path.write_bytes(self.data)
            bundle = Bundle.read(path)
        how = self.options
        if each := how["threads_a_stream"]:
            streams = max(1, threads // each)
            bundle = replace(bundle, runtime={**bundle.runtime, "threads": each * streams, "streams": streams})
        detector = Detector(bundle, device=how["device"], screen=how["screen"])
        return detector.with_plausibility(how["plausibility"])
