"""A coil from its lines to its map: kept at every step, the same after kills, graded, told from another."""

from __future__ import annotations

import csv
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conftest import Budget
from strips.coils import COLUMNS, LINES, PITCH_LINES, TILE, Simple, coil, write_images
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.result import Result
from surfedge.scoring import OutputError
from surfedge.strips import Block, CoilSummary, Roll, Rule, dry_run, grade, read_rules, strip
from surfedge.strips.grading import Graded

SCRIPT = Path(__file__).with_name("coils.py")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("coil") / "lines", coil())


def run(source: object, out: Path, **more: object) -> CoilSummary:
    return strip(Simple(), source, out, pixel_size_mm=0.5, tile_lines=TILE, **more)  # type: ignore[arg-type]


def left(out: Path) -> dict[str, object]:
    """What a run leaves, without its times."""
    db = sqlite3.connect(out / "coil.sqlite")
    tables = {t: db.execute(f"SELECT * FROM {t}").fetchall() for t in ("defects", "tiles", "periodic", "pictures")}
    tables["alarms"] = db.execute("SELECT value FROM coil WHERE key = 'alarms'").fetchall()
    gaps = db.execute("SELECT from_m, to_m, area_m2, reason FROM not_inspected ORDER BY from_m").fetchall()
    db.close()
    names = ("defects.csv", "defects.jsonl", "not_inspected.csv", "coil_map.svg", "coil_map.png")
    return {**tables, "gaps": gaps, **{name: (out / name).read_bytes() for name in names}}


def table(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_what_a_coil_leaves(images: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason='pip install "surfedge[parquet]"')
    told: list[object] = []
    rolls = (Roll("pinch roll", 60, 70), Roll("work roll", 400, 500))
    summary = run(images, tmp_path / "out", rolls=rolls, parquet=True, seen=told.append)
    assert summary.name == "lines" and summary.length_m == pytest.approx(LINES * 5e-4)
    assert summary.inspected_m2 == pytest.approx(LINES * 5e-4 * COLUMNS * 5e-4) and summary.not_inspected_m2 == 0
    (series,) = summary.series
    assert (
        series["pitch_m"] == pytest.approx(PITCH_LINES * 5e-4, rel=1e-3) and series["hits"] == series["expected"] == 15
    )
    assert series["y_mm"] == pytest.approx(33, abs=0.1) and series["suspects"][0]["name"] == "pinch roll"
    rows = table(tmp_path / "out" / "defects.csv")
    assert len(rows) == summary.defects and sum(row["series"] == "1" for row in rows) == 15
    longest = max(rows, key=lambda row: float(row["to_m"]) - float(row["from_m"]))
    assert float(longest["from_m"]) == pytest.approx(0.5) and float(longest["to_m"]) == pytest.approx(0.95)
    assert int(longest["pieces"]) == 5
    lines = [json.loads(line) for line in (tmp_path / "out" / "defects.jsonl").read_text().splitlines()]
    assert [line["number"] for line in lines] == list(range(1, len(rows) + 1))
    parquet = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "out" / "defects.parquet")
    assert set(parquet.column("coil").to_pylist()) == {"lines"} == {row["coil"] for row in rows}
    assert parquet.num_rows == len(rows) and parquet.column("x_m").to_pylist() == [float(row["x_m"]) for row in rows]
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["defects"] == summary.defects
    assert sum(hasattr(item, "window") for item in told) == -(-LINES // TILE)
    page = (tmp_path / "out" / "coil.html").read_text()
    assert (
        page.count("data:image/webp") == min(20, len(rows))
        and "pinch roll" in page
        and "http:" not in page.replace("http://www.w3.org/2000/svg", "")
    )


def test_kills_at_any_moment_leave_the_list_of_an_undisturbed_run(images: Path, tmp_path: Path, budget: Budget) -> None:
    began = time.monotonic()
    whole = _process(images, tmp_path / "whole", 0.03)
    assert whole.communicate() and whole.returncode == 0
    duration_s, expected = time.monotonic() - began, left(tmp_path / "whole")
    moments = random.Random(20261128)
    for number in range(budget.count(test=3, nightly=40, release=200)):
        out = tmp_path / f"out{number}"
        for _ in range(1 + number % 2):
            process = _process(images, out, 0.03)
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moments.uniform(0, 0.6 * duration_s))
            process.kill()
            process.communicate()
        last = _process(images, out, 0.0)
        assert last.communicate() and last.returncode == 0
        assert left(out) == expected


