"""What a folder run leaves, and what running again does and does not do."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scoring.conftest import Run, table
from scoring.stub import NO_PICTURES, Stub, judge
from surfedge.errors import ArgumentError, DatasetError, EngineError
from surfedge.result import Result


def test_tables_hold_what_was_found(run: Run, images: Path, out: Path) -> None:
    summary = run()
    rows = table(out / "results.csv")
    paths = sorted(images.rglob("*.png"))
    assert [row["path"] for row in rows] == [str(path) for path in paths]
    for row, path in zip(rows, paths, strict=True):
        expected = judge(path)
        assert float(row["score"]) == expected.score
        assert row["defective"] == str(expected.is_defective).lower()
        assert row["status"] == ("defective" if expected.is_defective else "good")
        assert (row["width"], row["height"], row["threshold"]) == ("16", "12", "200.0")
        assert int(row["defect_area_px"]) == 12 * len(expected.regions) == 12 * int(row["regions"])
    regions = table(out / "regions.csv")
    assert len(regions) == sum(int(row["regions"]) for row in rows) > 0
    assert regions[0].keys() == {"path", "x", "y", "width", "height", "area_px", "score", "label"}
    assert {row["label"] for row in regions} == {"pit"}
    assert (summary.images, summary.inspected) == (12, 12)
    assert summary.defective == sum(row["defective"] == "true" for row in rows)
    assert "<!doctype html>" in (out / "report.html").read_text(encoding="utf-8")


def test_running_again_inspects_nothing_and_changes_nothing(run: Run, out: Path) -> None:
    run(save=["masks"])
    before = (out / "results.csv").read_bytes(), (out / "regions.csv").read_bytes()
    again = Stub()
    summary = run(again, save=["masks"])
    assert again.calls == []
    assert summary.inspected == 0
    assert ((out / "results.csv").read_bytes(), (out / "regions.csv").read_bytes()) == before


def test_a_moved_folder_is_known_by_its_content(run: Run, images: Path) -> None:
    run()
    moved = images.rename(images.with_name("elsewhere"))
    again = Stub()
    assert run(again, [moved]).images == 12
    assert again.calls == []


def test_changed_and_new_files_only_are_inspected(run: Run, images: Path, out: Path) -> None:
    run(pictures=NO_PICTURES)
    (images / "coil 0" / "0000.png").write_bytes(b"other content")
    (images / "coil 0" / "9999.png").write_bytes(b"a new one")
    again = Stub()
    run(again, pictures=NO_PICTURES)
    assert sorted(again.calls) == ["0000.png", "9999.png"]
    rows = {Path(row["path"]).name: row for row in table(out / "results.csv")}
    assert float(rows["0000.png"]["score"]) == judge(images / "coil 0" / "0000.png").score
    assert len(rows) == 13


def test_other_settings_inspect_anew_and_the_first_ones_are_still_known(run: Run) -> None:
    run(identity="threshold 200")
    assert run(identity="threshold 100").inspected == 12
    summary = run(identity="threshold 200")
    assert (summary.inspected, summary.images) == (0, 12)


def test_equal_files_have_a_row_each(run: Run, images: Path, out: Path) -> None:
    (images / "coil 1" / "twin.png").write_bytes((images / "coil 0" / "0000.png").read_bytes())
    run()
    rows = table(out / "results.csv", "milliseconds")
    twins = [row for row in rows if Path(row["path"]).name in ("0000.png", "twin.png")]
    assert len(rows) == 13
    assert twins[0]["score"] == twins[1]["score"]


def test_unreadable_images_are_skipped_with_the_reason_and_tried_again(run: Run, images: Path, out: Path) -> None:
    bad = images / "coil 0" / "bad.png"
    bad.write_bytes(b"broken")
    (images / "coil 1" / "folder.png").mkdir()
    os.mkfifo(images / "coil 2" / "pipe.png")
    (images / "coil 2" / "nothing.png").symlink_to(images / "not there")
    summary = run(pictures=NO_PICTURES)
    rows = {Path(row["path"]).name: row for row in table(out / "results.csv")}
    assert summary.skipped == 3
    assert len(rows) == 15
    assert rows["bad.png"]["status"] == "skipped"
    assert rows["bad.png"]["score"] == ""
    assert rows["bad.png"]["reason"] == "found a truncated file, expected a complete one; copy it again"
    assert "pipe" in rows["pipe.png"]["reason"]
    assert "No such file" in rows["nothing.png"]["reason"]
    bad.write_bytes(b"whole now")
    again = Stub()
    assert run(again, pictures=NO_PICTURES).skipped == 2
    assert again.calls == ["bad.png"]


def test_a_file_that_vanishes_or_changes_meanwhile_is_skipped(run: Run, images: Path, out: Path) -> None:
    gone, changing = images / "coil 0" / "0003.png", images / "coil 1" / "0004.png"

    def stub(path: Path) -> Result:
        result = judge(path)
        if path == images / "coil 0" / "0000.png":
            gone.unlink()
        if path == changing:
            path.write_bytes(b"half written, and longer")
        return result

    summary = run(stub, workers=1)
    reasons = {Path(row["path"]).name: row["reason"] for row in table(out / "results.csv") if row["reason"]}
    assert summary.skipped == 2
    assert reasons.keys() == {"0003.png", "0004.png"}
    assert "No such file" in reasons["0003.png"]
    assert "changed while being read" in reasons["0004.png"]


def test_what_goes_wrong_inside_one_image_does_not_end_the_run(run: Run, out: Path) -> None:
    def stub(path: Path) -> Result:
        if path.name == "0005.png":
            raise ZeroDivisionError("1 / 0")
        if path.name == "0006.png":
            raise MemoryError
        result = judge(path)
        return result if path.name != "0007.png" else Result(**{**result.__dict__, "score": float("nan")})

    assert run(stub).skipped == 3
    reasons = {Path(row["path"]).name: row["reason"] for row in table(out / "results.csv") if row["reason"]}
    assert reasons["0005.png"] == "unexpected ZeroDivisionError: 1 / 0"
    assert "memory" in reasons["0006.png"]
    assert "nan" in reasons["0007.png"]


def test_a_broken_engine_ends_the_run(run: Run, out: Path) -> None:
    def stub(path: Path) -> Result:
        raise EngineError("network", found="device lost")

    with pytest.raises(EngineError, match=r"8 failures in a row.*device lost"):
        run(stub)
    assert not (out / "results.csv").exists()


def test_settings_are_recorded(run: Run, out: Path) -> None:
    run(notes={"line": "north"})
    with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
        record, finished = ledger.execute("SELECT record, finished FROM runs").fetchone()
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert finished
    for word in ('"workers": 2', '"line": "north"', '"versions"', '"numpy"', '"images": 12'):
        assert word in record


def test_pictures_are_those_of_the_worst_and_nearest_also_after_resuming(run: Run, images: Path, out: Path) -> None:
    def shown() -> set[str]:
        sql = "SELECT name FROM pictures JOIN inputs USING (content) WHERE length(overlay) > 0"
        with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
            return {name for (name,) in ledger.execute(sql)}

    run()
    first = shown()
    rows = sorted(table(out / "results.csv"), key=lambda row: -float(row["score"]))
    assert {"/".join(Path(row["path"]).parts[-2:]) for row in rows[:3]} <= first
    assert len(first) <= 6
    again = Stub()
    run(again)
    assert shown() == first
    assert again.calls == []
    run(inputs=sorted(images.rglob("00[01][1-9].png")))  # other inputs, hence other pictures
    assert shown() != first
    assert run().inspected == 0
    assert shown() == first


def test_wrong_use_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="maps, masks, overlays"):
        run(save=["map"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="no image"):
        run(inputs=[tmp_path / "empty"])
