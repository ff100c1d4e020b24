"""kill -9 amid writing what a run leaves besides its ledger: saved pictures, CSV, JSON lines, Parquet, the report.

A file that bears its name is whole, and resuming gives the files of an undisturbed run.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from conftest import Budget
from scoring.conftest import start, table
from scoring.stub import make_folder

IMAGES = 4
SAVED = "maps,masks,overlays,parquet"
TABLES = ("results.csv", "regions.csv", "results.jsonl", "results.parquet", "regions.parquet")
EVENTS = 3 * (3 * IMAGES + len(TABLES)) + 2  # file, name and folder of each; the report has no folder


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_resuming_after_a_kill_amid_writing(tmp_path: Path, budget: Budget) -> None:
    pytest.importorskip("pyarrow")
    images = make_folder(tmp_path / "images", IMAGES)
    undisturbed = start(images, tmp_path / "whole", save=SAVED, die_at=EVENTS + 1)
    assert undisturbed.communicate()[1] == ""
    assert undisturbed.returncode == 0  # so EVENTS is how often it can be killed
    whole = _left(tmp_path / "whole")
    assert len(whole) == 3 * IMAGES + len(TABLES)
    seed, kills = 7, budget.count(test=4, nightly=240, release=1000)
    rng = random.Random(seed)
    moments = [EVENTS, EVENTS - 4, *(rng.randint(1, EVENTS) for _ in range(kills - 2))]

    def kill_and_resume(number: int) -> None:
        out = tmp_path / f"out{number}"
        process = start(images, out, save=SAVED, die_at=moments[number])
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
            assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert _left(out).items() <= whole.items()
        resumed = start(images, out, save=SAVED)
        assert resumed.communicate()[1] == ""
        assert _left(out) == whole
        assert not [path for path in out.rglob("*") if path.name.endswith(".part")]
        shutil.rmtree(out)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(kill_and_resume, range(kills)))
    print(f"P2: seed {seed}: {kills} kills amid output files, 0 half files, 0 lost, 95 % bound {3 / kills:.2g}")


def _left(out: Path) -> dict[str, object]:
    """What tables and saved pictures hold, by name; the times in them left out."""
    read = {"results.csv": _cells, "regions.csv": _cells, "results.jsonl": _lines}
    files = [path for kind in ("maps", "masks", "overlays") for path in (out / kind).rglob("*")]
    files += [out / name for name in TABLES]
    return {
        str(path.relative_to(out)): read.get(path.name, _rows if path.suffix == ".parquet" else Path.read_bytes)(path)
        for path in files
        if path.is_file() and path.suffix != ".part"
    }


def _cells(path: Path) -> list[dict[str, str]]:
    return table(path, "milliseconds")


def _lines(path: Path) -> list[dict[str, object]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "milliseconds"} for line in lines]


def _rows(path: Path) -> list[dict[str, object]]:
    import pyarrow.parquet

    read = pyarrow.parquet.read_table(path)
    return read.drop_columns(["milliseconds"] if "milliseconds" in read.column_names else []).to_pylist()
