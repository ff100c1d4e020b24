"""What travels between client and workers: bytes made of plain values (MessagePack), never a pickled object of ours.

A task carries images, by path or by their bytes, and gets an answer for each: verdict, regions, reason, encoded files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import msgpack
import numpy as np

from surfedge.result import Region
from surfedge.scoring.cluster.cluster_error import ClusterError
from surfedge.scoring.ledger.outcome import Item, Outcome, Verdict

PROTOCOL = 1


@dataclass(frozen=True)
class Request:
    """One image of a task.

    path : as the client reads it. page : as of Item. digest : SHA-256 of the file, 32 bytes.
    data : the file itself where the worker cannot read the path, else None. mask : the same of the file that marks its
    defects, where the task needs one; its page is 0.
    """

    path: str
    page: int
    digest: bytes
    data: bytes | None = field(default=None, repr=False)
    mask: Request | None = None


@dataclass(frozen=True)
class Answer:
    """What a worker says of one image.

    outcome : as of a local inspection, its item empty. files : bytes by name: encoded, by kind of --save, or what else
    the task is for.
    unreadable : why the worker did not find the same bytes at the path; then nothing else counts.
    """

    outcome: Outcome
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    unreadable: str = ""


@dataclass(frozen=True)
class Report:
    """Answers to a task, in its order. seconds : wall time from its first image to its last. refused : why the worker
    did nothing, else "". sums : what its images add up to, for tasks that count."""

    answers: tuple[Answer, ...] = ()
    seconds: float = 0.0
    refused: str = ""
    sums: bytes = field(default=b"", repr=False)


NO_ITEM = Item(-1, Path(), "")


def packed(value: Any) -> bytes:
    """`value` as bytes: numbers, text (also of undecodable names), bytes, lists and mappings by text."""
    return bytes(msgpack.packb(value, use_bin_type=True, unicode_errors="surrogatepass", default=_as_number))


def _as_number(value: np.generic) -> Any:
    return value.item()


def unpacked(data: bytes) -> Any:
    """What `packed` was given, sequences as lists; raises ClusterError for anything else."""
    try:
        return msgpack.unpackb(data, raw=False, strict_map_key=True, unicode_errors="surrogatepass")
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise _not_understood(repr(error)) from error


def pack_task(requests: Sequence[Request], given: Any) -> bytes:
    """The message of a task; given : plain values, what it is to do with each image."""
    return packed([PROTOCOL, given, [_sent(each) for each in requests]])


def unpack_task(data: bytes) -> tuple[list[Request], Any]:
    """Its images, and what to do with each."""
    protocol, given, requests = unpacked(data)
    _check(protocol)
    return [_request(each) for each in requests], given


def pack_report(report: Report) -> bytes:
    """The message that answers a task."""
    answers = [_plain(answer) for answer in report.answers]
    return packed([PROTOCOL, report.refused, report.seconds, answers, report.sums])


def unpack_report(data: bytes) -> Report:
    """The report of a worker; raises ClusterError for what is none."""
    try:
        protocol, refused, seconds, answers, sums = unpacked(data)
        _check(protocol)
        return Report(tuple(_answer(*each) for each in answers), float(seconds), str(refused), sums)
    except (TypeError, ValueError) as error:
        raise _not_understood(error) from error


def _sent(request: Request) -> list[Any]:
    mask = None if request.mask is None else _sent(request.mask)
    return [request.path, request.page, request.digest, request.data, mask]


def _request(plain: list[Any]) -> Request:
    path, page, digest, data, mask = plain
    return Request(path, page, digest, data, None if mask is None else _request(mask))


def _plain(answer: Answer) -> list[Any]:
    outcome = answer.outcome
    verdict = None if outcome.verdict is None else list(astuple(outcome.verdict))
    regions = [[list(r.box), r.area_px, r.score, r.mean_score, list(r.centroid), r.label] for r in outcome.regions]
    flags = [outcome.is_implausible, outcome.is_foreign_fault]
    return [verdict, regions, outcome.reason, flags, dict(answer.files), answer.unreadable]


def _answer(verdict: Any, regions: Any, reason: str, flags: Any, files: dict[str, bytes], unreadable: str) -> Answer:
    found = tuple(
        Region((int(box[0]), int(box[1]), int(box[2]), int(box[3])), area, score, mean, (float(x), float(y)), label)
        for box, area, score, mean, (x, y), label in regions
    )
    is_implausible, is_foreign = flags
    outcome = Outcome(
        NO_ITEM,
        b"",
        None if verdict is None else Verdict(*verdict),
        reason,
        found,
        is_implausible=bool(is_implausible),
        is_foreign_fault=bool(is_foreign),
    )
    return Answer(outcome, files, unreadable)


def _check(protocol: Any) -> None:
    if protocol != PROTOCOL:
        found = f"messages of version {protocol}"
        remedy = "install the same surfedge on every machine"
        raise ClusterError("cluster", found=found, expected=f"version {PROTOCOL}", remedy=remedy)


def _not_understood(found: object) -> ClusterError:
    remedy = "install the same surfedge on every machine"
    return ClusterError("cluster", found=f"a message that is none ({found})", expected="one of surfedge", remedy=remedy)
