"""surfedge train: from a folder of images and a recipe to a bundle with a network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.calibration import RULE_FORMS
from surfedge.cli.console import Console
from surfedge.cli.options.folders import add_good_names
from surfedge.cli.options.machines import add_machines, check_machines, machines

if TYPE_CHECKING:
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
    _add_recipe(parser)
    parser.add_argument("--out", required=True, metavar="BUNDLE", help="the bundle to write")
    parser.add_argument("--force", action="store_true", help="replace a bundle of other images that --out holds")
    add_good_names(parser)
    parser.add_argument(
        "--also-good",
        default=None,
        metavar="DATA",
        help="good images beside those of DATA: confirmed by a person, or of another line, which a detector that "
        "learns from marked defects gets used to",
    )
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads, 0 leaves it to torch")
    parser.add_argument("--device", choices=("auto", "cpu", "gpu", "mps"), default="auto", help="where to train")
    parser.add_argument("--fresh", action="store_true", help="start again where a checkpoint would be continued")
    add_machines(parser)


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    """The recipe, and what replaces a part of it."""
    parser.add_argument(
        "--recipe",
        default=None,
        metavar="NAME|FILE",
        help="a recipe's name or TOML file; with --start-from that training's, if none is given",
    )
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


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Train, calibrate, certify, write; returns the exit code."""
    from surfedge.cli import DONE, SKIPPED
    from surfedge.cli.tables.reduced import show_reduced
    from surfedge.cli.tables.trained import show_trained
    from surfedge.cores import checked_count
    from surfedge.datasets import GOOD, Sample
    from surfedge.files import check_target, check_unused
    from surfedge.training import learning_set, require_torch

    require_torch()
    recipe = _recipe(arguments)
    checked_count("--threads", arguments.threads, remedy="0 leaves it to torch")
    check_machines(vars(arguments))
    out = Path(arguments.out)
    check_target("--out", out)  # before the work, not after it
    learning = learning_set(recipe, arguments.data, arguments.good_names)
    console.data(recipe.family.needs, learning.understood)
    also_good = _also_good(arguments, console)
    samples = (*learning.samples, *(Sample(path, GOOD) for path in also_good))
    check_unused("--out", out, arguments.force or _learned_from(out, samples))
    folder = out.with_name(f"{out.name}.training")
    trained = _trained(arguments, recipe, learning.samples, also_good, folder, console)
    bundle = trained.bundle.write(out)
    for path, reason in trained.skipped:
        console.line(f"skipped {path}: {reason}")
    show_trained(bundle, trained, out, folder, console)
    show_reduced(bundle, console)
    return SKIPPED if trained.skipped else DONE


def _trained(
    arguments: argparse.Namespace,
    recipe: Recipe,
    samples: Sequence[Sample],
    also_good: Sequence[Path],
    folder: Path,
    console: Console,
) -> Trained:
    """The training, here or on a worker; checkpoints lie in `folder`."""
    import shutil

    how: dict[str, Any] = {"also_good": also_good, "threads": arguments.threads, "device": arguments.device}
    how["progress"] = console.progress
    with machines(vars(arguments), console) as cluster:
        if cluster is not None:
            from surfedge.training.elsewhere import train_elsewhere

            return train_elsewhere(cluster, recipe, samples, folder, **how)
        from surfedge.scoring import claimed
        from surfedge.training.train import train

        if arguments.fresh and folder.is_dir():
            with claimed(folder, "training in"):  # where another process does, its checkpoints stay
                pass
            shutil.rmtree(folder, ignore_errors=True)
        return train(recipe, samples, folder, **how)


def _recipe(arguments: argparse.Namespace) -> Recipe:
    """The recipe that was named, or that of the training to go on from, with what the options replace."""
    from dataclasses import replace

    from surfedge.training import started_from

    recipe = _named_recipe(arguments)
    if arguments.seed is not None:
        recipe = replace(recipe, seed=arguments.seed)
    if arguments.rule is not None:
        recipe = replace(recipe, calibration=replace(recipe.calibration, rule=arguments.rule))
    if arguments.item is not None:
        recipe = replace(recipe, data=replace(recipe.data, item=arguments.item))
    if arguments.weights is not None:
        recipe = recipe.with_weights(arguments.weights)
    return recipe if arguments.start_from is None else started_from(recipe, arguments.start_from)


def _named_recipe(arguments: argparse.Namespace) -> Recipe:
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
