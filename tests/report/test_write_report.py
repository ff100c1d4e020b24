"""The file that is written: whole, bounded, offline, and deaf to hostile names."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.report import PictureChoice, Pictures, ReportRow, ReportSummary, draw_pictures, write_report
from surfedge.result import Result

SUMMARY = ReportSummary("statistics", 1.5, rule="quantile:0.99", bundle="a.surfedge", bundle_hash="ab" * 32)
PICTURE = b"\xff\xd8\xff" + bytes(997)
HOSTILE = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>\u2028'\"&{{data}}"


class _Parts(HTMLParser):
    """Tags, their attributes and the text inside scripts and styles, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.texts.append((self.tags[-1][1], data))

    def script(self, name: str) -> str:
        return "".join(text for attributes, text in self.texts if attributes.get("id") == name)


def _write(folder: Path, rows: Any, summary: ReportSummary = SUMMARY, **settings: Any) -> tuple[str, dict[str, Any]]:
    text = write_report(folder / "report.html", rows, summary, **settings).read_text("utf-8")
    return text, json.loads(_Parts(text).script("data"))


def _row(number: int, **settings: Any) -> ReportRow:
    status = "defective" if number > 1.5 else "good"
    return ReportRow(
        f"{number}.png", status, score=float(number), pictures=Pictures(PICTURE, PICTURE, PICTURE, PICTURE), **settings
    )


def _no_space(*_: object) -> None:
    raise OSError("no space")


def test_rows_arrive_as_they_are(tmp_path: Path) -> None:
    rows = [
        ReportRow("cut/a.png", "defective", 2.25, 1.5, "cut", 3, 120, 4.5, "", 64, 48, kinds=("cut", "stain")),
        ReportRow("b.png", "skipped", reason="truncated"),
        ReportRow("c.png", "good", 0.5, threshold=0.75),
        ReportRow("d.png", "implausible", reason="black"),
    ]
    _, data = _write(tmp_path, rows)
    assert data["threshold"] == 1.5
    assert data["counts"] == [1, 1, 1, 1]
    assert data["rows"][0] == ["cut/a.png", "cut", 2.25, 0, 3, 120, 4.5, "", None, 64, 48, [0, 1]]
    assert data["kinds"] == ["cut", "stain"]
    assert data["rows"][1][:4] == ["b.png", "", None, 3]
    assert data["rows"][1][7] == "truncated"
    assert data["rows"][2][8] == 0.75
    assert data["rows"][3][:4] == ["d.png", "", None, 2] and data["rows"][3][7] == "black"


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    row = ReportRow(HOSTILE, "skipped", label=HOSTILE, reason=HOSTILE)
    summary = ReportSummary(HOSTILE, 1.0, *(HOSTILE,) * 7, versions={HOSTILE: HOSTILE}, notes=(HOSTILE,))
    text, data = _write(tmp_path, [row], summary)
    clean, _ = _write(
        tmp_path, [ReportRow("a", "skipped")], ReportSummary("b", 1.0, *"cdefghi", versions={"j": "k"}, notes=("l",))
    )
    assert data["rows"][0][0] == HOSTILE
    assert data["rows"][0][7] == HOSTILE
    tags, expected = ([(tag, sorted(has)) for tag, has in _Parts(page).tags] for page in (text, clean))
    assert tags == expected
    assert text.count("alert(1)</script>") == 0


