"""Arguments of a folder run of a wrong kind, and drawing that fails: named, and no verdict is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scoring.conftest import Run, table
from scoring.stub import Stub
from surfedge.drawing import overlay as drawing
from surfedge.errors import ArgumentError, DatasetError
from surfedge.scoring import score_folder


@pytest.mark.parametrize("workers", [-1, 100_000])
def test_workers_out_of_range(workers: int, run: Run) -> None:
    with pytest.raises(ArgumentError, match=f"workers: found {workers}, expected 0 to 1,024"):
        run(workers=workers)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_single_path_in_place_of_a_list(kind: Any, images: Path, out: Path) -> None:
    with pytest.raises(DatasetError, match="inputs: found a single .*put it into a list"):
        score_folder(Stub(), kind(images), out)
    assert not out.exists()


def test_a_single_kind_of_picture(run: Run, out: Path) -> None:
    run(save="masks")
    assert len(list((out / "masks").rglob("*.png"))) == 12


@pytest.mark.parametrize("error", [RuntimeError("no font"), MemoryError()])
def test_pictures_that_cannot_be_drawn_cost_no_table(
    error: Exception, run: Run, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(drawing, "draw_overlay", fail)
    summary = run()
    assert (summary.images, summary.skipped) == (12, 0)
    assert len(table(out / "results.csv")) == 12 and (out / "report.html").exists()
