"""P2: inputs and outputs that misbehave. The rest is scored, the trouble is named, and when it is over a second run
gives the tables of an undisturbed one. Full disks and read-only places are in test_output_refused.py."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Budget
from scoring.conftest import table
from scoring.stub import FEW_PICTURES, Stub, judge, make_folder
from surfedge.result import Result
from surfedge.scoring import OutputError, score_folder

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
Trouble = Callable[[Path], None]


def vanishes(path: Path) -> None:
    path.unlink()


def is_half_written(path: Path) -> None:
    path.write_bytes(b"broken " + path.read_bytes())


def is_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def is_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def is_a_dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


def is_a_circle_of_links(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


INPUTS = (vanishes, is_half_written, is_a_folder, is_a_pipe, is_a_dangling_link, is_a_circle_of_links)


@pytest.fixture
def whole(images: Path, tmp_path: Path) -> list[dict[str, str]]:
    """The table of an undisturbed run."""
    score_folder(Stub(), [images], tmp_path / "whole", workers=2, pictures=FEW_PICTURES)
    return table(tmp_path / "whole" / "results.csv", "milliseconds")


def run_again(images: Path, out: Path, save: tuple[str, ...] = ()) -> list[dict[str, str]]:
    score_folder(Stub(), [images], out, workers=2, save=save, pictures=FEW_PICTURES)
    return table(out / "results.csv", "milliseconds")


@posix
@pytest.mark.parametrize("trouble", INPUTS, ids=lambda trouble: trouble.__name__)
def test_an_input_that(trouble: Trouble, images: Path, out: Path, whole: list[dict[str, str]], budget: Budget) -> None:
    paths, moments = sorted(images.rglob("*.png")), random.Random(11)
    repeats = budget.count(test=2, nightly=20, release=100)
    for _ in range(repeats):
        victim = moments.choice(paths[4:])  # four are in flight at most when the first one is judged
        content = victim.read_bytes()

        def stub(path: Path, victim: Path = victim) -> Result:
            result = judge(path)
            if path == paths[0]:
                trouble(victim)
            return result

        score_folder(stub, [images], out, workers=1, identity="stub", pictures=FEW_PICTURES)
        rows = {row["path"]: row for row in table(out / "results.csv")}
        assert len(rows) == len(paths) and rows[str(victim)]["status"] == "skipped" and rows[str(victim)]["reason"]
        assert sum(row["status"] == "skipped" for row in rows.values()) == 1
        shutil.rmtree(victim) if victim.is_dir() else victim.unlink(missing_ok=True)
        victim.write_bytes(content)
        assert run_again(images, out) == whole
        shutil.rmtree(out)
    print(f"P2 {trouble.__name__}: {repeats} runs, 0 lost, 0 doubled")


@pytest.mark.parametrize("name", ["results.csv", "results.jsonl", "report.html", "masks"])
def test_an_output_whose_name_is_taken(name: str, images: Path, out: Path, whole: list[dict[str, str]]) -> None:
    (out / name).mkdir(parents=True)
    if name == "masks":
        (out / name).rmdir()
        (out / name).write_bytes(b"a file, not a folder")
    with pytest.raises(OutputError, match=name.replace(".", r"\.")):
        run_again(images, out, ("masks",))
    if name == "masks":
        (out / name).unlink()
    else:
        (out / name).rmdir()
    assert run_again(images, out, ("masks",)) == whole
    assert len(list((out / "masks").rglob("*.png"))) == 12


def test_a_ledger_that_was_thrown_away(images: Path, out: Path, whole: list[dict[str, str]]) -> None:
    make_folder(images, 12)
    run_again(images, out)
    for file in out.glob("ledger.sqlite*"):
        file.unlink()
    assert run_again(images, out) == whole
