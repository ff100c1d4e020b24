"""surfedge train: from a folder of images and a recipe to a bundle with a network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from surfedge.calibration import RULE_FORMS
from surfedge.cli.console import Console
from surfedge.cli.options.folders import add_good_names

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.datasets import Sample
    from surfedge.training import Recipe, Trained

SUMMARY = (
    "train a network by a recipe, on good images or labelled ones: a certified bundle ready for the line (needs torch)"
)
EXAMPLE = "surfedge train good_images/ --recipe bergmann-fast --out leather.surfedge"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "data",
        help="folder, glob or list of good images, or a data set in the MVTec layout; "
        "for a recipe that learns from marked defects or classes, a folder that holds them as well",
    )
    parser.add_argument(
        "--recipe",
        default=None,
        metavar="NAME|FILE",
        help="a recipe's name or TOML file; with --start-from that training's, if none is given",
    )
    parser.add_argument("--out", required=True, metavar="BUNDLE", help="the bundle to write")
    parser.add_argument("--force", action="store_true", help="replace a bundle of other images that --out holds")
    add_good_names(parser)
    parser.add_argument(
        "--rule",
        default=None,
        metavar="RULE",
        help=f"threshold on the held-out images instead of the recipe's: {', '.join(RULE_FORMS)}",
    )
    parser.add_argument(
        "--item",
        default=None,
        metavar="PATTERN",
        help="what names the item in a labelled image's file name, like 'kos\\d+': its images are held out together",
    )
    parser.add_argument("--seed", type=int, default=None, metavar="N", help="another seed than the recipe's")
    parser.add_argument(
        "--weights",
        default=None,
        metavar="FILE|torchvision",
        help="where a network that begins with weights trained elsewhere finds them, instead of the recipe's place",
    )
    parser.add_argument(
        "--start-from",
        default=None,
        metavar="TRAINING",
        help="go on from the network of another training: its bundle, or the folder NAME.surfedge.training beside it",
    )
    parser.add_argument(
        "--also-good",
        default=None,
        metavar="DATA",
        help="good images of another line, beside the marked defects of DATA: the detector gets used to that line",
    )
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads, 0 leaves it to torch")
    parser.add_argument("--device", choices=("auto", "cpu", "gpu", "mps"), default="auto", help="where to train")
    parser.add_argument("--fresh", action="store_true", help="start again where a checkpoint would be continued")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Train, calibrate, certify, write; returns the exit code."""
    import shutil
    from dataclasses import replace

    from surfedge.cli import DONE, SKIPPED
    from surfedge.cli.export import show_reduced
    from surfedge.datasets import GOOD, Sample
    from surfedge.errors import ArgumentError
    from surfedge.files import check_target, check_unused
    from surfedge.training import require_torch

    require_torch()
    from surfedge.training import learning_set, started_from
    from surfedge.training.train import train

    recipe = _recipe(arguments)
    if arguments.seed is not None:
        recipe = replace(recipe, seed=arguments.seed)
    if arguments.rule is not None:
        recipe = replace(recipe, calibration=replace(recipe.calibration, rule=arguments.rule))
    if arguments.item is not None:
        recipe = replace(recipe, data=replace(recipe.data, item=arguments.item))
    if arguments.weights is not None:
        recipe = recipe.with_weights(arguments.weights)
    if arguments.start_from is not None:
        recipe = started_from(recipe, arguments.start_from)
    if arguments.threads < 0:
        raise ArgumentError("--threads", found=arguments.threads, expected="0 or more")
    out = Path(arguments.out)
    check_target("--out", out)  # before the work, not after it
    learning = learning_set(recipe, arguments.data, arguments.good_names)
    console.data(recipe.family.needs, learning.understood)
    also_good = _also_good(arguments, console)
    samples = (*learning.samples, *(Sample(path, GOOD) for path in also_good))
    check_unused("--out", out, arguments.force or _learned_from(out, samples))
    folder = out.with_name(f"{out.name}.training")
    if arguments.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    trained = train(
        recipe,
        learning.samples,
        folder,
        also_good=also_good,
        threads=arguments.threads,
        device=arguments.device,
        progress=console.progress,
    )
    bundle = trained.bundle.write(out)
    for path, reason in trained.skipped:
        console.line(f"skipped {path}: {reason}")
    _show(bundle, trained, out, folder, console)
    show_reduced(bundle, console)
    return SKIPPED if trained.skipped else DONE


