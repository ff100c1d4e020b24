"""Which lines of the package each test reaches, and how long it takes, from one run without a fault."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import pytest
from faults import PACKAGE, Fault

MAX_SECONDS = 15.0  # of the tests that reach one line, the quickest of them first
SPARE_SECONDS, TIMES = 5.0, 5  # of the processor, before what took so long without a fault counts as hanging
KNOWN_LINES = (
    1000  # in a row, after which a call's further lines are not looked at: a fault there counts as not reached
)


@dataclass
class Reached:
    """seconds : of the processor, of each test. lines : "path:line" that each test reaches, by its fixtures too."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)

    def tests_of(self, fault: Fault) -> list[str]:
        """The tests that reach a fault's statement (its module, where it is no function's; its folder, where the module
        has no function that is reached), the quickest first."""
        if fault.in_function:
            wanted = {f"{fault.path}:{line}" for line in range(fault.first_line, fault.last_line + 1)}
            found = [test for test, lines in self.lines.items() if not wanted.isdisjoint(lines)]
        else:
            found = self._within(f"{fault.path}:") or self._within(f"{fault.path.rpartition('/')[0]}/")
        by_file: dict[str, list[str]] = {}  # tests of one file follow each other: they may share what is costly
        for test in sorted(found, key=self.seconds.__getitem__):
            by_file.setdefault(test.partition("::")[0], []).append(test)
        chosen, seconds = [], 0.0
        for tests in sorted(by_file.values(), key=self._seconds_of):
            for test in tests:
                seconds += self.seconds[test]
                if not chosen or seconds <= MAX_SECONDS:
                    chosen.append(test)
        return chosen

    def _within(self, start: str) -> list[str]:
        return [test for test, lines in self.lines.items() if any(line.startswith(start) for line in lines)]

    def _seconds_of(self, tests: Sequence[str]) -> float:
        return sum(map(self.seconds.__getitem__, tests))

    def limit(self, tests: Sequence[str]) -> float:
        """Seconds after which these tests hang."""
        return SPARE_SECONDS + TIMES * self._seconds_of(tests)


def run_once(items: Sequence[pytest.Item], rooms: Sequence[str]) -> dict[str, Any]:
    reached, failed, before, start = Reached(), [], 0, _processor_seconds()
    tracing = _Tracing(rooms)
    items[0].config.pluginmanager.register(tracing)
    with tracing.traced():
        for item, failures in _run_in(items, tracing):
            now = _processor_seconds()
            reached.seconds[item.nodeid], start = now - start, now
            failed += [item.nodeid] if failures > before else []
            before = failures
    for item in items:
        shared = [tracing.seen.get(("fixture", name), set()) for name in getattr(item, "fixturenames", ())]
        reached.lines[item.nodeid] = sorted(tracing.seen.get(("test", item.nodeid), set()).union(*shared))
    return {"reached": vars(reached), "failed": failed}


def _run_in(items: Sequence[pytest.Item], tracing: _Tracing) -> Iterator[tuple[pytest.Item, int]]:
    tracing.now = ("test", items[0].nodeid)
    for number, found in enumerate(run(items)):
        yield found
        if number + 1 < len(items):
            tracing.now = ("test", items[number + 1].nodeid)


def _processor_seconds() -> float:
    """Of this process and its children so far."""
    return sum(os.times()[:4])


class _Tracing:
    """Notes the lines of the rooms that are reached, for the test or the shared fixture that runs."""

    def __init__(self, rooms: Sequence[str]) -> None:
        self.rooms, self.start = tuple(rooms), f"{PACKAGE}{os.sep}"
        self.now = ("", "")
        self.seen: dict[tuple[str, str], set[str]] = {}
        self.names: dict[str, str | None] = {}

    @contextmanager
    def traced(self) -> Iterator[None]:
        threading.settrace(self._call)
        sys.settrace(self._call)
        try:
            yield
        finally:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        """What a fixture does counts for all tests that ask for it."""
        before, self.now = self.now, ("fixture", fixturedef.argname)
        try:
            return (yield)
        finally:
            self.now = before

    def _name(self, file: str) -> str | None:
        """The module below the package, None for files that are not asked for."""
        if file not in self.names:
            name = file[len(self.start) : -3].replace(os.sep, "/") if file.startswith(self.start) else ""
            self.names[file] = name if name.startswith(self.rooms) else None
        return self.names[file]

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        name = self._name(frame.f_code.co_filename)
        if name is None:
            return None
        seen, left = self.seen.setdefault(self.now, set()), KNOWN_LINES

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal left
            here = f"{name}:{frame.f_lineno}"
            left = left - 1 if here in seen else KNOWN_LINES
            seen.add(here)
            frame.f_trace_lines = left > 0  # a loop that shows nothing new any more
            return line

        return line


def run(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, int]]:
    """Each item as it is run, with the number of failures since the start."""
    for item, after in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        yield item, item.session.testsfailed
