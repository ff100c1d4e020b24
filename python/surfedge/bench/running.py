"""The whole benchmark: one worker process per level and number of threads, their rows put together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from surfedge import kernels
from surfedge.bench import CASES
from surfedge.bench.machine import describe
from surfedge.errors import ArgumentError, SurfedgeError
from surfedge.progress import Progress, silent

PROGRAM = "from surfedge.bench.worker import main; main()"
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass
class Report:
    """machine : see `machine.describe`. rows : see `measuring.Row`. limits : measured rates per level and threads."""

    machine: dict[str, Any]
    seconds: float
    rows: list[dict[str, Any]] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)

    @property
    def skipped(self) -> dict[str, str]:
        """Peers that did not take part, and why."""
        return {name: reason for row in self.rows for name, reason in row["skipped"].items()}

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "machine": self.machine,
            "seconds_per_case": self.seconds,
            "limits": self.limits,
            "skipped_peers": self.skipped,
            "rows": self.rows,
        }


def run_benchmark(
    names: Sequence[str] = (),
    *,
    seconds: float = 0.5,
    levels: Sequence[str] = (),
    threads: Sequence[int] = (1,),
    progress: Progress = silent,
) -> Report:
    """Run the cases of `names` (default: all) at each of `levels` (default: the best) with each number of threads.

    Raises ArgumentError for a name or level that does not exist, SurfedgeError where an answer is wrong.
    """
    for name in names:
        if name not in CASES:
            raise ArgumentError("kernel", found=repr(name), expected=", ".join(CASES))
    if not 0 < seconds <= 3600:
        raise ArgumentError("--seconds", found=seconds, expected="above 0, up to 3600")
    usable = kernels.available_isas()
    for level in levels:
        if level not in usable:
            raise ArgumentError("level", found=repr(level), expected=", ".join(usable))
    report = Report(describe(), seconds)
    for level in levels or usable[-1:]:
        for count in threads:
            job = {"kernels": list(names or CASES), "seconds": seconds, "threads": count}
            _collect(report, level, job, progress)
    return report


def _collect(report: Report, level: str, job: dict[str, Any], progress: Progress) -> None:
    what = f"{level}, {job['threads']} thread{'s' if job['threads'] > 1 else ''}"
    done = total = 0
    for message in _worker(level, job):
        if "error" in message:
            error = message["error"]
            raise SurfedgeError(error.pop("name"), **error)
        total = message.get("cases", total)
        if "row" in message:
            report.rows.append(message["row"])
            done += 1
        if "limits" in message:
            report.limits.append(message["limits"])
        progress(done, total, what)


def _worker(level: str, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Messages of a process at `level`, as they come."""
    environment = {**os.environ, "SURFEDGE_ISA": level}
    environment |= dict.fromkeys(THREAD_VARIABLES, str(job["threads"]))
    code = f"import sys; sys.path[:] = {sys.path!r}\n{PROGRAM}"
    command = [sys.executable, "-c", code, json.dumps(job)]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True, env=environment) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith("{"):  # peers may print
                    yield json.loads(line)
        except BaseException:  # nobody waits for the rest
            process.kill()
            raise
        if process.wait():
            complaints.seek(0)
            last = (complaints.read().strip().splitlines() or [f"exit code {process.returncode}"])[-1]
            raise SurfedgeError(f"bench at level {level}", found=last, remedy="run it for one kernel at a time")
