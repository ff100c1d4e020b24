"""A folder run on one page: find, inspect what is missing, write tables and report from the ledger."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from surfedge.datasets import find_images
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
from surfedge.scoring.pipeline import Pipeline
from surfedge.scoring.recorder import Recorder
from surfedge.scoring.run_identity import settings_of


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
    progress: Progress = silent,
) -> Summary:
    """Inspect every image that `inputs` name; leaves ledger, tables and report in `out_dir`.

    detector : a Detector, or any callable from a path to a Result that threads may call at once.
    inputs : files, folders (recursive), patterns, list files. save : any of "maps", "masks", "overlays".
    parquet : write the tables as Parquet too, which needs the extra of that name.
    workers : threads, and images in memory at once; 0 for one per core.
    identity : tells callables that are no Detector from each other: the outcomes of one are not another's.
    notes : kept in the ledger with the run's settings. pictures : which images the report shows.
    progress : called with (done, total, what); what it is told is committed.

    Running again inspects only what is missing or changed; images that were skipped are tried again. The
    tables describe the inputs of the latest run that ended. On any exception, KeyboardInterrupt included,
    what was done is in the ledger.

    Raises DatasetError when there is no image, OutputError when `out_dir` cannot be written or another
    process writes it, EngineError when image after image fails for a reason that does not lie in them.

    >>> import cv2, numpy as np, tempfile
    >>> from surfedge import Detector
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = cv2.imwrite(f"{folder}/plate.png", np.full((64, 64), 128, np.uint8))
    ...     summary = score_folder(Detector(), [folder], f"{folder}/out")
    >>> summary.good, summary.skipped
    (1, 0)
    """
    started = time.monotonic()
    out_dir = Path(out_dir)
    saver = Saver(out_dir, save)
    if parquet:
        check_parquet()
    paths = _without_own_files(find_images(inputs), out_dir)
    if not paths:
        name = ", ".join(map(str, inputs))
        raise DatasetError(name, found="no image", expected="at least one", remedy="check the path")
    make_folder(out_dir)
    with claimed(out_dir), Ledger(out_dir / "ledger.sqlite") as ledger:
        names = Names(inputs, paths)
        settings = settings_of(detector, identity, workers)
        settings.record.update(notes or {}, inputs=[str(item) for item in inputs][:20], images=len(paths))
        ledger.begin(settings.identity, settings.record)
        gallery = Gallery(pictures, ledger.pictured())
        recorder = Recorder(ledger, gallery, len(paths), progress)
        progress(0, len(paths), "scoring")
        _inspect(Inspection(detector, ledger, gallery, saver), recorder, workers, _items(paths, names))
        seconds = time.monotonic() - started
        complete_pictures(ledger, gallery, detector, pictures, workers, progress)
        write_tables(out_dir, ledger, parquet)
        write_page(out_dir, ledger, settings.record, pictures, recorder.milliseconds_per_image(seconds))
        ledger.finish()
        return summarise(out_dir, ledger, settings.record, recorder.inspected, time.monotonic() - started)


def _inspect(inspection: Inspection, recorder: Recorder, workers: int, items: Iterator[Item]) -> None:
    """Runs the pipeline to its end; whatever ends it early, what was done is committed first."""
    with Pipeline[Item, Outcome](inspection, workers) as pipeline:
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


def _items(paths: Sequence[Path], names: Names) -> Iterator[Item]:
    return (Item(position, path, names.of(path)) for position, path in enumerate(paths))


def _without_own_files(paths: list[Path], out_dir: Path) -> list[Path]:
    """The inputs, without the pictures that an earlier run saved below `out_dir`."""
    own = tuple(os.path.join(os.path.abspath(out_dir), kind, "") for kind in KINDS)
    return [path for path in paths if not os.path.abspath(path).startswith(own)]
