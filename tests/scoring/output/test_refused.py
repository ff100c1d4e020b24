"""Output folders that cannot take the results: a clear error, what was done stays valid, resuming works."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conftest import Budget
from scoring.conftest import Run, start, table
from scoring.stub import FEW_PICTURES, Stub, judge, make_folder
from surfedge.result import Result
from surfedge.scoring import OutputError, score_folder

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX limits and signals")
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs a tmpfs")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("may not mount a file system here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def read_only(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder that nobody may write in; only a read-only file system stops the superuser."""
    if os.geteuid() == 0:
        place = request.getfixturevalue("small_disk")
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        return Path(place)
    place = tmp_path / "locked"
    place.mkdir(mode=0o555)
    return place


def test_an_output_folder_below_a_file(run: Run, images: Path) -> None:
    with pytest.raises(OutputError, match="free space or correct the permissions"):
        score_folder(Stub(), [images], images / "coil 0" / "0000.png" / "out")


@posix
def test_a_read_only_output_folder(images: Path, read_only: Path) -> None:
    process = start(images, read_only)
    _, error = process.communicate()
    assert process.returncode == 1
    assert error.startswith(str(read_only))
    assert "check the path and its permissions" in error
    assert "Traceback" not in error
    assert not list(read_only.iterdir())


def test_a_foreign_database_and_a_newer_ledger_are_left_alone(run: Run, out: Path) -> None:
    out.mkdir()
    foreign = sqlite3.connect(out / "ledger.sqlite")
    foreign.execute("CREATE TABLE precious (x)")
    foreign.close()
    with pytest.raises(OutputError, match=r"a foreign database.*another --out"):
        run()
    (out / "ledger.sqlite").write_bytes(b"no database at all, " * 100)
    with pytest.raises(OutputError, match="move it away"):
        run()
    (out / "ledger.sqlite").unlink()
    run()
    ledger = sqlite3.connect(out / "ledger.sqlite")
    ledger.execute("PRAGMA user_version = 99")
    ledger.close()
    with pytest.raises(OutputError, match="version 99 of the ledger"):
        run()


def test_a_second_run_into_the_same_folder_is_refused(run: Run, out: Path, images: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(path: Path) -> Result:
        begun.set()
        assert go_on.wait(30)
        return judge(path)

    first = threading.Thread(target=run, args=(slow,))
    first.start()
    try:
        assert begun.wait(30)
        with pytest.raises(OutputError, match="another process scoring into it"):
            run()
        process = start(images, out)
        assert "another process scoring into it" in process.communicate()[1]
    finally:
        go_on.set()
        first.join()
    assert len(table(out / "results.csv")) == 12


@posix
def test_a_file_size_limit_stops_the_run_and_resuming_finishes_it(images: Path, out: Path, budget: Budget) -> None:
    import resource

    make_folder(images, 150)
    repeats, rng = budget.count(test=1, nightly=20, release=100), random.Random(5)
    for number in range(repeats):
        most = rng.randint(90_000, 130_000) if number else 120_000

        def limit(most: int = most) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        process = start(images, out, 0.01, preexec_fn=limit)
        _, error = process.communicate()
        assert process.returncode == 1
        assert "run again to finish" in error
        assert "Traceback" not in error
        _finishes(images, out)
        shutil.rmtree(out)
    print(f"P2 file size limit: {repeats} runs, 0 lost")


@linux
def test_a_full_disk_stops_the_run_and_resuming_finishes_it(images: Path, small_disk: Path, budget: Budget) -> None:
    """Full at another moment each time: at the ledger, a saved picture, a table or the report."""
    filler, out = small_disk / "filler", small_disk / "out"
    repeats, rng = budget.count(test=1, nightly=20, release=100), random.Random(5)
    for number in range(repeats):
        subprocess.run(["mount", "-o", "remount,size=400k", str(small_disk)], check=True)
        filler.write_bytes(bytes(rng.randint(150_000, 330_000) if number else 250_000))
        process = start(images, out)
        _, error = process.communicate()
        assert process.returncode == 1
        assert "full" in error or "No space" in error
        assert "run again to finish" in error
        filler.unlink()
        subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
        _finishes(images, out)
        shutil.rmtree(out)
    print(f"P2 full disk: {repeats} runs, 0 lost")


@posix
def test_ctrl_c_keeps_what_was_done(images: Path, out: Path, budget: Budget) -> None:
    repeats = budget.count(test=1, nightly=20, release=100)
    for _ in range(repeats):
        process = start(images, out, 0.2)
        assert process.stdout is not None
        process.stdout.readline()
        committed = int(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, error = process.communicate(timeout=20)
        assert error.rstrip().endswith("KeyboardInterrupt")
        committed = int(rest.split()[-1]) if rest.split() else committed
        with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
            assert ledger.execute("SELECT COUNT(*) FROM outcomes").fetchone() == (committed,)
        assert 0 < committed < 12
        assert not (out / "results.csv").exists()
        _finishes(images, out, 12 - committed)
        shutil.rmtree(out)
    print(f"P2 Ctrl-C: {repeats} runs, 0 lost")


def _finishes(images: Path, out: Path, inspections: int | None = None) -> None:
    """Running again succeeds, on a sound ledger, with the tables of an undisturbed run."""
    ledger = sqlite3.connect(out / "ledger.sqlite")
    assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    ledger.close()
    summary = score_folder(Stub(), [images], out, save=["masks"], pictures=FEW_PICTURES)
    assert summary.images == len(list(images.rglob("*.png")))
    assert [float(row["score"]) for row in table(out / "results.csv")] == [
        judge(path).score for path in sorted(images.rglob("*.png"))
    ]
    if inspections is not None:
        assert summary.inspected == inspections
