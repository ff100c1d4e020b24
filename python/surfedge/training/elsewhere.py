"""A training on one worker of a cluster: recipe and paths go out, the bundle and the checkpoints come back."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.bundle import Bundle
from surfedge.datasets import Sample
from surfedge.detector import Detector
from surfedge.errors import SurfedgeError
from surfedge.progress import Progress, silent
from surfedge.scoring.cluster.job_report import job_report
from surfedge.scoring.cluster.messages import packed, unpacked
from surfedge.scoring.cluster.shared_files import check_same, digest_of
from surfedge.training.environment import training_environment
from surfedge.training.fit import load, recipe_of
from surfedge.training.recipe import Recipe, parse_recipe
from surfedge.training.train import Trained, train

if TYPE_CHECKING:
    from surfedge.scoring import Cluster

_BUNDLE, _SKIPPED, _MINUTES, _FOLDER = "bundle", "skipped", "minutes", "training/"


def train_elsewhere(
    cluster: Cluster,
    recipe: Recipe,
    samples: Sequence[Sample],
    folder: Path,
    *,
    also_good: Sequence[Path] = (),
    threads: int = 1,
    device: str = "auto",
    progress: Progress = silent,
) -> Trained:
    """`train` on one worker of an entered `cluster`, from its beginning; `folder` holds what a training here leaves.

    threads : of the CPU there; they decide the last digits, so 0 is taken for 1. The worker has to find all images, and
    the files that the recipe names, under the paths of this machine. Raises what `train` raises, and ClusterError when
    no worker can do it.
    """
    cluster.ship(Detector(), training_environment)
    plain = recipe.plain()
    paths = [*paths_of(samples, also_good), *files_named(plain)]
    given = {
        "recipe": plain,
        "samples": [[_absolute(s.path), s.label, s.mask_path and _absolute(s.mask_path)] for s in samples],
        "also_good": [_absolute(path) for path in also_good],
        "threads": threads or 1,
        "device": device,
        "paths": [_absolute(path) for path in paths],
        "digest": digest_of(paths),
    }
    (_, done), *_ = cluster.jobs(train_there, progress).run([packed(given)])
    if isinstance(done, SurfedgeError):
        raise done
    return _kept(done, folder)


def train_there(name: str, message: bytes) -> bytes:
    """The task of a training."""
    return job_report(name, message, _trained)


def files_named(plain: Mapping[str, Any]) -> list[Path]:
    """Files that a recipe's tables name: weights, another training to start from."""
    found: list[Path] = []
    for value in plain.values():
        if isinstance(value, Mapping):
            found += files_named(value)
        elif isinstance(value, str) and os.sep in value:
            path = Path(value)
            found += [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return found


def paths_of(samples: Sequence[Sample], also_good: Sequence[Path] = ()) -> list[Path]:
    """All files that samples stand for."""
    masks = [sample.mask_path for sample in samples if sample.mask_path is not None]
    return [*(sample.path for sample in samples), *masks, *also_good]


def _trained(given: Mapping[str, Any], progress: Progress) -> dict[str, bytes]:
    check_same([Path(path) for path in given["paths"]], given["digest"])
    samples = [Sample(Path(path), label, mask and Path(mask)) for path, label, mask in given["samples"]]
    with tempfile.TemporaryDirectory(prefix="surfedge-") as place:
        folder = Path(place) / "training"
        trained = train(
            parse_recipe(given["recipe"], "recipe"),
            samples,
            folder,
            also_good=[Path(path) for path in given["also_good"]],
            threads=given["threads"],
            device=given["device"],
            progress=progress,
        )
        bundle = Path(place) / "trained.surfedge"
        trained.bundle.write(bundle)
        files = {
            f"{_FOLDER}{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()
        }
        found = {name: path.read_bytes() for name, path in files.items()}
        skipped = packed([list(each) for each in trained.skipped])
        return {**found, _BUNDLE: bundle.read_bytes(), _SKIPPED: skipped, _MINUTES: packed(trained.minutes)}


def _kept(done: Mapping[str, bytes], folder: Path) -> Trained:
    """What came back, its checkpoints in `folder` in place of those of before."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in done.items():
        if name.startswith(_FOLDER):
            path = folder / name.removeprefix(_FOLDER)
            if folder.resolve() not in path.resolve().parents:
                raise SurfedgeError(name, found="a file outside of the training's folder", expected="files inside")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    with tempfile.TemporaryDirectory(prefix="surfedge-") as place:
        path = Path(place) / "trained.surfedge"
        path.write_bytes(done[_BUNDLE])
        bundle = Bundle.read(path)
    skipped = tuple((str(path), str(reason)) for path, reason in unpacked(done[_SKIPPED]))
    warnings = tuple(bundle.provenance.get("warnings", ()))
    return Trained(bundle, load(recipe_of(folder), folder), skipped, float(unpacked(done[_MINUTES])), warnings)


def _absolute(path: Path) -> str:
    return os.path.abspath(path)
