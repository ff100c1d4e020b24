"""The scan that options describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.strips import LineScan


def scan_of(given: dict[str, Any]) -> LineScan:
    """Detector, geometry, edges and flat field; raises ArgumentError for what contradicts itself."""
    from surfedge.detector import Detector
    from surfedge.errors import ArgumentError
    from surfedge.strips import LineScan, StripEdges

    if "model" in given and "method" in given:
        raise ArgumentError("--method", found="--model as well", expected="one of them")
    detector = _detector(Detector, given)
    return LineScan(
        detector,
        given["pixel_size"],
        line_mm=given.get("line"),
        y_from=given["y_from"],
        edges=StripEdges() if "edges" in given else None,
        flat_field=_flat_field(given) if "flat_field" in given else None,
        tile_lines=given["tile_lines"],
        workers=given["threads"],
        faint_marks="faint_marks" in given,
    )


def _detector(kind: Any, given: dict[str, Any]) -> Any:
    import cv2

    from surfedge import kernels
    from surfedge.detector import DEFAULT_METHOD, default_bundle

    kernels.set_threads(1)  # tiles are the unit of work: one thread each, as many as cores
    cv2.setNumThreads(1)
    bundle = given["model"] if "model" in given else default_bundle(given.get("method", DEFAULT_METHOD))
    detector = kind(bundle, device=given["device"])
    return detector.with_threshold(given["threshold"]) if "threshold" in given else detector


def _flat_field(given: dict[str, Any]) -> Any:
    from surfedge.images import read
    from surfedge.strips import FlatField

    if given["flat_field"].endswith(".npz"):
        return FlatField.read(given["flat_field"])
    dark = [read(given["dark"]).pixels] if "dark" in given else []
    return FlatField.learn([read(given["flat_field"]).pixels], dark)