def _process(images: Path, out: Path, delay_s: float) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), str(images), str(out), str(delay_s)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_finished_coil_is_only_concluded_again(images: Path, tmp_path: Path) -> None:
    first = run(images, tmp_path)
    before = left(tmp_path)
    detector = Simple()
    detector.with_decision = None  # type: ignore[assignment,method-assign]
    again = run(images, tmp_path, rules=(Rule("long", "hold", min_length_mm=400),))
    assert left(tmp_path) == before
    assert (first.verdict, again.verdict) == ("prime", "hold")
    assert again.reasons[0]["text"] == "1 defect, from 0.5 m"


def test_a_detector_inspects_a_strip_in_one_call(tmp_path: Path) -> None:
    lines = np.random.default_rng(0).integers(120, 134, (900, 256), np.uint8)
    lines[400:440, 60:130] = 20
    summary = Detector().strip([lines[:333], lines[333:]], tmp_path / "a", pixel_size_mm=0.5, name="coil 7")
    strip(Detector(), [lines], tmp_path / "b", pixel_size_mm=0.5, name="coil 7")
    assert summary.defects == 1 and left(tmp_path / "a") == left(tmp_path / "b")


def test_two_coils_of_one_folder(images: Path, tmp_path: Path) -> None:
    run(images, tmp_path)
    with pytest.raises(OutputError, match="the coil 'lines'"):
        run(images, tmp_path, name="another")
    with pytest.raises(OutputError, match="another line_mm"):
        run(images, tmp_path, line_mm=0.7)
    with pytest.raises(OutputError, match="another source"):
        run(write_images(tmp_path / "other" / "lines", coil(600)), tmp_path)
    run([coil(600)], tmp_path / "live")
    with pytest.raises(OutputError, match="cannot be read again"):
        run([coil(600)], tmp_path / "live")


def test_a_camera_that_is_gone_ends_the_coil_there(tmp_path: Path) -> None:
    def camera() -> Iterator[np.ndarray]:
        yield coil()[:3000]
        raise OSError("camera gone")

    summary = run(camera(), tmp_path)
    assert summary.failure == "OSError: camera gone" and summary.length_m == pytest.approx(1.5)
    assert summary.defects >= 8 and (tmp_path / "coil.html").is_file()


def test_what_was_not_inspected_is_in_the_tables(tmp_path: Path) -> None:
    view = coil()
    blocks = [Block(view[:1000]), Block(None, lines=700, reason="torn file"), Block(view[1700:])]
    summary = run(blocks, tmp_path)
    assert summary.not_inspected_m2 == pytest.approx(700 * 5e-4 * COLUMNS * 5e-4)
    (row,) = table(tmp_path / "not_inspected.csv")
    assert (float(row["from_m"]), float(row["to_m"]), row["reason"]) == (0.5, 0.85, "torn file")
    assert "torn file" in (tmp_path / "coil.html").read_text()


def test_what_is_in_doubt_is_in_the_tables_and_can_be_graded(images: Path, tmp_path: Path) -> None:
    class Doubting(Simple):
        def __call__(self, pixels: np.ndarray, ignore: np.ndarray | None = None) -> Result:
            return replace(super().__call__(pixels, ignore), notes=("implausible: brightness of 0.9",))

    rules = (Rule("odd light", "hold", in_doubt_share=0.5),)
    summary = strip(Doubting(), images, tmp_path, pixel_size_mm=0.5, tile_lines=TILE, rules=rules)  # type: ignore[arg-type]
    assert summary.in_doubt_m2 == pytest.approx(summary.inspected_m2) and summary.verdict == "hold"
    (row,) = table(tmp_path / "in_doubt.csv")
    assert float(row["from_m"]) == 0 and float(row["to_m"]) == pytest.approx(3.0)
    assert row["reason"] == "brightness of 0.9"
    assert "brightness of 0.9" in (tmp_path / "coil.html").read_text()


