"""The one file that travels: verified bytes in, everything a Detector needs out.

A bundle names a method, holds what it learned from good images, the decision with its threshold and the rule
and data it came from, and says where it was made. container.py has the bytes, docs/bundle.md the specification.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.bundle.container import FILE_LIMIT, read_container, write_container
from surfedge.bundle.sections import check_parts, check_sections
from surfedge.bundle.serialization import Plain, deserialize, serialize
from surfedge.errors import ArgumentError, BundleError, SurfedgeError

KINDS_OF_ARRAY = ("<f4", "<f8", "<i4", "<i8", "|u1", "|b1")


@dataclass(frozen=True)
class Bundle:
    """What stands in a ``.surfedge`` file.

    method : name of the method in ``surfedge.methods.METHODS``; settings : its numbers and words.
    decision : settings of ``surfedge.decision.Decision``, the threshold among them.
    input : settings of ``surfedge.detector.preparation.Preparation``: ``bit_depth``, ``value_range``, ``prefilter``.
    calibration : threshold rule, number and source of the good images, thresholds of all rules.
    certificate : how far the exported network differs from the trained one; empty without a network.
    metrics : what `surfedge evaluate` measured, where it did. runtime : precision, threads, streams, see
    detector.loading.Runtime. screen : method, limit and fraction of the screen in front of a tiled network, or nothing.
    plausibility : what good images were like as a whole, see surfedge.detector.plausibility.Plausibility; or nothing.
    provenance : version of surfedge, time, name of the data.
    arrays : what was learned, ``"method/mean"``, ``"decision/good_mean"``, ``"calibration/scores"``, ...
    blobs : networks as bytes, ``"method/graph"``, ``"method/weights"``.
    identity : SHA-256 over everything in the file, hexadecimal; "" before it is written.
    source : path that it was read from or written to last, for messages; "bundle" for neither.
    """

    method: str
    settings: dict = field(default_factory=dict)
    decision: dict = field(default_factory=dict)
    input: dict = field(default_factory=dict)
    calibration: dict = field(default_factory=dict)
    certificate: dict = field(default_factory=dict)
    metrics: dict = field(default_factory=dict)
    runtime: dict = field(default_factory=dict)
    screen: dict = field(default_factory=dict)
    plausibility: dict = field(default_factory=dict)
    provenance: dict = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False, metadata={"stored": False})
    blobs: Mapping[str, bytes] = field(default_factory=dict, repr=False, metadata={"stored": False})
    identity: str = field(default="", metadata={"stored": False})
    source: str = field(default="bundle", compare=False, metadata={"stored": False})

    @classmethod
    def read(cls, path: str | Path) -> Bundle:
        """The bundle at `path`, every byte verified before anything is interpreted.

        Raises NoBundleError, a BundleError, where there is no file; BundleError for one that is foreign, damaged,
        hostile or of an unknown version.
        """
        path = Path(path)
        manifest, parts, identity = read_container(path)
        shapes = manifest.pop("arrays", None)
        if not isinstance(shapes, dict) or not set(shapes) <= set(parts):
            raise BundleError(path, found="no table of arrays that fits the parts", expected="one as in docs/bundle.md")
        arrays = {name: _to_array(path, name, shape, parts.pop(name)) for name, shape in shapes.items()}
        try:
            bundle = deserialize(cls, manifest, name="manifest")
            check_sections(bundle.method, manifest)
            check_parts({**arrays, **parts})
        except SurfedgeError as error:
            raise BundleError(path, found=str(error), expected="a manifest as in docs/bundle.md") from error
        return _complete(bundle, arrays, parts, identity, path)

    def write(self, path: str | Path) -> Bundle:
        """Write to `path` in one step; returns this bundle with its identity. A file of that name is replaced.

        Raises ArgumentError for what no reader would take, BundleError where the file cannot be written.
        """
        manifest, _, _ = serialize(self)
        check_sections(self.method, manifest)
        check_parts({**self.arrays, **self.blobs})
        manifest["arrays"] = {name: {"dtype": a.dtype.str, "shape": list(a.shape)} for name, a in self.arrays.items()}
        for name, array in self.arrays.items():
            if array.dtype.str not in KINDS_OF_ARRAY:
                raise ArgumentError(name, found=f"dtype {array.dtype}", expected=" or ".join(KINDS_OF_ARRAY))
        parts = {name: np.ascontiguousarray(array).tobytes() for name, array in sorted(self.arrays.items())}
        try:
            identity = write_container(Path(path), manifest, {**parts, **dict(sorted(self.blobs.items()))})
        except (TypeError, ValueError) as error:  # of the JSON writer
            if isinstance(error, SurfedgeError):
                raise
            raise ArgumentError("bundle", found=str(error), expected="plain finite JSON values") from error
        return _complete(self, self.arrays, self.blobs, identity, path)

    def parts_of(self, section: str) -> dict[str, Any]:
        """Arrays and byte strings whose name begins with ``section/``, by the rest of their name."""
        every = {**self.arrays, **self.blobs}
        return {name[len(section) + 1 :]: part for name, part in every.items() if name.startswith(f"{section}/")}


def _complete(
    bundle: Bundle, arrays: Mapping[str, np.ndarray], blobs: Mapping[str, bytes], identity: str, path: str | Path
) -> Bundle:
    return replace(bundle, arrays=dict(arrays), blobs=dict(blobs), identity=identity, source=str(path))


def _to_array(path: Path, name: str, description: Any, data: bytes) -> np.ndarray:
    """A read-only array over the verified bytes."""
    match description:
        case {"dtype": str(dtype), "shape": list(shape)} if dtype in KINDS_OF_ARRAY and len(description) == 2:
            pass
        case _:
            raise BundleError(path, found=f"array {name!r} as {repr(description)[:200]}", expected="dtype and shape")
    if len(shape) > 8 or not all(type(size) is int and size >= 0 for size in shape):
        raise BundleError(path, found=f"array {name!r} of shape {shape!r}", expected="sizes of 0 or more")
    itemsize = np.dtype(dtype).itemsize
    if math.prod(max(1, size) for size in shape) * itemsize > FILE_LIMIT:  # beside a 0 NumPy multiplies them too
        raise BundleError(path, found=f"array {name!r} of shape {shape!r}", expected=f"at most {FILE_LIMIT:,} bytes")
    count = math.prod(shape)
    if count * itemsize != len(data):
        raise BundleError(path, found=f"{len(data):,} bytes for {name!r}", expected=f"{dtype} {shape!r}")
    return np.frombuffer(data, dtype).reshape(shape)


def with_section(section: str, arrays: Plain, blobs: Plain) -> tuple[Plain, Plain]:
    """Names of parts with their section in front, as a bundle holds them."""
    return (
        {f"{section}/{name}": array for name, array in arrays.items()},
        {f"{section}/{name}": blob for name, blob in blobs.items()},
    )
