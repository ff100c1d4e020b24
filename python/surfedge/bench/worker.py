"""One process for one level and one number of threads: the job is a JSON argument, rows leave as JSON lines."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from surfedge.errors import SurfedgeError


def main() -> None:
    """Run the job of the command line; the level comes with the environment (SURFEDGE_ISA)."""
    job = json.loads(sys.argv[1])
    keep_to_cores(int(job["threads"]))
    try:
        work(job)
    except SurfedgeError as error:
        _say({"error": {"name": error.name, "found": error.found, "expected": error.expected, "remedy": error.remedy}})


def work(job: dict[str, Any]) -> None:
    """job : kernels (names), seconds (per case), threads."""
    from surfedge import kernels
    from surfedge.bench import CASES
    from surfedge.bench.limits import Limits
    from surfedge.bench.measuring import measure
    from surfedge.registry import resolve

    threads = int(job["threads"])
    kernels.set_threads(threads)
    limits = Limits(0.05 * threads)  # threads must meet on free cores
    jobs = [(name, case) for name in job["kernels"] for case in resolve(CASES, name)]
    _say({"cases": len(jobs)})
    for name, case in jobs:
        row = measure(name, case, limits, seconds=float(job["seconds"]), threads=threads)
        _say({"row": row.to_dict()})
    _say({"limits": {"level": kernels.active_isa(), "threads": threads, **limits.measured()}})


def keep_to_cores(count: int) -> None:
    """Let this process run on `count` cores at most, where the system can: some peers start a thread for each core,
    whatever they are set to.
    """
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-count:])


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)
