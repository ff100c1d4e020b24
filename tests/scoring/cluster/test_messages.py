"""What travels comes out as it went in, bit for bit; what was changed on the way is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surfedge import Detector
from surfedge.result import Region
from surfedge.scoring.cluster.cluster_error import ClusterError
from surfedge.scoring.cluster.environment import differences, environment_of
from surfedge.scoring.cluster.messages import (
    NO_ITEM,
    Answer,
    Report,
    Request,
    pack_report,
    pack_task,
    packed,
    unpack_report,
    unpack_task,
)
from surfedge.scoring.cluster.pace import MOST, TASK_S, Pace
from surfedge.scoring.cluster.shipment import Shipment
from surfedge.scoring.ledger.outcome import Outcome, Verdict
from surfedge.scoring.run_identity import settings_of


def test_a_task_and_its_report() -> None:
    mask = Request("b_mask.png", 0, bytes(range(32)))
    requests = [Request("plate \udce4\u20ac.png", 3, bytes(32), b"\x00\xff"), Request("b", 0, bytes(32), None, mask)]
    assert unpack_task(pack_task(requests, ["maps"])) == (requests, ["maps"])
    verdict = Verdict(7, 5, 0.1 + 0.2, 1e-300, True, 1, 12, 3.5, "noted", "pit", 1 / 3)
    region = Region((1, 2, 3, 4), 12, float(np.float32(0.1)), 0.05, (2.5, 4.0), "pit")
    judged = Answer(Outcome(NO_ITEM, b"", verdict, "", (region,)), {"masks": b"\x89PNG"})
    refused = Answer(Outcome(NO_ITEM, reason="dark", is_implausible=True))
    report = Report((judged, refused, Answer(Outcome(NO_ITEM), unreadable="not there")), 0.25, sums=b"\x01")
    assert unpack_report(pack_report(report)) == report


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", packed("text"), packed([99, "", 0.0, [], b""]), packed([1, "", 0.0, [[1]], b""])]
)
def test_what_is_no_report(data: bytes) -> None:
    with pytest.raises(ClusterError, match="install the same surfedge on every machine"):
        unpack_report(data)


def test_a_shipped_detector_is_the_same_one(tmp_path: Path) -> None:
    detector = Detector().with_threshold(3.25).with_plausibility("note")
    shipment = Shipment.of(detector)
    opened = Shipment.from_plain(shipment.to_plain()).open(threads=1)
    assert opened.decision.threshold == 3.25 and opened.plausibility.action == "note"
    assert settings_of(opened).identity == settings_of(detector).identity
    assert differences(environment_of(detector), environment_of(opened)) == []
    changed = bytearray(shipment.data)
    changed[-1] ^= 1
    with pytest.raises(ClusterError, match="SHA-256"):
        replace(shipment, data=bytes(changed)).open(threads=1)


def test_what_differs_is_named() -> None:
    ours = environment_of(Detector())
    assert differences(ours, {**ours, "check image": "another"}) == [
        "another score of the check image, by another kind of processor"
    ]
    network = {**ours, "openvino": "2026.4.0", "precision": "f32"}
    assert differences(network, {**network, "openvino": "2025.1.0", "precision": "bf16"}) == [
        "openvino 2025.1.0 instead of 2026.4.0",
        "precision bf16 instead of f32",
    ]


def test_tasks_take_two_seconds_and_end_together() -> None:
    pace = Pace(100_000)
    pace.note(4, 4 * 0.004)
    assert pace.size(threads=50) == round(TASK_S / 0.004)
    pace.took(99_000)
    assert pace.size(threads=50) == 62  # a quarter of a second, though ten images would be a fair share
    pace.took(700)
    assert pace.size(threads=2) == 75
    pace.note(1, 100.0)
    assert pace.size(threads=2) == 1
    endless = Pace()
    endless.note(1000, 1e-9)
    assert endless.size(threads=2) == MOST
    assert endless.size(threads=50, waiting=101) == 3  # a burst in a watched folder goes to all workers
