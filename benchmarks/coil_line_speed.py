"""How many pixels a second a strip takes, memory at every part, and lines dropped at a given rate.

    python benchmarks/coil_line_speed.py --model cascade.surfedge --metres 1000
    python benchmarks/coil_line_speed.py --speed 1400 --minutes 10      # paced: lines come at this rate, in m/min
    python benchmarks/coil_line_speed.py --metres 15000 --out coil/     # with table, alarms, map: all of `strip`

Lines come from memory: a stretch of a rendered coil over and over, so that rendering costs nothing. Paced, a camera of
4 s of buffer is simulated: what does not fit is dropped, and the script says how many lines. Run it on an idle machine;
name the processor, which it prints.
"""

from __future__ import annotations

import argparse
import platform
import queue
import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from surfedge.cores import usable_cores
from surfedge.detector import Detector
from surfedge.strips import Block, LineScan, blocks_of, strip
from surfedge.strips.findings import Tile
from surfedge.synthesis.coil import RenderedCoil

BUFFER_S = 4.0


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=None, help="bundle; without it the training-free default")
    parser.add_argument("--width", type=float, default=1000.0, help="of the view in mm")
    parser.add_argument("--pixel-size", type=float, default=0.5)
    parser.add_argument("--metres", type=float, default=100.0)
    parser.add_argument("--speed", type=float, default=0.0, help="m/min to hold; 0 runs as fast as it goes")
    parser.add_argument("--minutes", type=float, default=1.0, help="with --speed")
    parser.add_argument("--out", default=None, metavar="DIR", help="keep the coil there, as `surfedge strip` does")
    given = parser.parse_args()
    stretch = RenderedCoil(10.0, given.width, given.width, given.pixel_size, seed=1)
    lines = np.concatenate(list(stretch.blocks(1024)))
    metres = given.speed * given.minutes if given.speed else given.metres
    scan = LineScan(Detector(given.model), given.pixel_size)
    count = round(1e3 * metres / given.pixel_size)
    source = _paced(lines, count, given.speed, given.pixel_size) if given.speed else _endless(lines, count)
    _measure(scan, source, lines.shape[1], metres, given.out)


def _endless(lines: np.ndarray, count: int, size: int = 512) -> Iterator[Block]:
    for first in range(0, count, size):
        at = first % (len(lines) - size)
        yield Block(lines[at : at + min(size, count - first)], first_line=first)


def _paced(lines: np.ndarray, count: int, speed: float, pixel_mm: float) -> Iterator[Block]:
    """Blocks as a camera would hand them out; those for which the buffer has no room are never seen."""
    size, per_s = 512, speed / 60 * 1e3 / pixel_mm
    held: queue.Queue[Block | None] = queue.Queue(max(1, round(BUFFER_S * per_s / size)))

    def camera() -> None:
        began = time.perf_counter()
        for number, block in enumerate(_endless(lines, count, size)):
            time.sleep(max(0.0, began + number * size / per_s - time.perf_counter()))
            try:
                held.put_nowait(block)
            except queue.Full:
                continue
        held.put(None)

    threading.Thread(target=camera, daemon=True).start()
    while (block := held.get()) is not None:
        yield block


def _measure(scan: LineScan, source: Iterator[Block], columns: int, metres: float, out: str | None) -> None:
    """Memory every km, or ten times on a shorter coil; the rate of the whole."""
    began, lost, every = time.perf_counter(), 0.0, min(1000.0, metres / 10)
    at = every

    def seen(item: object) -> None:
        nonlocal lost, at
        if not isinstance(item, Tile):
            return
        lost += sum(gap.to_m - gap.from_m for gap in item.not_inspected)
        if item.to_m >= at:
            print(f"{item.to_m:9.1f} m  {time.perf_counter() - began:8.1f} s  {_memory()}", flush=True)
            at += every

    if out is None:
        for tile in scan.tiles(blocks_of(source)):
            seen(tile)
    else:
        summary = strip(scan, source, out, name="line", seen=seen)
        print(f"{summary.defects:,} defects, {len(summary.series)} series, grade {summary.verdict}")
    seconds, lines = time.perf_counter() - began, metres / (1e-3 * scan.line_mm)
    rate = lines * columns / seconds
    print(f"{_processor()}, {usable_cores()} cores: {rate / 1e6:.1f} Mpx/s, {60 * metres / seconds:,.0f} m/min")
    print(f"lines not inspected: {lost / (1e-3 * scan.line_mm):,.0f} of {lines:,.0f}")


def _memory() -> str:
    """Of this process, now and at its peak."""
    peak = f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB"
    held = Path("/proc/self/statm")
    if not held.exists():
        return peak
    now = int(held.read_text().split()[1]) * resource.getpagesize() / 2**20
    return f"memory {now:6.0f} MB, {peak}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if info.exists() and names else platform.processor()


if __name__ == "__main__":
    main()
