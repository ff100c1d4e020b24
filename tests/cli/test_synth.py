"""The synth verb: folders of rendered surfaces."""

from __future__ import annotations

import csv
import errno
import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Run
from surfedge.datasets import labelled_images
from surfedge.images import read
from surfedge.synthesis import dataset


def test_an_mvtec_folder(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "plates"
    ran = run("synth", "strip", out, "--count", 9, "--defects", "hole, pit", "--share", 0.4, "--size", "96x64")
    assert ran.code == 0 and ran.error == ""
    assert "train/good" in ran.out and f"truth: {out / 'truth.csv'}" in ran.out
    assert read(next((out / "train" / "good").iterdir())).shape == (64, 96)  # width first, as people write it
    assert {sample.label for sample in labelled_images(out)} <= {"good", "hole", "pit"}


def test_json_and_plain_layout(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "a"
    ran = run("synth", "leather", out, "--count", 3, "--size", 48, "--layout", "plain", "--defects", "", "--json")
    values = json.loads(ran.out)
    assert ran.code == 0 and ran.out.count("\n") == 1 and ran.error == ""
    assert values["folder"] == str(out) and sum(values["counts"].values()) == 3
    assert read(next((out / "images").iterdir())).shape == (48, 48)


def test_the_seed_decides_the_bytes(run: Run, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("synth", "strip", tmp_path / name, "--count", 2, "--size", 32, "--seed", seed, "--layout", "plain")
    a, b, c = ([p.read_bytes() for p in sorted((tmp_path / n / "images").iterdir())] for n in "abc")
    assert a == b and a != c


def test_a_worn_plate_differs_and_is_made_again_from_its_table(run: Run, tmp_path: Path) -> None:
    for name, words in (("new", ()), ("worn", ("--wear", 0.8))):
        run("synth", "plate", tmp_path / name, "--count", 2, "--size", 64, "--layout", "plain", *words)
    new, worn = ([path.read_bytes() for path in sorted((tmp_path / n / "images").iterdir())] for n in ("new", "worn"))
    assert len(new) == len(worn) == 2 and new != worn
    assert '"in_use": 0.8' in (tmp_path / "worn" / "made.csv").read_text().replace('""', '"')
    again = run("synth", "strip", tmp_path / "no", "--count", 1, "--size", 64, "--wear", 0.5)
    assert again.code == 2 and "in_use" in again.error


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("fails", ["replace_bytes", "append_text"])  # an image, a line of the table
def test_a_full_disk_leaves_what_the_table_names_and_no_more(
    threads: int, fails: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, calls = tmp_path / "a", count(1)
    write: Any = getattr(dataset, fails)

    def fills_up(path: Path, what: Any) -> None:
        if next(calls) >= 5:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, what)

    monkeypatch.setattr(dataset, fails, fills_up)
    words = ["--count", 8, "--share", 0.5, "--size", 48, "--layout", "plain", "--threads", threads]
    ran = run("synth", "strip", out, *words)
    assert ran.code == 3 and "No space left on device" in ran.error and ran.error.count("\n") == 1
    truth, made = (_rows(out / name) for name in ("truth.csv", "made.csv"))
    there = {path.relative_to(out).as_posix() for path in out.rglob("*.*") if path.suffix != ".csv"}
    assert there == {row[name] for row in truth for name in ("path", "mask")}
    assert there == {row[name] for row in made for name in ("image", "mask")}
    assert threads > 1 or len(made) == (2 if fails == "replace_bytes" else 4)
    monkeypatch.setattr(dataset, fails, write)
    again = run("generate", "again", out, "--out", tmp_path / "b") if made else None
    assert again is None or (again.code == 0 and f"{len(made)} of {len(made)} images are the same" in again.out)


def _rows(table: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["wood", "OUT"], 2, "surface: found 'wood', expected plate-diamond"),
        (["strip", "OUT", "--defects", "rust"], 2, "rust"),
        (["strip", "OUT", "--size", "0"], 2, "shape"),
        (["strip", "OUT", "--size", "axb"], 2, "--size: found 'axb', expected 256 or 2048x1024"),
        (["strip", "OUT", "--size", "64x"], 2, "--size"),
        (["strip", "OUT", "--count", "0"], 2, "count"),
        (["strip", "OUT", "--count", "many"], 2, "invalid int value: 'many'"),
        (["strip", "OUT", "--share", "1.5"], 2, "share"),
        (["strip", "OUT", "--seed", "-1"], 2, "seed"),
        (["strip", "OUT", "--severity", "0"], 2, "severity"),
        (["strip", "OUT", "--layout", "coco"], 2, "invalid choice: 'coco'"),
        (["strip", "FULL"], 2, "FULL"),
        (["strip", "FULL/a.txt/b"], 3, "a.txt"),
    ],
)
def test_what_is_refused_is_said_in_one_line(
    words: list[str], code: int, message: str, run: Run, tmp_path: Path
) -> None:
    full = tmp_path / "FULL"
    full.mkdir()
    (full / "a.txt").write_text("mine")
    words = [word.replace("OUT", str(tmp_path / "out")).replace("FULL", str(full)) for word in words]
    ran = run("synth", *words, *([] if "--count" in words else ["--count", 2]))
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.error and ran.error.count("\n") == 1
    assert (full / "a.txt").read_text() == "mine" and len(list(full.iterdir())) == 1


def test_help_has_an_example(run: Run) -> None:
    assert "example: surfedge synth plate plates/" in " ".join(run("synth", "--help").out.split())


def test_a_coil_with_its_truth(run: Run, tmp_path: Path) -> None:
    """One command renders it, one inspects it: pixel size and edges are the folder's own."""
    wanted = (
        "synth",
        "coil",
        tmp_path / "coil",
        "--metres",
        14,
        "--strip-width",
        200,
        "--view",
        220,
        "--pixel-size",
        1,
    )
    ran = run(*wanted, "--pixel-size", 1, "--roll", "650:1:3", "--marks", "pit=20", "--weld", 5, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["marks"]["roll_mark"] in (6, 7) and json.loads(ran.out)["marks"]["weld"] == 1
    truth = json.loads((tmp_path / "coil" / "truth.json").read_text())
    assert {mark["kind"] for mark in truth["marks"]} == {"roll_mark", "pit", "weld"}
    ran = run("strip", tmp_path / "coil", "--out", tmp_path / "out", "--json")
    summary = json.loads(ran.out)
    assert ran.code == 1 and summary["name"] == "coil" and summary["length_m"] == pytest.approx(14.2)
    (series,) = summary["series"]
    assert series["diameter_mm"] == pytest.approx(650, rel=0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--roll", "big"],
        ["--roll", "650:2"],
        ["--roll", "650:1:0:9"],
        ["--marks", "rust=3"],
        ["--marks", "pit"],
        ["--marks", "pit=-1"],
        ["--metres", "0"],
        ["--strip-width", "2000", "--view", "100"],
        ["--weld", "x"],
    ],
)
def test_a_coil_that_cannot_be(wrong: list[str], run: Run, tmp_path: Path) -> None:
    ran = run("synth", "coil", tmp_path / "coil", *wrong)
    assert ran.code == 2 and ran.error.count("\n") == 1 and not (tmp_path / "coil").exists()
