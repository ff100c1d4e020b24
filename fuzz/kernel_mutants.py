"""Faults seeded into the kernels one by one, and whether the kernels' tests notice them.

    python fuzz/kernel_mutants.py --count 40 [--seed 0] [--level v3] [--kernels regions,quantile]

A fault is a comparison that is off by its border or turned round, a whole number one too large, `+` for `-`, `&&` for
`||`, in a kernel's own files or in threads and scratch memory. Each is compiled in a copy of the sources, for one
instruction-set level; what no compiler takes is left out. The kernel's test file runs first, then all kernel tests,
then the checks without Python. Prints a line for each fault that nothing noticed, and the count.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from explained import IN_KERNELS

ROOT = Path(__file__).resolve().parents[1]
MAX_SECONDS = 240
CHANGES = (
    (re.compile(r" < "), (" <= ", " >= ")),
    (re.compile(r" <= "), (" < ", " > ")),
    (re.compile(r" > "), (" >= ", " <= ")),
    (re.compile(r" >= "), (" > ", " < ")),
    (re.compile(r" == "), (" != ",)),
    (re.compile(r" != "), (" == ",)),
    (re.compile(r" && "), (" || ",)),
    (re.compile(r" \|\| "), (" && ",)),
    (re.compile(r" \+ "), (" - ",)),
    (re.compile(r" - "), (" + ",)),
    (re.compile(r" \+= "), (" -= ",)),
    (re.compile(r"(?<![\w.#<])(\d+)(?![\w.])"), ("+1",)),
)
NO_CODE = re.compile(r"//.*|\"[^\"]*\"|^\s*(#|static_assert|template|using|namespace).*")


@dataclass(frozen=True)
class Fault:
    """path : below cpp/kernels. line : from 1. column : of the text `old`, which becomes `new`."""

    path: str
    line: int
    column: int
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.old.strip()} -> {self.new.strip()}"

    @property
    def kernel(self) -> str:
        """The folder it is in."""
        return self.path.partition("/")[0]

    def applied(self, text: str) -> str:
        """The file's text with the fault."""
        lines = text.split("\n")
        line = lines[self.line - 1]
        lines[self.line - 1] = line[: self.column] + self.new + line[self.column + len(self.old) :]
        return "\n".join(lines)


def _faults_of(path: Path, name: str) -> Iterator[Fault]:
    known = IN_KERNELS.get(name, ())
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        code = NO_CODE.sub(lambda found: " " * len(found[0]), line)
        for pattern, changes in CHANGES:
            for found in pattern.finditer(code):
                for change in changes:
                    new = str(int(found[0]) + 1) if change == "+1" else change
                    fault = Fault(name, number, found.start(), found[0], new)
                    if not any(text in line and new.strip() == to for text, to, _ in known):
                        yield fault


def every_fault(kernels: Sequence[str] = ()) -> list[Fault]:
    """All faults in the sources of `kernels`, of all of them where none is named; limits/ only measures machines."""
    sources = ROOT / "cpp" / "kernels"
    found: list[Fault] = []
    for path in sorted((*sources.glob("*/*.cpp"), *sources.glob("*/*.hpp"))):
        name = path.relative_to(sources).as_posix()
        folder = name.partition("/")[0]
        if kernels and folder not in kernels:
            continue
        if folder not in ("limits", "simd") and (folder != "support" or name.endswith(".cpp")):
            found += _faults_of(path, name)
    return found


class Copy:
    """The sources in a folder of their own, built for one level."""

    def __init__(self, folder: Path, level: str) -> None:
        self.folder, self.level = folder, level
        for name in ("cpp", "CMakeLists.txt", "python"):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
        for module in (folder / "python" / "surfedge").glob("_native*.so"):
            module.unlink()
        said = self._run("cpp/build.sh", sys.executable, f"-DSURFEDGE_LEVELS={level}", "-DCMAKE_CXX_FLAGS=-Wno-error")
        assert said.returncode == 0, said.stderr[-3000:]

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def outcome(self, fault: Fault) -> str:
        """ "failed", "passed", "late" (the tests hang) or "refused" (by the compiler)."""
        path = self.folder / "cpp" / "kernels" / fault.path
        text = path.read_text(encoding="utf-8")
        path.write_text(fault.applied(text), encoding="utf-8")
        try:
            if self._run("cmake", "--build", "build/dev").returncode:
                return "refused"
            return self._tested(fault)
        finally:
            path.write_text(text, encoding="utf-8")

    def _tested(self, fault: Fault) -> str:
        own = ROOT / "tests" / "kernels" / f"test_{fault.kernel}.py"
        every = str(ROOT / "tests" / "kernels")
        quiet = ("-x", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT))
        for tests in ((str(own),) if own.exists() else (), (every, f"--ignore={ROOT}/tests/kernels/test_plain.py")):
            if tests and (said := self._ended(sys.executable, "-m", "pytest", *quiet, *tests)) != "passed":
                return said
        return self._ended("cpp/tests/plain.sh", self.level)

    def _ended(self, *command: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "python"), "OPTIMISE": "-O1", "CXX": "g++"}
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=MAX_SECONDS
            )
        except subprocess.TimeoutExpired:
            return "late"
        return "failed" if done.returncode else "passed"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="seed faults into the kernels, count those that the tests notice")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--level", default="v3", help="v2, v3, v4, neon")
    parser.add_argument("--kernels", default="", help="folders of cpp/kernels, separated by commas; all where empty")
    given = parser.parse_args()
    every = every_fault(tuple(filter(None, given.kernels.split(","))))
    drawn = iter(random.Random(given.seed).sample(every, len(every)))
    counts: dict[str, int] = {"failed": 0, "passed": 0, "late": 0, "refused": 0}
    survivors: list[str] = []
    with tempfile.TemporaryDirectory(prefix="seeded-faults-") as folder:
        copy = Copy(Path(folder), given.level)
        assert copy.outcome(Fault("regions/regions.cpp", 1, 0, "", "")) == "passed", "the tests fail without a fault"
        while sum(counts.values()) - counts["refused"] < given.count and (fault := next(drawn, None)):
            said = copy.outcome(fault)
            counts[said] += 1
            if said in ("passed", "late"):
                print(f"{said}: {fault}", flush=True)
            survivors += [str(fault)] if said == "passed" else []
    total = sum(counts.values()) - counts["refused"]
    print(json.dumps({"noticed": total - len(survivors), "total": total, **counts, "survivors": survivors}))


if __name__ == "__main__":
    main()
