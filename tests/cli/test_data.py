"""surfedge data: what it says, what it moves, and that all of it can be taken back."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

import surfaces
from cli.conftest import Run
from datasets.test_moves import tree
from surfedge.images import read
from surfedge.report import write_pairs
from surfedge.synthesis import render


@pytest.fixture(scope="module")
def strips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes: 12 good strips of six coils, four scratched ones of two of them."""
    root = tmp_path_factory.mktemp("strips") / "set"
    for number in range(12):
        surfaces.save(root / "good" / f"coil{number // 2}_{number}.png", render("strip", (64, 96), seed=number).image)
    for number in range(4):
        image = render("strip", (64, 96), seed=50 + number).image
        image[20:24, 10:70] = 250
        surfaces.save(root / "scratch" / f"coil{number // 2}_s{number}.png", image)
    return root


@pytest.fixture
def doubled(strips: Path, tmp_path: Path) -> Path:
    """The same with a copy under another name and a JPEG of another picture."""
    root = tmp_path / "set"
    for path in strips.rglob("*.png"):
        surfaces.save(root / path.relative_to(strips), cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
    (root / "good" / "zz.png").write_bytes((root / "good" / "coil0_0.png").read_bytes())
    picture = cv2.imread(str(root / "scratch" / "coil1_s2.png"), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(root / "scratch" / "zz.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
    return root


def test_doubles_are_said_then_moved_then_back(run: Run, doubled: Path, tmp_path: Path) -> None:
    before, to = tree(doubled), tmp_path / "doubles"
    ran = run("data", "dedup", doubled, "--report", tmp_path / "pairs.html")
    assert ran.code == 0 and "18 images, 2 duplicates: 1 by content, 1 by near" in ran.out
    assert "double good/zz.png: the same pixels as " in ran.out and "nothing was moved; --to DIR" in ran.out
    assert re.search(r"read 18 images in [\d.]+ s", ran.out) and tree(doubled) == before
    page = (tmp_path / "pairs.html").read_text("utf-8")
    assert page.count("<figure>") == 4 and "equal pixels" in page and "nearly the same: correlation 0.99" in page
    values = json.loads(run("data", "dedup", doubled, "--to", to, "--json").out)
    assert [pair["kind"] for pair in values["doubles"]] == ["content", "near"]
    assert (
        (to / "good/zz.png").exists() and (to / "scratch/zz.jpg").exists() and values["table"] == str(to / "moved.csv")
    )
    assert run("data", "dedup", doubled).out.count("double ") == 0
    assert "2 files are where they were" in run("data", "undo", to / "moved.csv").out
    assert tree(doubled) == before


def test_test_images_that_training_holds(run: Run, doubled: Path, tmp_path: Path) -> None:
    test = tmp_path / "test"
    surfaces.save(test / "new.png", render("strip", (64, 96), seed=99).image)
    (test / "old.png").write_bytes((doubled / "good" / "coil3_6.png").read_bytes())
    ran = run("data", "dedup", test, "--against", doubled, "--to", tmp_path / "held")
    assert ran.code == 0 and "2 images, 1 duplicates: 1 by content" in ran.out
    assert [path.name for path in test.iterdir()] == ["new.png"] and len(list(doubled.rglob("*.*"))) == 18


def test_check_says_what_is_wrong_and_moves_what_cannot_be_read(run: Run, doubled: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(doubled / "good" / "dark.png"), cv2.imread(str(doubled / "good" / "coil0_0.png"), 0) // 8)
    (doubled / "good" / "cut.png").write_bytes((doubled / "good" / "coil0_1.png").read_bytes()[:200])
    (doubled / "good" / "scan.pgm").write_bytes(cv2.imencode(".pgm", np.zeros((4, 4), np.uint8))[1].tobytes())
    (doubled / "notes.csv").write_text("a")
    ran = run("data", "check", doubled)
    assert ran.code == 1 and "dark good/dark.png: mean " in ran.out
    assert "unreadable good/cut.png: found " in ran.out and "unreadable good/scan.pgm: found a PGM" in ran.out
    assert "19 images, 2 unreadable, 1 odd" in ran.out and "1 file ending in .csv, no image" in ran.out
    values = json.loads(run("data", "check", doubled, "--to", tmp_path / "broken", "--json").out)
    assert {Path(each["path"]).name for each in values["unreadable"]} == {"cut.png", "scan.pgm"}
    assert sorted(path.name for path in (tmp_path / "broken" / "good").iterdir()) == ["cut.png", "scan.pgm"]
    assert run("data", "check", doubled).code == 0


@pytest.mark.parametrize("is_copied", [True, False])
def test_split_by_item_and_back(is_copied: bool, run: Run, doubled: Path, tmp_path: Path) -> None:
    before, to = tree(doubled), tmp_path / "parted"
    words = ("data", "split", doubled, "--share", "0.6,0.2,0.2", "--item", r"^coil\d+", "--seed", 4)
    first = json.loads(run(*words, "--json").out)
    assert tree(doubled) == before and not to.exists()
    assert json.loads(run(*words, "--json").out) == first
    ran = run(*words, "--to", to, *(["--copy"] if is_copied else []))
    assert ran.code == 0 and "2 pairs that show the same" in ran.out
    side_of = {path.name: path.relative_to(to).parts[0] for path in to.rglob("*.*") if path.suffix in (".png", ".jpg")}
    assert len(side_of) == 18 and set(side_of.values()) == {"train", "validation", "test"}
    coils: dict[str, set[str]] = {}
    for name, side in side_of.items():
        coils.setdefault(name[:5], set()).add(side)
    assert all(len(sides) == 1 for coil, sides in coils.items() if coil.startswith("coil"))
    assert side_of["zz.png"] == side_of["coil0_0.png"] and side_of["zz.jpg"] == side_of["coil1_s2.png"]
    assert (tree(doubled) == before) == is_copied
    run("data", "undo", to / ("copied.csv" if is_copied else "moved.csv"))
    assert tree(doubled) == before


def test_sample_draws_alike(run: Run, strips: Path, tmp_path: Path) -> None:
    before = tree(strips)
    for name in ("a", "b"):
        ran = run("data", "sample", strips, "--share", 0.5, "--cap", 4, "--seed", 7, "--to", tmp_path / name, "--copy")
        assert ran.code == 0 and "copied 6 images" in ran.out
    held = [sorted(str(p.relative_to(tmp_path / n)) for p in (tmp_path / n).rglob("*.png")) for n in ("a", "b")]
    assert held[0] == held[1] and len(held[0]) == 6 and tree(strips) == before


def test_balance_by_flips_and_copies_marked_as_such(run: Run, strips: Path, tmp_path: Path) -> None:
    before, to = tree(strips), tmp_path / "even"
    assert "nothing was written" in run("data", "balance", strips, "--target", 10).out
    ran = run("data", "balance", strips, "--target", 22, "--to", to)
    assert ran.code == 0 and "wrote 44 images" in ran.out and tree(strips) == before
    names = [path.name for path in (to / "scratch").iterdir()]
    assert len(names) == 22 == len(list((to / "good").iterdir()))
    marks = [name.split(".")[1] for name in names if name.count(".") == 2]
    assert {mark: marks.count(mark) for mark in set(marks)} == {
        "flip-h": 4,
        "flip-v": 4,
        "flip-hv": 4,
        "copy-1": 4,
        "copy-2": 2,
    }
    plain, flipped = (read(to / "scratch" / f"coil0_s0{end}.png").pixels for end in ("", ".flip-h"))
    np.testing.assert_array_equal(plain[:, ::-1], flipped)
    with open(to / "copied.csv", encoding="utf-8", newline="") as file:
        assert {row["why"] for row in csv.DictReader(file)} >= {"flip-h", "copy-1", "good"}
    run("data", "undo", to / "copied.csv")
    assert [path.name for path in to.rglob("*")] == ["copied.csv"] and tree(strips) == before
    assert run("data", "balance", strips, "--to", tmp_path / "median", "--by", "copies").code == 0
    assert (
        len(list((tmp_path / "median" / "scratch").iterdir())) == 8 == len(list((tmp_path / "median/good").iterdir()))
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["dedup", "nowhere"], "nowhere: found no folder"),
        (["check", "EMPTY"], "found no image"),
        (["dedup", "SET", "--to", "SET/doubles"], "in or around"),
        (["split", "SET", "--to", "SET"], "in or around"),
        (["balance", "SET", "--to", "SET/x"], "in or around"),
        (["dedup", "SET", "--by", "hash"], "found 'hash', expected content, near, name"),
        (["split", "SET", "--share", "1.5"], "--share"),
        (["split", "SET", "--share", "a"], "one to three parts"),
        (["split", "SET", "--item", "("], "a regular expression"),
        (["sample", "SET", "--share", "0"], "--share: found 0.0, expected above 0"),
        (["undo", "nothing.csv"], "nothing.csv: found No such file"),
        (["tidy", "SET"], "invalid choice: 'tidy'"),
    ],
)
def test_wrong_use_is_said_in_one_line(words: list[str], message: str, run: Run, strips: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    before = tree(strips)
    places = {"SET": str(strips), "EMPTY": str(tmp_path / "empty")}
    for name, place in places.items():
        words = [word.replace(name, place) for word in words]
    ran = run("data", *words)
    assert ran.code == 2 and message in ran.error and "Traceback" not in ran.error
    assert tree(strips) == before


def test_the_page_of_pairs_runs_nothing_and_shows_hostile_names(tmp_path: Path) -> None:
    from surfedge.datasets import Pair

    place = surfaces.save(tmp_path / "<img src=x onerror=alert(1)>.png", np.full((8, 8), 9, np.uint8))
    write_pairs(tmp_path / "p.html", [Pair(place, tmp_path / "gone.png", "near", 0.9954)] * 400, "A & B")
    page = (tmp_path / "p.html").read_text("utf-8")
    assert "<img src=x" not in page and "&lt;img src=x onerror=alert(1)&gt;" in page and "<script" not in page
    assert "default-src 'none'" in page and "A &amp; B" in page and "No such file" in page
    assert page.count("<section>") == 300 and "400 pairs, the first 300 of them here" in page
    write_pairs(tmp_path / "p.html", [], "None")
    assert "<section>" not in (tmp_path / "p.html").read_text("utf-8")
