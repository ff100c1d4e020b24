"""Faults that can be seeded into the package: where, which, and a module's code with one of them.

A fault is a comparison that is off by its border or turned round, a whole number one too large or small, `and` for
`or`, `+` for `-`, a condition turned round, a `raise` or a check left out. No faults are amounts of 100 or more that a
module or a default sets (limits, blocks, samples: they were chosen, one more is as good), nor what makes a dataclass
frozen. What makes no difference for another reason stands in explained.py: it is drawn, and counted apart.
"""

from __future__ import annotations

import ast
import importlib.util
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explained import WITHOUT_DIFFERENCE
from own_tests import ROOT


def _package() -> Path:
    """The sources of this checkout where their native modules are built, else the package that is installed."""
    here = ROOT / "python" / "surfedge"
    if any(here.glob("_native*.so")):
        return here
    spec = importlib.util.find_spec("surfedge")
    if spec is None or spec.origin is None:
        raise SystemExit("build the native modules (cpp/build.sh), or install surfedge")
    return Path(spec.origin).parent


PACKAGE = _package()
LEAST_AMOUNT = 100

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
    """path : below the package. number : which of the module's faults. what : in words, with its line.

    first_line, last_line : of the statement that it stands in. in_function : whether it takes effect when a function is
    called, not as the module is imported. is_explained : whether explained.py says why it changes nothing.
    """

    path: str
    number: int
    what: str
    first_line: int
    last_line: int
    in_function: bool
    is_explained: bool = False

    @property
    def module(self) -> str:
        """The module's name in Python."""
        return "surfedge." + self.path.replace("/", ".")


@dataclass(frozen=True)
class _Place:
    node: ast.AST
    first_line: int
    last_line: int
    in_function: bool


def seeded(count: int, seed: int, rooms: Sequence[str], only: Sequence[str] = ()) -> list[Fault]:
    """`count` faults drawn from the modules of `rooms`, each as likely as any other; `only` from functions of these."""
    every: list[Fault] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).with_suffix("").as_posix()
        if path.name == "__init__.py" or not name.startswith(tuple(f"{room}/" for room in rooms)):
            continue
        if not only:
            every += _faults_of(name)
        elif name in only:
            every += [fault for fault in _faults_of(name) if fault.in_function]
    return random.Random(seed).sample(every, min(count, len(every)))


def _faults_of(name: str) -> Iterator[Fault]:
    lines = (PACKAGE / f"{name}.py").read_text(encoding="utf-8").splitlines()
    known = WITHOUT_DIFFERENCE.get(name, ())
    for number, (place, _, what) in enumerate(_changes_of(_parsed(name))):
        line = getattr(place.node, "lineno", 1)
        is_explained = any(text in lines[line - 1] and change in what for text, change, _ in known)
        what = f"line {line}: {what}"
        yield Fault(name, number, what, place.first_line, place.last_line, place.in_function, is_explained)


def faulty(fault: Fault) -> ast.Module:
    """The module with its fault; as it is for the number -1."""
    tree = _parsed(fault.path)
    if fault.number < 0:
        return tree
    place, number, _ = next(itertools.islice(_changes_of(tree), fault.number, None))
    _apply(place.node, number)
    return ast.fix_missing_locations(tree)


def _parsed(name: str) -> ast.Module:
    tree = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):  # texts for readers and types are no behaviour
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
            for argument in (*node.args.args, *node.args.kwonlyargs):
                argument.annotation = argument.annotation and ast.Name("object", ast.Load())
    return ast.fix_missing_locations(tree)


def _changes_of(tree: ast.Module) -> Iterator[tuple[_Place, int, str]]:
    """(place, number of its change, what) of everything that can be changed in `tree`."""
    left_out = {id(node) for part in _chosen(tree) for node in ast.walk(part)}
    for place in _places(_Place(tree, 1, 1, False)):
        if id(place.node) in left_out:
            continue
        for number, what in enumerate(_changes(place.node)):
            yield place, number, what


def _chosen(tree: ast.Module) -> Iterator[ast.AST]:
    """Amounts that a module or a default sets, and the words of dataclass decorators."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef():
                yield from (each for each in node.decorator_list if isinstance(each, ast.Call))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from filter(_is_amount, (*node.args.defaults, *filter(None, node.args.kw_defaults)))
    for statement in tree.body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value and _is_amount(statement.value):
            yield statement.value


def _is_amount(node: ast.AST) -> bool:
    known = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
    if not all(isinstance(each, known) for each in ast.walk(node)):
        return False
    value = eval(compile(ast.Expression(ast.fix_missing_locations(node)), "amount", "eval"))  # type: ignore[arg-type]
    return isinstance(value, (int, float)) and abs(value) >= LEAST_AMOUNT


def _places(place: _Place) -> Iterator[_Place]:
    """The place and all within it; a compound statement's lines are those of its head."""
    node, first, last = place.node, place.first_line, place.last_line
    if isinstance(node, ast.stmt):
        body = getattr(node, "body", None)
        first, last = node.lineno, max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno
    yield _Place(node, first, last, place.in_function)
    is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _places(_Place(child, first, last, place.in_function or (is_function and field == "body")))


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
