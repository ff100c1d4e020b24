"""The truth of a marked set: a file that only grows, a line an entry, each on the disk before it is answered.

A kill in the middle of a line leaves a line without an end, which nobody was told is kept: the next start cuts it off.
A disk that is full leaves the file as it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surfedge.errors import DatasetError
from surfedge.scoring import OutputError, refuse

FIRST_LINE = {"surfedge": "marks", "format": 1}


class Journal:
    """The journal at `path`, made where missing; one process at a time may hold it.

    entries : what it held when it was opened. Raises DatasetError for another file, or one with a damaged line;
    OutputError where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if not path.exists():
                self._length = 0
                self.append(FIRST_LINE)
                _synchronise(path.parent)
            data = path.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            is_begun = bool(whole) or _line(FIRST_LINE).startswith(data)
            self.entries = self._parsed(whole if is_begun else data)
            self._length = len(whole)
            if whole != data:
                os.truncate(path, self._length)
        except OSError as error:
            refuse(path, error)
        if not whole:  # killed before the first line was on the disk
            self.append(FIRST_LINE)

    def append(self, entry: Mapping[str, Any]) -> None:
        """Adds an entry; raises OutputError where the disk does not take it, the file then being as before."""
        data = _line(entry)
        try:
            flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            file = os.open(self.path, flags | (0 if self._length else os.O_CREAT), 0o666)
        except OSError as error:
            refuse(self.path, error)
        try:
            self._check_length(os.fstat(file).st_size)
            try:
                _write_all(file, data)
                os.fsync(file)
            except OSError as error:
                os.ftruncate(file, self._length)
                refuse(self.path, error)
        finally:
            os.close(file)
        self._length += len(data)

    def _check_length(self, found: int) -> None:
        if found != self._length:
            raise OutputError(
                self.path,
                found=f"{found:,} bytes, another program's work",
                expected=f"{self._length:,}, as it was left",
                remedy="stop surfedge label and start it again",
            )

    def _parsed(self, data: bytes) -> list[dict[str, Any]]:
        entries = []
        for number, line in enumerate(data.splitlines(), 1):
            try:
                entry = json.loads(line)
                is_right = entry == FIRST_LINE if number == 1 else isinstance(entry, dict)
            except ValueError:
                is_right = False
            if not is_right:
                found = f"a foreign file (line {number})" if number == 1 else f"a damaged line {number}"
                raise DatasetError(
                    self.path, found=found, expected="a journal of marks", remedy="restore it, or give another --out"
                )
            entries.append(entry)
        return entries[1:]


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _synchronise(folder: Path) -> None:
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
