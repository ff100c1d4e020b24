"""Jobs take a worker each; one whose worker ends runs again, one that a worker cannot do goes to another."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from scoring.cluster.machines import Machines
from surfedge import Detector
from surfedge.errors import DatasetError, SurfedgeError
from surfedge.scoring import Cluster, ClusterError
from surfedge.scoring.cluster.messages import packed, unpacked
from surfedge.scoring.cluster.shared_files import NotTheSameError


def does(name: str, message: bytes) -> bytes:
    """The task, sent to the workers as it stands: it waits, then does what it was given."""
    from surfedge.scoring.cluster.job_report import job_report

    def do(given: Any, progress: Any) -> dict[str, bytes]:
        began = time.time()
        for step in range(3):
            time.sleep(given.get("wait_s", 0.0) / 3)
            progress(step, 3, "waiting")
        if os.getpid() in given.get("dies", ()):
            os._exit(9)
        if os.getpid() in given.get("lacks", ()):
            raise NotTheSameError("/share: no folder there")
        if given.get("fails") == "as expected":
            raise DatasetError("/share", found="no image", expected="one", remedy="look")
        if given.get("fails"):
            raise RuntimeError("two\nlines")
        return {"times": packed([os.getpid(), began, time.time()])}

    return job_report(name, message, do)


does.__module__ = "__main__"  # travels by value: the workers do not have the tests


@pytest.fixture(scope="module")
def three(machines: Machines) -> Iterator[list[int]]:
    """Process numbers of the session's two workers, and of a third that is there for this file."""
    third = machines.joined()
    yield [process.pid for process in machines.started[1:]]
    if third.poll() is None:
        third.kill()
    machines.left(third)


def run(machines: Machines, jobs: list[dict[str, Any]], said: list[str] | None = None) -> dict[int, Any]:
    """What became of each job; its times where it was done."""
    lines = [] if said is None else said
    with Cluster(machines.address, say=lines.append) as cluster:
        cluster.ship(Detector())
        _all_are_in(cluster)
        found = dict(cluster.jobs(does).run([packed(each) for each in jobs]))
    return {k: v if isinstance(v, SurfedgeError) else unpacked(v["times"]) for k, v in sorted(found.items())}


def _all_are_in(cluster: Cluster) -> None:
    """Every worker has opened the detector; until then the others would take its jobs."""
    until = time.monotonic() + 30
    while len(cluster._workers.admitted) < len(cluster._workers.client.nthreads()) and time.monotonic() < until:
        cluster._workers.refresh()
        time.sleep(0.05)


def test_a_job_that_a_worker_cannot_do_goes_to_another(machines: Machines, three: list[int]) -> None:
    said: list[str] = []
    (pid, *_) = run(machines, [{"lacks": three[:2]}], said)[0]
    assert pid == three[2]
    assert all("cannot do it: /share: no folder there" in line for line in said)
    found = run(machines, [{"lacks": three}, {"fails": "as expected"}, {"fails": "oddly"}, {}])
    assert isinstance(found[0], ClusterError) and "/share: no folder there" in str(found[0])
    assert "mount the folders of the data at the same place" in found[0].remedy
    assert type(found[1]) is DatasetError and str(found[1]) == "/share: found no image, expected one; look"
    assert "unexpected RuntimeError: two lines" in str(found[2])
    assert found[3][0] in three


def test_as_many_at_once_as_there_are_workers_and_a_killed_one_costs_nothing(
    machines: Machines, three: list[int]
) -> None:
    found = run(machines, [{"wait_s": 0.3, "dies": three[2:]} for _ in range(4)])
    assert len(found) == 4 and {pid for pid, *_ in found.values()} == set(three[:2])
    for one in found.values():  # one at a time on each
        assert not any(one[0] == other[0] and one[1] < other[1] < one[2] for other in found.values())
