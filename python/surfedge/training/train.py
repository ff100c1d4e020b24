"""Training on one page: images, fit, export, calibration, certificate, bundle."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.bundle import Bundle, deserialize, serialize
from surfedge.calibration import calibrate, parse_rule, threshold_from_good
from surfedge.datasets import Sample
from surfedge.decision import Decision
from surfedge.detector import Preparation
from surfedge.engine import EngineOptions
from surfedge.methods import Networked
from surfedge.precision import in_precision
from surfedge.progress import Progress, silent
from surfedge.training.certify import certify
from surfedge.training.classes_bundle import classes_bundle
from surfedge.training.cost import count
from surfedge.training.export import to_openvino
from surfedge.training.fit import Fitted, fit, load, recipe_of
from surfedge.training.nothing_learned import signs_of_nothing_learned
from surfedge.training.over_fitting import over_fitting
from surfedge.training.pictures import Pictures, load_pictures, preparation_of
from surfedge.training.recipe import Recipe


@dataclass(frozen=True)
class Trained:
    """bundle : ready to write. fitted : network and curve. skipped : (path, reason). minutes : of this training.
    warnings : signs that nothing was learned.
    """

    bundle: Bundle
    fitted: Fitted
    skipped: tuple[tuple[str, str], ...]
    minutes: float
    warnings: tuple[str, ...] = ()


def train(
    recipe: Recipe,
    images: Sequence[Path] | Sequence[Sample],
    folder: Path,
    *,
    also_good: Sequence[Path] = (),
    threads: int = 0,
    device: str = "auto",
    progress: Progress = silent,
) -> Trained:
    """From images to a calibrated, certified bundle; checkpoints lie in `folder`, where a killed run goes on.

    images : paths of good images, or labelled samples, as the recipe's family needs them (`learning_set`).
    also_good : good images in addition; of another line, which a network that learned from marked defects gets used to.

    Raises DatasetError for images that cannot be trained on (`load_pictures`), TrainingError as `fit` and `certify` do,
    EngineError when the network cannot be exported.
    """
    pictures = load_pictures(images, recipe, progress, also_good)
    recipe = recipe.family.for_pictures(recipe, pictures)
    if recipe.family.needs != "classes":  # a rule that so few held-out images cannot support is refused before the work
        threshold_from_good(parse_rule(recipe.calibration.rule), np.zeros(len(pictures.held_out_good)))
    started = time.monotonic()
    fitted = fit_pictures(recipe, pictures, folder, threads=threads, device=device, progress=progress)
    minutes = (time.monotonic() - started) / 60.0
    return _finished(recipe, pictures, fitted, minutes, threads, progress, also_good=len(also_good))


def export_training(
    folder: Path,
    images: Sequence[Path] | Sequence[Sample],
    precision: str,
    *,
    also_good: Sequence[Path] = (),
    labelled: Sequence[Sample] = (),
    threads: int = 0,
    progress: Progress = silent,
) -> Trained:
    """The bundle of a training that is over, in another precision; images, also_good : those it was trained on.

    Raises ArgumentError when `folder` holds no checkpoint, or one of other images; else as `train`.
    """
    recipe = replace(recipe_of(folder), precision=precision)
    pictures = load_pictures(images, recipe, progress, also_good)
    fitted = load(recipe, folder, f"{recipe.identity()} {pictures.fingerprint}")
    return _finished(recipe, pictures, fitted, 0.0, threads, progress, labelled, len(also_good))


def _finished(
    recipe: Recipe,
    pictures: Pictures,
    fitted: Fitted,
    minutes: float,
    threads: int,
    progress: Progress,
    labelled: Sequence[Sample] = (),
    also_good: int = 0,
) -> Trained:
    skipped: tuple[tuple[str, str], ...] = ()
    if recipe.family.needs == "classes":
        bundle = export_classes(recipe, fitted, pictures, threads=threads, progress=progress)
    else:
        bundle, skipped = export_calibrated(
            recipe, fitted, pictures.held_out_good, pictures.learned_from, labelled, threads=threads, progress=progress
        )
    count = bundle.calibration.get("labelled_images", 0) if recipe.family.needs == "classes" else 0
    learned: dict[str, Any] = {"learned_images": count or len(pictures.learned_from), "data": pictures.fingerprint}
    if also_good:
        learned["also_good"] = also_good
    if minutes:
        learned["training_minutes"] = round(minutes, 2)
    is_classifier = recipe.family.needs == "classes"
    if signs := signs_of_nothing_learned(fitted.curves, bundle.certificate, is_classifier):
        learned["warnings"] = list(signs)
    bundle = replace(bundle, provenance={**bundle.provenance, **learned})
    return Trained(bundle, fitted, (*pictures.skipped, *skipped), minutes, signs)


def fit_pictures(
    recipe: Recipe, pictures: Pictures, folder: Path, *, threads: int = 0, device: str = "auto", progress: Progress
) -> Fitted:
    """Train on `pictures`, with what the family needs to know of them beside."""
    training, validation = recipe.family.examples(recipe, pictures, progress)
    return fit(
        recipe,
        training,
        validation,
        folder,
        fingerprint=pictures.fingerprint,
        threads=threads,
        device=device,
        progress=progress,
    )


def export_calibrated(
    recipe: Recipe,
    fitted: Fitted,
    held_out: Sequence[Path],
    learned_from: Sequence[Path],
    labelled: Sequence[Sample] = (),
    *,
    threads: int = 0,
    progress: Progress,
) -> tuple[Bundle, tuple[tuple[str, str], ...]]:
    """The network in the runtime's terms, calibrated on held-out good images and certified, first in f32, then in the
    recipe's precision; and what was skipped.

    Certified on others than the held-out ones: a threshold is the score of one of those, where the last digit decides.
    """
    exported, method, origin = _exported(recipe, fitted, threads)
    outcome = calibrate(
        method,
        recipe.decision,
        list(held_out),
        rule=recipe.calibration.rule,
        normalise=recipe.calibration.normalise,
        prefilter=recipe.data.prefilter,
        origin=origin,
        progress=progress,
    )
    bundle = outcome.bundle
    decision = deserialize(Decision, bundle.decision, bundle.parts_of("decision"), name="decision")
    preparation = deserialize(Preparation, bundle.input, name="input")
    arrays = {name: part for name, part in bundle.parts_of("method").items() if name not in ("graph", "weights")}
    learned = replace(method, **arrays)  # what the residual learned while calibrating
    certificate = certify(exported, learned, decision, preparation, learned_from or held_out)
    bundle = replace(bundle, certificate=certificate)
    if recipe.precision != "f32":
        bundle = in_precision(
            bundle, recipe.precision, held_out, learned_from, labelled, threads=threads, progress=progress
        )
    return bundle, outcome.skipped


def export_classes(
    recipe: Recipe, fitted: Fitted, pictures: Pictures, *, threads: int = 0, progress: Progress
) -> Bundle:
    """The classifier in the runtime's terms, certified, with what it makes of the held-out images."""
    exported, method, origin = _exported(recipe, fitted, threads)
    return classes_bundle(recipe, method, exported, pictures, origin, preparation_of(recipe), progress)


