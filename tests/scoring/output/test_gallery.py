"""Pictures of a run: of cheap images the results are kept until it is known which ones the report shows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.conftest import Run
from scoring.stub import FEW_PICTURES, Stub, judge
from surfedge.result import Result
from surfedge.scoring.ledger.outcome import Verdict
from surfedge.scoring.output import gallery
from surfedge.scoring.output.gallery import Gallery


class Cheap(Stub):
    """Inspects in a millisecond."""

    def __call__(self, path: Path) -> Result:
        return replace(super().__call__(path), milliseconds=1.0)


def _pictured(out: Path) -> list[tuple[bytes, ...]]:
    with closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
        return ledger.execute("SELECT content, overlay, map, thumb FROM pictures ORDER BY content").fetchall()


def test_cheap_images_are_drawn_without_another_inspection(run: Run, out: Path) -> None:
    stub = Cheap()
    run(stub)
    assert len(stub.calls) == 12
    assert 3 <= len(_pictured(out)) <= 6


def test_what_does_not_fit_is_inspected_again_and_looks_the_same(
    run: Run, out: Path, tmp_path: Path, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(Cheap())
    kept = _pictured(out)
    monkeypatch.setattr(gallery, "KEPT_BYTES", 2 * (12 * 16 * 6))  # two results: picture, mask and map
    (out / "ledger.sqlite").unlink()
    stub = Cheap()
    run(stub)
    assert 0 < len(stub.calls) - 12 <= len(kept)
    assert _pictured(out) == kept


def test_results_that_fall_off_the_shelf_are_let_go(images: Path) -> None:
    shelf = Gallery(FEW_PICTURES, {})
    paths = sorted(images.rglob("*.png"))
    for path in paths:
        result = judge(path)
        assert not shelf.draws_now(path.name.encode(), replace(Verdict.of(result), milliseconds=1.0), result)
    held = [path for path in paths if shelf.result(path.name.encode()) is not None]
    scores = sorted((judge(path).score for path in paths), reverse=True)
    assert len(held) <= 6
    assert set(scores[:3]) <= {judge(path).score for path in held}
    assert shelf._bytes == 0  # all were handed out


@pytest.mark.parametrize(
    ("milliseconds", "kept_bytes", "drawn_now", "kept"),
    [(1, 0, False, False), (60, 0, True, False), (60, 1 << 20, False, True), (600, 1 << 20, True, False)],
)
def test_what_is_drawn_at_once(
    images: Path, monkeypatch: pytest.MonkeyPatch, milliseconds: float, kept_bytes: int, drawn_now: bool, kept: bool
) -> None:
    monkeypatch.setattr(gallery, "KEPT_BYTES", kept_bytes)
    shelf, result = Gallery(FEW_PICTURES, {}), judge(next(images.rglob("*.png")))
    verdict = replace(Verdict.of(result), milliseconds=milliseconds)
    assert shelf.draws_now(b"one", verdict, result) is drawn_now
    assert (shelf.result(b"one") is not None) is kept
