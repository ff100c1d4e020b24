"""Names for a detector's regions: the kinds of defects that some marked images show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

import cv2
import numpy as np

from surfedge.bundle import Bundle, serialize, with_section
from surfedge.datasets import MarkedImage
from surfedge.decision import RawMap, marked_fraction
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, SurfedgeError
from surfedge.methods import MarkedMethod, described, learn_kinds, left_out
from surfedge.progress import Progress, silent


def with_region_kinds(
    bundle: Bundle,
    images: Sequence[MarkedImage],
    progress: Progress = silent,
    *,
    tell: Callable[[str], None] = lambda text: None,
) -> Bundle:
    """`bundle` whose regions are named by the kinds of `images`, or "unknown" where none fits; not yet written.

    A kind is learned from what the detector itself finds where a defect is marked, or from the mark where it finds
    nothing. tell : called with each image that could not be used, and with how many of the marked regions would be
    "unknown" had their kind not been marked.

    Raises ArgumentError for a method that has no features of cells, DatasetError for fewer than two kinds, or one with
    fewer than two images that can be used.
    """
    detector = Detector(bundle, device="CPU")
    method = detector.method
    if not isinstance(method, MarkedMethod):
        raise ArgumentError(
            "kinds of defects", found=f"the method {method.name}", expected="statistics, or a bundle of features"
        )
    regions, labels = [], []
    for number, image in enumerate(images):
        progress(number, len(images), "looking at kinds of defects")
        try:
            regions.append(_region(detector, method, image))
        except SurfedgeError as error:
            tell(f"skipped {image.path}: {error.reason}")
        else:
            labels.append(image.label)
    taught = np.stack(regions) if regions else np.zeros((0, 2))
    kinds = learn_kinds(taught, labels)
    unknown, tried = left_out(taught, labels)
    if tried:
        tell(f"each kind left out in turn: {unknown} of its {tried} marked regions would be unknown")
    named = replace(method, **{f"kind_{each.name}": getattr(kinds, each.name) for each in fields(kinds)})
    settings, arrays, _ = serialize(named)
    parts = {name: part for name, part in bundle.arrays.items() if not name.startswith("method/")}
    return replace(bundle, settings=settings, arrays={**parts, **with_section("method", arrays, {})[0]}, identity="")


def _region(detector: Detector, method: MarkedMethod, image: MarkedImage) -> np.ndarray:
    """What the cells of the defect are like, float32 (2 D,)."""
    frame = detector.preparation.read(image.path)
    marked = image.marked(frame.shape)
    cells = method.cells(detector.preparation.filter(frame))
    found = detector.with_plausibility("note")(frame).mask
    place = marked if found is None or not (found & marked).any() else _largest(found & marked)
    distance = method.distance(cells)
    if place.all():  # nothing found in an image that is known as a whole: where it is furthest from good
        return described(cells, (distance >= distance.max()).astype(np.float32))
    return described(cells, marked_fraction(place, RawMap(distance, method.cell_px)))


def _largest(mask: np.ndarray) -> np.ndarray:
    """The region of a mask with the most pixels: one is named at a time."""
    _, region_of, figures, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    return np.asarray(region_of == 1 + int(figures[1:, cv2.CC_STAT_AREA].argmax()))
