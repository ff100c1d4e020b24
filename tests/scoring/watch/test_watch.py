"""A watched folder: complete files only, each once, moved on by verdict, a clean stop, going on where it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import surfedge
from scoring.conftest import table
from scoring.stub import FEW_PICTURES
from surfedge import Detector
from surfedge.detector import default_bundle
from surfedge.errors import DatasetError
from surfedge.scoring import Summary, watch_folder
from surfedge.scoring.watch.arrivals import Arrivals
from surfedge.scoring.watch.moving import Mover

SETTLE_S = 0.1


def plate(seed: int) -> bytes:
    """PNG; every third has a scratch."""
    image = np.random.default_rng(seed).normal(128, 6, (96, 128)).clip(0, 255).astype(np.uint8)
    if seed % 3 == 1:
        image[40:48, 30:90] = 250
    return cv2.imencode(".png", image)[1].tobytes()


class Watch:
    """A watch in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.inbox, self.out = folder / "in", folder / "out"
        self.good, self.bad = folder / "good", folder / "bad"
        self.inbox.mkdir(exist_ok=True)
        self.detector = Detector(default_bundle("dzl"))
        good, bad = (self.detector(cv2.imdecode(np.frombuffer(plate(n), np.uint8), 0)).score for n in (0, 1))
        self.detector = self.detector.with_threshold((good + bad) / 2)
        self.stop, self.seen = threading.Event(), []
        self.error: BaseException | None = None
        self.summary: Summary | None = None

    def begin(self, **options: Any) -> None:
        self.stop.clear()
        kept = {"settle_s": SETTLE_S, "workers": 2, "pictures": FEW_PICTURES, "seen": self.seen.append}

        def run() -> None:
            try:
                self.summary = watch_folder(self.detector, self.inbox, self.out, stop=self.stop, **{**kept, **options})
            except BaseException as error:
                self.error = error

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < end and self.thread.is_alive()
            time.sleep(0.01)

    def end(self) -> Summary:
        self.stop.set()
        self.thread.join(30)
        assert self.error is None and self.summary is not None
        return self.summary


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    watch = Watch(tmp_path)
    yield watch
    watch.stop.set()


