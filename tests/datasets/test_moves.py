"""Files moved by a table that undoes it; a kill at any moment loses none."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import surfedge
from surfedge.datasets.moves import Move, carry_out, copy_whole, planned, read_table, rename, undo
from surfedge.errors import ArgumentError, DatasetError

KILLED = """
import itertools, os, signal, sys
from pathlib import Path
root, to, at, action, is_far = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5] == "far"
events = itertools.count(1)
real = {name: getattr(os, name) for name in ("rename", "replace", "fsync", "unlink", "link")}
def fatal(name):
    def act(*given, **named):
        if next(events) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        if name == "rename" and is_far and str(given[0]).startswith(str(root)) != str(given[1]).startswith(str(root)):
            raise OSError(18, "Invalid cross-device link")
        return real[name](*given, **named)
    return act
for name in real:
    setattr(os, name, fatal(name))
from surfedge.datasets.moves import carry_out, planned
files = sorted(path for path in root.rglob("*") if path.is_file())
carry_out(planned([(path, "test") for path in files], root, to), to, action)
"""


def tree(folder: Path) -> str:
    """One hash over all names and contents."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode("utf-8", "surrogateescape"))
        digest.update(path.read_bytes() if path.is_file() else b"folder")
    return digest.hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Five files in three folders, with names that tables find hard."""
    for name in ("a/0.png", "a/1.png", "b/=1;2.png", "b/Blech, ä.png", "top.png"):
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 100)
    return tmp_path / "set"


def plan(root: Path, to: Path) -> list[Move]:
    return planned([(path, "=why;=not") for path in sorted(root.rglob("*.png"))], root, to)


@pytest.mark.parametrize("action", ["moved", "copied"])
def test_moved_and_undone(action: str, root: Path, tmp_path: Path) -> None:
    before, to = tree(root), tmp_path / "to"
    table = carry_out(plan(root, to), to, action)
    assert table == to / f"{action}.csv" and (to / "b/=1;2.png").is_file()
    assert len(list(root.rglob("*.png"))) == (0 if action == "moved" else 5)
    assert [move.source for move in read_table(table)[1]] == sorted(plan_sources(to, root))
    assert len(undo(table)) == 5
    assert tree(root) == before and [path.name for path in to.rglob("*")] == [table.name]
    assert undo(table) == []


def plan_sources(to: Path, root: Path) -> list[Path]:
    return [root / name for name in ("a/0.png", "a/1.png", "b/=1;2.png", "b/Blech, ä.png", "top.png")]


def test_names_that_are_taken_and_tables_get_numbers(root: Path, tmp_path: Path) -> None:
    to = tmp_path / "to"
    first = carry_out(plan(root, to), to, "copied")
    second = carry_out(plan(root, to), to, "copied")
    assert second == to / "copied-2.csv" and (to / "a/0-2.png").is_file()
    before = (to / "a/0.png").read_bytes()
    undo(second)
    assert (to / "a/0.png").read_bytes() == before and not (to / "a/0-2.png").exists()
    undo(first)
    assert not (to / "a").exists()


def test_the_table_holds_no_formula(root: Path, tmp_path: Path) -> None:
    table = carry_out(plan(root, tmp_path / "to"), tmp_path / "to")
    for line in table.read_text("utf-8").splitlines():
        for cell in line.replace(";", ",").split(","):
            assert not cell.startswith(("=", "+", "-", "@"))


def test_what_was_made_is_undone_and_nothing_else(root: Path, tmp_path: Path) -> None:
    to = tmp_path / "to"
    moves = [Move(root / "top.png", to / "top.made.png", "made", lambda: b"made")]
    table = carry_out(moves, to, "copied")
    assert (to / "top.made.png").read_bytes() == b"made"
    (to / "top.made.png").write_bytes(b"worked on")
    with pytest.raises(DatasetError, match="top.made.png: found another file"):
        undo(table)
    (to / "top.made.png").write_bytes(b"made")
    assert len(undo(table)) == 1 and not (to / "top.made.png").exists() and (root / "top.png").exists()


def test_an_old_place_that_is_taken_is_not_overwritten(root: Path, tmp_path: Path) -> None:
    table = carry_out(plan(root, tmp_path / "to"), tmp_path / "to")
    (root / "top.png").write_bytes(b"a new one")
    with pytest.raises(DatasetError, match="top.png: found another file"):
        undo(table)
    assert (root / "top.png").read_bytes() == b"a new one" and (tmp_path / "to/top.png").exists()
    (root / "top.png").unlink()
    assert len(undo(table)) == 5


def test_nothing_is_overwritten(root: Path, tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"b")
    for act in (rename, copy_whole):
        with pytest.raises(FileExistsError):
            act(root / "top.png", tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes() == b"b" and (root / "top.png").exists()


@pytest.mark.parametrize("place", ["set/doubles", "set", "."])
def test_a_folder_inside_or_around_is_refused(place: str, root: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="in or around"):
        plan(root, tmp_path / place)


@pytest.mark.parametrize("content", ["", "path,width\n", "to,from,why,sha256\na,b\n"])
def test_another_table_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "moved.csv").write_text(content)
    with pytest.raises(DatasetError, match="moved.csv: found another file"):
        undo(tmp_path / "moved.csv")
    with pytest.raises(DatasetError, match="none.csv"):
        undo(tmp_path / "none.csv")


@pytest.mark.skipif(os.name != "posix", reason="kills itself")
@pytest.mark.parametrize("where", ["near", "far"])
@pytest.mark.parametrize("action", ["moved", "copied"])
def test_killed_at_every_step(where: str, action: str, root: Path, tmp_path: Path) -> None:
    """Each file is whole at one place or both; undoing gives the tree as it was, whatever was done."""
    before, contents = tree(root), sorted(path.read_bytes() for path in root.rglob("*.png"))
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    for at in range(1, 40, 3):
        to = tmp_path / f"to{at}"
        command = [sys.executable, "-c", KILLED, str(root), str(to), str(at), action, where]
        code = subprocess.run(command, env=environment, capture_output=True).returncode
        assert code in (0, -signal.SIGKILL)
        held = {path.read_bytes() for folder in (root, to) for path in folder.rglob("*.png") if path.suffix != ".part"}
        assert held >= set(contents)
        table = to / f"{action}.csv"
        if table.exists():
            undo(table)
        assert tree(root) == before
        assert not [path for path in to.rglob("*.png") if not path.name.startswith(".")]
        if code == 0:
            break
    assert code == 0


def test_another_file_system_is_copied_whole(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.rename

    def far(source: Path, target: Path) -> None:
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "rename", far)
    before = tree(root)
    table = carry_out(plan(root, tmp_path / "to"), tmp_path / "to")
    assert not list(root.rglob("*.png")) and len(list((tmp_path / "to").rglob("*.png"))) == 5
    undo(table)
    assert tree(root) == before


def test_a_refusal_names_the_way_back(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real, seen = tree(root), os.rename, iter(range(9))

    def full(source: Path, target: Path) -> None:
        if next(seen) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(DatasetError, match="No space left.*data undo"):
        carry_out(plan(root, tmp_path / "to"), tmp_path / "to")
    monkeypatch.undo()
    undo(tmp_path / "to" / "moved.csv")
    assert tree(root) == before
