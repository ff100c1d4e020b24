"""Running an experiment on one page: the cells that are missing, here or on workers; the tables after each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from surfedge.errors import SurfedgeError
from surfedge.experiments.cells import Cell
from surfedge.experiments.grid import Experiment
from surfedge.experiments.job import FOLDERS, Job, jobs_of, run_here
from surfedge.experiments.tables import FIRST, summary, write_tables
from surfedge.progress import Progress, silent

if TYPE_CHECKING:
    from surfedge.scoring import Cluster


@dataclass(frozen=True)
class Outcome:
    """cells : in the order of the file. failed : (cell, reason) of those that raised."""

    out_dir: Path
    cells: tuple[Cell, ...]
    failed: tuple[tuple[str, str], ...]

    def summary(self) -> tuple[list[str], list[list[str]]]:
        """Columns and rows: means over seeds of the figures that matter first; table.md has all."""
        return summary(self.cells, FIRST)


def run_experiment(
    experiment: Experiment,
    out_dir: str | Path,
    *,
    threads: int = 0,
    cluster: Cluster | None = None,
    progress: Progress = silent,
    tell: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Run what `out_dir` does not hold yet and write table.csv, table.md, curves/, pictures/.

    Cells that differ in inference, decision or calibration only share one training. A cell that fails is listed and
    the others go on; raises SurfedgeError when the data cannot be read at all.

    threads : of the CPU; they decide the last digits of a training. cluster : an entered surfedge.scoring.Cluster,
    whose workers run a training with its cells each, as many at once as there are; 0 threads are then one.
    """
    out_dir = Path(out_dir)
    for name in FOLDERS:
        (out_dir / name).mkdir(parents=True, exist_ok=True)
    jobs = jobs_of(experiment, out_dir, threads, progress, tell)
    cells: dict[int, Cell] = {}
    failed: dict[int, str] = {}
    for number, found in _found(jobs, cluster):
        if isinstance(found, Cell):
            cells[number] = found
            tell(_in_short(found))
            write_tables(out_dir, _in_order(cells))
        else:
            failed[number] = str(found)
            tell(f"{jobs[number].cell.name}: {found}")
    wrong = tuple((jobs[number].cell.name, why) for number, why in sorted(failed.items()))
    return Outcome(out_dir, _in_order(cells), wrong)


def _found(jobs: Sequence[Job], cluster: Cluster | None) -> Iterator[tuple[int, Cell | SurfedgeError]]:
    """(number, cell) of each job, as they end; an error in place of a cell that failed."""
    if cluster is not None:
        from surfedge.experiments.elsewhere import run_elsewhere  # needs the extra

        yield from run_elsewhere(cluster, jobs)
        return
    for number, job in enumerate(jobs):
        yield number, run_here(job)


def _in_order(cells: dict[int, Cell]) -> tuple[Cell, ...]:
    return tuple(cell for _, cell in sorted(cells.items()))


def _in_short(cell: Cell) -> str:
    image, pixels = (cell.figures.get(name, math.nan) for name in ("image_auroc", "au_pro_0.05"))
    return f"{cell.name}: image AUROC {image:.3f}, AU-PRO 0.05 {pixels:.3f}"
