"""Which images of a run the report shows, and their pictures: bounded in number, kept in the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import islice

import numpy as np

from surfedge.progress import Progress
from surfedge.report import PictureChoice, Pictures, PictureShelf
from surfedge.result import Result
from surfedge.scoring.fingerprint import fingerprint, page_content
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Item, Outcome, Verdict
from surfedge.scoring.pipeline import Pipeline

SIDE_PX, THUMB_PX, JPEG_QUALITY = 512, 160, 80
COSTLY_MS, DEAR_MS = 50.0, 500.0
KEPT_BYTES = 64 << 20
DRAWN_AT_ONCE = 16  # per commit: each waits for the disk
Detect = Callable[[Item], Result]
Drawn = tuple[bytes, Pictures] | tuple[()]


class Gallery:
    """Decides while the run goes on which images to draw at once; any thread may ask.

    Of a long run many more images are among the worst so far than in the end, so results are kept to be drawn at
    the end, up to KEPT_BYTES. Of those that do not fit, the costly ones are drawn at once, and the others soon
    inspected again. What took DEAR_MS is always drawn at once: that costs little then, and a run that is killed
    need not repeat it.

    stored : score and threshold by content of the images whose pictures the ledger holds from an earlier run.
    """

    def __init__(self, choice: PictureChoice | None, stored: dict[bytes, tuple[float, float]]) -> None:
        self._lock = threading.Lock()
        self._shelf = PictureShelf(choice)
        self._results: dict[bytes, Result] = {}
        self._bytes = 0
        self._pushed_out: set[bytes] = set()
        for content, (score, threshold) in stored.items():
            self._shelf.offer(content.hex(), score, threshold, Pictures)

    def draws_now(self, content: bytes, verdict: Verdict, result: Result) -> bool:
        """True when the report would show this image, as far as the run has gone, and it is to be drawn at once;
        otherwise its result is kept if it would be shown and there is room."""
        size = _bytes_of(result)
        with self._lock:
            wanted = self._shelf.wants(content.hex(), verdict.score, verdict.threshold)
            if content in self._results or not wanted:
                return False
            fits = self._bytes + size <= KEPT_BYTES
            if verdict.milliseconds >= (DEAR_MS if fits else COSTLY_MS):
                return True
            self._take(content, verdict)
            if fits:
                self._results[content] = result
                self._bytes += size
            return False

    def result(self, content: bytes) -> Result | None:
        """The result of this content, where it was kept, and no longer."""
        with self._lock:
            return self._let_go(content)

    def add(self, outcome: Outcome) -> set[bytes]:
        """Takes note of an inspected image; the contents whose pictures are pushed out."""
        with self._lock:
            if outcome.verdict is not None and outcome.pictures is not None:
                self._take(outcome.content, outcome.verdict)
            gone, self._pushed_out = self._pushed_out, set()
        return gone

    def _take(self, content: bytes, verdict: Verdict) -> None:
        """Puts an image on the shelf, and lets go of those that fall off."""
        name, before = content.hex(), self._shelf.order().keys()
        if name not in before:
            self._shelf.offer(name, verdict.score, verdict.threshold, Pictures)
        for fallen in (before | {name}) - self._shelf.order().keys():
            self._pushed_out.add(bytes.fromhex(fallen))
            self._let_go(bytes.fromhex(fallen))

    def _let_go(self, content: bytes) -> Result | None:
        if (result := self._results.pop(content, None)) is not None:
            self._bytes -= _bytes_of(result)
        return result


def complete_pictures(
    ledger: Ledger, gallery: Gallery, detect: Detect, choice: PictureChoice | None, workers: int, progress: Progress
) -> None:
    """Makes the ledger's pictures those of the images that the finished run calls for.

    Those of images that were cheap to inspect are drawn only now, and so are those that an earlier run with
    other inputs pushed out.
    """
    chosen = _chosen(ledger, choice)
    missing = [(content, item) for content, item in chosen.items() if not ledger.has_pictures(content)]

    def draw(place: tuple[bytes, Item]) -> Drawn:
        content, item = place
        if (result := gallery.result(content)) is None:
            return _drawn_again(detect, item)
        pictures = drawn(result)
        return (content, pictures) if pictures else ()

    with Pipeline[tuple[bytes, Item], Drawn](draw, workers) as pipeline:
        ready = (found for found in pipeline.run(missing) if found is not None)
        for first in range(0, len(missing), DRAWN_AT_ONCE):
            ledger.add_pictures([found for found in islice(ready, DRAWN_AT_ONCE) if found])
            progress(min(first + DRAWN_AT_ONCE, len(missing)), len(missing), "drawing")
    ledger.keep_pictures(chosen)


def drawn(result: Result) -> Pictures | None:
    """Pictures for the report, as JPEG: WebP is a third smaller and takes forty times as long to encode.

    A result that cannot be drawn keeps its verdict and goes without: None.
    """
    from surfedge.drawing import draw_image, draw_map, draw_overlay

    height, width = result.shape
    limit_px = min(round(SIDE_PX * (max(height, width) / min(height, width)) ** 0.5), 2 * SIDE_PX)
    try:
        overlay = draw_overlay(result, limit_px=limit_px, caption=False)
        return Pictures(
            overlay=_jpeg(overlay),
            map=_jpeg(draw_map(result, limit_px)),
            original=_jpeg(draw_image(result, limit_px)),
            thumb=_jpeg(_reduced(overlay)),
        )
    except Exception:  # too little memory among them: all verdicts are in, a picture must not cost the tables
        return None


def _bytes_of(result: Result) -> int:
    """What keeping a result costs at most: its picture and mask, its map once made."""
    height, width = result.shape
    held = (each.nbytes for each in (result.image, result.mask) if each is not None)
    return sum(held) + 4 * height * width


def _reduced(picture: np.ndarray) -> np.ndarray:
    import cv2

    factor = THUMB_PX / max(picture.shape)
    if factor >= 1:
        return picture
    size = [max(1, round(factor * side)) for side in picture.shape[1::-1]]
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _jpeg(picture: np.ndarray) -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1])


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


def _drawn_again(detect: Detect, item: Item) -> Drawn:
    """Content and pictures of an image inspected before; nothing where that does not work any more."""
    try:
        pictures = drawn(detect(item))
        return (page_content(fingerprint(item.path).content, item.page), pictures) if pictures else ()
    except Exception:  # the verdict stands; the report goes without this picture
        return ()
