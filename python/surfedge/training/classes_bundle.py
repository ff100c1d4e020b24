"""From a classifier that has learned to its bundle: its head where that is learned in NumPy, its decision, its
certificate, and what it makes of the images that were held out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.bundle import Bundle, serialize, with_section
from surfedge.decision import Decision
from surfedge.detector import Plausibility, Preparation, appearance
from surfedge.errors import ArgumentError
from surfedge.images import Frame
from surfedge.methods import FeatureClasses, Networked
from surfedge.metrics import Confusion
from surfedge.progress import Progress
from surfedge.training.certify import certify
from surfedge.training.pictures import Pictures
from surfedge.training.recipe import Recipe
from surfedge.version import __version__

RULE = "classes"  # what a bundle's calibration says in place of a rule that finds a limit


def classes_bundle(
    recipe: Recipe,
    method: Networked,
    exported: Any,
    pictures: Pictures,
    origin: Bundle,
    preparation: Preparation,
    progress: Progress,
) -> Bundle:
    """The bundle of `method`, which runs `exported`; `origin` says where both come from.

    What it makes of the held-out images stands in its calibration. A head of frozen features learns from all images,
    the held-out ones too: it is judged crosswise, each image by a head that had not learned from it.

    Raises ArgumentError for another precision than f32, TrainingError where the exported network differs.
    """
    if recipe.precision != "f32":
        raise ArgumentError(
            "inference.precision", found=recipe.precision, expected="f32: a classifier is not reduced", remedy="use f32"
        )
    labels = dict(zip(pictures.held_out, pictures.validation.classes, strict=True))
    learned = dict(zip(pictures.learned_from, pictures.training.classes, strict=True))
    names = recipe.network.class_names
    if isinstance(method, FeatureClasses):
        labels |= learned
        features = np.stack([method.features(frame) for frame in _frames(preparation, list(labels), progress)])
        method, head = method.learned(features, list(labels.values()), names)
        found = [names[number] for number in head.crosswise]
        learned = labels
    else:
        found = [shown(method, frame) for frame in _frames(preparation, list(labels), progress)]
    judged = Confusion.of(list(labels.values()), found, names)
    decision: Decision = recipe.decision
    proved_on = pictures.learned_from or pictures.held_out
    certificate = certify(exported, method, decision, preparation, proved_on)
    return _bundle(
        origin, method, decision, certificate, _calibration(judged, len(learned)), _seen(preparation, labels)
    )


def shown(method: Networked, frame: Frame) -> str:
    """The most probable class."""
    classes = method.inspect(frame).classes or {}
    return max(classes, key=lambda name: classes[name])


def _frames(preparation: Preparation, paths: Sequence[Path], progress: Progress) -> Iterator[Frame]:
    for number, path in enumerate(paths):
        progress(number, len(paths), "judging")
        yield preparation.filter(preparation.read(path))


def _seen(preparation: Preparation, paths: Any) -> Plausibility:
    """What images of all classes are like as a whole."""
    frames = [preparation.read(path) for path in paths]
    return Plausibility.learned([appearance(frame) for frame in frames], [frame.shape for frame in frames])


def _calibration(judged: Confusion, learned: int) -> dict[str, Any]:
    """What the bundle says of its classes: on how many images, and how well."""
    each = {
        name: {"images": count, "recall": round(recall, 4)}
        for name, count, recall in zip(judged.names, judged.images, judged.recall.tolist(), strict=True)
        if count
    }
    figures = {"accuracy": round(judged.accuracy, 4), "macro_f1": round(judged.macro_f1, 4)}
    return {
        "rule": RULE,
        "good_images": 0,
        "labelled_images": learned,
        "held_out": {"images": int(sum(judged.images)), **figures, "classes": each},
    }


def _bundle(
    origin: Bundle,
    method: Networked,
    decision: Decision,
    certificate: dict[str, Any],
    calibration: dict[str, Any],
    seen: Plausibility,
) -> Bundle:
    settings, arrays, blobs = serialize(method)
    parts, graphs = with_section("method", arrays, blobs)
    calibrated = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return replace(
        origin,
        settings=settings,
        decision=serialize(decision)[0],
        arrays=parts,
        blobs=graphs,
        calibration=calibration,
        certificate=certificate,
        plausibility=serialize(seen)[0],
        provenance={**origin.provenance, "surfedge": __version__, "calibrated": calibrated},
    )
