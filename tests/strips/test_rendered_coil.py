"""Rendered coils: the same for the same seed, truth where it says, and what a strip finds on them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.strips import Roll, StripEdges, strip
from surfedge.synthesis.coil import RenderedCoil, write_coil
from surfedge.synthesis.coil_marks import RollMarks, truth_mask


def whole(coil: RenderedCoil, lines: int = 700) -> np.ndarray:
    return np.concatenate(list(coil.blocks(lines)))


SMALL = {"width_mm": 150.0, "view_mm": 170.0, "seed": 5}


def test_lines_are_the_same_for_any_block_and_seed() -> None:
    coil = RenderedCoil(2.0, **SMALL)  # type: ignore[arg-type]
    view = whole(coil)
    assert view.shape == (4000, 340) and view.dtype == np.uint8
    assert (view == whole(coil, 1)).all() and (view == whole(RenderedCoil(2.0, **SMALL), 5000)).all()  # type: ignore[arg-type]
    assert (view != whole(RenderedCoil(2.0, **{**SMALL, "seed": 6}))).mean() > 0.5  # type: ignore[arg-type]


def test_the_grain_does_not_repeat_and_shows_no_seam() -> None:
    coil = RenderedCoil(5.0, 170.0, 170.0, per_100_m={}, seed=2)
    view = whole(coil).astype(np.float32)
    flat = view - view.mean(axis=0)
    stretches = flat[: 512 * 18].reshape(18, -1)
    likeness = np.corrcoef(stretches)
    assert np.abs(likeness[~np.eye(18, dtype=bool)]).max() < 0.2
    steps = np.abs(np.diff(view, axis=0)).mean(axis=1)
    assert steps[511::512].max() < 1.15 * np.median(steps)


def test_marks_are_where_the_truth_says() -> None:
    rolls = (RollMarks(0.5, 60.0, 0.8, 20.0),)
    plain = RenderedCoil(6.0, per_100_m={}, **SMALL)  # type: ignore[arg-type]
    coil = RenderedCoil(6.0, rolls=rolls, welds=(3.3,), per_100_m={"pit": 100.0, "scratch": 30.0}, **SMALL)  # type: ignore[arg-type]
    changed = np.abs(whole(coil).astype(int) - whole(plain)) > 12
    truth = np.zeros_like(changed)
    left = coil.left_px(0, coil.lines)
    for mark in coil.marks:
        own = truth_mask(mark, coil.lines, coil.columns, 0, left, 0.5, 0.5)
        truth |= own
        assert changed[own].mean() > 0.6, mark
    assert not (changed & ~truth).mean() > 1e-3
    kinds = {mark.kind for mark in coil.marks}
    assert kinds == {"roll_mark", "weld", "pit", "scratch"}
    turns = [mark.turn for mark in coil.marks if mark.kind == "roll_mark"]
    assert turns == sorted(set(turns)) and 6 <= len(turns) <= 12


def test_a_strip_finds_what_was_rendered(tmp_path: Path) -> None:
    """The roll's series by real detections: pitch, drift, diameter; and nothing where nothing is."""
    rolls = (RollMarks(1.1, 80.0, 0.85, 15.0),)
    coil = RenderedCoil(20.0, 150.0, 170.0, per_100_m={"pit": 15.0}, rolls=rolls, bare_m=0.1, seed=3)
    summary = strip(
        Detector(),
        coil.blocks(999),
        tmp_path,
        pixel_size_mm=0.5,
        edges=StripEdges(),
        rolls=(Roll("work roll", 340, 360),),
    )
    (series,) = summary.series
    marks = [mark for mark in coil.marks if mark.kind == "roll_mark"]
    assert series["pitch_m"] == pytest.approx(1.1, rel=1e-3) and series["hits"] == len(marks)
    assert series["drift_mm_per_100_m"] == pytest.approx(15, abs=5)
    assert series["suspects"][0]["name"] == "work roll"
    assert summary.defects == len(coil.marks)
    assert 0 < summary.not_inspected_m2 < 0.05  # before the head and behind the tail


def test_a_coil_on_disk(tmp_path: Path) -> None:
    coil = RenderedCoil(1.0, **SMALL)  # type: ignore[arg-type]
    images = write_coil(coil, tmp_path / "coil", lines_per_image=600)
    assert [path.name for path in sorted(images.iterdir())] == [f"{n:06}.png" for n in range(4)]
    truth = json.loads((tmp_path / "coil" / "truth.json").read_text())
    assert truth["lines"] == 2000 and len(truth["marks"]) == len(coil.marks)
    with pytest.raises(ArgumentError, match="new or empty"):
        write_coil(coil, tmp_path / "coil")


@pytest.mark.parametrize(
    "wrong", [{"length_m": 0}, {"pixel_mm": 0}, {"width_mm": 400.0}, {"bare_m": -1}, {"per_100_m": {"rust": 3.0}}]
)
def test_wrong_coils(wrong: dict) -> None:
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        RenderedCoil(**{"length_m": 1.0, **SMALL, **wrong})
