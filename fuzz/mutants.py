"""Faults seeded into the package one by one, and whether the tests notice them.

    python fuzz/mutants.py --count 500 [--seed 0] [--rooms bundle,images] [--quick]

A fault is a comparison that is off by its border or turned round, a whole number one too large or small, `and` for
`or`, `+` for `-`, a condition turned round, a `raise` or a check left out. Each runs in a fork of this process, in
which the libraries are loaded but nothing of the package: one module is replaced as it is imported, then the tests that
are its own run until the first failure. What makes no difference stands in explained.py. Prints a line for each fault
that survived, and the count.

(The method: DeMillo, Lipton, Sayward, "Hints on test data selection: help for the practicing programmer", 1978.)
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from explained import WITHOUT_DIFFERENCE  # noqa: E402
from own_tests import QUICK, ROOT, stages_of  # noqa: E402

PACKAGE = ROOT / "python" / "surfedge"
MAX_SECONDS, MAX_QUICK_SECONDS = 240, 30

ROOMS = ("bundle", "images", "engine", "decision", "calibration", "metrics", "scoring/ledger")

TURNED: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
}


@dataclass(frozen=True)
class Fault:
    """path : below the package. number : which of the module's faults. what : in words, with its line."""

    path: str
    number: int
    what: str


def changes_of(tree: ast.Module) -> Iterator[tuple[ast.AST, int, str]]:
    """(node, number of the change, what) of everything that can be changed in `tree`."""
    for node in ast.walk(tree):
        for number, what in enumerate(_changes(node)):
            yield node, number, f"line {getattr(node, 'lineno', 1)}: {what}"


def faulty(fault: Fault) -> ast.Module:
    """The module with its fault; as it is for the number -1."""
    tree = _parsed(fault.path)
    if fault.number >= 0:
        node, number, _ = next(itertools.islice(changes_of(tree), fault.number, None))
        _apply(node, number)
    return ast.fix_missing_locations(tree)


def _changes(node: ast.AST) -> list[str]:
    """What can be changed in one node, in words; `_apply` knows them by their number."""
    match node:
        case ast.Compare(ops=[op]) | ast.BoolOp(op=op) | ast.BinOp(op=op) if type(op) in TURNED:
            return [f"{type(op).__name__} -> {other.__name__}" for other in TURNED[type(op)]]
        case ast.Constant(value=bool(value)):
            return [f"{value} -> {not value}"]
        case ast.Constant(value=int(value)):
            return [f"{value} -> {value + 1}", f"{value} -> {value - 1}"]
        case ast.UnaryOp(op=ast.Not()):
            return ["not left out"]
        case ast.Raise():
            return ["raise left out"]
        case ast.Expr(value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))):
            return [f"{name}() left out"]
    return []


def _apply(node: Any, number: int) -> None:
    match node:
        case ast.Compare():
            node.ops = [TURNED[type(node.ops[0])][number]()]
        case ast.BoolOp() | ast.BinOp():
            node.op = TURNED[type(node.op)][number]()
        case ast.Constant():
            node.value = not node.value if isinstance(node.value, bool) else node.value + (1, -1)[number]
        case ast.UnaryOp():
            node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
        case _:
            node.__class__ = ast.Pass


def seeded(count: int, seed: int, rooms: Sequence[str], only: Sequence[str] = ()) -> list[Fault]:
    """`count` faults drawn from the modules of `rooms`, of each module as many as chance has it."""
    every: list[Fault] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).with_suffix("").as_posix()
        if path.name == "__init__.py" or not name.startswith(tuple(f"{room}/" for room in rooms)):
            continue
        if only and name not in only:
            continue
        lines, known = path.read_text(encoding="utf-8").splitlines(), WITHOUT_DIFFERENCE.get(name, ())
        every += [
            Fault(name, n, what)
            for n, (node, _, what) in enumerate(changes_of(_parsed(name)))
            if not any(text in lines[getattr(node, "lineno", 1) - 1] and change in what for text, change, _ in known)
        ]
    return random.Random(seed).sample(every, min(count, len(every)))


def _parsed(name: str) -> ast.Module:
    tree = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):  # texts for readers and types are no behaviour
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
            for argument in (*node.args.args, *node.args.kwonlyargs):
                argument.annotation = argument.annotation and ast.Name("object", ast.Load())
    return ast.fix_missing_locations(tree)


class _Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module its faulty code when it is imported."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self.name, self.tree, self.path = name, tree, path

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=str(self.path))
        spec.has_location = True
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def outcome(fault: Fault, seconds: float, *, quick: bool) -> str:
    """ "failed", "passed" or "late" (after `seconds`): what the tests did with the fault, in a fork of this process."""
    child = os.fork()
    if child == 0:
        _run_tests(fault, quick=quick)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "failed" if status else "passed"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "late"


def _run_tests(fault: Fault, *, quick: bool) -> None:
    code = 1
    try:
        os.setpgrp()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        name = "surfedge." + fault.path.replace("/", ".")
        sys.meta_path.insert(0, _Replaced(name, faulty(fault), PACKAGE / f"{fault.path}.py"))
        import pytest

        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--rootdir", str(ROOT)]
        for tests in stages_of(fault.path, quick=quick):
            code = int(pytest.main([*options, "-c", str(ROOT / "pyproject.toml"), *tests]))
            if code:
                break
    finally:
        os._exit(code)


def run(count: int, seed: int = 0, rooms: Sequence[str] = ROOMS, *, quick: bool = False) -> dict[str, Any]:
    """noticed, total, survivors (where and what) of `count` seeded faults."""
    assert "surfedge" not in sys.modules, "the package must be imported in the forks only"
    # HERE has a bundle.py and an images.py, which are no rooms of the tests.
    sys.path[:] = [str(ROOT / "python"), *(entry for entry in sys.path if entry not in (str(HERE), "fuzz"))]
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import cv2  # noqa: F401  loaded once for all forks
    import numpy as np  # noqa: F401
    import openvino  # noqa: F401
    import pytest  # noqa: F401

    faults = seeded(count, seed, rooms, tuple(QUICK) if quick else ())
    seconds = MAX_QUICK_SECONDS if quick else MAX_SECONDS
    for path, stages in {
        str(stages_of(fault.path, quick=quick)[-1]): (fault.path, stages_of(fault.path, quick=quick))
        for fault in faults
    }.values():
        assert outcome(Fault(path, -1, ""), seconds, quick=quick) == "passed", f"{stages} fail without a fault"
    survivors, late = [], 0
    for number, fault in enumerate(faults):
        found = outcome(fault, seconds, quick=quick)
        late += found == "late"
        if found != "failed":
            print(f"{number + 1}/{len(faults)} {found}: {fault.path}.py {fault.what}", flush=True)
        if found == "passed":
            survivors.append(f"{fault.path}.py {fault.what}")
    noticed = len(faults) - len(survivors)
    return {"noticed": noticed, "late": late, "total": len(faults), "seed": seed, "survivors": survivors}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="seed faults, count those that the tests notice")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rooms", default=",".join(ROOMS))
    parser.add_argument("--quick", action="store_true", help="only modules whose tests take less than a second")
    given = parser.parse_args()
    print(json.dumps(run(given.count, given.seed, given.rooms.split(","), quick=given.quick)))


if __name__ == "__main__":
    main()
