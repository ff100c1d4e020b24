"""The table of `surfedge bench networks`: bundles, precisions and threads, what they cost here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from surfedge.cli.console import Console

COLUMNS = ("bundle", "input", "precision", "threads", "ms", "quartiles", "images/s", "MB", "kernel")
LEVEL = "ONEDNN_MAX_CPU_ISA"  # the engine's own variable


def show_network_costs(
    paths: Sequence[str], threads: Sequence[int], seconds: float, busy_load: float, console: Console
) -> None:
    """Time the networks of the bundles at `paths`, in turns, `seconds` each, and print."""
    from surfedge.bench.machine import describe
    from surfedge.bench.networks import network_costs
    from surfedge.bundle import Bundle
    from surfedge.errors import ArgumentError

    if not paths:
        raise ArgumentError("bundle", found="none", expected="one or more", remedy="surfedge bench networks BUNDLE ...")
    machine = describe()
    bundles = {path: Bundle.read(path) for path in paths}
    found = network_costs(bundles, threads, seconds=seconds, progress=console.progress)
    console.line(f"{machine['cpu']}, {machine['cores']} cores, {machine['date']}")
    rows = [
        (
            Path(cost.bundle).name,
            " x ".join(map(str, cost.input)),
            cost.precision,
            str(cost.threads),
            f"{cost.ms:.3g}",
            f"{cost.low_ms:.3g} to {cost.high_ms:.3g}",
            f"{cost.images_per_s:.0f}",
            f"{cost.megabytes:.1f}",
            next(iter(cost.kernels), "-"),
        )
        for cost in found
    ]
    console.table(COLUMNS, rows)
    console.line("ms: median of one image through the network alone; kernel: of most of its convolutions and products")
    if forced := os.environ.get(LEVEL):
        console.line(f"{LEVEL}={forced}: a level counts as measured only where the kernel names it")
    load = machine["load"]
    if isinstance(load, float) and load > busy_load:
        console.line(f"the machine was busy (load {load:.1f}) before this began: repeat it on an idle one")
    console.result({"machine": machine, "networks": [cost.to_dict() for cost in found]})