def test_nothing_is_fetched_and_only_this_script_runs(tmp_path: Path) -> None:
    text, _ = _write(tmp_path, [_row(1), _row(2)])
    parts = _Parts(text)
    policy = next(
        a["content"] or "" for t, a in parts.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    script = max((body for a, body in parts.texts if not a), key=len)
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style is not None
    for body in (script, style[1]):
        assert base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() in policy
    assert not any({"src", "srcset", "action"} & attributes.keys() for _, attributes in parts.tags)
    assert [a["href"] for _, a in parts.tags if "href" in a] == ["data:,"]
    assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg"}
    assert "innerHTML" not in text
    assert "url(" not in text


def test_pictures_are_chosen_bounded_and_counted(tmp_path: Path) -> None:
    choice = PictureChoice(worst=5, near=2, sample=0)
    text, _ = _write(tmp_path, (_row(i) for i in range(100)), choice=choice)
    assert sorted(re.findall(r'id="o(\d+)"', text), key=int) == ["1", "2", "95", "96", "97", "98", "99"]
    assert "Pictures of 7 of 100 images" in text
    text, _ = _write(tmp_path, [_row(i) for i in range(100)], choice=choice, picture_budget_bytes=8_500)
    assert re.findall(r'id="o(\d+)"', text) == ["98", "99"]
    assert "Pictures of 2 of 100 images" in text


def test_ten_thousand_rows_make_a_small_file_and_pictures_are_let_go(tmp_path: Path) -> None:
    big = Pictures(overlay=b"\xff\xd8\xff" + bytes(150_000))
    rows = (ReportRow(f"coil/{i}.png", "good", score=i % 977 / 100, pictures=big, reason="") for i in range(10_000))
    path = write_report(tmp_path / "report.html", rows, SUMMARY)
    assert path.stat().st_size < 30_000_000


def test_pictures_must_be_pictures(tmp_path: Path) -> None:
    row = ReportRow("a.png", "good", score=1.0, pictures=Pictures(overlay=b"<svg onload=alert(1)>"))
    with pytest.raises(ArgumentError, match="JPEG"):
        write_report(tmp_path / "report.html", [row], SUMMARY)
    assert not list(tmp_path.iterdir())


def test_a_run_that_fails_leaves_the_old_report_and_no_crumbs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def broken() -> Iterator[ReportRow]:
        yield _row(1)
        raise RuntimeError("the disk went away")

    with pytest.raises(RuntimeError):
        write_report(path, broken(), SUMMARY)
    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, _no_space)
            with pytest.raises(OSError, match="no space"):
                write_report(path, [_row(1)], SUMMARY)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_same_run_same_bytes(tmp_path: Path) -> None:
    first = _write(tmp_path, [_row(i) for i in range(20)])[0]
    assert first == _write(tmp_path, [_row(i) for i in range(20)])[0]


@pytest.mark.parametrize(
    "rows", [[], [ReportRow("a", "skipped", reason="gone")], [ReportRow("a", "good", score=float("inf"))]]
)
def test_odd_runs_are_written(tmp_path: Path, rows: list[ReportRow]) -> None:
    _, data = _write(tmp_path, rows, ReportSummary("dzl", None))
    assert data["threshold"] is None
    assert len(data["rows"]) == len(rows)
    _, data = _write(tmp_path, rows, ReportSummary("dzl", float("inf")))
    assert data["threshold"] is None


def test_names_of_undecodable_bytes_are_written(tmp_path: Path) -> None:
    _, data = _write(tmp_path, [ReportRow("a\udcff.png", "good", score=0.1)], ReportSummary("m", 1.0, source="\udcff"))
    assert data["rows"][0][0] == "a\udcff.png"


def test_facts_are_there_without_a_script(tmp_path: Path) -> None:
    text, _ = _write(tmp_path, [_row(2, milliseconds=8.0), _row(1, milliseconds=4.0)])
    for fact in ("statistics", "quantile:0.99", "a.surfedge", "ab" * 32, "6 ms median, 8 ms slowest"):
        assert fact in text


def test_too_many_rows_keep_all_that_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surfedge.report.html._MAX_ROWS", 4)
    rows = [
        ReportRow("s", "skipped"),
        *(ReportRow(f"{i}", "good", score=i / 10) for i in range(9)),
        ReportRow("d", "defective", score=9.0),
    ]
    text, data = _write(tmp_path, rows)
    assert {row[0] for row in data["rows"]} == {"s", "d", "8", "7"}
    assert data["counts"] == [1, 9, 0, 1]
    assert "7 good images of low score" in text


@pytest.mark.parametrize(("name", "settings"), [("status", {"status": "bad"}), ("score", {"status": "good"})])
def test_impossible_rows_are_refused(name: str, settings: dict[str, str]) -> None:
    with pytest.raises(ArgumentError, match=name):
        ReportRow("a.png", **settings)


@pytest.mark.parametrize(("shape", "largest"), [((64, 64), 640), ((300, 2400), 1280), ((1000, 1000), 640)])
def test_pictures_of_a_result(shape: tuple[int, int], largest: int) -> None:
    import cv2

    ground = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    result = Result(2.0, 1.0, True, ground / np.float32(100), ground > 100, (), shape, ground)
    pictures = draw_pictures(result)
    parts = (pictures.overlay, pictures.map, pictures.original, pictures.thumb)
    sizes = [cv2.imdecode(np.frombuffer(each, np.uint8), 1).shape for each in parts]
    assert max(map(max, sizes[:3])) <= largest
    assert sizes[1] == sizes[2]
    assert max(sizes[3]) <= 160
    assert pictures.size_bytes == sum(map(len, parts))
    with pytest.raises(ArgumentError, match="image"):
        draw_pictures(Result(2.0, 1.0, True, None, None, (), shape))
