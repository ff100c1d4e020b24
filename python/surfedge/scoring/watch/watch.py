"""A folder watched on one page: score what arrives, keep it in the ledger, move it on, refresh tables and report."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.progress import silent
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
from surfedge.scoring.output.saving import Saver
from surfedge.scoring.output.summary import Summary, summarise
from surfedge.scoring.output.tables import write_tables
from surfedge.scoring.output.whole_file import OutputError, make_folder
from surfedge.scoring.pages import detection_of
from surfedge.scoring.pipeline import Pipeline
from surfedge.scoring.recorder import Recorder
from surfedge.scoring.run_identity import settings_of
from surfedge.scoring.watch.arrivals import Arrivals
from surfedge.scoring.watch.following import Following
from surfedge.scoring.watch.moving import Mover

if TYPE_CHECKING:
    from surfedge.scoring.cluster.cluster import Cluster
    from surfedge.scoring.cluster.cluster_pipeline import ClusterPipeline

REFRESH_S = 30.0
REFRESH_SHARE = 0.05


def watch_folder(
    detector: Callable[[Path], Result],
    folder: str | Path,
    out_dir: str | Path,
    *,
    move_good: str | Path | None = None,
    move_defective: str | Path | None = None,
    save: Iterable[str] = (),
    parquet: bool = False,
    workers: int = 0,
    identity: str = "",
    notes: Mapping[str, Any] | None = None,
    pictures: PictureChoice | None = None,
    cluster: Cluster | None = None,
    settle_s: float = 1.0,
    give_up_s: float = 30.0,
    idle_s: float = 0.0,
    stop: threading.Event | None = None,
    seen: Callable[[Outcome], None] = lambda outcome: None,
) -> Summary:
    """Inspects image files as they arrive in `folder`, until `stop` is set or nothing came for `idle_s` seconds.

    move_good, move_defective : where files go after their verdict, once it is in the ledger; skipped and implausible
    ones stay. settle_s, give_up_s : how long a file must stay as it is to be complete, and after how long a broken one
    is reported, see Arrivals. idle_s : 0 never ends by itself. seen : called with each outcome that is committed.
    The rest is as for score_folder. A watch that goes on with the same settings goes on with the same list;
    tables and report are refreshed every half minute and at the end, `results.jsonl` among them.

    Raises DatasetError when there is no such folder, OutputError and EngineError as score_folder does. On any
    exception what was done is in the ledger.
    """
    started, folder, out_dir = time.monotonic(), Path(folder), Path(out_dir)
    mover = Mover(folder, *(None if place is None else Path(place) for place in (move_good, move_defective)))
    arrivals = Arrivals(folder, (out_dir, *mover.places), settle_s, give_up_s)
    saver = Saver(out_dir, save)
    if parquet:
        check_parquet()
    if cluster is not None:
        cluster.ship(detector)
        identity, notes = cluster.identity(identity), {**(notes or {}), **cluster.record()}
    make_folder(out_dir)
    with claimed(out_dir), Ledger(out_dir / "ledger.sqlite") as ledger:
        settings = settings_of(detector, identity, workers)
        settings.record.update(notes or {}, inputs=[str(folder)], images=0, settle_s=settle_s)
        ledger.begin(settings.identity, settings.record, goes_on=True)
        gallery, detect = Gallery(pictures, ledger.pictured()), detection_of(detector)
        recorder = Recorder(ledger, gallery, 0, silent)
        following = Following(settle_s)
        journal = _Journal(ledger, mover, arrivals, following, seen)

        def refresh() -> None:
            complete_pictures(ledger, gallery, detect, pictures, workers, silent)
            write_tables(out_dir, ledger, parquet)
            settings.record["left_out"] = [each.to_dict() for each in arrivals.left_out]
            settings.record["images"] = sum(ledger.counts().values())
            spent = recorder.milliseconds_per_image(journal.busy_s)
            write_page(out_dir, ledger, settings.record, pictures, spent)

        inspection = Inspection(detect, ledger, gallery, saver)
        stop = stop or threading.Event()
        items = _items(arrivals, following, Names([folder], []), stop, idle_s)
        pipeline = cluster.pipeline(inspection, workers, 0) if cluster else Pipeline(inspection, workers)
        _follow(pipeline, items, stop, recorder, journal, refresh)
        refresh()
        ledger.finish()
        seconds = time.monotonic() - started
        return summarise(out_dir, ledger, settings.record, recorder.inspected, seconds, arrivals.left_out)


class _Journal:
    """Places of outcomes in the list, and their files moved once they are durable."""

    def __init__(
        self, ledger: Ledger, mover: Mover, arrivals: Arrivals, following: Following, seen: Callable[[Outcome], None]
    ) -> None:
        self._ledger, self._mover, self._seen = ledger, mover, seen
        self._arrivals, self._following = arrivals, following
        self._known: dict[tuple[str, bytes], int] = {}
        self._skipped: dict[str, int] = {}  # places of files that could not be inspected, by path
        self._next = 0
        self.busy_s = 0.0
        moved = []
        for row in ledger.rows():
            self._next = max(self._next, row.item.position + 1)
            if row.verdict and (place := mover.moved(row.item.path, row.verdict.defective)):
                moved.append((row.item.position, place))
            elif row.item.path.exists():
                self._known[str(row.item.path), row.content] = row.item.position
                if row.status == "skipped":
                    self._skipped[str(row.item.path)] = row.item.position
        ledger.relocate(moved)

    def placed(self, outcome: Outcome) -> Outcome:
        """The outcome with its place: that of the same content at the same path, else the next. A file that changed
        keeps its place where it could not be inspected before, or had been moved already."""
        if outcome.item.position >= 0:
            return outcome
        path = str(outcome.item.path)
        position = self._known.setdefault((path, outcome.content), self._skipped.pop(path, self._next))
        if outcome.status == "skipped":
            self._skipped[path] = position
        self._next = max(self._next, position + 1)
        return replace(outcome, item=replace(outcome.item, position=position))

    def committed(self, batch: list[Outcome]) -> None:
        """Moves the files of outcomes that are in the ledger."""
        moved = []
        for outcome in batch:
            if (place := self._moved(outcome)) is not None:
                moved.append((outcome.item.position, place))
                self._known.pop((str(outcome.item.path), outcome.content), None)
            self._seen(outcome)
        self._ledger.relocate(moved)

    def _moved(self, outcome: Outcome) -> Path | None:
        """Where the file was moved to; None where it stays: skipped, changed since, or good but for other pages."""
        item, verdict = outcome.item, outcome.verdict
        is_new = not self._mover.has_moved(item.path)
        stamp = self._arrivals.stamp(item.path) if is_new else None
        if verdict is None or (is_new and stamp is None) or (verdict.pages_left and not verdict.defective):
            return None
        place = self._mover.move(item.path, verdict.defective)
        if place == item.path:
            return None
        if stamp is not None:
            self._following.add(replace(item, path=place), stamp)
        else:
            self._following.moved(item.position, place)
        return place


def _items(
    arrivals: Arrivals, following: Following, names: Names, stop: threading.Event, idle_s: float
) -> Iterator[Item | None]:
    """What arrives, or changes after it was moved; None when there is nothing just now."""
    active = time.monotonic()
    while not stop.is_set():
        for item in chain((Item(-1, path, names.of(path)) for path in arrivals.poll()), following.poll()):
            active = time.monotonic()
            yield item
            if stop.is_set():
                return
        if arrivals.waiting or following.waiting:
            active = time.monotonic()
        if 0 < idle_s <= time.monotonic() - active:
            return
        yield None
        stop.wait(min(0.2, arrivals.settle_s / 2))


def _follow(
    pipeline: Pipeline[Item, Outcome] | ClusterPipeline,
    items: Iterator[Item | None],
    stop: threading.Event,
    recorder: Recorder,
    journal: _Journal,
    refresh: Callable[[], None],
) -> None:
    """Runs until `items` end; whatever ends it early, what was done is committed and moved first.

    Images that wait when `stop` is set stay where they are: a network may need minutes for them.
    """
    refreshed, next_s, unshown = time.monotonic(), REFRESH_S, False
    with pipeline:
        try:
            for outcome in pipeline.run(items):
                if outcome is not None:
                    recorder.add(journal.placed(outcome))
                    journal.busy_s += (outcome.verdict.milliseconds if outcome.verdict else 0.0) / 1e3
                done = recorder.commit_when_due() if outcome is not None else recorder.commit()
                journal.committed(done)
                unshown |= bool(done)
                if unshown and time.monotonic() - refreshed >= next_s:
                    start = time.monotonic()
                    refresh()
                    refreshed, unshown = time.monotonic(), False
                    next_s = max(REFRESH_S, (refreshed - start) / REFRESH_SHARE)
                if stop.is_set():
                    break
            for outcome in pipeline.stop():
                recorder.add(journal.placed(outcome))
            journal.committed(recorder.commit())
        except BaseException:
            with suppress(OutputError):  # the disk may be the reason; the first error is the one to report
                for outcome in pipeline.stop():
                    recorder.keep(journal.placed(outcome))
                journal.committed(recorder.commit())
            raise
