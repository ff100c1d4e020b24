"""No cell of a table is a formula, whichever separator the reader's spreadsheet takes."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from scoring.conftest import table
from scoring.stub import FEW_PICTURES, judge
from surfedge.errors import ImageError
from surfedge.files import csv_line, path_cell, text_cell
from surfedge.result import Result
from surfedge.scoring import score_folder

BEGINS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
HOSTILE = ["=1+1", "+1", "-1", "@x", "x;=1+1;.png", "x\t=1+1", "x;  =1", "x|=1+1", 'a";=1+1', "x,=1", "\uff1d1", "x;@y"]


def cells(line: str, separator: str) -> list[str]:
    (found,) = csv.reader([line.rstrip("\n")], delimiter=separator)
    return found


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_any_column(text: str, separator: str) -> None:
    line = csv_line([path_cell(text), 1.5, text_cell(text), 2, text_cell(text)])
    found = cells(line, separator)
    assert not any(cell.strip(' "').startswith(BEGINS) for cell in found), found
    assert cells(line, ",")[0].removeprefix("./") == text


def test_plain_text_stays_as_it_is() -> None:
    for text in ("plate 1.png", "found 3, -1 px; give more", "a-b=c", "Blech ä.png", "", "first of 4 pages; 12 bit"):
        assert text_cell(text) == text == path_cell(text)
    assert csv_line(["a", 1, "b c"]) == "a,1,b c\n"


@pytest.mark.skipif(os.name != "posix", reason="such names cannot be on other systems")
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_run_over_hostile_names(separator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("=cmd").mkdir()
    for number, name in enumerate(("=cmd/x;=1+1;.png", "=cmd/+2.png", "a\t=3.png", "broken;=4.png")):
        Path(name).write_bytes(f"{'broken ' if 'broken' in name else ''}{number}".encode())

    def stub(path: Path) -> Result:
        if "broken" in path.name:
            raise ImageError(path, found=";=HYPERLINK(1)", expected="@none")
        return judge(path)

    score_folder(stub, ["=cmd", "a\t=3.png", "broken;=4.png"], "out", pictures=FEW_PICTURES)
    for name in ("results.csv", "regions.csv"):
        for line in Path("out", name).read_text("utf-8").splitlines():
            assert not any(cell.startswith(BEGINS) for cell in cells(line, separator)), line
    assert table(Path("out/results.csv"))[0]["path"] == "./=cmd/+2.png"
