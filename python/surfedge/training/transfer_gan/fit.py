"""The loop of a defect transfer: steps, checkpoints written in one go, a curve; a killed run ends as any other does."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from surfedge.errors import ArgumentError
from surfedge.files import csv_line, replace_text
from surfedge.progress import Progress, silent
from surfedge.training.checkpoints import read_checkpoint, room_for
from surfedge.training.torch_threads import torch_threads
from surfedge.training.transfer_gan.settings import TransferRecipe
from surfedge.training.transfer_gan.turn import FIGURES, Batch, Sides
from surfedge.training.transfer_gan.views import Views

LAST, MODEL, CURVE = "last.ckpt", "transfer.pt", "curve.csv"
DEVICES = ("auto", "cpu", "gpu")


@dataclass(frozen=True)
class FittedTransfer:
    """model : file of the averaged E and G.   curve : mean losses of each stretch of steps.

    steps_now : taken in this run, with ms_per_step; peak_mb : most memory that the process had, of the GPU where there
    is one.
    """

    model: Path
    curve: list[dict[str, float]]
    steps_now: int
    ms_per_step: float
    peak_mb: float
    device: str


def fit_transfer(
    recipe: TransferRecipe,
    views: Views,
    folder: Path,
    *,
    threads: int = 0,
    device: str = "auto",
    progress: Progress = silent,
) -> FittedTransfer:
    """Train, or go on with what `folder` holds of the same recipe and images, until the recipe's steps are done.

    Raises TrainingError when a loss is no number any more or a checkpoint cannot be written; the last one stays. Raises
    ArgumentError for a checkpoint of another recipe or other images.
    """
    place = _device(device)
    identity = f"{recipe.identity()} {_fingerprint(views)}"
    folder.mkdir(parents=True, exist_ok=True)
    sides = Sides(recipe, len(views.classes), place)
    state = read_checkpoint(folder / LAST, identity)
    begun, curve = 0, []
    if state is not None:
        sides.take(state)
        begun, curve = int(state["step"]), list(state["curve"])
    sums: dict[str, list[float]] = {}
    steps, every = recipe.training.steps, recipe.training.keep_every
    start = time.monotonic()
    with torch_threads(threads):
        for number in range(begun, steps):
            for name, value in sides.step(draw_batch(views, recipe, number, place), number).items():
                sums.setdefault(name, []).append(value)
            done = number + 1
            if done % every == 0 or done == steps:
                curve.append({"step": done, **{name: float(np.mean(values)) for name, values in sums.items()}})
                sums = {}
                _keep(folder, identity, sides, done, curve, views)
            progress(done, steps, f"training, {1e3 * (time.monotonic() - start) / (done - begun):.0f} ms a step")
    seconds = time.monotonic() - start
    now = max(0, steps - begun)
    if not (folder / MODEL).is_file():
        _keep(folder, identity, sides, begun, curve, views)
    return FittedTransfer(folder / MODEL, curve, now, 1e3 * seconds / max(1, now), peak_mb(place), place)


def clear_transfer(folder: Path) -> None:
    """Remove what a training left in `folder`, and nothing else."""
    for name in (LAST, MODEL, CURVE):
        (folder / name).unlink(missing_ok=True)


def draw_batch(views: Views, recipe: TransferRecipe, number: int, device: str = "cpu") -> Batch:
    """The batch of step `number`: classes in equal parts, flips, from (seed, step) alone."""
    rng = np.random.default_rng([recipe.seed, 11, number])
    count = recipe.training.batch
    kinds = rng.integers(len(views.classes) - 1, size=count)
    chosen = [int(rng.choice(np.flatnonzero(views.kinds == kind))) for kind in kinds]
    x1 = views.defects[chosen]
    x2 = views.goods[rng.integers(len(views.goods), size=count)]
    if recipe.data.flips:
        x1, x2 = _flipped(x1, rng), _flipped(x2, rng)
    x1, x2 = (views.levels.to_network(x).to(device, memory_format=torch.channels_last) for x in (x1, x2))
    return Batch(x1, torch.from_numpy(kinds).to(device), x2)


def peak_mb(device: str) -> float:
    """Most memory in MB: that torch took of the GPU, or this process of the machine; nan where nothing says it."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 1e6
    if sys.platform == "win32":
        return float("nan")
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def _flipped(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    turned = images.copy()
    for number, (across, down) in enumerate(rng.random((len(images), 2)) < 0.5):
        turned[number] = turned[number][:: -1 if down else 1, :: -1 if across else 1]
    return turned


def _keep(folder: Path, identity: str, sides: Sides, step: int, curve: list[dict[str, float]], views: Views) -> None:
    """The checkpoint, the model as it is now, and the curve, each in one step."""
    origin = {"identity": identity}
    levels = [views.levels.low, views.levels.high]
    seen = {"classes": list(views.classes), "levels": levels, "step": step}
    told = {**origin, "recipe": json.dumps(sides.recipe.plain()), **seen}
    made = {"maker": sides.averaged.state_dict(), "classifier": sides.classifier.state_dict()}
    whole = {**sides.state(), "step": step, "curve": curve, "surfedge": origin}
    for name, state in {LAST: whole, MODEL: {**made, "surfedge": told}}.items():
        part = folder / f"{name}.part"
        try:
            with room_for(folder, part):
                torch.save(state, part)
                os.replace(part, folder / name)
        finally:
            part.unlink(missing_ok=True)  # a Ctrl-C in the midst of it
    lines = [csv_line(["step", *FIGURES])]
    lines += [csv_line([int(row["step"]), *(_cell(row.get(name)) for name in FIGURES)]) for row in curve]
    replace_text(folder / CURVE, "".join(lines))


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _fingerprint(views: Views) -> str:
    digest = hashlib.sha256(f"{'/'.join(views.classes)} {views.levels}".encode())
    for array in (views.defects, views.kinds.astype(np.int64), views.goods):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _device(name: str) -> str:
    is_there = torch.cuda.is_available()
    if name not in DEVICES or (name == "gpu" and not is_there):
        raise ArgumentError("device", found=repr(name), expected="auto, cpu" + ", gpu" * is_there, remedy="use auto")
    return "cuda" if is_there and name != "cpu" else "cpu"
