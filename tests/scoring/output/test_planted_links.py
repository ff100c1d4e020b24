"""A link that somebody put where a part file will be written is not followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scoring.conftest import Run, table
from surfedge.scoring.output.whole_file import OutputError, whole_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links")


@pytest.mark.parametrize("name", ["results.csv", "regions.csv", "results.jsonl"])
@pytest.mark.parametrize("end", [".part", ""])
def test_tables(name: str, end: str, run: Run, out: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    out.mkdir()
    (out / f"{name}{end}").symlink_to(precious)
    run()
    assert precious.read_text() == "mine"
    assert not (out / name).is_symlink() and not (out / f"{name}.part").exists()
    assert len(table(out / "results.csv")) == 12


def test_saved_pictures(run: Run, out: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    place = out / "masks" / "coil 0"
    place.mkdir(parents=True)
    (place / "0000.png.png.part").symlink_to(precious)
    run(save=["masks"])
    assert precious.read_text() == "mine" and (place / "0000.png.png").read_bytes()[:4] == b"\x89PNG"


def test_a_folder_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv.part").mkdir()
    with pytest.raises(OutputError, match="a.csv"), whole_file(tmp_path / "a.csv") as file:
        file.write(b"x")
    assert not (tmp_path / "a.csv").exists()


def test_a_link_that_comes_back_at_once_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody wins the race between the removal and the writing."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "a.csv.part").symlink_to(precious)
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: None)
    with pytest.raises(OutputError, match="File exists"), whole_file(tmp_path / "a.csv") as file:
        file.write(b"x")
    assert precious.read_text() == "mine"
