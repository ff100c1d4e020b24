"""How many pixels a second a strip takes, memory at every part, and lines dropped at a given rate.

    python benchmarks/coil_line_speed.py --model cascade.surfedge --metres 1000
    python benchmarks/coil_line_speed.py --cascade statistics --speed 1400 --minutes 10   # paced: m/min
    python benchmarks/coil_line_speed.py --metres 15000 --out coil/     # with table, alarms, map: all of `strip`
    python benchmarks/coil_line_speed.py --cascade statistics --tuned 3 # what `surfedge tune --strip` says, and is held

Lines come from memory: a stretch of a rendered coil over and over, so that rendering costs nothing. Paced, a camera of
4 s of buffer is simulated: what does not fit is dropped, and the script says how many lines, and how long after a
line its tile's defects are known. `--tuned` says beforehand, by `surfedge tune` with `--strip` and without, what the PC
holds, and measures it, in turn. `--cascade` puts a screen, learned on good stretches, in front of the autoencoder of
the recipe bergmann-fast (64 px, width 16, random weights). Run it on an idle machine; the processor is printed.
"""

from __future__ import annotations

import argparse
import platform
import queue
import resource
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from surfedge import kernels
from surfedge.bundle import Bundle
from surfedge.calibration import with_screen
from surfedge.cores import usable_cores
from surfedge.decision import Decision
from surfedge.detector import Detector, Line, tune
from surfedge.detector.tuning import Inspected, as_images
from surfedge.methods import Reconstruction
from surfedge.strips import Block, LineScan, as_strip, blocks_of, strip
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
    parser.add_argument("--cascade", choices=("statistics", "dzl"), default=None, help="screen and network")
    parser.add_argument("--tuned", type=int, default=0, metavar="N", help="N times: tune, then run the strip")
    given = parser.parse_args()
    kernels.set_threads(1)  # tiles are the unit of work
    cv2.setNumThreads(1)
    stretch = RenderedCoil(10.0, given.width, given.width, given.pixel_size, seed=1)
    lines = np.concatenate(list(stretch.blocks(1024)))
    metres = given.speed * given.minutes if given.speed else given.metres
    with TemporaryDirectory() as folder:
        model = _cascade(Path(folder), given.cascade, given.pixel_size) if given.cascade else given.model
        scan = LineScan(Detector(model), given.pixel_size)
    if given.tuned:
        _compare(scan.detector.bundle, lines, given)
        return
    count = round(1e3 * metres / given.pixel_size)
    clock = Clock(given.speed / 60 * 1e3 / given.pixel_size)
    source = _paced(lines, count, clock) if given.speed else _endless(lines, count)
    _measure(scan, source, lines.shape[1], metres, given.out, clock)


@dataclass
class Clock:
    """When a paced camera has taken a line. lines_per_s : 0 without pace. latencies_s : of tiles, after their lines."""

    lines_per_s: float
    began: float = 0.0
    latencies_s: list[float] = field(default_factory=list)

    def done(self, line: int) -> None:
        """What the tile up to this line shows is known."""
        if self.lines_per_s:
            self.latencies_s.append(time.perf_counter() - self.began - line / self.lines_per_s)


def _cascade(folder: Path, screen: str, pixel_mm: float) -> Bundle:
    """A screen before a small network, which says nothing: its weights are random, and the limit lies high."""
    sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests")]  # where networks are built from operators
    import tiled_autoencoder
    from side_by_side import bundle_of

    network = Reconstruction(*tiled_autoencoder.autoencoder(folder, 64, width=16), stride_px=32, residual="l2")
    good = RenderedCoil(10 * 1.024 * pixel_mm, 500.0, 500.0, pixel_mm, per_100_m={}, seed=2)
    paths = [folder / f"{number}.png" for number in range(10)]
    for path, block in zip(paths, good.blocks(1024), strict=True):
        cv2.imwrite(str(path), block)
    bundle = bundle_of(network, Decision(threshold=2.0, blur_sigma_px=6.0), usable_cores())
    return with_screen(bundle, paths, 0.98, screen)


