"""From folders of classes to a bundle that tells them apart: a linear head learned in NumPy, without torch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surfedge import __version__
from surfedge.bundle import Bundle, deserialize, serialize, with_section
from surfedge.datasets import GOOD, UNLABELLED, Sample, fingerprint_of_samples
from surfedge.decision import Decision
from surfedge.detector import Plausibility, Preparation, appearance
from surfedge.errors import SurfedgeError
from surfedge.images import content_of
from surfedge.methods import LinearClasses, Method
from surfedge.metrics import Confusion
from surfedge.progress import Progress, silent

RULE = "classes"  # what a bundle's calibration says in place of a rule that finds a limit


@dataclass(frozen=True)
class ClassCalibration:
    """bundle : ready to write. judged : what each image was given by a head that had not learned from it. skipped :
    (path, reason) not used. copies : images with the pixels of another of their class: each counts once.
    """

    bundle: Bundle
    judged: Confusion
    skipped: tuple[tuple[str, str], ...]
    copies: int


def calibrate_classes(
    method: LinearClasses, samples: Sequence[Sample], origin: Bundle, progress: Progress = silent
) -> ClassCalibration:
    """Let the head of `method` learn the classes of `samples`, two images or more of each; copies count once, those of
    the class "unlabelled" not at all.

    origin : the bundle that the method comes from, for what it says of input, runtime and certificate.

    Raises DatasetError for fewer than two classes, a class with one readable image, or an image of two classes.
    """
    preparation = deserialize(Preparation, origin.input, name="input")
    samples = [sample for sample in samples if sample.label != UNLABELLED]
    features, seen, shapes, labels, skipped = [], [], [], [], []
    first: dict[bytes, Sample] = {}
    copies = 0
    for number, sample in enumerate(samples):
        progress(number, len(samples), "learning classes")
        try:
            frame = preparation.read(sample.path)
            content = content_of(frame.pixels)
            values = None if content in first else method.features(preparation.filter(frame))
        except SurfedgeError as error:
            skipped.append((str(sample.path), error.reason))
            continue
        first.setdefault(content, sample).check_copy(sample)
        if values is None:
            copies += 1  # a head that had learned from the other one would have learned from this one
            continue
        features.append(values)
        seen.append(appearance(frame))
        shapes.append(frame.shape)
        labels.append(sample.label)
    names = class_order(labels)
    learned, head = method.learned(np.stack(features) if features else np.empty((0, 1)), labels, names)
    judged = Confusion.of(labels, [names[each] for each in head.crosswise], names)
    data = {"learned_images": len(labels), "data": fingerprint_of_samples(samples)}
    origin = replace(origin, provenance={**origin.provenance, **data})
    bundle = class_bundle(
        origin, learned, class_decision(names), judged, len(labels), Plausibility.learned(seen, shapes)
    )
    return ClassCalibration(bundle, judged, tuple(skipped), copies)


def class_order(labels: Sequence[str]) -> tuple[str, ...]:
    """The classes in the order of their names, good ones first.

    >>> class_order(["scratch", "good", "dent", "dent"])
    ('good', 'dent', 'scratch')
    """
    return tuple(sorted(set(labels), key=lambda name: (name != GOOD, name)))


def class_decision(names: Sequence[str]) -> Decision:
    """An image is defective when it is probably of none of the good classes."""
    return Decision(threshold=0.5, good_classes=tuple(name for name in names if name == GOOD))


def class_bundle(
    origin: Bundle, method: Method, decision: Decision, judged: Confusion, learned: int, seen: Plausibility
) -> Bundle:
    """The bundle of a classifier. judged : of images that it had not learned from. learned : from how many it had."""
    settings, arrays, blobs = serialize(method)
    parts, graphs = with_section("method", arrays, blobs)
    return replace(
        origin,
        method=method.name,
        settings=settings,
        decision=serialize(decision)[0],
        arrays=parts,
        blobs=graphs,
        identity="",
        metrics={},
        calibration=_said(judged, learned),
        plausibility=serialize(seen)[0],
        provenance={
            **origin.provenance,
            "surfedge": __version__,
            "calibrated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        },
    )


def _said(judged: Confusion, learned: int) -> dict[str, Any]:
    """What the bundle says of its classes: on how many images, and how well."""
    each = {
        name: {"images": count, "recall": round(recall, 4)}
        for name, count, recall in zip(judged.names, judged.images, judged.recall.tolist(), strict=True)
        if count
    }
    figures = {"accuracy": round(judged.accuracy, 4), "macro_f1": round(judged.macro_f1, 4)}
    held_out = {"images": int(sum(judged.images)), **figures, "classes": each}
    return {"rule": RULE, "good_images": 0, "labelled_images": learned, "held_out": held_out}
