"""Which images of a run the report shows, and their pictures: bounded in number, kept in the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from surfedge.errors import SurfedgeError
from surfedge.report import PictureChoice, Pictures, PictureShelf, draw_pictures
from surfedge.result import Result
from surfedge.scoring.fingerprint import fingerprint
from surfedge.scoring.ledger import Ledger
from surfedge.scoring.outcome import Item, Outcome, Verdict
from surfedge.scoring.pipeline import Pipeline

Detect = Callable[[Path], Result]
Progress = Callable[[int, int, str], None]


class Gallery:
    """Decides while the run goes on which images to draw; any thread may ask.

    stored : score and threshold by content of the images whose pictures the ledger holds from an earlier run.
    """

    def __init__(self, choice: PictureChoice | None, stored: dict[bytes, tuple[float, float]]) -> None:
        self._lock = threading.Lock()
        self._shelf = PictureShelf(choice)
        for content, (score, threshold) in stored.items():
            self._shelf.offer(content.hex(), score, threshold, Pictures)

    def wants(self, content: bytes, verdict: Verdict) -> bool:
        """True when the report would show this image, as far as the run has gone."""
        with self._lock:
            return self._shelf.wants(content.hex(), verdict.score, verdict.threshold)

    def add(self, outcome: Outcome) -> set[bytes]:
        """Takes note of an inspected image; the contents whose pictures it pushes out."""
        verdict, name = outcome.verdict, outcome.content.hex()
        if verdict is None or outcome.pictures is None:
            return set()
        with self._lock:
            before = self._shelf.order().keys()
            if name not in before:
                self._shelf.offer(name, verdict.score, verdict.threshold, Pictures)
            return {bytes.fromhex(gone) for gone in (before | {name}) - self._shelf.order().keys()}


def complete_pictures(
    ledger: Ledger, detect: Detect, choice: PictureChoice | None, workers: int, progress: Progress
) -> None:
    """Makes the ledger's pictures those of the images that the finished run calls for.

    Those that an earlier run pushed out, or whose image it did not have, are drawn now.
    """
    chosen = _chosen(ledger, choice)
    missing = [item for content, item in chosen.items() if not ledger.has_pictures(content)]
    with Pipeline[Item, "tuple[bytes, Pictures] | tuple[()]"](
        lambda item: _drawn_again(detect, item), workers
    ) as job:
        done = 0
        for found in job.run(missing):
            if found:
                ledger.add_pictures(*found)
            if found is not None:
                done += 1
                progress(done, len(missing), "drawing")
    ledger.keep_pictures(chosen)


def drawn(result: Result) -> Pictures | None:
    """Pictures for the report; a result that cannot be drawn keeps its verdict and goes without."""
    try:
        return draw_pictures(result)
    except SurfedgeError:
        return None


def _chosen(ledger: Ledger, choice: PictureChoice | None) -> dict[bytes, Item]:
    shelf = PictureShelf(choice)
    items: dict[str, Item] = {}
    for row in ledger.rows():
        name, verdict = row.content.hex(), row.verdict
        if verdict is None or name in items or not shelf.wants(name, verdict.score, verdict.threshold):
            continue
        shelf.offer(name, verdict.score, verdict.threshold, Pictures)
        items[name] = row.item
        for gone in items.keys() - shelf.order().keys():
            del items[gone]
    return {bytes.fromhex(name): item for name, item in items.items()}


def _drawn_again(detect: Detect, item: Item) -> tuple[bytes, Pictures] | tuple[()]:
    """Content and pictures of an image inspected before; nothing where that does not work any more."""
    try:
        pictures = drawn(detect(item.path))
        return (fingerprint(item.path).content, pictures) if pictures else ()
    except Exception:  # the verdict stands; the report goes without this picture
        return ()
