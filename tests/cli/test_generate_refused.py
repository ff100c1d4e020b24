"""What the generate verb refuses, in one line, and what a full disk leaves."""

from __future__ import annotations

import errno
import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.conftest import Run
from cli.made_sets import BOX, files_of, rows_of


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["paste", "LABELLED", "--out", "OUT"], 2, "--onto: found 'neither', expected --onto DIR, or --surface NAME"),
        (
            ["paste", "LABELLED", "--onto", "GOOD", "--surface", "plate", "--out", "OUT"],
            2,
            "--onto: found ['onto', 'surface']",
        ),
        (["paste", "LABELLED", "--surface", "wood", "--out", "OUT"], 2, "surface: found 'wood'"),
        (
            ["paste", "LABELLED", "--onto", "EMPTY", "--out", "OUT"],
            2,
            "found no image, expected a folder of good images",
        ),
        (["paste", "EMPTY", "--onto", "GOOD", "--out", "OUT"], 2, "no labelled defect"),
        (["paste", "GOOD", "--onto", "GOOD", "--out", "OUT"], 2, "no labelled defect; the first of 1"),
        (["paste", "MISSING", "--onto", "GOOD", "--out", "OUT"], 2, "found no folder"),
        (["paste", "LABELLED", "--onto", "TINY", "--out", "OUT"], 2, "at most the target's 9 x 9 px"),
        (
            ["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--classes", "dent"],
            2,
            "no class 'dent', expected one of hole, scratch",
        ),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--match"], 2, "--mode paste or poisson"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--strength", "0"], 2, "--strength"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--strength", "x"], 2, "a number, or LOWEST,HIGHEST"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--per-image", "1.5"], 2, "whole numbers"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--judge", "1"], 2, "--judge"),
        (
            ["paste", "LABELLED", "--onto", "ONE", "--out", "OUT", "--judge", "0.5"],
            2,
            "class good: found 1 source images",
        ),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--feather", "-1"], 2, "--feather"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--scale", "0"], 2, "--scale"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--count", "0"], 2, "--count"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--seed", "-1"], 2, "--seed"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--threads", "0"], 2, "--threads"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "GOOD"], 2, "not empty"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "GOOD/00.png/x"], 3, "00.png"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", ""], 2, "out: found an empty text"),
        (["perlin", "EMPTY", "--out", "OUT"], 2, "found no image"),
        (["perlin", "GOOD", "--out", "OUT", "--opacity", "0.5,2"], 2, "--opacity"),
        (["perlin", "GOOD", "--out", "OUT", "--share", "2"], 2, "--share"),
        (["perlin", "GOOD", "--out", "OUT", "--turn", "-1"], 2, "--turn"),
        (["perlin", "GOOD", "--out", "OUT", "--count", "0"], 2, "--count"),
        (["perlin", "GOOD", "--out", "OUT", "--textures", "EMPTY"], 2, "a folder of textures"),
        (["perlin", "GOOD", "--out", "OUT", "--textures", "SMALL"], 2, "an eighth of the image a side"),
        (["again", "EMPTY", "--out", "OUT"], 2, "found nothing there, expected the made.csv"),
        (["mix", "GOOD", "--out", "OUT"], 2, "invalid choice: 'mix'"),
    ],
)
def test_what_is_refused_is_said_in_one_line(
    words: list[str], code: int, message: str, run: Run, labelled: Path, strips: Path, tmp_path: Path
) -> None:
    places = {"LABELLED": labelled, "GOOD": strips, "OUT": tmp_path / "out", "MISSING": tmp_path / "missing"}
    for name, size, count in (("EMPTY", 0, 0), ("TINY", 9, 2), ("SMALL", 5, 2), ("ONE", 96, 1)):
        places[name] = tmp_path / name.lower()
        places[name].mkdir()
        for number in range(count):
            cv2.imwrite(str(places[name] / f"{number}.png"), np.full((size, size), 120, np.uint8))
    before = files_of(strips)
    filled = []
    for word in words:
        head, slash, rest = word.partition("/")
        filled.append(f"{places[head]}{slash}{rest}" if head in places else word)
    ran = run("generate", *filled)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.error and ran.error.count("\n") == 1
    assert files_of(strips) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<annotation><object></annotation>", "XML that cannot be read"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><annotation>&x;</annotation>", "a document type"),
        (
            f"<annotation><object><name>../a</name>{BOX.format(1, 1, 5, 5)}</object></annotation>",
            "an object named '../a'",
        ),
        (
            f"<annotation><object><name>good</name>{BOX.format(1, 1, 5, 5)}</object></annotation>",
            "an object named 'good'",
        ),
        (
            f"<annotation><object><name>pit</name>{BOX.format(9, 1, 5, 5)}</object></annotation>",
            "expected xmin <= xmax",
        ),
        (f"<annotation><object><name>pit</name>{BOX.format(1, 'a', 5, 5)}</object></annotation>", "without a box"),
        ("<annotation><object><name>pit</name></object></annotation>", "without a box"),
    ],
)
def test_annotations_that_are_none(run: Run, text: str, message: str, strips: Path, tmp_path: Path) -> None:
    folder = tmp_path / "voc"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.full((32, 32), 120, np.uint8))
    (folder / "a.xml").write_text(text)
    ran = run("generate", "paste", folder, "--onto", strips, "--out", tmp_path / "out")
    assert ran.code == 2 and "no labelled defect" in ran.error and message in ran.error


@pytest.mark.parametrize(("threads", "at"), [(1, 5), (3, 6)])
def test_a_full_disk_ends_the_run_and_leaves_a_table_of_what_is_there(
    threads: int, at: int, run: Run, strips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from surfedge.cli.generating import writing

    out = tmp_path / "made"
    write, written = writing.replace_bytes, itertools.count(1)

    def fills_up(path: Path, data: bytes) -> None:
        if next(written) >= at:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, data)

    monkeypatch.setattr(writing, "replace_bytes", fills_up)
    ran = run("generate", "perlin", strips, "--out", out, "--count", 20, "--share", 1, "--threads", threads)
    assert ran.code == 3 and "No space left on device" in ran.error and ran.error.count("\n") == 1
    rows = rows_of(out)
    assert len(rows) <= 2  # an image without its mask, or without its row, is taken away again
    there = {path.relative_to(out).as_posix() for path in out.rglob("*.png")}
    assert there == {row[name] for row in rows for name in ("image", "mask")}
    assert threads > 1 or len(rows) == 2
