"""surfedge generate transfer: a network learns defects apart from their surface and puts them on good images."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.cli.console import Console
from surfedge.cli.generating.options import add_shared, check_counts, own_seed, show

if TYPE_CHECKING:
    from surfedge.cli.generating.made_table import MadeRow
    from surfedge.cli.generating.transfer_views import Skipped
    from surfedge.training.transfer_gan import TransferRecipe, View

SUMMARY = "train a defect-transfer GAN and put the defects that it learned on good images (needs torch)"
EXAMPLE = (
    "surfedge generate transfer defects/ --onto good/ --recipe transfer-64 --model transfer --out made --count 200"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the method."""
    add, unset = parser.add_argument, argparse.SUPPRESS
    add("sources", metavar="SOURCES", help="defects: a folder a class, or labelled by masks or VOC boxes")
    add("--onto", required=True, default=unset, metavar="DIR", help="folder of good images, or MVTec layout")
    add("--recipe", default="transfer-64", metavar="NAME|FILE", help="a transfer's recipe, by name or as a TOML file")
    add(
        "--model",
        default=unset,
        metavar="DIR",
        help="folder of the training, begun there or gone on with; a finished one is used (default: OUT.transfer)",
    )
    add("--steps", type=int, default=unset, metavar="N", help="steps to train instead of the recipe's")
    add("--device", choices=("auto", "cpu", "gpu"), default="auto", help="where to train")
    add("--torch-threads", type=int, default=0, metavar="N", help="CPU threads of the training, 0 leaves it to torch")
    add("--fresh", action="store_true", help="start the training again where a checkpoint would be continued")
    add_shared(parser)
    add("--count", type=int, default=100, metavar="N", help="number of images, the classes in turn; 0 only trains")
    add(
        "--whole",
        action="store_true",
        help="write whole good images with what the defect adds laid over them, instead of squares as they were made",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Read, train, check, make, write; returns the exit code."""
    from surfedge.cli.generating.transfer_views import defect_views, good_views
    from surfedge.cli.generating.writing import new_folder, write_set
    from surfedge.training import require_torch

    require_torch()
    recipe = _recipe(arguments)
    defects, left_out = defect_views(arguments.sources, recipe)
    goods, small = good_views(arguments.onto, recipe)
    root = new_folder(arguments.out)
    folder = Path(vars(arguments).get("model", f"{arguments.out}.transfer"))
    model, told, unread = _train(arguments, recipe, (defects, goods), folder, console)
    unusable = {path for path, _ in unread}
    defects, goods = ([view for view in views if str(view.path) not in unusable] for views in (defects, goods))
    plan = [
        partial(_row, defects, goods, model, arguments.whole, arguments.seed, number)
        for number in range(arguments.count)
    ]
    written = write_set(root, plan, arguments.threads, console.progress)
    written.skipped[:0] = dict.fromkeys([*left_out, *small, *unread])
    return show(written, str(root), console, told)


def _recipe(arguments: argparse.Namespace) -> TransferRecipe:
    from surfedge.errors import require
    from surfedge.training.transfer_gan import read_transfer_recipe

    check_counts(count=arguments.count)
    require("--torch-threads", arguments.torch_threads, 0 <= arguments.torch_threads <= 1024, "0 to 1,024")
    own_seed(arguments.seed, 0)
    recipe = read_transfer_recipe(arguments.recipe)
    return recipe.with_steps(arguments.steps) if "steps" in vars(arguments) else recipe


def _train(
    arguments: argparse.Namespace,
    recipe: TransferRecipe,
    views: tuple[list[View], list[View]],
    folder: Path,
    console: Console,
) -> tuple[Path, dict[str, Any], Skipped]:
    """The model's file, what is said of the training, and the images that could not be read."""
    from surfedge.scoring import claimed, make_folder
    from surfedge.training.transfer_gan import clear_transfer, fit_transfer
    from surfedge.training.transfer_gan.views import load_views

    make_folder(folder)
    with claimed(folder, "training in"):
        if arguments.fresh:
            clear_transfer(folder)
        loaded = load_views(*views, recipe.network, console.progress)
        fitted = fit_transfer(
            recipe, loaded, folder, threads=arguments.torch_threads, device=arguments.device, progress=console.progress
        )
    counts = ", ".join(f"{sum(loaded.kinds == k):,} {name}" for k, name in enumerate(loaded.classes[:-1]))
    console.line(f"learned from {counts} and {len(loaded.goods):,} good views of {recipe.network.input_px} px")
    if fitted.steps_now:
        console.line(
            f"{fitted.steps_now:,} steps on {fitted.device}: {fitted.ms_per_step:,.0f} ms a step, "
            f"{fitted.peak_mb:,.0f} MB at most"
        )
    figures = _check(fitted.model, loaded, folder, bool(fitted.steps_now), console)
    told = {"model": str(fitted.model), "steps": recipe.training.steps, "ms_per_step": fitted.ms_per_step}
    return fitted.model, {**told, "peak_mb": fitted.peak_mb, "checks": figures}, list(loaded.skipped)


def _check(model: Path, loaded: Any, folder: Path, is_new: bool, console: Console) -> dict[str, float]:
    """Mode collapse and anchor: figures on the console, and pictures in the folder of the model."""
    import json

    from surfedge.cli.generating.writing import write_png
    from surfedge.files import replace_text
    from surfedge.training.transfer_gan import TransferModel, check

    path = folder / "checks.json"
    if not is_new and path.is_file():
        figures: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
        return figures
    checks = check(TransferModel.load(model), loaded)
    figures = checks.figures()
    write_png(folder / "checks.png", checks.sheet)
    write_png(folder / "nearest.png", checks.nearest)
    replace_text(path, json.dumps(figures, indent=1) + "\n")
    rows = [
        ("reconstructions nearest to their own image", f"{figures['own_nearest']:.0%}"),
        ("spread of the reconstructions, 1 = that of the images", f"{figures['spread']:.2f}"),
        ("reconstruction, grey levels off", f"{figures['reconstruction']:.1f}"),
        ("without their defect, called good", f"{figures['called_good']:.0%}"),
        ("... of the images themselves", f"{figures['defects_called_good']:.0%}"),
        ("hybrids called the class of their defect", f"{figures['hybrids_called']:.0%}"),
        ("texture of the own good surface moves, grey levels", f"{figures['own_texture']:.1f}"),
        ("texture of another image moves, grey levels", f"{figures['other_texture']:.1f}"),
    ]
    console.table(("check", "value"), rows, title=f"{figures['images']:.0f} training images")
    console.line(f"look at {folder / 'checks.png'} and {folder / 'nearest.png'}")
    return figures


def _row(
    defects: list[View], goods: list[View], model: Path, whole: bool, seed: int, number: int, attempt: int
) -> MadeRow:
    import numpy as np

    from surfedge.cli.generating.made_table import MadeRow
    from surfedge.cli.generating.making import checksum

    rng = np.random.default_rng([seed, number, attempt])
    names = sorted({view.class_name for view in defects})
    name = names[number % len(names)]
    of_class = [view for view in defects if view.class_name == name]
    defect, good = of_class[int(rng.integers(len(of_class)))], goods[int(rng.integers(len(goods)))]
    file = f"{number // len(names):03d}"
    return MadeRow(
        image=f"test/{name}/{file}.png",
        mask=f"ground_truth/{name}/{file}_mask.png",
        class_name=name,
        method="transfer",
        seed=own_seed(seed, number),
        target=str(good.path),
        target_sha256=checksum(good.path),
        sources=[
            {"path": str(defect.path), "class": name, "window": defect.window, "sha256": checksum(defect.path)},
            {"path": str(model.resolve()), "sha256": checksum(model)},
        ],
        settings={"window": good.window, "whole": whole},
    )
