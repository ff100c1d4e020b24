"""kill -9 at random moments, then resume: nothing lost, nothing doubled, the tables of an undisturbed run."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conftest import Budget
from scoring.conftest import start, table
from scoring.stub import make_folder, make_plates

IMAGES = 40
DELAY_S = 0.05


def test_resuming_after_kill_gives_the_tables_of_an_undisturbed_run(tmp_path: Path, budget: Budget) -> None:
    images = make_folder(tmp_path / "images", IMAGES)
    (images / "coil 0" / "bad.png").write_bytes(b"broken")
    process = start(images, tmp_path / "whole", DELAY_S)
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    assert process.communicate()[1] == ""
    duration_s = time.monotonic() - began
    whole = _left(tmp_path / "whole")
    assert len(whole["results"]) == IMAGES + 1
    seed = 20250314
    moments = random.Random(seed)
    kills = budget.count(test=10, nightly=200, release=1000)

    def kill_and_resume(number: int) -> bool:
        out = tmp_path / f"out{number}"
        was_caught = _kill_once(images, out, moment[number])
        process = start(images, out)
        assert process.communicate()[1] == ""
        assert process.returncode == 0
        assert _left(out) == whole
        shutil.rmtree(out)
        return was_caught

    moment = [moments.uniform(0.0, duration_s) for _ in range(kills)]
    with ThreadPoolExecutor(2) as pool:
        caught = sum(pool.map(kill_and_resume, range(kills)))
    print(f"P1: seed {seed}: {kills} kills, {caught} amid the outcomes, 0 lost, 0 doubled, 95 % bound {3 / kills:.2g}")


def test_a_detector_that_is_killed_goes_on_where_it_was(tmp_path: Path, budget: Budget) -> None:
    """P1 with what users run: the process is killed when it has said a number of images."""
    images = make_plates(tmp_path / "images", 24)
    assert start(images, tmp_path / "whole", judging="detector").communicate()[1] == ""
    whole = _left(tmp_path / "whole")
    assert len(whole["results"]) == 24
    seed, kills = 20250315, budget.count(test=2, nightly=100, release=500)
    moments = random.Random(seed)
    for number in range(kills):
        out = tmp_path / f"out{number}"
        process = start(images, out, judging="detector")
        assert process.stdout is not None
        for _ in range(moments.randrange(1, 24)):
            process.stdout.readline()
        process.kill()
        process.communicate()
        process = start(images, out, judging="detector")
        assert process.communicate()[1] == "" and process.returncode == 0
        assert _left(out) == whole
        shutil.rmtree(out)
    print(f"P1 with a detector: seed {seed}: {kills} kills, 0 lost, 0 doubled, 95 % bound {3 / kills:.2g}")


def _kill_once(images: Path, out: Path, after_s: float) -> bool:
    """Kills a run; True when it had committed some but not all outcomes, which then were whole."""
    process = start(images, out, DELAY_S)
    assert process.stdout is not None
    process.stdout.readline()  # said when the ledger is open and the first image about to be taken
    time.sleep(after_s)
    process.kill()
    process.communicate()
    ledger = sqlite3.connect(out / "ledger.sqlite")
    try:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        own = "(SELECT COUNT(*) FROM regions r WHERE r.content = o.content)"
        half = f"SELECT COUNT(*) FROM outcomes o WHERE regions <> {own}"
        assert ledger.execute(half).fetchone() == (0,)
        return 0 < ledger.execute("SELECT COUNT(*) FROM outcomes").fetchone()[0] < IMAGES
    finally:
        ledger.close()


def _left(out: Path) -> dict[str, object]:
    """What a run leaves, without its times."""
    ledger = sqlite3.connect(out / "ledger.sqlite")
    pictures = ledger.execute("SELECT content, overlay, thumb FROM pictures ORDER BY content").fetchall()
    ledger.close()
    return {
        "results": table(out / "results.csv", "milliseconds"),
        "regions": table(out / "regions.csv"),
        "masks": {path.relative_to(out): path.read_bytes() for path in (out / "masks").rglob("*.png")},
        "pictures": pictures,
        "names": {str(path.relative_to(out)) for path in out.rglob("*")},
    }
