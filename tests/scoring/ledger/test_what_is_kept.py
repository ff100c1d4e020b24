"""What a ledger keeps of an outcome, what it drops, and what it holds before and after a run."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.ledger.test_ledger import VERDICT, outcome
from surfedge.report import Pictures
from surfedge.result import Region, Result
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Item, Outcome, Verdict

PICTURES = Pictures(b"overlay", b"map", b"original", b"thumb")


def region(score: float, label: str = "") -> Region:
    return Region((1, 2, 3, 4), 5, score, 2.0, (0.5, 0.5), label)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        opened.begin("settings A", {})
        yield opened


def test_marks_of_the_file(tmp_path: Path, ledger: Ledger) -> None:
    """Application id "srfg", format version 3, which other programs and later versions go by."""
    with sqlite3.connect(tmp_path / "ledger.sqlite") as read:
        assert read.execute("PRAGMA application_id").fetchone()[0].to_bytes(4, "big") == b"srfg"
        assert read.execute("PRAGMA user_version").fetchone() == (3,)
    read.close()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_each_version_so_far_is_opened(version: int, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.begin("settings A", {})
    with sqlite3.connect(path) as old:
        if version < 3:
            for added in ("label", "probability"):
                old.execute(f"ALTER TABLE outcomes DROP COLUMN {added}")
        if version < 2:
            old.execute("ALTER TABLE inputs DROP COLUMN implausible")
        old.execute(f"PRAGMA user_version = {version}")
    old.close()
    with Ledger(path) as ledger:
        ledger.begin("settings A", {})
        labelled = replace(VERDICT, label="pit", probability=0.75)
        ledger.commit([replace(outcome(0, is_fresh=True), verdict=labelled)])
        assert ledger.known(b"0") == labelled and ledger.classes() == {"pit": 1}


def test_before_a_run_nothing_is_known_and_none_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.begin("settings A", {})
        ledger.commit([outcome(0, 5.0, is_fresh=True, pictures=PICTURES)])
    with Ledger(path) as ledger:
        assert not ledger.has_pictures(b"0") and ledger.counts()["defective"] == 0
        ledger.finish()
    with sqlite3.connect(path) as read:
        assert read.execute("SELECT finished FROM runs").fetchall() == [(None,)]
    read.close()


def test_runs_are_numbered_and_the_last_one_is_finished(tmp_path: Path, ledger: Ledger) -> None:
    ledger.begin("settings B", {"bundle": "plate"})
    ledger.commit([outcome(0, is_fresh=True)])
    ledger.finish()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as read:
        runs = read.execute("SELECT id, record, finished IS NOT NULL FROM runs ORDER BY id").fetchall()
        assert runs == [(1, "{}", 0), (2, '{"bundle": "plate"}', 1)]
        assert read.execute("SELECT run FROM outcomes").fetchall() == [(2,)]
    read.close()


def test_both_connections_are_closed_at_the_end(tmp_path: Path, opened: list[sqlite3.Connection]) -> None:
    with Ledger(tmp_path / "ledger.sqlite"):
        pass
    assert len(opened) == 2
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_any_thread_may_ask(ledger: Ledger) -> None:
    ledger.commit([outcome(0, 5.0, is_fresh=True)])
    said: list[Verdict | None] = []
    thread = threading.Thread(target=lambda: said.append(ledger.known(b"0")))
    thread.start()
    thread.join()
    assert said == [replace(VERDICT, score=5.0, defective=True)]


def test_what_was_found_in_the_ledger_or_has_no_verdict_is_not_kept_again(ledger: Ledger) -> None:
    """An outcome is from another run of the same settings, or the input was skipped just now."""
    ledger.commit([outcome(0, 1.0, is_fresh=True), outcome(1, 1.0)])
    ledger.commit([outcome(0, 9.0), replace(outcome(2, is_fresh=True), verdict=None, reason="broken")])
    assert ledger.known(b"0") == replace(VERDICT, score=1.0)
    assert ledger.known(b"1") is None and ledger.known(b"2") is None


def test_regions_are_those_of_the_latest_outcome_in_their_order(ledger: Ledger) -> None:
    ledger.commit([outcome(0, is_fresh=True, regions=(region(9.0, "pit"), region(8.0), region(7.0)))])
    assert ledger.regions(b"0") == [(1, 2, 3, 4, 5, 9.0, "pit"), (1, 2, 3, 4, 5, 8.0, ""), (1, 2, 3, 4, 5, 7.0, "")]
    ledger.commit([outcome(0, is_fresh=True, regions=(region(6.0),))])
    assert ledger.regions(b"0") == [(1, 2, 3, 4, 5, 6.0, "")]


def test_pictures_are_kept_dropped_and_those_of_other_settings_forgotten(ledger: Ledger, tmp_path: Path) -> None:
    batch = [outcome(n, float(n), is_fresh=True, pictures=PICTURES if n < 3 else None) for n in range(5)]
    ledger.commit(batch)
    assert ledger.pictured() == {b"%d" % n: (n, 2.0) for n in range(3)}
    assert ledger.pictures(b"0") == PICTURES and ledger.pictures(b"3") is None
    ledger.commit([], unwanted=[b"0"])
    ledger.add_pictures([(b"4", replace(PICTURES, thumb=b"other"))])
    assert sorted(ledger.pictured()) == [b"1", b"2", b"4"] and ledger.pictures(b"4").thumb == b"other"
    ledger.keep_pictures([b"4", b"2", b"9"])
    assert [ledger.has_pictures(b"%d" % n) for n in range(5)] == [False, False, True, False, True]
    ledger.begin("settings B", {})
    with sqlite3.connect(tmp_path / "ledger.sqlite") as read:
        assert read.execute("SELECT COUNT(*) FROM pictures").fetchone() == (0,)
    read.close()


def test_places_and_notes_of_inputs(ledger: Ledger) -> None:
    notes = ["12 bits; as such", "", "12 bits"]
    ledger.commit(
        [replace(outcome(n, is_fresh=True), verdict=replace(VERDICT, notes=note)) for n, note in enumerate(notes)]
    )
    assert ledger.noted("12 bits") == 2 and ledger.noted("as such") == 1 and ledger.noted("16 bits") == 0
    ledger.relocate([])
    ledger.relocate([(1, Path("done/1.png"))])
    assert [row.item.path for row in ledger.rows()] == [Path("0.png"), Path("done/1.png"), Path("2.png")]


def test_the_verdict_on_a_result() -> None:
    result = Result(
        score=3.5,
        threshold=2.5,
        is_defective=True,
        anomaly_map=None,
        mask=None,
        regions=(region(9.0), region(8.0)),
        shape=(12, 16),
        milliseconds=7.0,
        notes=("alpha dropped", "first of 4 pages"),
        label="pit",
        probabilities={"scratch": 0.25, "pit": 0.75},
    )
    verdict = Verdict.of(result)
    assert verdict == Verdict(16, 12, 3.5, 2.5, True, 2, 10, 7.0, "alpha dropped; first of 4 pages", "pit", 0.75)
    assert verdict.pages_left == "first of 4 pages"


def test_what_an_input_and_an_outcome_are_unless_said() -> None:
    item = Item(0, Path("a/scan.tif"), "scan.tif")
    assert item.shown == str(Path("a/scan.tif")) and replace(item, page=2).shown == f"{Path('a/scan.tif')}#2"
    plain = Outcome(item)
    assert not (plain.is_fresh or plain.is_foreign_fault or plain.is_implausible) and plain.status == "skipped"
