"""The marked set on disk: other programs read it, nothing said is lost, and nothing taken back stays."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.datasets import good_images, labelled_set
from surfedge.errors import ArgumentError, DatasetError
from surfedge.labelling.marked_set import MarkedSet, OutdatedError
from surfedge.labelling.marks import Shape
from surfedge.scoring import OutputError

SIZE = (96, 128)
BOX = Shape("box", ((10, 20), (30, 50)))
CALLED = ("defect", 2.0, 1.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "marked"


def _marked(photos: Path, folder: Path) -> MarkedSet:
    marks = MarkedSet(photos, folder)
    marks.mark("00.png", 0, "defect", label="scratch", shapes=[BOX], size=SIZE)
    marks.mark("01.png", 0, "good", size=SIZE, judged=CALLED)
    marks.mark("02.png", 0, "good", size=SIZE, judged=("good", 0.5, 1.0))
    marks.mark("04.png", 0, "defect", label="pit", size=SIZE)
    return marks


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_set_is_a_labelled_set(photos: Path, folder: Path) -> None:
    _marked(photos, folder)
    samples = {sample.path.name: sample for sample in labelled_set(folder).samples}
    labels = {"00.png": "scratch", "01.png": "good", "02.png": "good", "04.png": "pit"}
    assert {name: sample.label for name, sample in samples.items()} == labels
    truth = samples["00.png"].mask(SIZE)
    assert truth is not None and truth.sum() == 20 * 30 and truth[20:50, 10:30].all()
    assert samples["04.png"].mask_path is None
    assert samples["00.png"].path.read_bytes() == (photos / "00.png").read_bytes()
    assert [path.name for path in good_images(folder / "good_in_addition.txt")] == ["01.png"]
    lines = (folder / "marks.csv").read_text().splitlines()
    assert lines[1].startswith("00.png,defect,scratch,600,0,,,test/scratch/00.png,ground_truth/scratch/00_mask.png,")
    assert lines[2].startswith("01.png,good,,0,1,2,1,test/good/01.png,,")


def test_the_next_start_reads_it_again(photos: Path, folder: Path) -> None:
    before = _marked(photos, folder)
    after = MarkedSet(photos, folder)
    assert after.all() == before.all() and after.last() == before.last()
    assert after.classes() == before.classes() == ["scratch", "pit"]


@pytest.mark.parametrize(
    "missing", ["marks.csv", "ground_truth/scratch/00_mask.png", "test/good/01.png", "good_in_addition.txt"]
)
def test_what_follows_from_the_journal_is_made_again(photos: Path, folder: Path, missing: str) -> None:
    _marked(photos, folder)
    whole = _files(folder)
    (folder / missing).unlink()
    if missing == "good_in_addition.txt":
        (folder / "marks.csv").unlink()
    MarkedSet(photos, folder)
    assert _files(folder) == whole


def test_another_verdict_moves_the_files(photos: Path, folder: Path) -> None:
    marks = _marked(photos, folder)
    marks.mark("00.png", 1, "good", size=SIZE)
    assert "test/good/00.png" in _files(folder) and not (folder / "ground_truth").exists()
    assert not (folder / "test" / "scratch").exists()
    marks.mark("00.png", 5, "defect", label="PIT", shapes=[BOX], size=SIZE)
    assert {"test/pit/00.png", "ground_truth/pit/00_mask.png"} <= _files(folder)  # one spelling


def test_undo_goes_back_to_the_beginning_and_survives_a_start(photos: Path, folder: Path) -> None:
    marks = _marked(photos, folder)
    marks.mark("00.png", 1, "good", size=SIZE)
    states = []
    while (last := marks.last()) is not None:
        states.append(marks.undo(last[1].version)[0])
        marks = MarkedSet(photos, folder)
    assert states == ["00.png", "04.png", "02.png", "01.png", "00.png"]
    assert marks.all() == {} and _files(folder) == {"journal.jsonl", "marks.csv"}
    with pytest.raises(ArgumentError, match="undo: found no mark"):
        marks.undo(1)


def test_undo_gives_the_mark_before_back(photos: Path, folder: Path) -> None:
    marks = _marked(photos, folder)
    newest = marks.mark("00.png", 1, "good", size=SIZE)
    image, held = marks.undo(newest.version)
    assert (image, held.label, held.shapes) == ("00.png", "scratch", (BOX,))
    assert (folder / "ground_truth/scratch/00_mask.png").is_file()


def test_the_second_writer_is_told_and_nothing_is_lost(photos: Path, folder: Path) -> None:
    marks = _marked(photos, folder)
    with pytest.raises(OutdatedError, match="another mark since you opened it: scratch") as told:
        marks.mark("00.png", 0, "good", size=SIZE)
    assert told.value.current.label == "scratch" and marks.current("00.png").label == "scratch"
    marks.undo(4)
    with pytest.raises(OutdatedError):  # saw the mark that was undone
        marks.mark("04.png", 4, "good", size=SIZE)
    with pytest.raises(OutdatedError):
        marks.undo(4)


@pytest.mark.parametrize("kept", [0.3, 0.999, 0.01])
def test_a_line_that_was_cut_off_was_never_said(photos: Path, folder: Path, kept: float) -> None:
    before = _marked(photos, folder)
    journal = folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]) + lines[-1][: int(kept * len(lines[-1]))])
    after = MarkedSet(photos, folder)
    assert after.all() == {image: mark for image, mark in before.all().items() if image != "04.png"}
    after.mark("04.png", 0, "good", size=SIZE)
    assert MarkedSet(photos, folder).current("04.png").verdict == "good"


def test_a_journal_cut_in_its_first_line_begins_anew(photos: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "journal.jsonl").write_bytes(b'{"surfed')
    MarkedSet(photos, folder).mark("00.png", 0, "good", size=SIZE)
    assert MarkedSet(photos, folder).current("00.png").verdict == "good"


def test_damaged_and_foreign_journals_are_refused_and_left_alone(photos: Path, folder: Path) -> None:
    _marked(photos, folder)
    journal = folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    for content, message in (
        (b"".join([lines[0], b"{]\n", *lines[2:]]), "a damaged line 2"),
        (b"hello\n", "a foreign file"),
        (b"hello", "a foreign file"),
        (b"".join([lines[0], *lines[2:]]), "version: found 2, expected 1"),
        (b"".join([lines[0], b'{"version": 1, "image": 3}\n']), "no image with its mark"),
        (b"".join([lines[0], b'{"version": 1, "undoes": 1}\n']), "undoes: found 1"),
    ):
        journal.write_bytes(content)
        with pytest.raises(DatasetError, match=message):
            MarkedSet(photos, folder)
        assert journal.read_bytes() == content


def test_a_full_disk_refuses_the_mark_and_keeps_the_others(
    photos: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = _marked(photos, folder)
    real_write, before = os.write, (folder / "journal.jsonl").read_bytes()

    def full(file: int, data: bytes) -> int:
        if len(data) > 40:
            return real_write(file, data[:40])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OutputError, match="No space left"):
        marks.mark("03.png", 0, "good", size=SIZE)
    monkeypatch.undo()
    assert (folder / "journal.jsonl").read_bytes() == before and marks.current("03.png").version == 0
    marks.mark("03.png", 0, "good", size=SIZE)
    assert MarkedSet(photos, folder).current("03.png").verdict == "good"


def test_masks_that_do_not_fit_the_disk_follow_later(
    photos: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = _marked(photos, folder)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    marks.mark("05.png", 0, "defect", label="dent", shapes=[BOX], size=SIZE)
    assert "No space left" in marks.behind and marks.current("05.png").label == "dent"
    assert not (folder / "ground_truth/dent/05_mask.png").exists()
    monkeypatch.undo()
    marks.mark("06.png", 0, "good", size=SIZE)
    assert marks.behind == "" and (folder / "ground_truth/dent/05_mask.png").is_file()


def test_another_programs_line_is_noticed(photos: Path, folder: Path) -> None:
    marks = _marked(photos, folder)
    with open(folder / "journal.jsonl", "a", encoding="utf-8") as file:
        file.write("{}\n")
    with pytest.raises(OutputError, match="another program's work"):
        marks.mark("03.png", 0, "good", size=SIZE)


def test_wrong_verdicts_are_refused(photos: Path, folder: Path) -> None:
    marks = MarkedSet(photos, folder)
    with pytest.raises(ArgumentError, match="verdict: found 'maybe'"):
        marks.mark("00.png", 0, "maybe")
    assert marks.last() is None


def test_images_of_one_name_in_two_folders_keep_their_masks(photos: Path, folder: Path) -> None:
    for place in ("good", "masks"):
        (photos / place).mkdir()
        (photos / place / "00.png").write_bytes((photos / "00.png").read_bytes())
    marks = MarkedSet(photos, folder)
    for number, image in enumerate(("00.png", "good/00.png", "masks/00.png")):
        shape = Shape("box", ((0, 0), (number + 1, 1)))
        marks.mark(image, 0, "defect", label="kosher", shapes=[shape], size=SIZE)
    marks.mark("01.png", 0, "good", size=SIZE)
    areas = [int(s.mask(SIZE).sum()) for s in labelled_set(folder).samples if s.is_defective]  # type: ignore[union-attr]
    assert sorted(areas) == [1, 2, 3]


def test_a_mask_that_was_erased_is_no_mask(photos: Path, folder: Path) -> None:
    marks = MarkedSet(photos, folder)
    rubber = Shape("stroke", ((20, 35),), 40, erases=True)
    marks.mark("00.png", 0, "defect", shapes=[BOX, rubber], size=SIZE)
    assert not (folder / "ground_truth").exists() and (folder / "test/defect/00.png").exists()
    before = (folder / "marks.csv").read_bytes()
    MarkedSet(photos, folder)
    assert (folder / "marks.csv").read_bytes() == before


def test_masks_are_black_and_white_of_the_images_size(photos: Path, folder: Path) -> None:
    _marked(photos, folder)
    mask = cv2.imread(str(folder / "ground_truth/scratch/00_mask.png"), cv2.IMREAD_UNCHANGED)
    assert mask.shape == SIZE and np.unique(mask).tolist() == [0, 255]
    entries = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    assert [entry.get("version") for entry in entries] == [None, 1, 2, 3, 4]
