"""Which images of a run the report shows, and their pictures: bounded in number, kept in the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from surfedge.errors import SurfedgeError
from surfedge.report import PictureChoice, Pictures, PictureShelf
from surfedge.result import Result
from surfedge.scoring.fingerprint import fingerprint
from surfedge.scoring.ledger import Ledger
from surfedge.scoring.outcome import Item, Outcome, Verdict
from surfedge.scoring.pipeline import Pipeline

SIDE_PX, THUMB_PX, JPEG_QUALITY = 512, 160, 80
COSTLY_MS = 50.0
Detect = Callable[[Path], Result]
Drawn = tuple[bytes, Pictures] | tuple[()]
Progress = Callable[[int, int, str], None]


class Gallery:
    """Decides while the run goes on which images to draw at once; any thread may ask.

    Only those whose inspection costs more than drawing: of a long run many more images are among the worst so
    far than in the end, and the cheap ones are soon inspected again.

    stored : score and threshold by content of the images whose pictures the ledger holds from an earlier run.
    """

    def __init__(self, choice: PictureChoice | None, stored: dict[bytes, tuple[float, float]]) -> None:
        self._lock = threading.Lock()
        self._shelf = PictureShelf(choice)
        for content, (score, threshold) in stored.items():
            self._shelf.offer(content.hex(), score, threshold, Pictures)

    def wants(self, content: bytes, verdict: Verdict) -> bool:
        """True when the report would show this image, as far as the run has gone, and it was costly."""
        if verdict.milliseconds < COSTLY_MS:
            return False
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

    Those of images that were cheap to inspect are drawn only now, and so are those that an earlier run with
    other inputs pushed out.
    """
    chosen = _chosen(ledger, choice)
    missing = [item for content, item in chosen.items() if not ledger.has_pictures(content)]
    done = 0
    with Pipeline[Item, Drawn](lambda item: _drawn_again(detect, item), workers) as pipeline:
        for found in pipeline.run(missing):
            if found:
                ledger.add_pictures(*found)
            if found is not None:
                done += 1
                progress(done, len(missing), "drawing")
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
    except SurfedgeError:
        return None


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
        pictures = drawn(detect(item.path))
        return (fingerprint(item.path).content, pictures) if pictures else ()
    except Exception:  # the verdict stands; the report goes without this picture
        return ()
