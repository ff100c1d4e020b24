"""What the command line shows: lines, tables and progress for people, one JSON object for programs.

On a terminal progress is a bar; in a log it is a plain line now and then. Results go to standard output, progress
and errors to standard error, so that a pipe carries results only.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

LOG_EVERY_S = 10.0


class Console:
    """as_json : say nothing but one JSON object at the end."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self._bar: Any = None
        self._task: Any = None
        self._task_name = ""
        self._logged_at = time.monotonic()

    def line(self, text: str = "") -> None:
        """One line for people."""
        if not self.as_json:
            self._stop_bar()
            print(text, flush=True)

    def error(self, text: str) -> None:
        """One line on standard error that says what to do; as JSON too where that was asked for."""
        self._stop_bar()
        if self.as_json:
            print(json.dumps({"error": text}), flush=True)
        print(f"surfedge: {text}", file=sys.stderr, flush=True)

    def result(self, values: Mapping[str, Any]) -> None:
        """The outcome as one JSON object, where that was asked for."""
        if self.as_json:
            print(json.dumps(values, ensure_ascii=False, default=str), flush=True)

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
                raise BrokenPipeError  # main knows what to do; rich would leave with exit code 1

        table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for number, name in enumerate(columns):
            table.add_column(name, justify="right" if number else "left", overflow="fold")
        for row in rows:
            table.add_row(*("" if cell is None else str(cell) for cell in row))
        width = None if sys.stdout.isatty() else 120
        Terminal(file=sys.stdout, width=width, highlight=False, markup=False).print(table)

    def progress(self, done: int, total: int, what: str) -> None:
        """`done` of `total` steps of `what` are over."""
        if self.as_json:
            return
        if sys.stderr.isatty():
            self._draw_bar(done, total, what)
        elif time.monotonic() - self._logged_at >= LOG_EVERY_S:
            self._logged_at = time.monotonic()
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._stop_bar()

    def _draw_bar(self, done: int, total: int, what: str) -> None:
        kind = what.partition(",")[0]  # "training, loss 0.02": the same bar goes on
        if self._bar is None or self._task_name != kind:
            self._stop_bar()
            from rich.console import Console as RichConsole
            from rich.progress import Progress

            self._bar = Progress(console=RichConsole(stderr=True), transient=True)
            self._bar.start()
            self._task, self._task_name = self._bar.add_task(what, total=total), kind
        self._bar.update(self._task, completed=done, total=total, description=what)

    def _stop_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
