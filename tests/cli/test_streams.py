"""Standard streams that are closed, full or of a narrow encoding; names that are empty; Ctrl-C while starting."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import surfedge.cli
from cli.conftest import Run
from cli.test_main import apart
from surfedge.cli.console import Console

posix = pytest.mark.skipif(os.name != "posix", reason="streams as POSIX has them")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """40 images, so that a table is shown; one name is beyond ASCII, one image is broken."""
    _, encoded = cv2.imencode(".png", np.uint8(120) + np.indices((16, 16)).sum(axis=0).astype(np.uint8))
    for number in range(40):
        (tmp_path / "in" / f"{number}.png").parent.mkdir(exist_ok=True)
        (tmp_path / "in" / f"{number}.png").write_bytes(encoded.tobytes())
    (tmp_path / "in" / "Prüfung 検査.png").write_bytes(b"broken")
    return tmp_path


def words(folder: Path) -> tuple[Any, ...]:
    return "score", folder / "in", "--out", folder / "out", "--method", "dzl", "--threads", 1


@posix
@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_closed_streams_change_nothing(folder: Path, closed: tuple[int, ...]) -> None:
    done = apart(*words(folder), preexec_fn=lambda: [os.close(number) for number in closed])
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert len((folder / "out" / "results.csv").read_text("utf-8").splitlines()) == 42


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_standard_output_is_a_line_and_exit_code_3(
    folder: Path, unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    for more in ((), ("--json",)):
        done = apart(*words(folder), *more, preexec_fn=lambda: os.dup2(os.open("/dev/full", os.O_WRONLY), 1))
        assert done.returncode == 3 and "Traceback" not in done.stderr
        assert done.stderr == "surfedge: No space left on device; what was written before stays valid\n"


def test_an_encoding_without_the_characters_shows_escapes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding in ("ascii", "cp1252"):
        monkeypatch.setenv("PYTHONIOENCODING", encoding)
        done = apart(*words(folder), encoding=encoding)
        assert done.returncode == 1 and r"\u691c\u67fb.png: found" in done.stdout
        skipped = json.loads(apart(*words(folder), "--json", encoding=encoding).stdout)["skipped_images"]
        assert Path(skipped[0]["path"]).name == "Prüfung 検査.png"


def test_a_log_that_cannot_be_written_ends_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def isatty(self) -> bool:
            return False

        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    console = Console()
    console._logged_at -= 60
    console.progress(1, 2, "scoring")
    console.error("a word")
    console.close()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (["in", "--out", ""], "out"),
        (["", "--out", "out"], "input"),
        (["in", "--out", "out", "--model", ""], "model"),
        (["--out", "out", "--watch", ""], "watch"),
    ],
)
def test_an_empty_name_is_not_the_current_folder(
    given: list[str], name: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    ran = run("score", *given)
    assert ran.code == 2 and ran.error.startswith(f"surfedge: {name}: found an empty text, expected a name")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["in", "--threads", "100000"], "--threads: found 100000, expected 0 to 1,024"),
        (["in", "--until-idle", "3"], "--until-idle: found no --watch, expected --watch DIR beside it"),
        (["in", "--move-good", "there"], "--move-good: found no --watch"),
        (["--watch", "in", "--until-idle", "nan"], "--until-idle: found nan, expected seconds above 0"),
        (["--watch", "in", "--until-idle", "-1"], "--until-idle: found -1.0, expected seconds above 0"),
    ],
)
def test_options_that_would_be_passed_over(more: list[str], said: str, run: Run, tmp_path: Path) -> None:
    ran = run("score", *more, "--out", tmp_path / "out")
    assert ran.code == 2 and said in ran.error and not (tmp_path / "out").exists()


def test_ctrl_c_while_the_command_line_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(surfedge.cli, "_parser", stopped)
    assert surfedge.cli.main(["info", "x"]) == 3
    assert "stopped by the user" in capsys.readouterr().err
