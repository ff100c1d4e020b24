"""Faults seeded into the package one by one, and whether the tests notice them.

    python fuzz/mutants.py --count 500 [--seed 0] [--rooms bundle,images] [--quick] [--part 1/8 --kept FILE]

faults.py says what a fault is, reached.py which tests reach it, in_forks.py how they are run. What runs as a module is
imported is changed in a fork in which nothing of the package is loaded. Prints a line for each fault that nothing
noticed, and the counts of each room: of all that were drawn, and of those that change an answer (explained.py has the
others, which are not put in). A fault with which the tests hang is noticed: they have several times as long as without
it.

(The method: DeMillo, Lipton, Sayward, "Hints on test data selection: help for the practicing programmer", 1978.)
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from faults import PACKAGE, Fault, seeded  # noqa: E402
from forks import answer_of_a_fork, outcome  # noqa: E402
from in_forks import Replaced, SeededRun  # noqa: E402
from own_tests import QUICK, ROOT, paths_of_tests  # noqa: E402
from reached import Reached  # noqa: E402

ROOMS = ("bundle", "images", "engine", "decision", "calibration", "metrics", "scoring/ledger")
SURVIVES = ("passed", "unreached")
OPTIONS = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest")


def _pytest(folder: Path, words: Sequence[str], plugin: object | None = None) -> int:
    import pytest

    shutil.rmtree(folder, ignore_errors=True)
    options = ("--basetemp", str(folder), "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"))
    return int(pytest.main([*OPTIONS, *options, *words], plugins=[plugin] if plugin else []))


def _in_place(
    faults: Sequence[Fault], rooms: Sequence[str], tests: Sequence[str], folder: Path, kept: Path | None
) -> dict[str, Any]:
    """What the tests did with faults in functions, and what each test reaches, from one run of pytest."""
    run = SeededRun(faults, rooms, kept)
    code = _pytest(folder, tests, run)
    assert code == 0, f"without a fault: code {code}"
    assert not set(run.without).difference(SURVIVES), f"without a fault: {run.without}"
    return {"outcomes": run.outcomes, "reached": vars(run.reached)}


def _at_import(fault: Fault, reached: Reached, folder: Path) -> str:
    """What the tests that reach a module did with a fault in what runs as it is imported."""
    tests = reached.tests_of(fault)

    def failed() -> int:
        sys.meta_path.insert(0, Replaced(fault))
        return _pytest(folder, ["-x", *(str(ROOT / test) for test in tests)])

    return outcome(failed, reached.limit(tests)) if tests else "unreached"


def run(
    count: int,
    seed: int = 0,
    rooms: Sequence[str] = ROOMS,
    *,
    quick: bool = False,
    part: tuple[int, int] = (1, 1),
    kept: Path | None = None,
) -> dict[str, Any]:
    """noticed, total, late (noticed because they hang), survivors (where and what), of `count` seeded faults; explained
    of them, which no test can notice.

    part : (k, n), the k-th of n parts of them alone. kept : a file for what each test reaches, which parts may share.
    """
    assert "surfedge" not in sys.modules, "the package must be imported in the forks only"
    # HERE has a bundle.py and an images.py, which are no rooms of the tests.
    sys.path[:] = [str(PACKAGE.parent), *(entry for entry in sys.path if entry not in (str(HERE), "fuzz"))]
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import cv2  # noqa: F401  loaded once for all forks; nothing that starts threads is

    faults = seeded(count, seed, rooms, tuple(QUICK) if quick else ())[part[0] - 1 :: part[1]]
    found = {fault: "explained" if fault.is_explained else "not put in" for fault in faults}
    within = [fault for fault in faults if fault.in_function and not fault.is_explained]
    with tempfile.TemporaryDirectory(prefix="seeded-faults-") as folder:
        place = Path(folder) / "tests"
        answer = answer_of_a_fork(lambda: _in_place(within, rooms, paths_of_tests(rooms, quick=quick), place, kept))
        found.update(zip(within, answer["outcomes"], strict=True))
        reached = Reached(**answer["reached"])
        late = [fault for fault, said in found.items() if said == "not put in"]
        for fault in late[:1]:
            said = _at_import(replace(fault, number=-1), reached, place)
            assert said in SURVIVES, f"without a fault: {said}"
        for fault in late:
            found[fault] = _at_import(fault, reached, place)
    return _summary(found, seed)


def _summary(found: dict[Fault, str], seed: int) -> dict[str, Any]:
    for fault, said in found.items():
        if said not in ("failed", "explained"):
            print(f"{said}: {fault.path}.py {fault.what}")
    rooms: dict[str, Counter[str]] = {}
    for fault, said in found.items():
        rooms.setdefault(next(room for room in ROOMS if fault.path.startswith(f"{room}/")), Counter())[said] += 1
    for room, counts in rooms.items():
        noticed = counts.total() - sum(counts[said] for said in (*SURVIVES, "explained"))
        print(f"{room}: {noticed} of {counts.total()} noticed {dict(counts)}")
    explained = sum(said == "explained" for said in found.values())
    survivors = [f"{fault.path}.py {fault.what}" for fault, said in found.items() if said in SURVIVES]
    noticed = len(found) - len(survivors) - explained
    print(f"all drawn: {noticed} of {len(found)} noticed ({noticed / len(found):.1%})")
    print(f"{explained} of them change no answer: {noticed} of {len(found) - explained} others noticed")
    return {
        "noticed": noticed,
        "explained": explained,
        "late": sum(said == "late" for said in found.values()),
        "total": len(found),
        "seed": seed,
        "survivors": survivors,
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="seed faults, count those that the tests notice")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rooms", default=",".join(ROOMS))
    parser.add_argument("--quick", action="store_true", help="functions of modules that are quick to test")
    parser.add_argument("--part", default="1/1", help="K/N: the K-th of N parts alone")
    parser.add_argument("--kept", type=Path, help="what each test reaches, kept for other parts with the same sources")
    given = parser.parse_args()
    first, _, parts = given.part.partition("/")
    part = int(first), int(parts)
    print(
        json.dumps(run(given.count, given.seed, given.rooms.split(","), quick=given.quick, part=part, kept=given.kept))
    )


if __name__ == "__main__":
    main()
