"""The ledger's own promises: durable, exact about what it knows, the worst first."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from surfedge.result import Region
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Item, Outcome, SavedFile, Verdict
from surfedge.scoring.output.whole_file import OutputError

VERDICT = Verdict(16, 12, 1.0, 2.0, False, 0, 0, 1.0)


def outcome(position: int, score: float = 1.0, content: bytes = b"", **more: Any) -> Outcome:
    verdict = replace(VERDICT, score=score, defective=score > 2)
    return Outcome(
        Item(position, Path(f"{position}.png"), f"{position}.png"), content or b"%d" % position, verdict, **more
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        opened.begin("settings A", {})
        yield opened


def test_a_ledger_whose_reader_cannot_be_opened_is_left_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second connection is refused: the first one, which writes, must not stay open."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def once(*given: Any, **named: Any) -> sqlite3.Connection:
        if opened:
            raise sqlite3.OperationalError("no more files")
        opened.append(connect(*given, **named))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", once)
    with pytest.raises(OutputError, match="no more files"):
        Ledger(tmp_path / "ledger.sqlite")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


def test_what_is_committed_survives_a_power_cut(tmp_path: Path, opened: list[sqlite3.Connection]) -> None:
    """A log written ahead, synchronised at every commit; a reader that holds the file is waited for."""
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.begin("settings", {})
        writer = opened[0]
        found = {
            name: writer.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30000}


SAVED = SavedFile("masks/0.png", 100, 7)


@pytest.mark.parametrize(
    ("file", "content", "settings"),
    [
        (replace(SAVED, file="masks/1.png"), b"0", "settings A"),
        (replace(SAVED, size=101), b"0", "settings A"),
        (replace(SAVED, mtime_ns=8), b"0", "settings A"),
        (replace(SAVED, mtime_ns=6), b"0", "settings A"),
        (replace(SAVED, size=99), b"0", "settings A"),
        (SAVED, b"1", "settings A"),
        (SAVED, b"0", "settings B"),
    ],
)
def test_a_saved_file_is_known_by_all_that_tells_it(
    file: SavedFile, content: bytes, settings: str, ledger: Ledger
) -> None:
    """Another file, one put in its place, of another image or of other settings is not the one."""
    ledger.commit([outcome(0, saved=(SAVED,), is_fresh=True), outcome(1, is_fresh=True)])
    assert ledger.holds_saved(SAVED, b"0")
    ledger.begin(settings, {})
    assert not ledger.holds_saved(file, content)


def test_the_worst_come_first_and_in_order_of_finding(ledger: Ledger) -> None:
    scores = [1.0, 5.0, 3.0, 5.0, -2.0, 4.0]
    skipped = Outcome(Item(9, Path("9.png"), "9.png"), b"", reason="broken")
    ledger.commit([*(outcome(n, score, is_fresh=True) for n, score in enumerate(scores)), skipped])
    assert [row.item.position for row in ledger.worst(10)] == [1, 3, 5, 2, 0, 4]
    assert [row.item.position for row in ledger.worst(2)] == [1, 3]
    assert [row.item.position for row in ledger.skipped(10)] == [9]
    assert [row.item.position for row in ledger.rows()] == [0, 1, 2, 3, 4, 5, 9]
    assert ledger.counts() == {"defective": 4, "good": 2, "implausible": 0, "skipped": 1}


def test_an_outcome_of_other_settings_is_unknown_and_gives_no_row_a_verdict(ledger: Ledger) -> None:
    ledger.commit([outcome(0, 5.0, is_fresh=True)])
    ledger.begin("settings B", {})
    assert ledger.known(b"0") is None
    ledger.commit([replace(outcome(0), verdict=None, reason="unreadable now")])
    (row,) = ledger.rows()
    assert row.verdict is None and row.reason == "unreadable now" and ledger.counts()["skipped"] == 1
    ledger.commit([outcome(0, 1.0, is_fresh=True)])
    assert [row.status for row in ledger.rows()] == ["good"] and ledger.counts()["good"] == 1


def test_a_skipped_input_has_no_verdict_even_where_its_content_has_one(ledger: Ledger) -> None:
    ledger.commit([outcome(0, 5.0, is_fresh=True)])
    ledger.commit([replace(outcome(1, content=b"0"), verdict=None, reason="changed while being read")])
    assert [(row.status, row.verdict is None) for row in ledger.rows()] == [("defective", False), ("skipped", True)]


@pytest.mark.parametrize(
    ("path", "name", "page"),
    [
        ("a/scan.tif", "scan.tif", 0),
        ("a/scan.tif", "scan.tif#2", 2),
        ("a/scan.tif", "b/scan.tif#12", 12),
        ("a/scan.tif#2", "scan.tif#2", 0),
        ("a/scan.tif#2", "scan.tif#2#3", 3),
        ("a/plate-2.png", "plate.png", 0),
        ("a/scan.tif", "12", 0),
        ("a/scan.tif", "scan.tif#", 0),
    ],
)
def test_pages_come_back_as_they_were(path: str, name: str, page: int, ledger: Ledger) -> None:
    ledger.commit([replace(outcome(0, is_fresh=True), item=Item(0, Path(path), name, page))])
    assert next(ledger.rows()).item == Item(0, Path(path), name, page)


def test_kinds_of_regions_are_those_of_the_present_settings(ledger: Ledger) -> None:
    def region(label: str) -> Region:
        return Region((0, 0, 2, 2), 4, 3.0, 2.0, (0.5, 0.5), label)

    named = region("scratch"), region("pit"), region("pit")
    ledger.commit([outcome(0, regions=named, is_fresh=True), outcome(1, regions=(region(""),), is_fresh=True)])
    assert ledger.region_kinds() == {b"0": ("pit", "scratch")}
    ledger.begin("settings B", {})
    assert ledger.region_kinds() == {}


def test_images_with_more_pages_are_counted(ledger: Ledger) -> None:
    notes = ["first of 4 pages", "12-bit samples; first of 2 pages", "first of all, pages of history", ""]
    ledger.commit(
        [replace(outcome(n, is_fresh=True), verdict=replace(VERDICT, notes=note)) for n, note in enumerate(notes)]
    )
    total, rows = ledger.partial(1)
    assert total == 2 and [row.pages_left for row in rows] == ["first of 4 pages"]


@pytest.mark.skipif(os.name != "posix", reason="open files cannot be removed elsewhere")
def test_a_ledger_that_is_gone_takes_nothing(tmp_path: Path, ledger: Ledger) -> None:
    ledger.commit([outcome(0, is_fresh=True)])
    (tmp_path / "ledger.sqlite").rename(tmp_path / "away")
    for act in (lambda: ledger.commit([outcome(1)]), ledger.finish):
        with pytest.raises(OutputError, match="removed or replaced while the run went on"):
            act()
    (tmp_path / "away").rename(tmp_path / "ledger.sqlite")
    ledger.commit([outcome(1, is_fresh=True)])


def test_a_refused_input_is_counted_apart_and_its_content_is_tried_again(ledger: Ledger) -> None:
    ledger.commit([replace(outcome(0), verdict=None, reason="black", is_implausible=True), outcome(1, is_fresh=True)])
    assert ledger.counts() == {"defective": 0, "good": 1, "implausible": 1, "skipped": 0}
    assert [(row.status, row.reason) for row in ledger.rows()] == [("implausible", "black"), ("good", "")]
    assert [row.item.position for row in ledger.implausible(9)] == [0] and not list(ledger.skipped(9))
    assert ledger.known(b"0") is None


def test_a_ledger_of_the_first_version_is_read_and_gone_on_with(tmp_path: Path) -> None:
    """The tables as release 0.1 made them: outcomes stay known, its inputs are good, defective or skipped."""
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.begin("settings A", {})
        broken = Outcome(Item(1, Path("1.png"), "1.png"), b"", reason="broken")
        ledger.commit([outcome(0, 5.0, is_fresh=True), broken])
        ledger.finish()
    with sqlite3.connect(path) as old:
        old.execute("ALTER TABLE inputs DROP COLUMN implausible")
        for added in ("label", "probability"):
            old.execute(f"ALTER TABLE outcomes DROP COLUMN {added}")
        old.execute("PRAGMA user_version = 1")
    old.close()
    for _ in range(2):  # made one of this version, then opened as such
        with Ledger(path) as ledger:
            ledger.begin("settings A", {}, goes_on=True)
            assert [row.status for row in ledger.rows()] == ["defective", "skipped"]
            assert ledger.known(b"0") is not None
    with Ledger(path) as ledger:
        ledger.begin("settings A", {}, goes_on=True)
        ledger.commit([Outcome(Item(2, Path("2.png"), "2.png"), b"2", reason="black", is_implausible=True)])
        assert ledger.counts() == {"defective": 1, "good": 0, "implausible": 1, "skipped": 1}


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_a_name_that_is_no_text_comes_back(ledger: Ledger) -> None:
    name = os.fsdecode(b"plate \xff.png")
    ledger.commit([replace(outcome(0, is_fresh=True), item=Item(0, Path("in", name), name))])
    (row,) = ledger.rows()
    assert (row.item.path, row.item.name) == (Path("in", name), name)


def test_inputs_are_those_of_the_run_that_began_last(ledger: Ledger) -> None:
    ledger.commit([outcome(0, is_fresh=True), outcome(1, is_fresh=True)])
    ledger.begin("settings A", {}, goes_on=True)
    assert len(list(ledger.rows())) == 2
    ledger.begin("settings A", {})
    assert not list(ledger.rows()) and ledger.known(b"0") is not None
    ledger.commit([outcome(1)])
    ledger.begin("settings B", {}, goes_on=True)  # of others nothing goes on
    assert not list(ledger.rows())


def test_a_saved_file_of_later_settings_is_none_of_earlier_ones(ledger: Ledger) -> None:
    ledger.begin("settings B", {})
    ledger.commit([outcome(0, saved=(SAVED,), is_fresh=True)])
    assert ledger.holds_saved(SAVED, b"0")
    ledger.begin("settings A", {})
    assert not ledger.holds_saved(SAVED, b"0")
