"""One cell of an experiment: trained (or its training shared), calibrated, judged, drawn, kept."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from surfedge import __version__
from surfedge.bundle import Bundle
from surfedge.calibration import calibrate, split_f1
from surfedge.datasets import Sample
from surfedge.detector import Detector, default_bundle
from surfedge.errors import ArgumentError, SurfedgeError
from surfedge.evaluation import Judging, Tally
from surfedge.experiments.cells import Cell, figure_names, read_cell, write_cell
from surfedge.experiments.grid import Experiment
from surfedge.experiments.labelled_limits import LabelledLimits, sharing_maps
from surfedge.experiments.material import Material, taught_by
from surfedge.experiments.rows import write_rows
from surfedge.experiments.tables import write_curve
from surfedge.methods import Reconstruction
from surfedge.metrics import figures_of
from surfedge.metrics.counting.figure import RECONSTRUCTIONS
from surfedge.metrics.nmse import Reconstructions
from surfedge.progress import Progress
from surfedge.training import Fitted, Recipe, export_calibrated, fit_pictures, load_pictures

FOLDERS = ("cells", "runs", "curves", "pictures", "bundles")


@dataclass(frozen=True)
class Job:
    """One cell to run, and where its files go. taught_by : a name for what teaches."""

    cell: Cell
    recipe: Recipe | None
    material: Material
    taught_by: str
    out_dir: Path
    pictures: int
    half: str
    threads: int
    progress: Progress
    tell: Callable[[str], None]

    @property
    def training(self) -> str:
        """The same for cells that share a training; "" without one."""
        return f"{self.taught_by}-{self.recipe.identity()[:16]}" if self.recipe else ""

    @property
    def identity(self) -> str:
        """Changes with anything that decides the metrics."""
        plain = self.recipe.plain() if self.recipe else {}
        text = json.dumps([plain, asdict(self.material), self.pictures, self.half, __version__], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def done(self) -> Cell | None:
        """The kept cell, if it is of the same settings."""
        return read_cell(self.out_dir / "cells" / f"{self.cell.name}.json", self.identity)

    def run(self) -> Cell:
        """Train, calibrate, judge, draw, keep."""
        if self.recipe is not None and self.recipe.family.needs == "classes":
            raise ArgumentError(
                "experiment",
                found=f"{self.cell.subject}, a classifier",
                expected="detectors: maps and limits are compared here",
                remedy="use: surfedge train, surfedge evaluate",
            )
        samples = self.material.judged(self.half)
        cell, bundle = self._trained() if self.recipe else (self.cell, self._calibrated())
        bundle = bundle.write(self.out_dir / "bundles" / f"{cell.name}.surfedge")
        detector = Detector(bundle, device="CPU", threads=self.threads)
        if self.material.is_foreign:  # to be judged all the same
            detector = detector.with_plausibility("note")
        limits = self._labelled_limits(detector, samples)
        detectors = sharing_maps(detector, list(limits.detectors.values())) if limits else [detector]
        judging = Judging(detectors, samples, progress=self.progress, what="judging test images")
        figures, milliseconds = judged(judging, detector, limits)
        for path, reason in judging.skipped:
            self.tell(f"{cell.name}: skipped {path}: {reason}")
        cell = replace(cell, figures=figures, milliseconds=milliseconds, skipped=len(judging.skipped))
        write_rows(self.out_dir / "pictures" / f"{cell.name}.png", detector, samples, self.pictures)
        self.keep(cell)
        return cell

    def keep(self, cell: Cell) -> None:
        """Writes the cell down, so that running the experiment again does not."""
        write_cell(self.out_dir / "cells" / f"{cell.name}.json", cell, self.identity)

    def _labelled_limits(self, detector: Detector, samples: list[Sample]) -> LabelledLimits | None:
        if not self.material.limits_from:
            return None
        choosing = self.material.choosing() if self.material.limits_from == "train" else ()
        return LabelledLimits.of(detector, samples, choosing, self.progress)

    def _trained(self) -> tuple[Cell, Bundle]:
        assert self.recipe is not None
        learning = [sample for each in self.material.learning(self.recipe) for sample in each.samples]
        pictures = load_pictures(learning, self.recipe, self.progress)
        run = self.out_dir / "runs" / self.training
        started = time.monotonic()
        fitted: Fitted = fit_pictures(self.recipe, pictures, run, threads=self.threads, progress=self.progress)
        minutes = (time.monotonic() - started) / 60.0
        for stage, curve in fitted.curves.items():
            write_curve(self.out_dir / "curves" / f"{run.name}{f'-{stage}' if stage else ''}.svg", curve)
        bundle, _ = export_calibrated(
            self.recipe,
            fitted,
            pictures.held_out_good,
            pictures.learned_from,
            threads=self.threads,
            progress=self.progress,
        )
        return replace(self.cell, minutes=minutes, run=run.name), bundle

    def _calibrated(self) -> Bundle:
        start = Detector(default_bundle(self.cell.subject))
        good = [image for each in self.material.good() for image in each.images]
        return calibrate(
            start.method,
            replace(start.decision, normalise="none"),
            good,
            other_form=False,  # the table says which method it was
            progress=self.progress,
        ).bundle


def jobs_of(
    experiment: Experiment, out_dir: Path, threads: int, progress: Progress, tell: Callable[[str], None]
) -> list[Job]:
    """The cells of an experiment, in the order of the file."""
    rest: tuple[Any, ...] = (out_dir, experiment.pictures, experiment.half, threads, progress, tell)
    materials = experiment.materials()
    jobs = []
    for data, material in materials.items():
        place = (material, taught_by(material, materials), *rest)
        jobs += [Job(Cell(name, data, 0), None, *place) for name in experiment.methods]
        jobs += [
            Job(Cell(name, data, recipe.seed, varied), recipe, *place)
            for name, varied, recipe in experiment.variants(data)
        ]
    return jobs


def run_here(job: Job) -> Cell | SurfedgeError:
    """The cell, kept from before or run on this machine, or why it failed."""
    try:
        return job.done() or job.run()
    except SurfedgeError as error:
        return error


def judged(
    judging: Judging, detector: Detector, limits: LabelledLimits | None = None
) -> tuple[dict[str, float], float]:
    """The metrics of `figure_names` that can be computed, and the median of milliseconds per image, of `detector`,
    which comes first; and those at `limits`, whose detectors follow."""
    tally, painted, truth, scores = Tally(), Reconstructions(), [], []
    for each in judging:
        tally.add(each)
        truth.append(each.sample.is_defective)
        scores.append(each.result.score)
        if isinstance(detector.method, Reconstruction):
            _count_reconstruction(painted, detector, detector.method, each.sample)
        if limits is not None:
            limits.add(each)
    found: dict[str, Any] = dict(tally.record().figures)
    found["image_f1_split"] = split_f1(truth, scores)
    found |= {figure.name: figure.of(painted)[0] for figure in figures_of() if figure.needs == RECONSTRUCTIONS}
    found |= limits.figures() if limits is not None else {}
    known = {name: float(found[name]) for name in figure_names() if math.isfinite(found.get(name, math.nan))}
    return known, tally.milliseconds


def _count_reconstruction(painted: Reconstructions, detector: Detector, method: Reconstruction, sample: Sample) -> None:
    frame = detector.preparation.filter(detector.preparation.read(sample.path))
    painted.add(method.picture(frame), method.reconstruct(frame), is_defect=sample.is_defective)