def test_files_are_scored_as_they_come_and_moved_on(watch: Watch) -> None:
    watch.begin(move_good=watch.good, move_defective=watch.bad)
    (watch.inbox / "coil 1").mkdir()
    for seed in range(6):
        (watch.inbox / "coil 1" / f"{seed}.png").write_bytes(plate(seed))
    watch.until(lambda: len(watch.seen) == 6)
    (watch.inbox / "coil 1" / "1.png").write_bytes(plate(4))  # the camera counts from the start again
    watch.until(lambda: len(watch.seen) == 7)
    summary = watch.end()
    assert (summary.images, summary.skipped) == (7, 0) and summary.defective > 0 and summary.good > 0
    rows = table(watch.out / "results.csv")
    lines = [json.loads(line) for line in (watch.out / "results.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == len(lines) == 7 and not list(watch.inbox.rglob("*.png"))
    for row, line in zip(rows, lines, strict=True):
        place = Path(row["path"])
        assert place.exists() and line["path"] == row["path"]
        assert (watch.bad if row["defective"] == "true" else watch.good) in place.parents
        assert len(line["regions"]) == int(row["regions"])
    assert len({row["path"] for row in rows}) == 7
    assert (watch.out / "report.html").exists()


def test_implausible_files_stay_where_they_are_and_are_counted(watch: Watch) -> None:
    black = cv2.imencode(".png", np.zeros((96, 128), np.uint8))[1].tobytes()
    watch.begin(move_good=watch.good, move_defective=watch.bad)
    for name, data in (("dead.png", black), ("fine.png", plate(0))):
        (watch.inbox / name).write_bytes(data)
    watch.until(lambda: len(watch.seen) == 2)
    summary = watch.end()
    assert (summary.good, summary.implausible, summary.skipped) == (1, 1, 0) and not summary.is_complete
    assert [path.name for path in watch.inbox.iterdir()] == ["dead.png"]
    assert (watch.good / "fine.png").exists() and not watch.bad.exists()
    statuses = {Path(row["path"]).name: row["status"] for row in table(watch.out / "results.csv")}
    assert statuses == {"dead.png": "implausible", "fine.png": "good"}
    assert sorted(outcome.status for outcome in watch.seen) == ["good", "implausible"]


def test_half_written_files_wait_and_broken_ones_are_reported(watch: Watch) -> None:
    whole = plate(0)
    watch.begin(give_up_s=1.0)
    with open(watch.inbox / "slow.png", "wb") as file:
        for start in range(0, len(whole), 1 + len(whole) // 6):
            time.sleep(1.5 * SETTLE_S)
            assert not watch.seen
            file.write(whole[start : start + 1 + len(whole) // 6])
            file.flush()
    (watch.inbox / "broken.png").write_bytes(whole[:-200])
    (watch.inbox / "notes.txt").write_text("not an image")
    (watch.inbox / ".hidden.png").write_bytes(whole)
    watch.until(lambda: len(watch.seen) == 2)
    summary = watch.end()
    slow, broken = watch.seen
    assert slow.verdict is not None and slow.item.name == "slow.png"
    assert broken.verdict is None and "truncated" in broken.reason
    assert (summary.good + summary.defective, summary.skipped) == (1, 1)


def test_a_watch_that_died_goes_on_without_loss_or_doubles(watch: Watch) -> None:
    for seed in range(8):
        (watch.inbox / f"{seed}.png").write_bytes(plate(seed))

    def dies(outcome: Any) -> None:
        watch.seen.append(outcome)
        if len(watch.seen) == 4:
            raise ZeroDivisionError

    watch.begin(move_good=watch.good, move_defective=watch.bad, seen=dies)
    watch.thread.join(30)
    assert isinstance(watch.error, ZeroDivisionError)
    watch.error = None
    watch.begin(move_good=watch.good, move_defective=watch.bad, idle_s=0.5)
    watch.thread.join(30)
    rows = table(watch.out / "results.csv")
    assert sorted(Path(row["path"]).name for row in rows) == [f"{seed}.png" for seed in range(8)]
    assert all(Path(row["path"]).exists() for row in rows) and not list(watch.inbox.iterdir())
    before = (watch.out / "results.csv").read_bytes()
    watch.begin(move_good=watch.good, move_defective=watch.bad, idle_s=0.3)
    watch.thread.join(30)
    assert (watch.out / "results.csv").read_bytes() == before


def test_without_moving_each_file_is_scored_once_and_again_when_it_changes(watch: Watch) -> None:
    (watch.inbox / "a.png").write_bytes(plate(0))
    watch.begin()
    watch.until(lambda: len(watch.seen) == 1)
    (watch.inbox / "a.png").write_bytes(plate(1))
    watch.until(lambda: len(watch.seen) == 2)
    assert watch.end().images == 2
    watch.begin(idle_s=0.4)
    watch.thread.join(30)
    assert watch.summary is not None and watch.summary.images == 2 and watch.summary.inspected == 0


def test_nothing_is_overwritten_when_names_are_taken(tmp_path: Path) -> None:
    mover = Mover(tmp_path, tmp_path / "good")
    for number in range(3):
        (tmp_path / "a.png").write_bytes(bytes([number]))
        mover.move(tmp_path / "a.png", False)
    found = {path.name: path.read_bytes() for path in (tmp_path / "good").iterdir()}
    assert found == {"a.png": b"\0", "a-2.png": b"\1", "a-3.png": b"\2"}
    (tmp_path / "b.png").write_bytes(b"b")
    assert mover.move(tmp_path / "b.png", True) == tmp_path / "b.png"


def test_own_folders_are_not_watched(tmp_path: Path) -> None:
    for name in ("out", "good", "in"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.png").write_bytes(plate(0))
    arrivals = Arrivals(tmp_path, (tmp_path / "out", tmp_path / "good"), settle_s=0.0)
    assert list(arrivals.poll()) == []
    assert [path.parent.name for path in arrivals.poll()] == ["in"]
    assert list(arrivals.poll()) == []
    with pytest.raises(DatasetError, match="no folder"):
        Arrivals(tmp_path / "none")


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_watch_cleanly(watch: Watch, number: signal.Signals) -> None:
    (watch.inbox / "0.png").write_bytes(plate(0))
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    code = "import sys, surfedge.cli as c; c.VERBS = {'score': 'surfedge.cli.score'}; sys.exit(c.main())"
    words = ["score", "--watch", str(watch.inbox), "--out", str(watch.out), "--method", "dzl", "--threads", "1"]
    process = subprocess.Popen([sys.executable, "-c", code, *words], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "0.png: score" in process.stdout.readline()
    process.send_signal(number)
    rest = process.communicate(timeout=30)[0]
    assert process.returncode == 0 and "1 images:" in rest
    assert len(table(watch.out / "results.csv")) == 1
