"""One collected run of pytest, in which each fault gets a fork of its own and the tests that reach its line.

First all tests run once, without a fault, while the lines of the package that each one reaches are noted, and how long
it takes. A fault is then put into the functions that were imported already; the tests that reach it run, the quickest
first, until the first failure.
"""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from faults import PACKAGE, Fault, faulty

MAX_SECONDS = 15.0  # of the tests that reach one line, the quickest of them first
SPARE_SECONDS, TIMES = 5.0, 5  # of the processor, before what took so long without a fault counts as hanging
PATIENCE = 20  # times as long by the clock, on a machine that others use too
KNOWN_LINES = (
    1000  # in a row, after which a call's further lines are not looked at: a fault there counts as not reached
)
REPORTED_EACH = 25
NOT_PUT_IN = 75  # exit code of a fork
MAX_BYTES = 16 << 30  # of address space, where a fault asks for ever more


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


class SeededRun:
    """A plugin of pytest: runs the collected tests once, then those that reach a fault with each of `faults`."""

    def __init__(self, faults: Sequence[Fault], rooms: Sequence[str], kept: Path | None = None) -> None:
        """kept : a file for what the tests reach, read where an earlier run of the same sources left it."""
        self.faults, self.rooms, self.kept = faults, tuple(f"{room}/" for room in rooms), kept
        self.reached = Reached()
        self.outcomes: list[str] = []
        self.without: list[str] = []
        self.failed: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of pytest's own loop."""
        items = {item.nodeid: item for item in session.items}
        answer = self._reached_by(list(items.values()))
        self.reached, self.failed = Reached(**answer["reached"]), answer["failed"]
        for test in self.failed:  # for another reason than a fault
            print(f"left out, it fails as it is: {test}", file=sys.stderr)
            self.reached.lines.pop(test)
        functions = _functions()
        gc.freeze()  # a fork copies what is looked at

        def said_of(fault: Fault) -> str:
            chosen = self.reached.tests_of(fault)
            call = partial(_run_with, fault, [items[test] for test in chosen], functions)
            said = outcome(call, self.reached.limit(chosen)) if chosen else "unreached"
            if fault.number >= 0 and said != "failed":
                print(f"{said}: {fault.path}.py {fault.what}", file=sys.stderr, flush=True)
            return said

        self.without = [said_of(replace(fault, number=-1)) for fault in self.faults[:3]]
        for number, fault in enumerate(self.faults, 1):
            self.outcomes.append(said_of(fault))
            if number % REPORTED_EACH == 0:  # faults are in the order in which they were drawn: the first are a sample
                noticed = sum(said not in ("passed", "unreached") for said in self.outcomes)
                print(f"of the first {number} in functions {noticed} noticed", file=sys.stderr, flush=True)
        return True

    def _reached_by(self, items: Sequence[pytest.Item]) -> Any:
        if self.kept is not None and self.kept.exists():
            return json.loads(self.kept.read_text(encoding="utf-8"))
        answer = answer_of_a_fork(lambda: _run_once(items, self.rooms))
        if self.kept is not None:
            self.kept.write_text(json.dumps(answer), encoding="utf-8")
        return answer


def outcome(call: Callable[[], int], seconds: float) -> str:
    """What the tests that `call` runs did, in a fork: "failed", "passed", "not put in" or "late", after so many seconds
    of the processor."""

    def bounded() -> int:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (round(seconds), round(seconds) + 5))
        return call()

    child = _forked(bounded, alone=True)
    end = time.monotonic() + PATIENCE * seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return {0: "passed", NOT_PUT_IN: "not put in", -signal.SIGXCPU: "late"}.get(code, "failed")
        time.sleep(0.005)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "late"


def answer_of_a_fork(call: Callable[[], Any]) -> Any:
    """What `call` returns, in values of JSON, from a fork of this process."""
    with tempfile.NamedTemporaryFile("r", suffix=".json", encoding="utf-8") as file:

        def answered() -> int:
            Path(file.name).write_text(json.dumps(call()), encoding="utf-8")
            return 0

        _, status = os.waitpid(_forked(answered, alone=False), 0)
        assert status == 0, f"ended with {status}"
        return json.load(file)


def _forked(call: Callable[[], int], *, alone: bool) -> int:
    """The process id of a fork that ends with what `call` returns, 1 for an exception; its output is dropped.

    alone : in a process group of its own, with bounded memory and without a word on standard error.
    """
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2) if alone else (0, 1):
            os.dup2(silent, stream)
        if alone:
            import resource

            os.setpgrp()
            resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
        code = call()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _run(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, int]]:
    """Each item as it is run, with the number of failures since the start."""
    for item, after in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        yield item, item.session.testsfailed


def _run_once(items: Sequence[pytest.Item], rooms: Sequence[str]) -> dict[str, Any]:
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


def _processor_seconds() -> float:
    """Of this process and its children so far."""
    return sum(os.times()[:4])


def _run_in(items: Sequence[pytest.Item], tracing: _Tracing) -> Iterator[tuple[pytest.Item, int]]:
    tracing.now = ("test", items[0].nodeid)
    for number, found in enumerate(_run(items)):
        yield found
        if number + 1 < len(items):
            tracing.now = ("test", items[number + 1].nodeid)


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


def _run_with(fault: Fault, items: Sequence[pytest.Item], functions: Mapping[str, Sequence[FunctionType]]) -> int:
    try:
        _put_in(fault, functions)
    except (KeyError, ValueError):  # other functions, or others of their variables, than without the fault
        return NOT_PUT_IN
    return int(any(failures for _, failures in _run(items)))


def _put_in(fault: Fault, functions: Mapping[str, Sequence[FunctionType]]) -> None:
    """Gives the functions of a module the code that they have with the fault, now or when it is imported."""
    path = str(PACKAGE / f"{fault.path}.py")
    if fault.module not in sys.modules:
        sys.meta_path.insert(0, Replaced(fault))
        return
    new = {(code.co_qualname, code.co_firstlineno): code for code in _codes(compile(faulty(fault), path, "exec"))}
    for function in functions[path]:
        function.__code__ = new[function.__code__.co_qualname, function.__code__.co_firstlineno]


def _functions() -> dict[str, list[FunctionType]]:
    """All functions there are, by their file."""
    found: dict[str, list[FunctionType]] = {}
    for function in gc.get_objects():
        if type(function) is FunctionType:
            found.setdefault(function.__code__.co_filename, []).append(function)
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


class Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a module its faulty code when it is imported."""

    def __init__(self, fault: Fault) -> None:
        self.fault, self.path = fault, PACKAGE / f"{fault.path}.py"

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.fault.module:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=str(self.path))
        spec.has_location = True
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(faulty(self.fault), str(self.path), "exec"), module.__dict__)
