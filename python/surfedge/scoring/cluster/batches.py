"""A batch of images on a worker: each read by its path or from its bytes, known by its SHA-256, inspected."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from distributed import get_worker

from surfedge.detector import Detector
from surfedge.errors import SurfedgeError
from surfedge.result import Result
from surfedge.scoring.cluster.messages import NO_ITEM, Answer, Report, Request, pack_report, unpack_task
from surfedge.scoring.cluster.plugin import DetectorPlugin
from surfedge.scoring.fingerprint import Stamp, check_unchanged, fingerprint
from surfedge.scoring.inspection import failed, judged
from surfedge.scoring.ledger.outcome import Item, Outcome
from surfedge.scoring.output.saving import encoded
from surfedge.scoring.pages import detection_of

Detect = Callable[[Item], Result]


class BatchWork(Protocol):
    """What becomes of the results of one task."""

    def __call__(self, number: int, path: Path, result: Result, mask: Path | None) -> Answer:
        """The answer on image `number` of the task; a SurfedgeError makes the image skipped.

        path, mask : of its files here, under the names that they have at the client.
        """
        ...

    def sums(self) -> bytes:
        """What the images add up to."""
        ...


def batch_report(name: str, message: bytes, work_of: Callable[[Detector, Any], BatchWork]) -> bytes:
    """A message of images in, a message of answers out. Nothing that is wrong with an image ends the task.

    name : of the run's plugin. work_of : what becomes of the results, from the detector and what the task was given.
    """
    plugin = get_worker().plugins.get(name)
    if not isinstance(plugin, DetectorPlugin) or plugin.detector is None:
        return pack_report(Report(refused="the bundle is not loaded"))
    try:
        requests, given = unpack_task(message)
    except SurfedgeError as error:
        return pack_report(Report(refused=str(error)))
    started = time.perf_counter()
    work, detect = work_of(plugin.detector, given), detection_of(plugin.detector)
    answers = tuple(_answer(detect, work, number, request) for number, request in enumerate(requests))
    return pack_report(Report(answers, time.perf_counter() - started, sums=work.sums()))


def inspect_batch(name: str, message: bytes) -> bytes:
    """The task of a folder run: verdict and regions of each image, and the files that --save asked for."""
    return batch_report(name, message, lambda detector, kinds: _Inspected(kinds))


class _Inspected:
    def __init__(self, kinds: list[str]) -> None:
        self._kinds = kinds

    def __call__(self, number: int, path: Path, result: Result, mask: Path | None) -> Answer:
        outcome = judged(NO_ITEM, b"", result)
        return Answer(outcome, encoded(result, self._kinds) if outcome.verdict else {})

    def sums(self) -> bytes:
        return b""


class _UnreadableError(Exception):
    """The file is not there, or holds other bytes than the client saw."""


def _answer(detect: Detect, work: BatchWork, number: int, request: Request) -> Answer:
    try:
        with _files(request) as (image, mask):
            stamp = _checked(image, request.digest)
            if request.mask is not None and mask is not None:
                _checked(mask, request.mask.digest)
            result = _inspected(detect, Item(0, image, "", request.page), stamp)
            return work(number, image, result, mask)
    except _UnreadableError as error:
        return Answer(Outcome(NO_ITEM), unreadable=str(error))
    except OSError as error:  # the worker's own disk, not the image
        reason = f"found {error.strerror or error} in the worker's temporary folder, expected room; free some"
        return Answer(Outcome(NO_ITEM, reason=reason, is_foreign_fault=True))
    except Exception as error:
        return Answer(failed(NO_ITEM, b"", error))


def _inspected(detect: Detect, item: Item, stamp: Stamp) -> Result:
    result = detect(item)
    check_unchanged(item.path, stamp)
    return result


@contextmanager
def _files(request: Request) -> Iterator[tuple[Path, Path | None]]:
    """The paths of image and mask: the client's, or those of the bytes that were sent, under the same names."""
    mask = request.mask
    if request.data is None:
        yield Path(request.path), None if mask is None else Path(mask.path)
        return
    with tempfile.TemporaryDirectory(prefix="surfedge-") as folder:
        image = _written(Path(folder) / "image", request)
        yield image, None if mask is None else _written(Path(folder) / "mask", mask)


def _written(folder: Path, request: Request) -> Path:
    folder.mkdir()
    path = folder / os.path.basename(request.path)
    path.write_bytes(request.data or b"")
    return path


def _checked(path: Path, digest: bytes) -> Stamp:
    """The stamp of a file that holds the bytes that the client saw."""
    try:
        found = fingerprint(path)
    except SurfedgeError as error:
        raise _UnreadableError(error.reason) from error
    if found.content != digest:
        raise _UnreadableError("found other bytes at the same path")
    return found.stamp