def _compare(bundle: Bundle, lines: np.ndarray, given: argparse.Namespace) -> None:
    """What tuning says of strips, and of images one by one, and what a strip with these settings then holds."""
    frames = [lines[at : at + 1024] for at in range(0, len(lines) - 1023, 1024)]
    line, count = Line(1400, given.pixel_size, given.width), round(1e3 * given.metres / given.pixel_size)
    for _ in range(given.tuned):
        strips, images = Counted(as_strip), Counted(as_images)
        tuning, other = tune(bundle, frames, inspected=strips), tune(bundle, frames, inspected=images)
        scan = LineScan(Detector(tuning.written(bundle, line)), given.pixel_size)
        began, worked = time.perf_counter(), time.process_time()
        for _ in scan(_endless(lines, count)):  # tiles and their defects joined, as tuning measures them
            pass
        pixels = count * lines.shape[1]
        held, of_cores = pixels / (time.perf_counter() - began), pixels / (time.process_time() - worked)
        print(f"{tuning.best.setting}\nheld {held / 1e6:.1f} Mpx/s, {of_cores / 1e6:.1f} a second of one core")
        for name, found, seen in (("--strip", tuning.held, strips), ("images", other.held, images)):
            said, per_core = found.pixels_per_s, seen.per_core_s
            print(f"said with {name}: {said / 1e6:.1f} ({said / held - 1:+.1%}), {per_core / 1e6:.1f} by one core")
            print(
                f"    ({per_core / of_cores - 1:+.1%}: what other jobs on the machine take does not count in it)",
                flush=True,
            )


@dataclass
class Counted:
    """A way that frames pass, with the pixels for each second of a core in its latest measurement."""

    way: Inspected
    per_core_s: float = 0.0

    def __call__(self, detector: Detector, frames: Iterator[Any], workers: int) -> Iterator[tuple[int, float]]:
        """As the way itself."""
        began, total = time.process_time(), 0
        for pixels, milliseconds in self.way(detector, frames, workers):
            total += pixels
            yield pixels, milliseconds
        self.per_core_s = total / (time.process_time() - began)


def _endless(lines: np.ndarray, count: int, size: int = 512) -> Iterator[Block]:
    for first in range(0, count, size):
        at = first % (len(lines) - size)
        yield Block(lines[at : at + min(size, count - first)], first_line=first)


def _paced(lines: np.ndarray, count: int, clock: Clock) -> Iterator[Block]:
    """Blocks as a camera would hand them out; those for which the buffer has no room are never seen."""
    size, per_s = 512, clock.lines_per_s
    held: queue.Queue[Block | None] = queue.Queue(max(1, round(BUFFER_S * per_s / size)))

    def camera() -> None:
        clock.began = time.perf_counter()
        for number, block in enumerate(_endless(lines, count, size)):
            time.sleep(max(0.0, clock.began + (number * size + len(block)) / per_s - time.perf_counter()))
            try:
                held.put_nowait(block)
            except queue.Full:
                continue
        held.put(None)

    threading.Thread(target=camera, daemon=True).start()
    while (block := held.get()) is not None:
        yield block


def _measure(
    scan: LineScan, source: Iterator[Block], columns: int, metres: float, out: str | None, clock: Clock
) -> None:
    """Memory every km, or ten times on a shorter coil; the rate of the whole."""
    began, lost, every = time.perf_counter(), 0.0, min(1000.0, metres / 10)
    at = every

    def seen(item: object) -> None:
        nonlocal lost, at
        if not isinstance(item, Tile):
            return
        lost += sum(gap.to_m - gap.from_m for gap in item.not_inspected)
        clock.done(item.window.below)
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
    metres -= lost
    rate = metres / (1e-3 * scan.line_mm) * columns / seconds
    print(f"{_processor()}, {usable_cores()} cores: {rate / 1e6:.1f} Mpx/s, {60 * metres / seconds:,.0f} m/min")
    if clock.latencies_s:
        middle, late, latest = np.quantile(clock.latencies_s, [0.5, 0.99, 1.0])
        print(
            f"from a tile's last line to its defects: median {middle:.2f} s, p99 {late:.2f} s, longest {latest:.2f} s"
        )
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
