"""Files moved or copied to another folder by a table that is on the disk first, and that undoes it.

A kill at any moment leaves each file whole at one place or the other: the table is complete before the first move, a
move is a rename, and over file systems a whole copy, synchronised, before the first goes. Nothing is overwritten, and
nothing deleted but such a copy's origin.
"""

from __future__ import annotations

import csv
import errno
import filecmp
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from surfedge.errors import ArgumentError, DatasetError
from surfedge.files import csv_line, replace_bytes, text_cell
from surfedge.progress import Progress, silent

_HEADER = ("to", "from", "why", "sha256")
ACTIONS = ("moved", "copied")


@dataclass(frozen=True)
class Move:
    """A file, where it goes and why. made : bytes of a file that is made from `source`, in place of a copy."""

    source: Path
    target: Path
    why: str = ""
    made: Callable[[], bytes] | None = None
    digest: str = ""

    def is_own(self) -> bool:
        """Whether the target holds what was moved, copied or made."""
        if self.digest:
            return hashlib.sha256(self.target.read_bytes()).hexdigest() == self.digest
        return filecmp.cmp(self.source, self.target, shallow=False)


def planned(files: Iterable[tuple[Path, str]], root: Path, folder: Path) -> list[Move]:
    """Moves of (path, why) into `folder`, the tree below `root` kept; a name that is taken gets a number.

    Raises ArgumentError where `folder` lies in `root`, or the other way round: the next search of `root` would find it.
    """
    check_apart(root, folder)
    taken: set[Path] = set()
    moves = []
    for path, why in files:
        below = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
        wanted = folder / below
        free, number = wanted, 2
        while free in taken or os.path.lexists(free):
            free, number = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}"), number + 1
        taken.add(free)
        moves.append(Move(path, free, why))
    return moves


def check_apart(root: Path, folder: Path) -> None:
    """Raises ArgumentError where one of the folders lies in the other."""
    real, other = Path(os.path.realpath(root)), Path(os.path.realpath(folder))
    if real == other or real in other.parents or other in real.parents:
        raise ArgumentError(
            "--to", found=f"{folder}, in or around {root}", expected="a folder elsewhere", remedy="give one beside it"
        )


def carry_out(moves: Sequence[Move], folder: Path, action: str = "moved", progress: Progress = silent) -> Path:
    """Moves or copies, and gives the table's place, ``moved.csv`` or ``copied-2.csv`` in `folder`.

    Raises DatasetError where the operating system refuses; what was done by then stands in the table, and `undo` takes
    it back.
    """
    table = _write_table(moves, folder, action)
    for number, move in enumerate(moves):
        progress(number, len(moves), action)
        try:
            move.target.parent.mkdir(parents=True, exist_ok=True)
            if move.made is not None:
                write_whole(move.made(), move.target)
            elif action == "moved":
                rename(move.source, move.target)
            else:
                copy_whole(move.source, move.target)
        except OSError as error:
            raise DatasetError(
                move.source,
                found=error.strerror or str(error),
                expected=f"room and permission for {move.target}",
                remedy=f"surfedge data undo {table} takes back what was done",
            ) from error
    progress(len(moves), len(moves), action)
    return table


def undo(table: Path, progress: Progress = silent) -> list[Move]:
    """Takes back what the table says, as far as it was done; the files that lie at their old places again.

    Raises DatasetError for a table that is none, and where a file of another content lies at an old place: nothing is
    overwritten.
    """
    action, moves = read_table(table)
    for move in moves:
        is_both = os.path.lexists(move.source) and os.path.lexists(move.target)
        if is_both and not move.is_own():
            name, other = (move.target, "what was made") if move.digest else (move.source, f"none, or {move.target}")
            raise DatasetError(name, found="another file", expected=other, remedy="move it away")
    back = []
    for number, move in enumerate(moves):
        progress(number, len(moves), "undone")
        if not os.path.lexists(move.target):
            continue
        if os.path.lexists(move.source):
            move.target.unlink()  # the same content lies at its old place
        elif action == "moved":
            move.source.parent.mkdir(parents=True, exist_ok=True)
            rename(move.target, move.source)
        else:
            continue  # the origin of a copy is gone: the copy is all there is
        back.append(move)
    _remove_empty({move.target.parent for move in moves}, table.parent)
    return back


def read_table(table: Path) -> tuple[str, list[Move]]:
    """(action, moves) of a table that `carry_out` wrote."""
    try:
        rows = list(csv.reader(table.read_text(encoding="utf-8", errors="surrogateescape").splitlines()))
    except OSError as error:
        raise DatasetError(table, found=error.strerror, expected="a table of moves", remedy="check the path") from error
    action = next((each for each in ACTIONS if table.name.startswith(each)), "")
    if not rows or tuple(rows[0]) != _HEADER or not action or any(len(row) != 4 for row in rows):
        raise DatasetError(table, found="another file", expected="a table that surfedge data wrote: moved.csv")
    return action, [
        Move(Path(source), table.parent / target, why, digest=digest) for target, source, why, digest in rows[1:]
    ]


def _write_table(moves: Sequence[Move], folder: Path, action: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    table, number = folder / f"{action}.csv", 2
    while os.path.lexists(table):
        table, number = folder / f"{action}-{number}.csv", number + 1
    lines = [csv_line(_HEADER)]
    for move in moves:
        target = move.target.relative_to(folder).as_posix()
        if "\n" in f"{target}{move.source}" or "\r" in f"{target}{move.source}":
            raise DatasetError(move.source, found="a name with a line break", expected="one line", remedy="rename it")
        digest = hashlib.sha256(move.made()).hexdigest() if move.made is not None else ""
        lines.append(csv_line((f"./{target}", os.path.abspath(move.source), text_cell(move.why), digest)))
    replace_bytes(table, "".join(lines).encode("utf-8", "surrogateescape"))
    _synchronise(table)
    _synchronise(folder)
    return table


def rename(source: Path, target: Path) -> None:
    """Moves a file, never onto another; over file systems by a whole copy."""
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy_whole(source, target)
        source.unlink()


def copy_whole(source: Path, target: Path) -> None:
    """A copy that is there whole or not at all."""
    with _whole(target) as part:
        shutil.copy2(source, part, follow_symlinks=False)


def write_whole(data: bytes, target: Path) -> None:
    """A file that is there whole or not at all."""
    with _whole(target) as part:
        part.write_bytes(data)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A place to write that becomes `target`, where nothing must be."""
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)  # left by a killed run
    try:
        yield part
        if not part.is_symlink():
            _synchronise(part)
        os.rename(part, target)
    finally:
        part.unlink(missing_ok=True)


def _synchronise(path: Path) -> None:
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_empty(folders: Iterable[Path], top: Path) -> None:
    """Folders that a move made and its undoing emptied, up to `top`, which stays."""
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        while folder != top and top in folder.parents and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
