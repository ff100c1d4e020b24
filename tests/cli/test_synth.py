"""The synth verb: folders of rendered surfaces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Run
from surfedge.datasets import labelled_images
from surfedge.images import read


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
