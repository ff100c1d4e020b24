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
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from faults import PACKAGE, Fault, faulty
from forks import NOT_PUT_IN, answer_of_a_fork, outcome
from reached import Reached, run, run_once

REPORTED_EACH = 25


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
        answer = answer_of_a_fork(lambda: run_once(items, self.rooms))
        if self.kept is not None:
            self.kept.write_text(json.dumps(answer), encoding="utf-8")
        return answer


def _run_with(fault: Fault, items: Sequence[pytest.Item], functions: Mapping[str, Sequence[FunctionType]]) -> int:
    try:
        _put_in(fault, functions)
    except (KeyError, ValueError):  # other functions, or others of their variables, than without the fault
        return NOT_PUT_IN
    return int(any(failures for _, failures in run(items)))


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
