"""A made set again from its table, byte for byte, and what is said where that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Run
from cli.made_sets import files_of, rows_of


@pytest.mark.parametrize("mode", ["ratio", "paste", "poisson"])
def test_the_table_makes_every_byte_again(run: Run, mode: str, labelled: Path, strips: Path, tmp_path: Path) -> None:
    words = ["--count", 6, "--good", 1, "--mode", mode, "--per-image", "1,3", "--strength", "0.6,1.4", "--seed", 5]
    words += ["--match"] if mode != "ratio" else []
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    assert run("generate", "paste", labelled, "--onto", strips, "--out", first, *words).code == 0
    assert run("generate", "paste", labelled, "--onto", strips, "--out", other, *words, "--threads", 3).code == 0
    ran = run("generate", "again", first / "made.csv", "--out", again)
    assert ran.code == 0 and "7 of 7 images are the same byte for byte" in ran.out
    assert files_of(first) == files_of(again) == files_of(other)


def test_a_file_that_changed_is_refused(run: Run, labelled: Path, strips: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    run("generate", "perlin", strips, "--out", first, "--count", 2)
    table = first / "made.csv"
    known = table.read_text()
    target = rows_of(first)[0]["target_sha256"]
    table.write_text(known.replace(target, "0" * 64))
    ran = run("generate", "again", table, "--out", tmp_path / "a")
    assert ran.code == 2 and "the file changed since the set was made" in ran.error
    table.write_text(known.replace(rows_of(first)[0]["image_sha256"], "0" * 64))
    ran = run("generate", "again", table, "--out", tmp_path / "b")
    assert ran.code == 3 and "1 of 2 images are the same" in ran.out
    table.write_text(known.replace("test/perlin/000.png", "../../outside.png"))
    ran = run("generate", "again", table, "--out", tmp_path / "c")
    assert ran.code == 2 and "not the path of a .png below the folder" in ran.error
    table.write_text("a,b\n1,2\n")
    assert "made.csv, line 2" in run("generate", "again", table, "--out", tmp_path / "d").error


@pytest.mark.parametrize("layout", ["mvtec", "plain"])
def test_a_rendered_set_again_with_size_and_contrast_of_each_defect(run: Run, layout: str, tmp_path: Path) -> None:
    words = ["--count", 7, "--size", "80x64", "--share", 0.5, "--severity", 0.8, "--seed", 3, "--layout", layout]
    surface, defects = ("strip", "roll_mark,crack") if layout == "mvtec" else ("leather", "stain")
    ran = run("synth", surface, tmp_path / "first", *words, "--defects", defects)
    assert ran.code == 0 and "made.csv" in ran.out
    ran = run("generate", "again", tmp_path / "first", "--out", tmp_path / "again")
    assert ran.code == 0 and "7 of 7 images are the same byte for byte" in ran.out
    first = files_of(tmp_path / "first")
    del first["truth.csv"]
    assert files_of(tmp_path / "again") == first
    for row in rows_of(tmp_path / "first"):
        found = json.loads(row["drawn"])["instances"]
        assert (row["class"] == "good") == (not found) and row["target"].startswith("surface:")
        assert all(each["size_mm"] > 0 and abs(each["contrast"]) > 1 for each in found)
        assert float(row["masked_share"]) == pytest.approx(sum(e["area_px"] for e in found) / (80 * 64), abs=1e-6)
