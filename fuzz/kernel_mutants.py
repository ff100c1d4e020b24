"""Faults seeded into the kernels one by one, and whether the kernels' tests notice them.

    python fuzz/kernel_mutants.py --count 40 [--seed 0] [--level v3] [--kernels regions,quantile]

A fault is a comparison that is off by its border or turned round, a whole number one too large, `+` for `-`, `&&` for
`||`, in a kernel's own files or in threads and scratch memory. Each is compiled in a copy of the sources, for one
instruction-set level: the files that it concerns, warnings allowed. What no compiler takes is left out. What leaves the
module's code as it was, and what explained.py says changes no answer, is counted apart. The kernel's test file runs
first, then those of kernels that use it, then the checks without Python. Prints what became of each fault, and counts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from explained import IN_KERNELS

ROOT = Path(__file__).resolve().parents[1]
MAX_SECONDS = 120  # of the processor, of one run of tests; all of them take a third of that
PATIENCE = 20  # times as long by the clock, on a machine that others use too
OTHERS = ("plain", "stub", "limits")  # test files of what no fault is in, or that are run in another way
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
COUNTED = ("failed", "passed", "late", "warned")
NO_CODE = re.compile(r"//.*|\"[^\"]*\"|^\s*(#|static_assert|template|using|namespace).*")


@dataclass(frozen=True)
class Fault:
    """path : below cpp/kernels. line : from 1. column : of the text `old`, which becomes `new`."""

    path: str
    line: int
    column: int
    old: str
    new: str
    is_explained: bool = False

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
                    is_explained = any(text in line and new.strip() == to for text, to, _ in known)
                    yield Fault(name, number, found.start(), found[0], new, is_explained)


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
    """The sources in a folder of their own, built for one level; the package's modules lie in its `site`."""

    def __init__(self, folder: Path, level: str) -> None:
        self.folder, self.level, self.said = folder, level, ""
        for name in ("cpp", "CMakeLists.txt"):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, copy_function=_copied, dirs_exist_ok=True)
            else:
                _copied(source, folder / name)
        package, without = folder / "site" / "surfedge", shutil.ignore_patterns("_native*.so")
        shutil.copytree(ROOT / "python" / "surfedge", package, ignore=without, dirs_exist_ok=True)
        # SURFEDGE_DEV would make warnings errors, behind any flag that is given here.
        options = (f"-DSURFEDGE_LEVELS={level}", f"-DCMAKE_LIBRARY_OUTPUT_DIRECTORY={package}")
        self._made("cmake", "-S", ".", "-B", "build", "-G", "Ninja", f"-DPython_EXECUTABLE={sys.executable}", *options)
        self._made("cmake", "--build", "build", "--parallel", "2")
        self.module = next(package.glob("_native*.so")).read_bytes()

    def check(self) -> None:
        """Raises SystemExit unless the tests pass without a fault; once for what was built."""
        known = self.folder / "passed"
        digest = hashlib.sha256(self.module).hexdigest()
        if known.exists() and known.read_text(encoding="utf-8") == digest:
            return
        if (said := self.tested("support")) != "passed":
            raise SystemExit(f"without a fault the tests {said}: {self.said}")
        known.write_text(digest, encoding="utf-8")

    def _made(self, *command: str) -> None:
        done = self._run(*command)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {(done.stderr or done.stdout)[-3000:]}")

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def outcome(self, fault: Fault) -> str:
        """ "failed", "passed", "late" (the tests hang), "warned" (they pass, but the compiler warns, which ends checked
        builds), "refused" (by the compiler) or "same" (code as without it)."""
        path = self.folder / "cpp" / "kernels" / fault.path
        text = path.read_text(encoding="utf-8")
        path.write_text(fault.applied(text), encoding="utf-8")
        try:
            built = self._run("cmake", "--build", "build")
            if built.returncode:
                return "refused"
            if next((self.folder / "site" / "surfedge").glob("_native*.so")).read_bytes() == self.module:
                return "same"
            said = self.tested(fault.kernel)
            return "warned" if said == "passed" and "warning:" in built.stdout else said
        finally:
            path.write_text(text, encoding="utf-8")

    def tested(self, kernel: str) -> str:
        """What the tests say, the kernel's own first."""
        quiet = ("-x", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT))
        for tests in _tests_of(kernel):
            if tests and (said := self._ended(sys.executable, "-m", "pytest", *quiet, *map(str, tests))) != "passed":
                return said
        return self._ended("sh", "cpp/tests/plain.sh", self.level)

    def _ended(self, *command: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "site"), "OPTIMISE": "-O1"}
        bounded = ("sh", "-c", f'ulimit -t {MAX_SECONDS}; exec "$@"', "bounded", *command)
        try:
            done = subprocess.run(
                bounded,
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE * MAX_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return "late"
        self.said = (done.stdout + done.stderr)[-2000:]
        return {0: "passed", -signal.SIGXCPU: "late"}.get(done.returncode, "failed")


def _tests_of(kernel: str) -> tuple[list[Path], list[Path]]:
    """The test files of a kernel, and those of others that it can be in; all for what every kernel uses."""
    folder = ROOT / "tests" / "kernels"
    every = [path for path in sorted(folder.glob("test_*.py")) if path.stem.removeprefix("test_") not in OTHERS]
    own = [path for path in every if path.stem == f"test_{kernel}"]
    if not own:
        return [], every
    sources = ROOT / "cpp" / "kernels"
    users = {
        path.parent.name for path in sources.glob("*/*") if f'"kernels/{kernel}/' in path.read_text(encoding="utf-8")
    }
    wanted = {f"test_{name}" for name in (*users, "levels", "float_state", "outputs")}
    return own, [path for path in every if path.stem in wanted and path not in own]


def _copied(source: str | Path, target: str | Path) -> None:
    """Copies what differs, so that what is built of the rest stays as new as its source."""
    path = Path(target)
    if not path.exists() or path.read_bytes() != Path(source).read_bytes():
        shutil.copyfile(source, path)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="seed faults into the kernels, count those that the tests notice")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--level", default="v3", help="v2, v3, v4, neon")
    parser.add_argument("--kernels", default="", help="folders of cpp/kernels, separated by commas; all where empty")
    parser.add_argument(
        "--folder", default="", help="where the copy is built and stays, for the next call to go on from"
    )
    given = parser.parse_args()
    every = every_fault(tuple(filter(None, given.kernels.split(","))))
    drawn = iter(random.Random(given.seed).sample(every, len(every)))
    counts: dict[str, int] = dict.fromkeys((*COUNTED, "refused", "same", "explained"), 0)
    survivors: list[str] = []
    with nullcontext(given.folder) if given.folder else tempfile.TemporaryDirectory(prefix="seeded-faults-") as folder:
        copy = Copy(Path(folder), given.level)
        copy.check()
        while sum(counts[said] for said in COUNTED) < given.count and (fault := next(drawn, None)):
            said = "explained" if fault.is_explained else copy.outcome(fault)
            counts[said] += 1
            print(f"{said}: {fault}", file=sys.stderr if said == "failed" else sys.stdout, flush=True)
            survivors += [str(fault)] if said == "passed" else []
    total = sum(counts[said] for said in COUNTED)
    noticed, without = total - len(survivors), counts["same"] + counts["explained"]
    print(f"all drawn: {noticed} of {total + without} noticed; {without} change no answer: {noticed} of {total} others")
    print(json.dumps({"noticed": noticed, "total": total, **counts, "survivors": survivors}))


if __name__ == "__main__":
    main()
