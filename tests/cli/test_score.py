"""The score verb: what it prints, what it leaves, its exit codes."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import surfedge
import surfedge.cli
from surfedge.detector import BY_RAISED_LIMIT, OWN_REFERENCE

Main = Callable[..., int]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Main:
    """The command line with this verb alone."""
    monkeypatch.setattr(surfedge.cli, "VERBS", {"score": "surfedge.cli.score"})
    return lambda *words: surfedge.cli.main(["score", *map(str, words)])


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good plates and one with a scratch."""
    folder = tmp_path_factory.mktemp("plates")
    for number in range(3):
        rng = np.random.default_rng(number)
        plate = rng.normal(128, 6, (96, 128)).clip(0, 255).astype(np.uint8)
        if number == 1:
            plate[40:48, 30:90] = 250
        cv2.imwrite(str(folder / f"{number}.png"), plate)
    return folder


@pytest.fixture(scope="module")
def limit(plates: Path) -> float:
    """A threshold between the good plates and the scratched one."""
    from surfedge.detector import Detector, default_bundle

    good, scratched, other = (Detector(default_bundle("dzl"))(plates / f"{n}.png").score for n in range(3))
    assert scratched > max(good, other)
    return (scratched + max(good, other)) / 2


def test_verdicts_one_line_each(
    main: Main, plates: Path, limit: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(plates, "--out", tmp_path / "out", "--method", "dzl", "--threshold", limit, "--threads", 1) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["good", "DEFECTIVE", "good"]
    assert f"{plates / '1.png'}: score " in lines[1]
    assert "3 images: 1 defective, 2 good, 0 skipped" in lines[3]
    assert lines[4] == f"report: {tmp_path / 'out' / 'report.html'}"
    assert lines[5:] == [OWN_REFERENCE] and "full of defects may pass as good" in lines[5]
    assert {"results.csv", "regions.csv", "report.html", "ledger.sqlite"} <= set(os.listdir(tmp_path / "out"))


def test_json_and_the_exit_code_of_skipped_images(
    main: Main, plates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes((plates / "0.png").read_bytes()[:300])
    assert main(plates, bad, "--out", tmp_path / "out", "--json") == 1
    summary = json.loads(capsys.readouterr().out)
    assert (summary["images"], summary["skipped"], summary["inspected_now"]) == (4, 1, 3)
    assert summary["skipped_images"][0]["path"] == str(bad)
    assert main(plates, "--out", tmp_path / "out", "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["images"], again["inspected_now"]) == (3, 0)


def test_threshold_and_saved_pictures(main: Main, plates: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(plates, "--out", out, "--method", "dzl", "--threshold", "1e9", "--save", "maps, overlays") == 0
    assert "true" not in (out / "results.csv").read_text(encoding="utf-8")
    assert sorted(path.name for path in (out / "overlays").iterdir()) == ["0.png.jpg", "1.png.jpg", "2.png.jpg"]
    assert cv2.imread(str(out / "maps" / "1.png.tiff"), cv2.IMREAD_UNCHANGED).dtype == np.float32
    assert not (out / "masks").exists()


def test_bit_depth_is_used(main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = np.random.default_rng(0).integers(0, 4096, (64, 64)).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    out = tmp_path / "out"
    assert main(tmp_path / "deep.png", "--out", out, "--bit-depth", 12) == 0
    assert main(tmp_path / "deep.png", "--out", out, "--bit-depth", 10) == 1
    assert "SKIPPED" in capsys.readouterr().out


def test_many_images_give_a_table(
    main: Main, plates: Path, limit: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(31):
        (tmp_path / f"{number:02d}.png").write_bytes((plates / f"{number % 3}.png").read_bytes())
    for number in range(12):
        (tmp_path / f"bad {number:02d}.png").write_bytes(b"no image")
    assert main(tmp_path, "--out", tmp_path / "out", "--method", "dzl", "--threshold", limit) == 1
    out = capsys.readouterr().out
    assert "highest scores" in out
    assert out.count("SKIPPED") == 10
    assert "... and 2 more skipped" in out
    assert "43 images: 10 defective, 21 good, 12 skipped" in out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nowhere", "--out", "out"], 2, "nowhere: found nothing there"),
        (["PLATES", "--out", "out", "--save", "heat"], 2, "expected maps, masks, overlays"),
        (["PLATES", "--out", "out", "--method", "dzi"], 2, "statistics"),
        (["PLATES", "--out", "out", "--method", "dzl", "--model", "x"], 2, "one of them"),
        (["PLATES", "--out", "out", "--threads", "-1"], 2, "0 to 1,024"),
        (["PLATES", "--out", "out", "--bit-depth", "7"], 2, "8 to 16"),
        (["PLATES", "--out", "out", "--model", "missing.surfedge"], 2, "missing.surfedge: found No such file"),
        (["PLATES", "--out", "PLATES/0.png/out"], 3, "permission to write"),
    ],
)
def test_wrong_use_says_what_to_do_in_one_line(
    main: Main,
    plates: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(*[word.replace("PLATES", str(plates)) for word in words]) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_says_how_to_go_on(plates: Path, tmp_path: Path) -> None:
    for number in range(1500):
        picture = np.full((64, 64), number % 250, np.uint8)
        picture[0, 0] = number // 250
        cv2.imwrite(str(tmp_path / f"{number:04d}.bmp"), picture)
    code = "import sys, surfedge.cli as c; c.VERBS = {'score': 'surfedge.cli.score'}; sys.exit(c.main())"
    command = [sys.executable, "-c", code, "score", str(tmp_path), "--out", str(tmp_path / "out"), "--method", "dzl"]
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "out" / "ledger.sqlite-wal").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "run the same command again to finish" in error
    assert "Traceback" not in error
    assert out == ""


def test_an_implausible_image_is_a_status_of_its_own_everywhere(
    main: Main, plates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dead camera among plates: on the console, in the tables, JSON and report; exit code 1; again after resuming."""
    pytest.importorskip("pyarrow", reason='pip install "surfedge[parquet]"')
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name in ("0.png", "2.png"):
        (folder / name).write_bytes((plates / name).read_bytes())
    cv2.imwrite(str(folder / "dead.png"), np.zeros((96, 128), np.uint8))
    command = (folder, "--out", out, "--method", "dzl", "--threshold", 1e6, "--parquet")
    for _ in range(2):
        assert main(*command) == surfedge.cli.SKIPPED
        said = capsys.readouterr().out
        assert "0 defective, 2 good, 1 implausible, 0 skipped" in said
        (line,) = [line for line in said.splitlines() if line.startswith("IMPLAUSIBLE")]
        assert "dead.png: found an implausible image: contrast of 0" in line
    assert "2 were done before" in said
    assert main(*command, "--json") == surfedge.cli.SKIPPED
    known = json.loads(capsys.readouterr().out)
    assert (known["good"], known["defective"], known["implausible"], known["skipped"]) == (2, 0, 1, 0)
    assert [each["path"] for each in known["implausible_images"]] == [str(folder / "dead.png")]
    rows = {row["path"]: row for row in csv.DictReader((out / "results.csv").read_text("utf-8").splitlines())}
    assert rows[str(folder / "dead.png")]["status"] == "implausible"
    assert rows[str(folder / "dead.png")]["defective"] == rows[str(folder / "dead.png")]["score"] == ""
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text("utf-8").splitlines()]
    assert sorted(line["status"] for line in lines) == ["good", "good", "implausible"]
    parquet = pytest.importorskip("pyarrow.parquet")
    assert sorted(parquet.read_table(out / "results.parquet")["status"].to_pylist()) == ["good", "good", "implausible"]
    assert "1 refused as implausible: not judged, neither good nor defective" in (out / "report.html").read_text()


def test_without_a_bundle_the_page_says_so(main: Main, plates: Path, tmp_path: Path) -> None:
    assert main(plates / "0.png", "--out", tmp_path / "out", "--threads", 1) == 0
    assert OWN_REFERENCE in (tmp_path / "out/report.html").read_text(encoding="utf-8")


def test_good_by_a_raised_limit_is_counted(main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Chips of many colours and sizes: the image is no reference for itself, on the terminal and on the page."""
    board = np.full((128, 128), 180, np.uint8)
    for x, y, side, grey in np.random.default_rng(0).integers((0, 0, 4, 40), (116, 116, 12, 255), (60, 4)):
        board[y : y + side, x : x + side] = grey
    cv2.imwrite(str(tmp_path / "board.png"), board)
    assert main(tmp_path / "board.png", "--out", tmp_path / "out", "--threads", 1) == 0
    said = f"1 {BY_RAISED_LIMIT}"
    assert said in capsys.readouterr().out.splitlines()
    assert said in (tmp_path / "out/report.html").read_text(encoding="utf-8")
