"""surfedge bench: the kernels beside their public peers on this machine, or what networks of bundles cost."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.bench import CASES
from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.bench.running import Report

SUMMARY = "time the kernels beside public peers on this machine; every answer is checked first"
EXAMPLE = "surfedge bench dzl ssim --quick"
SECONDS, QUICK_SECONDS = 0.5, 0.05
BUSY_LOAD = 0.5
NETWORKS = "networks"
COLUMNS = ("kernel", "size", "ms", "best peer", "peer ms", "ratio", "goal", "floor ms", "x floor")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add = parser.add_argument
    add(
        "kernels",
        nargs="*",
        metavar="KERNEL",
        help=f"some of {', '.join(CASES)}; all of them otherwise; or: networks BUNDLE ..., their networks in each "
        "precision",
    )
    add("--quick", action="store_true", help=f"{QUICK_SECONDS} s per case: a quick check, not a measurement")
    add("--seconds", type=float, default=SECONDS, metavar="S", help="time per case, all contenders together")
    add("--threads", default="1", metavar="N,...", help="numbers of threads, e.g. 1,2")
    add("--isa", default="best", metavar="LEVEL,...", help="instruction-set levels: best, all, or e.g. v2,v3")
    add("--out", metavar="FILE", help="also write what --json prints to this file")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run and print; returns the exit code."""
    from surfedge.bench.running import run_benchmark
    from surfedge.cli import DONE

    seconds = QUICK_SECONDS if arguments.quick else arguments.seconds
    if arguments.kernels[:1] == [NETWORKS]:
        from surfedge.cli.tables.network_costs import show_network_costs

        show_network_costs(arguments.kernels[1:], _counts(arguments.threads), seconds, BUSY_LOAD, console)
        return DONE
    report = run_benchmark(
        arguments.kernels,
        seconds=seconds,
        levels=_levels(arguments.isa),
        threads=_counts(arguments.threads),
        progress=console.progress,
    )
    if arguments.out:
        Path(arguments.out).write_text(json.dumps(report.to_dict(), indent=1) + "\n", encoding="utf-8")
    _print(report, console)
    console.result(report.to_dict())
    return DONE


def _print(report: Report, console: Console) -> None:
    machine = report.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    console.line(f"{machine['cpu']}, {machine['cores']} cores, levels {' '.join(machine['levels'])}")
    console.line(f"{machine['date']}, {versions}")
    for measured in report.limits:
        level, threads = measured["level"], measured["threads"]
        rows = [_cells(row) for row in report.rows if (row["level"], row["threads"]) == (level, threads)]
        plural = "s" if threads > 1 else ""
        console.table(COLUMNS, rows, title=f"level {level}, {threads} thread{plural}; {_limits(measured)}")
    for name, reason in report.skipped.items():
        console.line(f"left out: {name}, {reason}")
    console.line("ms: median per call. ratio: time of the best peer over ours; goal: wanted at AVX2 on one thread.")
    console.line("floor: bytes to move and operations to do over what this machine was measured to do at most.")
    if machine["load"] and machine["load"] > BUSY_LOAD:
        console.line(f"the machine was busy (load {machine['load']:.1f}) before this began: repeat it on an idle one")


def _cells(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    return (
        row["kernel"],
        row["size"],
        _short(row["ms"]),
        row["best_peer"],
        _short(row["peer_ms"]),
        _short(row["ratio"]),
        _short(row["goal"]),
        _short(row["floor_ms"]),
        _short(row["times_floor"]),
    )


def _short(value: float | None) -> str | None:
    """Three digits."""
    if value is None:
        return None
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _limits(measured: Mapping[str, Any]) -> str:
    """The limits of one level in a few words: arithmetic, and copies within the smallest and largest sizes met."""
    memory = measured["memory_by_bytes"]
    arithmetic = f"{measured['arithmetic_GFLOP_per_s']:.0f} GFLOP/s"
    if not memory:
        return arithmetic
    least, most = (f"{memory[key]['copy_GB_per_s']:.0f}" for key in (min(memory, key=int), max(memory, key=int)))
    return f"{arithmetic}, copies at {least} GB/s (smallest) to {most} GB/s (largest)"


def _levels(text: str) -> tuple[str, ...]:
    from surfedge import kernels

    if text == "all":
        return kernels.available_isas()
    return () if text == "best" else tuple(text.split(","))


def _counts(text: str) -> tuple[int, ...]:
    from surfedge.errors import ArgumentError

    try:
        counts = tuple(int(word) for word in text.split(","))
    except ValueError:
        counts = (0,)
    if any(not 1 <= count <= 256 for count in counts):
        raise ArgumentError("--threads", found=repr(text), expected="numbers from 1 to 256 with commas between")
    return counts
