"""Cells of an experiment on the workers of a cluster: a training with its cells is one job, files come back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.detector import Detector
from surfedge.errors import SurfedgeError
from surfedge.experiments.cells import Cell
from surfedge.experiments.job import FOLDERS, Job, run_here
from surfedge.experiments.material import Material
from surfedge.progress import Progress
from surfedge.scoring.cluster.job_report import job_report
from surfedge.scoring.cluster.messages import packed, unpacked
from surfedge.scoring.cluster.shared_files import NotTheSameError, check_same, digest_of
from surfedge.training import parse_recipe
from surfedge.training.elsewhere import files_named
from surfedge.training.environment import training_environment

if TYPE_CHECKING:
    from surfedge.scoring import Cluster

Found = tuple[int, Cell | SurfedgeError]
_CELLS, _SAID = "cells", "said"
_RETURNED = ("curves", "pictures", "bundles")


def run_elsewhere(cluster: Cluster, jobs: Sequence[Job]) -> Iterator[Found]:
    """(number, cell) of each job as they end, or why it failed; cells that are kept from before come first."""
    groups: dict[str, list[int]] = {}
    for number, job in enumerate(jobs):
        if cell := job.done():
            yield number, cell
        elif any(not Path(folder).is_dir() for folder in (*job.material.train, job.material.test)):
            yield number, run_here(job)  # fails at once, in the words of a run here
        else:
            groups.setdefault(job.training or str(number), []).append(number)
    if not groups:
        return
    cluster.ship(Detector(), training_environment)
    numbers = list(groups.values())
    messages = [packed(_given([jobs[each] for each in group])) for group in numbers]
    for which, done in cluster.jobs(run_cells, jobs[0].progress).run(messages):
        if isinstance(done, SurfedgeError):
            yield from ((number, done) for number in numbers[which])
        else:
            yield from _kept([(number, jobs[number]) for number in numbers[which]], done)


def run_cells(name: str, message: bytes) -> bytes:
    """The task of cells that share a training."""
    return job_report(name, message, _run)


def _given(group: Sequence[Job]) -> dict[str, Any]:
    """What a worker needs for jobs of one training: plain values, and a digest of all that it has to find there."""
    folders = sorted({os.path.abspath(path) for job in group for path in (*job.material.train, job.material.test)})
    named = sorted({os.path.abspath(path) for job in group if job.recipe for path in files_named(job.recipe.plain())})
    return {
        "jobs": [_plain(job) for job in group],
        "folders": folders,
        "named": named,
        "digest": digest_of(_files(folders, named)),
    }


def _plain(job: Job) -> dict[str, Any]:
    material = asdict(job.material)
    material |= {"train": [os.path.abspath(path) for path in job.material.train]}
    return {
        "cell": job.cell.to_dict(),
        "recipe": job.recipe.plain() if job.recipe else None,
        "material": {**material, "test": os.path.abspath(job.material.test)},
        "taught_by": job.taught_by,
        "pictures": job.pictures,
        "half": job.half,
        "threads": job.threads or 1,
    }


def _files(folders: Sequence[str], named: Sequence[str]) -> list[Path]:
    """All files below the folders, and those that recipes name."""
    below = [path for folder in folders for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    return [*below, *map(Path, named)]


def _run(given: Mapping[str, Any], progress: Progress) -> dict[str, bytes]:
    if gone := [folder for folder in given["folders"] if not Path(folder).is_dir()]:
        raise NotTheSameError(f"{gone[0]}: no folder there")
    check_same(_files(given["folders"], given["named"]), given["digest"])
    said: list[str] = []
    cells: list[Any] = []
    with tempfile.TemporaryDirectory(prefix="surfedge-") as place:
        out_dir = Path(place)
        for name in FOLDERS:
            (out_dir / name).mkdir()
        for each in given["jobs"]:
            found = run_here(_job(each, out_dir, progress, said))
            cells.append([found.to_dict(), ""] if isinstance(found, Cell) else [None, _told(found)])
        files = [path for name in _RETURNED for path in (out_dir / name).rglob("*") if path.is_file()]
        kept = {path.relative_to(out_dir).as_posix(): path.read_bytes() for path in files}
    return {**kept, _CELLS: packed(cells), _SAID: packed(said)}


def _told(error: SurfedgeError) -> list[str]:
    return [error.name, error.found, error.expected, error.remedy]


def _job(plain: Mapping[str, Any], out_dir: Path, progress: Progress, said: list[str]) -> Job:
    material = {**plain["material"], "train": tuple(plain["material"]["train"])}
    recipe = plain["recipe"] and parse_recipe(plain["recipe"], f"recipe {plain['cell']['subject']}")
    rest = (plain["pictures"], plain["half"], plain["threads"], progress, said.append)
    return Job(Cell(**plain["cell"]), recipe, Material(**material), plain["taught_by"], out_dir, *rest)


def _kept(jobs: Sequence[tuple[int, Job]], done: Mapping[str, bytes]) -> Iterator[Found]:
    """What came back, its files in the folder of the experiment, each cell under the identity that it has here."""
    out_dir = jobs[0][1].out_dir
    for name, data in done.items():
        folder, _, file = name.partition("/")
        if folder in _RETURNED and file not in ("", "..") and Path(file).name == file:
            (out_dir / folder / file).write_bytes(data)
    for line in unpacked(done[_SAID]):
        jobs[0][1].tell(line)
    for (number, job), (cell, why) in zip(jobs, unpacked(done[_CELLS]), strict=True):
        if cell is None:
            name, found, expected, remedy = why
            yield number, SurfedgeError(name, found=found, expected=expected, remedy=remedy)
            continue
        kept = replace(job.cell, **{key: cell[key] for key in ("figures", "minutes", "milliseconds", "run", "skipped")})
        job.keep(kept)
        yield number, kept
