"""Folder runs over workers: two against one, what a task costs, how many images a second the client can record.

    python benchmarks/cluster.py two            two local workers beside one: statistics, a 4 ms and a 20 ms network
    python benchmarks/cluster.py task           what a task costs besides its images
    python benchmarks/cluster.py fifty          a worker process of 50 threads that sleep in place of inspecting
    python benchmarks/cluster.py memory         memory of the client over many tasks (--tasks 100000)

Nothing else may run on the machine: each line says the load before it.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from surfedge import Detector
from surfedge.report import PictureChoice
from surfedge.result import Result
from surfedge.scoring import Cluster, score_folder
from surfedge.scoring.cluster.folder_work import FolderWork
from surfedge.scoring.cluster.messages import NO_ITEM, Answer, Report, pack_report, pack_task, unpack_task
from surfedge.scoring.cluster.pace import Pace
from surfedge.scoring.cluster.tasks import Batch, Tasks
from surfedge.scoring.cluster.wanted import Wanted
from surfedge.scoring.ledger.outcome import Item, Outcome, Verdict

NONE = PictureChoice(0, 0, 0)
SIDE_PX, TURNS = 256, 3
NETWORKS = {"4ms": (10, 3), "20ms": (24, 4)}  # width and depth of the convolutions: see the milliseconds printed


def sheets(folder: Path, count: int, side_px: int = SIDE_PX) -> Path:
    """PNG files of noise, all different."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(count):
        cv2.imwrite(
            str(folder / f"{number:06}.png"), rng.normal(128, 6, (side_px, side_px)).clip(0, 255).astype(np.uint8)
        )
    return folder


