"""What the command line shows: lines, tables and progress for people, one JSON object for programs.

On a terminal progress is a bar; in a log it is a plain line now and then. Results go to standard output, progress
and errors to standard error, so that a pipe carries results only. A log that cannot be written ends no run.
Whatever is printed may come from a file: control characters in it become escapes here, at the one door to the terminal.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from surfedge.errors import printable

if TYPE_CHECKING:
    from surfedge.datasets import Understood


LOG_EVERY_S = 10.0


class Console:
    """as_json : say nothing but one JSON object at the end."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self._bar: Any = None
        self._task: Any = None
        self._task_name = ""
        self._logged_at = time.monotonic()
        self._data: dict[str, Any] = {}

    def data(self, name: str, understood: Understood) -> None:
        """How a data set was understood: its lines now, and under "data" in the JSON object."""
        self._data[name] = understood.to_dict()
        for text in understood.lines():
            self.line(text)

    def line(self, text: str = "") -> None:
        """One line for people."""
        if not self.as_json:
            self._stop_bar()
            print(printable(text), flush=True)

    def error(self, text: str) -> None:
        """One line on standard error that says what to do; as JSON too where that was asked for."""
        with suppress(OSError):
            self._stop_bar()
        if self.as_json:
            with suppress(OSError):  # standard output may be what failed
                print(json.dumps({"error": text}), flush=True)
        with suppress(OSError):
            print(f"surfedge: {printable(text)}", file=sys.stderr, flush=True)

    def result(self, values: Mapping[str, Any]) -> None:
        """The outcome as one JSON object, where that was asked for."""
        if self.as_json:
            text = _json_line({**values, "data": self._data} if self._data else values)
            try:
                text.encode(sys.stdout.encoding or "utf-8")
            except UnicodeEncodeError:
                text = json.dumps(values, default=str)
            print(text, flush=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
        """A table for people: first column to the left, the others to the right."""
        if self.as_json:
            return
        self._stop_bar()
        from rich import box
        from rich.console import Console as RichConsole
        from rich.table import Table

        class Terminal(RichConsole):
            def on_broken_pipe(self) -> None:
                """Leaves it to `main`; rich would leave with exit code 1."""
                raise BrokenPipeError

        table = Table(title=printable(title) or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for number, name in enumerate(columns):
            table.add_column(printable(name), justify="right" if number else "left", overflow="fold")
        for row in rows:
            table.add_row(*("" if cell is None else printable(str(cell)) for cell in row))
        width = None if sys.stdout.isatty() else 120
        Terminal(file=sys.stdout, width=width, highlight=False, markup=False).print(table)

    def progress(self, done: int, total: int, what: str) -> None:
        """`done` of `total` steps of `what` are over."""
        if self.as_json:
            return
        what = printable(what)
        with suppress(OSError):
            if sys.stderr.isatty():
                self._draw_bar(done, total, what)
            elif time.monotonic() - self._logged_at >= LOG_EVERY_S:
                self._logged_at = time.monotonic()
                print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        with suppress(OSError):
            self._stop_bar()

    def _draw_bar(self, done: int, total: int, what: str) -> None:
        kind = what.partition(",")[0]  # "training, loss 0.02": the same bar goes on
        if self._bar is None or self._task_name != kind:
            self._stop_bar()
            from rich.console import Console as RichConsole
            from rich.progress import Progress

            self._bar = Progress(console=RichConsole(stderr=True), transient=True)
            self._bar.start()
            self._task, self._task_name = self._bar.add_task("", total=total), kind
        from rich.markup import escape

        self._bar.update(self._task, completed=done, total=total, description=escape(what))

    def _stop_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _json_line(values: Mapping[str, Any]) -> str:
    """One JSON object on one line; characters that a terminal would obey are written as JSON escapes."""
    text = json.dumps(values, ensure_ascii=False, default=str)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def open_streams() -> None:
    """Standard streams that take whatever is printed.

    One that is closed (a daemon's, ``>&-``) becomes the null device: else the first file that the run opens would
    take its number, and be written into. A character that the encoding lacks becomes an escape.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        stream = getattr(sys, name)
        if stream is None:
            with suppress(OSError):
                while os.open(os.devnull, os.O_RDWR) < number:
                    pass
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        elif number and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
