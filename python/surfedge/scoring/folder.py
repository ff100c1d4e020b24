"""A folder run on one page: find, inspect what is missing, write tables and report from the ledger."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.datasets import Found, LeftOut, find
from surfedge.errors import DatasetError
from surfedge.progress import Progress, silent
from surfedge.report import PictureChoice
from surfedge.result import Result
from surfedge.scoring.inspection import Inspection
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Item, Outcome
from surfedge.scoring.lock import claimed
from surfedge.scoring.output.gallery import Gallery, complete_pictures
from surfedge.scoring.output.machine_tables import check_parquet
from surfedge.scoring.output.names import Names
from surfedge.scoring.output.report_page import write_page
from surfedge.scoring.output.saving import KINDS, Saver
from surfedge.scoring.output.summary import Summary, summarise
from surfedge.scoring.output.tables import write_tables
from surfedge.scoring.output.whole_file import OutputError, make_folder
from surfedge.scoring.pages import check_pages, count_items, detection_of, items_of
from surfedge.scoring.pipeline import Pipeline
from surfedge.scoring.recorder import Recorder
from surfedge.scoring.run_identity import settings_of

if TYPE_CHECKING:
    from surfedge.scoring.cluster.cluster import Cluster
    from surfedge.scoring.cluster.cluster_pipeline import ClusterPipeline

OWN_FILES: tuple[str, ...] = (
    "results.csv",
    "regions.csv",
    "results.jsonl",
    "results.parquet",
    "regions.parquet",
    "report.html",
)
OWN_FILES += ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", ".ledger.lock", ".ledger.lock-journal")


def score_folder(
    detector: Callable[[Path], Result],
    inputs: Sequence[str | Path],
    out_dir: str | Path,
    *,
    save: Iterable[str] = (),
    parquet: bool = False,
    workers: int = 0,
    identity: str = "",
    notes: Mapping[str, Any] | None = None,
    pictures: PictureChoice | None = None,
    pages: str = "first",
    cluster: Cluster | None = None,
    progress: Progress = silent,
) -> Summary:
    """Inspect every image that `inputs` name; leaves ledger, tables and report in `out_dir`.

    detector : a Detector, or any callable from a path to a Result that threads may call at once.
    inputs : files, folders (recursive), patterns, list files. save : any of "maps", "masks", "overlays".
    parquet : write the tables as Parquet too, which needs the extra of that name.
    workers : threads, and images in memory at once; 0 for one per core.
    identity : distinguishes callables that are no Detector: the outcomes of one are not another's.
    notes : kept in the ledger with the run's settings. pictures : which images the report shows.
    pages : "first" page of files that have several, which the summary then counts as inspected in part, or "all" of
    them, a row each.
    cluster : inspects on the workers of a surfedge.scoring.Cluster that was entered; `workers` then are the threads
    that look files up here. `detector` has to be a Detector. progress : called with (done, total, what); what it
    reports is committed.

    Running again inspects only what is missing or changed; images that were skipped are tried again. The
    tables describe the inputs of the latest run that ended. On any exception, KeyboardInterrupt included,
    what was done is in the ledger.

    Raises DatasetError when there is no image, OutputError when `out_dir` cannot be written or another
    process writes it, EngineError when image after image fails for a reason that does not lie in them.

    >>> import cv2, numpy as np, tempfile
    >>> from surfedge import Detector
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     plate = np.random.default_rng(0).integers(124, 133, (64, 64), np.uint8)
    ...     saved = cv2.imwrite(f"{folder}/plate.png", plate)
    ...     summary = score_folder(Detector(), [folder], f"{folder}/out")
    >>> summary.good, summary.skipped
    (1, 0)
    """
    started = time.monotonic()
    out_dir = Path(out_dir)
    saver = Saver(out_dir, save)
    check_pages(pages)
    if parquet:
        check_parquet()
    found = find(inputs, _own_files(out_dir))
    paths = _without_own_files(found.images, out_dir)
    if not paths:
        name = ", ".join(map(str, inputs))
        raise DatasetError(name, found="no image", expected="at least one", remedy="check the path")
    if cluster is not None:
        cluster.ship(detector)
        identity, notes = cluster.identity(identity), {**(notes or {}), **cluster.record()}
    make_folder(out_dir)
    with claimed(out_dir), Ledger(out_dir / "ledger.sqlite") as ledger:
        names = Names(inputs, paths)
        settings = settings_of(detector, identity, workers)
        total, left_out = count_items(paths, pages), _left_out(found, inputs)
        settings.record.update(notes or {}, inputs=[str(item) for item in inputs][:20], images=total)
        settings.record["left_out"] = [each.to_dict() for each in left_out]
        ledger.begin(settings.identity, settings.record)
        gallery, detect = Gallery(pictures, ledger.pictured()), detection_of(detector)
        recorder = Recorder(ledger, gallery, total, progress)
        progress(0, total, "scoring")
        inspection = Inspection(detect, ledger, gallery, saver)
        pipeline = cluster.pipeline(inspection, workers, total) if cluster else Pipeline(inspection, workers)
        _inspect(pipeline, recorder, items_of(paths, names, pages))
        seconds = time.monotonic() - started
        complete_pictures(ledger, gallery, detect, pictures, workers, progress)
        write_tables(out_dir, ledger, parquet)
        write_page(out_dir, ledger, settings.record, pictures, recorder.milliseconds_per_image(seconds))
        ledger.finish()
        seconds = time.monotonic() - started
        return summarise(out_dir, ledger, settings.record, recorder.inspected, seconds, left_out)


def _inspect(pipeline: Pipeline[Item, Outcome] | ClusterPipeline, recorder: Recorder, items: Iterator[Item]) -> None:
    """Runs the pipeline to its end; whatever ends it early, what was done is committed first."""
    with pipeline:
        try:
            for outcome in pipeline.run(items):
                if outcome is not None:
                    recorder.add(outcome)
                recorder.commit_when_due()
            recorder.commit()
        except BaseException:
            with suppress(OutputError):  # the disk may be the reason; the first error is the one to report
                for outcome in pipeline.stop():
                    recorder.keep(outcome)
                recorder.commit()
            raise


def _left_out(found: Found, inputs: Sequence[str | Path]) -> tuple[LeftOut, ...]:
    """What lay there and is not inspected; folders are named below the input where there is one alone."""
    return found.left_out(Path(inputs[0]) if len(inputs) == 1 else None)


def _own_files(out_dir: Path) -> frozenset[str]:
    """What a run writes, by full path: never an input, never counted as left out."""
    return frozenset(os.path.join(os.path.abspath(out_dir), name) for name in (*KINDS, *OWN_FILES))


def _without_own_files(paths: Sequence[Path], out_dir: Path) -> list[Path]:
    """The inputs, without the pictures that an earlier run saved below `out_dir`."""
    own = tuple(os.path.join(os.path.abspath(out_dir), kind, "") for kind in KINDS)
    return [path for path in paths if not os.path.abspath(path).startswith(own)]