def two(folder: Path, count: int, only: str) -> None:
    """Images a second of two workers against twice those of one, in turns: of whole runs, their start and end included,
    and while a run goes on, from a run of a quarter of the images beside it."""
    print(f"two workers of one core against twice one, PNG of {SIDE_PX} x {SIDE_PX}, {TURNS} turns; load {load()}")
    images, few = sheets(folder / "images", count), sheets(folder / "few", count // 4)
    for name, detector in _detectors(folder, only):
        whole, going, own = [], [], []
        with Cluster("local:1") as one, Cluster("local:2") as pair:
            for turn in range(TURNS):
                seconds: list[float] = []
                for workers, cluster in ((1, one), (2, pair)):
                    for number, part in ((count // 4, few), (count, images)):
                        out = folder / f"{name} {workers} {number} {turn}"
                        spent, own_ms = _seconds(detector, part, out, cluster, number)
                        seconds.append(spent)
                own.append(own_ms)
                whole.append((count / seconds[1], count / seconds[3]))
                more = count - count // 4
                going.append((more / (seconds[1] - seconds[0]), more / (seconds[3] - seconds[2])))
        for what, rates in (("whole runs", whole), ("going on", going)):
            single, double = (statistics.median(column) for column in zip(*rates, strict=True))
            ratios = [b / (2 * a) for a, b in rates]
            low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
            print(f"  {name:12} {what}: one {single:.1f}/s, two {double:.1f}/s: {middle:.0%} ({low:.0%} to {high:.0%})")
        print(f"  {name:12} client and scheduler {statistics.median(own):.2f} ms of a core for each image", flush=True)


def task(count: int) -> None:
    """Seconds a task of one image that costs nothing takes, one at a time and many under way."""
    with sleeping(workers=1, threads=1, milliseconds=0.0) as (workers, sleeper):
        for under_way in (1, 2, 16):
            tasks, started = Tasks(workers, sleeper), time.perf_counter()
            for _ in range(count):
                while len(tasks) >= under_way:
                    tasks.next(1.0)
                tasks.start(_batch(0))
            while len(tasks):
                tasks.next(1.0)
            spent = time.perf_counter() - started
            print(f"  a task costs {1e3 * spent / count:.2f} ms with {under_way} under way; load {load()}", flush=True)


def fifty(folder: Path, count: int, milliseconds: float) -> None:
    """A whole folder run, its images judged by 50 threads that sleep: the client looks up, records and commits."""
    images = sheets(folder / "images", count, side_px=64)
    with (
        sleeping(workers=1, threads=50, milliseconds=milliseconds) as (workers, sleeper),
        Cluster("local:1") as cluster,
    ):
        cluster._workers, held = workers, cluster._workers
        workers.ship = lambda detector, environment: None
        FolderWork.task = staticmethod(sleeper)
        started, own = time.perf_counter(), time.process_time()
        score_folder(Detector(), [images], folder / "out", pictures=NONE, cluster=cluster)
        spent, own_ms = time.perf_counter() - started, 1e3 * (time.process_time() - own) / count
        cluster._workers = held
    most, rate = f"{50e3 / milliseconds:,.0f}/s", f"{count / spent:,.0f} images/s"
    print(f"  50 simulated workers of {milliseconds:g} ms, at most {most}: {rate} recorded")
    print(f"  {own_ms:.2f} ms of a core for each image in client and scheduler; load {load()}")


def memory(count: int) -> None:
    """Largest memory of this process after each tenth of the tasks."""
    with sleeping(workers=1, threads=2, milliseconds=0.0) as (workers, sleeper):
        tasks, pace = Tasks(workers, sleeper), Pace()
        for number in range(1, count + 1):
            while len(tasks) >= 64:
                if (answered := tasks.next(1.0)) and answered.report:
                    pace.note(1, answered.report.seconds)
            tasks.start(_batch(number))
            if number % max(1, count // 10) == 0:
                kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                print(f"  {number:,} tasks: {kilobytes:,} kB here; load {load()}", flush=True)


@contextmanager
def sleeping(workers: int, threads: int, milliseconds: float) -> Iterator[tuple[Any, Any]]:
    """Workers, and the task for them that sleeps for each image in place of inspecting it."""
    import dask
    from distributed import Client, LocalCluster

    from surfedge.scoring.cluster.connection import QUIET, QUIET_HERE
    from surfedge.scoring.cluster.workers import Workers

    def sleeper(name: str, message: bytes) -> bytes:
        requests, _ = unpack_task(message)
        time.sleep(milliseconds / 1e3 * len(requests))
        verdict = Verdict(64, 64, 0.5, 1.0, False, 0, 0, milliseconds)
        answers = tuple(Answer(Outcome(NO_ITEM, b"", verdict)) for _ in requests)
        return pack_report(Report(answers, milliseconds / 1e3 * len(requests)))

    how: dict[str, Any] = {
        "processes": True,
        "host": "127.0.0.1",
        "dashboard_address": "127.0.0.1:0",
        "memory_limit": 0,
    }
    with (
        dask.config.set({**QUIET, **QUIET_HERE}),
        LocalCluster(n_workers=workers, threads_per_worker=threads, **how) as cluster,
        Client(cluster) as client,
    ):
        held = Workers(client, "local", True, print)
        held.admitted = dict(client.nthreads())
        held.name = "sleeping"
        yield held, sleeper


def _batch(number: int) -> Batch:
    wanted = Wanted(Item(number, Path("/none"), "none"), bytes(32), bytes(32), 1)
    return Batch([wanted], pack_task([wanted.request(by_bytes=False)], []))


def _detectors(folder: Path, only: str) -> Iterator[tuple[str, Detector]]:
    from side_by_side import bundle_of

    import graphs
    from surfedge.decision import Decision
    from surfedge.detector import default_bundle
    from surfedge.methods import Network

    if only in ("", "statistics"):
        yield "statistics", Detector(default_bundle("statistics"))
    for name, (width, depth) in NETWORKS.items():
        if only not in ("", name):
            continue
        place = folder / name
        place.mkdir()
        network = Network(*graphs.costly(place, tile_px=SIDE_PX, width=width, depth=depth))
        detector = Detector(bundle_of(network, Decision(threshold=0.9), 1), threads=1)
        plate = np.full((SIDE_PX, SIDE_PX), 128, np.uint8)
        spent = []
        for _ in range(10):
            result: Result = detector(plate)
            spent.append(result.milliseconds)
        yield f"{statistics.median(spent):.1f} ms", detector


def _seconds(detector: Detector, images: Path, out: Path, cluster: Cluster, count: int) -> tuple[float, float]:
    """Seconds of a run, and milliseconds of a core that this process took for each image."""
    started, own = time.perf_counter(), time.process_time()
    summary = score_folder(detector, [images], out, workers=1, pictures=NONE, cluster=cluster)
    assert summary.inspected == count, summary
    return time.perf_counter() - started, 1e3 * (time.process_time() - own) / count


def load() -> str:
    """Of the last minute, and the processor."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{os.getloadavg()[0]:.1f} on {len(names)} x {names[0].partition(': ')[2] if names else 'unknown'}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("two", "task", "fifty", "memory"))
    parser.add_argument("--only", choices=("", "statistics", *NETWORKS), default="", help="two: with one of them alone")
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--milliseconds", type=float, default=20.0)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as place:
        if given.what == "two":
            two(Path(place), given.images, given.only)
        elif given.what == "task":
            task(given.tasks)
        elif given.what == "fifty":
            fifty(Path(place), given.images, given.milliseconds)
        else:
            memory(given.tasks)