def _exported(recipe: Recipe, fitted: Fitted, threads: int) -> tuple[Any, Networked, Bundle]:
    """The module that becomes the graph, the method that runs it, and a bundle that says where both come from."""
    exported = recipe.family.exported(fitted.network)
    method = runtime_method(recipe, exported, threads)
    origin = Bundle(
        method=method.name,
        input=serialize(preparation_of(recipe))[0],
        runtime={"precision": "f32"},
        provenance={"recipe": recipe.shareable(), **_trained(recipe, fitted, exported)},
    )
    return exported, method, origin


def runtime_method(recipe: Recipe, exported: Any, threads: int = 0) -> Networked:
    """The method that the bundle will hold, in f32; exported : the module that becomes its graph."""
    method = recipe.family.method(*to_openvino(exported), recipe)
    return method.on(EngineOptions(threads=threads))


def _trained(recipe: Recipe, fitted: Fitted, exported: Any) -> dict[str, Any]:
    """What the bundle says of the training and its network."""
    parameters, products = count(exported)
    said: dict[str, Any] = {"parameters": parameters, "multiplications_per_tile": products}
    if fitted.curves:
        said |= {"epochs": fitted.epochs, "best_epoch": fitted.best_epoch}
        said["validation_loss"] = min(figure for _, _, figure in fitted.curve)
    if fitted.curves and recipe.family.needs == "classes":
        said["over_fitting"] = str(over_fitting(fitted.curve))
    return {**said, **recipe.family.provenance(fitted.network)}
