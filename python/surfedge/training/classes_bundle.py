"""From a classifier that has learned to its bundle: its head where that is learned in NumPy, its certificate, and what
it makes of the images that were held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from surfedge.bundle import Bundle, deserialize
from surfedge.calibration import calibrate_classes, class_bundle
from surfedge.datasets import UNLABELLED, Sample
from surfedge.detector import Plausibility, Preparation, appearance
from surfedge.errors import ArgumentError
from surfedge.images import Frame
from surfedge.methods import LinearClasses, Networked
from surfedge.metrics import Confusion
from surfedge.progress import Progress
from surfedge.training.certify import certify
from surfedge.training.pictures import Pictures
from surfedge.training.recipe import Recipe


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
    held_out = _labelled(pictures.held_out, pictures.validation.classes)
    learned = _labelled(pictures.learned_from, pictures.training.classes)
    if isinstance(method, LinearClasses):
        every = [Sample(path, label) for path, label in {**learned, **held_out}.items()]
        bundle = calibrate_classes(method, every, origin, progress).bundle
        bundle = replace(bundle, decision={**bundle.decision, "good_classes": list(recipe.decision.good_classes or ())})
        method = deserialize(type(method), bundle.settings, bundle.parts_of("method"), name="method")
    else:
        judged = _judged(method, preparation, held_out, recipe.network.class_names, progress)
        frames = [preparation.read(path) for path in {**learned, **held_out}]
        seen = Plausibility.learned([appearance(frame) for frame in frames], [frame.shape for frame in frames])
        bundle = class_bundle(origin, method, recipe.decision, judged, len(learned), seen)
    proved_on = pictures.learned_from or pictures.held_out
    certificate = certify(exported, method, recipe.decision, preparation, proved_on)
    return replace(bundle, certificate=certificate)


def _labelled(paths: Sequence[Path], classes: Sequence[str]) -> dict[Path, str]:
    """The class of each image that has one."""
    return {path: label for path, label in zip(paths, classes, strict=True) if label != UNLABELLED}


def _judged(
    method: Networked, preparation: Preparation, held_out: dict[Any, str], names: tuple[str, ...], progress: Progress
) -> Confusion:
    given = []
    for number, path in enumerate(held_out):
        progress(number, len(held_out), "judging")
        given.append(_shown(method, preparation.filter(preparation.read(path))))
    return Confusion.of(list(held_out.values()), given, names)


def _shown(method: Networked, frame: Frame) -> str:
    """The most probable class."""
    classes = method.inspect(frame).classes or {}
    return max(classes, key=lambda name: classes[name])
