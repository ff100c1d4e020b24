"""Running an experiment: each cell is trained (or its training shared), calibrated, judged, and kept."""

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
from surfedge.experiments.labelled_limits import at_labelled_limits
from surfedge.experiments.material import Material, taught_by
from surfedge.experiments.rows import write_rows
from surfedge.experiments.tables import summary, write_curve, write_tables
from surfedge.methods import Reconstruction
from surfedge.metrics import figures_of
from surfedge.metrics.counting.figure import RECONSTRUCTIONS
from surfedge.metrics.nmse import Reconstructions
from surfedge.progress import Progress, silent
from surfedge.training import Fitted, Recipe, export_calibrated, fit_pictures, load_pictures


@dataclass(frozen=True)
class Outcome:
    """cells : in the order of the file. failed : (cell, reason) of those that raised."""

    out_dir: Path
    cells: tuple[Cell, ...]
    failed: tuple[tuple[str, str], ...]

    def summary(self) -> tuple[list[str], list[list[str]]]:
        """Columns and rows: means over seeds."""
        return summary(self.cells)


def run_experiment(
    experiment: Experiment,
    out_dir: str | Path,
    *,
    threads: int = 0,
    progress: Progress = silent,
    tell: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Run what `out_dir` does not hold yet and write table.csv, table.md, curves/, pictures/.

    Cells that differ in inference, decision or calibration only share one training. A cell that fails is listed and
    the others go on; raises SurfedgeError when the data cannot be read at all.
    """
    out_dir = Path(out_dir)
    for name in ("cells", "runs", "curves", "pictures", "bundles"):
        (out_dir / name).mkdir(parents=True, exist_ok=True)
    cells, failed = [], []
    for job in _jobs(experiment, out_dir, threads, progress, tell):
        try:
            cell = job.done() or job.run()
        except SurfedgeError as error:
            failed.append((job.cell.name, str(error)))
            tell(f"{job.cell.name}: {error}")
            continue
        cells.append(cell)
        tell(
            f"{cell.name}: image AUROC {cell.figures.get('image_auroc', math.nan):.3f}, "
            f"AU-PRO 0.05 {cell.figures.get('au_pro_0.05', math.nan):.3f}"
        )
        write_tables(out_dir, cells)
    return Outcome(out_dir, tuple(cells), tuple(failed))


@dataclass(frozen=True)
class _Job:
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
        judging = Judging([detector], samples, progress=self.progress, what="judging test images")
        figures, milliseconds = judged(judging)
        for path, reason in judging.skipped:
            self.tell(f"{cell.name}: skipped {path}: {reason}")
        figures |= self._at_labelled_limits(detector, samples)
        cell = replace(cell, figures=figures, milliseconds=milliseconds, skipped=len(judging.skipped))
        write_rows(self.out_dir / "pictures" / f"{cell.name}.png", detector, samples, self.pictures)
        write_cell(self.out_dir / "cells" / f"{cell.name}.json", cell, self.identity)
        return cell

    def _at_labelled_limits(self, detector: Detector, samples: list[Sample]) -> dict[str, float]:
        if not self.material.limits_from:
            return {}
        choosing = self.material.choosing() if self.material.limits_from == "train" else ()
        return at_labelled_limits(detector, samples, choosing, self.progress)

    def _trained(self) -> tuple[Cell, Bundle]:
        assert self.recipe is not None
        learning = [sample for each in self.material.learning(self.recipe) for sample in each.samples]
        pictures = load_pictures(learning, self.recipe, self.progress)
        run = self.out_dir / "runs" / f"{self.taught_by}-{self.recipe.identity()[:16]}"
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
        return calibrate(start.method, replace(start.decision, normalise="none"), good, progress=self.progress).bundle


def _jobs(
    experiment: Experiment, out_dir: Path, threads: int, progress: Progress, tell: Callable[[str], None]
) -> list[_Job]:
    rest: tuple[Any, ...] = (out_dir, experiment.pictures, experiment.half, threads, progress, tell)
    materials = experiment.materials()
    jobs = []
    for data, material in materials.items():
        place = (material, taught_by(material, materials), *rest)
        jobs += [_Job(Cell(name, data, 0), None, *place) for name in experiment.methods]
        jobs += [
            _Job(Cell(name, data, recipe.seed, varied), recipe, *place)
            for name, varied, recipe in experiment.variants(data)
        ]
    return jobs


def judged(judging: Judging) -> tuple[dict[str, float], float]:
    """The metrics of `figure_names` that can be computed, and the median of milliseconds per image."""
    detector = judging.detectors[0]
    tally, painted, truth, scores = Tally(), Reconstructions(), [], []
    for each in judging:
        tally.add(each)
        truth.append(each.sample.is_defective)
        scores.append(each.result.score)
        if isinstance(detector.method, Reconstruction):
            _count_reconstruction(painted, detector, detector.method, each.sample)
    found: dict[str, Any] = dict(tally.record().figures)
    found["image_f1_split"] = split_f1(truth, scores)
    found |= {figure.name: figure.of(painted)[0] for figure in figures_of() if figure.needs == RECONSTRUCTIONS}
    known = {name: float(found[name]) for name in figure_names() if math.isfinite(found.get(name, math.nan))}
    return known, tally.milliseconds


def _count_reconstruction(painted: Reconstructions, detector: Detector, method: Reconstruction, sample: Sample) -> None:
    frame = detector.preparation.filter(detector.preparation.read(sample.path))
    painted.add(method.picture(frame), method.reconstruct(frame), is_defect=sample.is_defective)