def _recipe(arguments: argparse.Namespace) -> Recipe:
    """The recipe that was named, or that of the training to go on from."""
    from surfedge.errors import ArgumentError
    from surfedge.training import read_recipe, recipe_of, training_folder

    if arguments.recipe is not None:
        return read_recipe(arguments.recipe)
    if arguments.start_from is None:
        raise ArgumentError("--recipe", found="none", expected="a recipe's name or TOML file", remedy="give --recipe")
    return recipe_of(training_folder(arguments.start_from))


def _also_good(arguments: argparse.Namespace, console: Console) -> tuple[Path, ...]:
    """The good images of another line; none unless they are asked for."""
    from surfedge.datasets import good_set

    if arguments.also_good is None:
        return ()
    found = good_set(arguments.also_good)
    console.data("also good", found.understood)
    return found.images


def _learned_from(out: Path, samples: Sequence[Sample]) -> bool:
    """Whether the bundle at `out` comes from these images: training goes on, or is done again, with other settings."""
    from surfedge.bundle import Bundle
    from surfedge.datasets import fingerprint_of_samples
    from surfedge.errors import BundleError

    if not out.is_file():
        return False
    try:
        return Bundle.read(out).provenance.get("data") == fingerprint_of_samples(samples)
    except BundleError:
        return False


def _of_the_limit(bundle: Bundle) -> list[tuple[str, object]]:
    return [
        ("good images held out", bundle.calibration["good_images"]),
        ("threshold", f"{bundle.decision['threshold']:.4g} by {bundle.calibration['rule']}"),
    ]


def _of_classes(bundle: Bundle, trained: Trained) -> list[tuple[str, object]]:
    """What a classifier makes of the images that it was not shown."""
    found = bundle.calibration["held_out"]
    rows: list[tuple[str, object]] = [
        ("images held out", found["images"]),
        ("accuracy, macro F1", f"{found['accuracy']:.3f}, {found['macro_f1']:.3f}"),
    ]
    rows += [
        (f"found of {name}", f"{100 * of['recall']:.1f} % of {of['images']}") for name, of in found["classes"].items()
    ]
    if trained.fitted.curve:
        rows.append(("over-fitting", bundle.provenance["over_fitting"]))
    return rows


def _show(bundle: Bundle, trained: Trained, out: Path, folder: Path, console: Console) -> None:
    said, proof = bundle.provenance, bundle.certificate
    rows: list[tuple[str, object]] = [
        ("parameters", f"{said['parameters']:,}"),
        ("multiplications per tile", f"{said['multiplications_per_tile']:,}"),
    ]
    if "weights" in said:
        rows.append(("weights from", "{source}, licence {licence}".format(**{"licence": "-", **said["weights"]})))
    if "epochs" in said:
        rows.append(("epochs, best", f"{said['epochs']}, {said['best_epoch'] + 1}"))
        rows.append(("validation loss", f"{said['validation_loss']:.5g}"))
    is_classifier = "held_out" in bundle.calibration
    rows += [("minutes", f"{trained.minutes:.1f}")]
    rows += _of_classes(bundle, trained) if is_classifier else _of_the_limit(bundle)
    rows += [
        (
            f"exported against trained: {'probability' if is_classifier else 'map'}",
            f"{proof['largest_map_difference']:.2g}",
        ),
        ("exported against trained: score", f"{proof['largest_score_difference']:.2g}"),
        ("verdicts flipped", f"{proof['flipped_verdicts']} of {proof['images']}"),
    ]
    console.table(("what", "value"), rows)
    console.line(f"{out}; checkpoints and curve in {folder}")
    console.line(f"inspect with: surfedge score FRAMES --model {out} --out results")
    console.result(
        {
            "bundle": str(out),
            "identity": bundle.identity,
            "minutes": trained.minutes,
            "threshold": bundle.decision["threshold"],
            "certificate": proof,
            "provenance": said,
        }
    )