def test_a_table_of_the_first_version_is_brought_to_this_one(images: Path, tmp_path: Path) -> None:
    run(images, tmp_path)
    before = left(tmp_path)
    db = sqlite3.connect(tmp_path / "coil.sqlite")
    db.executescript(
        "DROP TABLE in_doubt; DROP TABLE outbox; DROP TABLE receivers; DROP TABLE lane_signal; PRAGMA user_version = 1;"
    )
    db.close()
    run(images, tmp_path)
    assert left(tmp_path) == before


def test_the_report_of_a_coil_without_a_roll(tmp_path: Path) -> None:
    view = np.random.default_rng(0).normal(128, 5, (4000, COLUMNS)).clip(1, 255).astype(np.uint8)
    for line in (300, 1500, 1733, 3100):
        view[line : line + 12, 60:72] //= 4
    summary = run([view], tmp_path)
    assert summary.defects == 4 and summary.series == summary.alarms == ()
    assert "None: no series of marks that a roll would leave" in (tmp_path / "coil.html").read_text()


def test_no_pixel_size(images: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="pixel_size_mm"):
        strip(Simple(), images, tmp_path)  # type: ignore[arg-type]


NO_DEFECT = np.zeros(0)
UNSEEN = Graded(*[NO_DEFECT] * 7, label=(), series=NO_DEFECT.astype(int), width_mm=900.0)

RULES = """
[[rule]]
name = "many pits"
verdict = "second"
count = 3
per_m = 0.5
[[rule]]
name = "roll marks"
verdict = "hold"
periodic = true
count = 10
[[rule]]
name = "edge"
verdict = "block"
zone_mm = [-20, -1]
[[rule]]
name = "blind"
verdict = "block"
not_inspected_share = 0.01
"""


def test_rules_on_stored_coils(images: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    rules = read_rules(tmp_path / "rules.toml")
    run(images, tmp_path / "out")
    before = left(tmp_path / "out")
    name, verdict, grade = dry_run(tmp_path / "out", rules)
    assert (name, verdict, grade.verdict) == ("lines", "prime", "hold")
    assert [reason.rule for reason in grade.reasons] == ["roll marks", "many pits"]
    assert grade.reasons[0].count == 15 and left(tmp_path / "out") == before
    assert run(images, tmp_path / "out", rules=rules).verdict == "hold"
    with pytest.raises(OutputError, match="nothing there"):
        dry_run(tmp_path, rules)


def test_a_coil_that_nobody_saw_is_not_prime(tmp_path: Path) -> None:
    """A dead camera gives no defects: the coil is held, unless a rule says how much must be seen."""
    unseen = replace(UNSEEN, not_inspected_share=0.51)
    held = grade(unseen, ())
    assert (held.verdict, held.reasons[0].text) == ("hold", "51.00% not inspected, limit 50.00%")
    assert grade(replace(UNSEEN, not_inspected_share=0.5), ()).verdict == "prime"
    assert grade(unseen, (Rule("pits", "second", label="pit"),)).verdict == "hold"
    assert grade(unseen, (Rule("blind", "block", not_inspected_share=0.9),)).verdict == "prime"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "rule"),
        ("[[rule]]\nname = 'a'", "verdict"),
        ("[[rule]]\nname = 'a'\nverdict = 'prime'", "verdict"),
        ("[[rule]]\nname = 'a'\nverdict = 'hold'\nsize = 3", "size"),
        ("[[rule]]\nname = 'a'\nverdict = 'hold'\nzone_mm = 3", "zone_mm"),
        ("[[rule]]\nname = 'a'\nverdict = 'hold'\ncount = 0", "count"),
        ("[[rule]]\nname = 'a'\nverdict = 'hold'\nmin_area_mm2 = 'big'", "min_area_mm2"),
    ],
)
def test_rules_that_are_none(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "rules.toml").write_text(text)
    with pytest.raises(ArgumentError, match=what):
        read_rules(tmp_path / "rules.toml")
