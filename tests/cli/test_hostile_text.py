"""What comes from a file commands no terminal: not in tables, lines, errors, progress or JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cli.conftest import Run
from surfedge.bundle import Bundle
from surfedge.bundle.container import write_container
from surfedge.cli.console import Console
from surfedge.errors import BundleError, printable

FALSE_IDENTITY = "cafe" * 16
FORGED = f"\x1b7\x1b[17A\x1b[2K\x1b[2Gidentity\x1b[66G{FALSE_IDENTITY}\x1b8"
HOSTILE = (
    "\x1b[2J",
    "\x9b2J",
    "a\rb",
    "a\nb",
    "\x07\x08\x7f",
    "\u202ecafe",
    "\u2028",
    "\u200b",
    "\ud800",
    "\U000e0001",
)


def controls(text: str) -> set[str]:
    return {character for character in text if not character.isprintable()} - {"\n"}


@pytest.mark.parametrize("text", HOSTILE)
def test_escapes_stand_for_what_is_not_printed(text: str) -> None:
    assert printable(text).isprintable() and "\\" in printable(text)
    assert controls(str(BundleError(text, found=text, expected=text, remedy=text))) == set()


def test_what_people_write_stays() -> None:
    for text in ("Prüfung 検査 板\u30001.png", "plate 1.png", "a\\b", "1\u00a0000", "é", ""):
        assert printable(text) == text


def test_long_texts_lose_their_middle() -> None:
    assert printable("0123456789" * 10, 25) == "0123456789 ... 0123456789"
    assert len(str(BundleError("x" * 9000, found="y" * 9000, expected="z" * 9000))) < 6200


@pytest.mark.parametrize("where", ["value", "key", "nested"])
def test_a_forged_identity_stays_a_value(where: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "forged.surfedge"
    by = {"value": {"by": FORGED}, "key": {FORGED: "x"}, "nested": {"by": {FORGED: [FORGED]}}}[where]
    identity = Bundle("dzl", provenance=by).write(path).identity
    ran = run("info", path)
    assert ran.code == 0 and controls(ran.out + ran.error) == set()
    assert identity in ran.out and r"\x1b" in ran.out
    ran = run("info", path, "--json")
    assert controls(ran.out) == set()
    values = json.loads(ran.out)
    assert values["identity"] == identity and values["provenance"] == by
    assert run("verify", path).code == 0


def test_a_key_of_many_spaces_makes_no_row(run: Run, tmp_path: Path) -> None:
    key = "a" + " " * 60 + "identity" + " " * 60 + FALSE_IDENTITY
    Bundle("dzl", metrics={key: 1.0}, provenance={"by": "x" + " " * 300 + "identity   cafe"}).write(tmp_path / "a")
    lines = run("info", tmp_path / "a").out.splitlines()
    assert not [line for line in lines if line.split()[:1] == ["identity"] and "cafe" in line]


@pytest.mark.parametrize("text", HOSTILE[:-2])
def test_errors_that_name_hostile_things(text: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / text.replace("\n", "?")
    for words in (("info", path), ("info", path, "--json"), ("verify", path), ("info", "--", text, text)):
        ran = run(*words)
        assert ran.code in (2, 3) and controls(ran.out + ran.error) == set()
    write_container(tmp_path / "b", {"method": text, "arrays": {}, "settings": {text: text}}, {})
    ran = run("verify", tmp_path / "b")
    assert ran.code == 3 and controls(ran.out + ran.error) == set() and ran.error.count("\n") == 1


class _Terminal:
    """Standard error as a terminal."""

    def __init__(self) -> None:
        self.text, self.encoding = "", "utf-8"

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True


def test_progress_takes_no_command_and_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    console = Console()
    console.progress(1, 2, "reading [/red][bold]x\x1b]0;title\x07")
    console.progress(2, 2, "reading [/red][bold]x\x1b]0;title\x07")
    console.close()
    assert "\x1b]0" not in terminal.text and "[/red][bold]x" in terminal.text


def test_lines_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.line(f"skipped {FORGED}: x\ny")
    console.table((FORGED, "b"), [(FORGED, FORGED)], title=FORGED)
    console.error(FORGED)
    text = capsys.readouterr()
    assert controls(text.out + text.err) == set()
    assert text.out.startswith(r"skipped \x1b7") and text.out.splitlines()[0].endswith(r"x\ny")
