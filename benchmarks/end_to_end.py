"""From picture to verdict, beside the bare engine: python benchmarks/end_to_end.py [--quick] [--only PART]

Time above the bare model per u8 frame, folder throughput against the bare asynchronous engine, import time, start to
first score, resident memory, the gain by a screen, what tiles cost besides their network, and the line that a screen
and a network hold. Networks are made here from the engine's own operators; each figure is a minimum or median of runs
that alternate between both sides, on one thread unless said.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests")]

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from folder_throughput import folder_throughput  # noqa: E402
from line_speed import line_speed  # noqa: E402
from side_by_side import alternating, bundle_of, sheet  # noqa: E402
from tiled_autoencoder import tiled_autoencoder  # noqa: E402

import graphs  # noqa: E402
from surfedge import Detector, kernels  # noqa: E402
from surfedge.calibration import with_screen  # noqa: E402
from surfedge.methods import Network  # noqa: E402

NETWORK_PX = 256


def above_the_bare_model(folder: Path, rounds: int) -> None:
    """Detector less bare inference of the same single-shot model, same thread."""
    print("\ntime above the bare model, ms per u8 frame, one thread (minimum of alternating runs)")
    print(
        f"{'frame':>8} {'bare':>8} {'good':>8} {'score':>8} {'map':>8}   goal   above: good, score only, map looked at"
    )
    graph = graphs.costly(folder, tile_px=NETWORK_PX, width=2, depth=2)
    detector = Detector(bundle_of(Network(*graph)), device="CPU")
    request = detector.method.engine.compiled().create_infer_request()
    for side_px, goal in ((256, 0.2), (1024, 0.8), (2048, 2.5), (4096, 10.0)):
        image = sheet(0, side_px)
        small = cv2.resize(image, (NETWORK_PX, NETWORK_PX), interpolation=cv2.INTER_AREA)
        fed = (small[None, None] / np.float32(255)).astype(np.float32)

        def bare(fed: np.ndarray = fed) -> None:
            request.infer({0: fed}, share_inputs=True)

        result = detector(image)
        bare()
        expected = float(request.output_tensors[0].data.max())
        assert abs(result.score - expected) < 0.01, (result.score, expected)  # the same, but for resizing
        assert abs(detector.score(image) - result.score) < 1e-6
        times = [
            1e3 * t
            for t in alternating(
                bare,
                lambda image=image: detector(image),
                lambda image=image: detector.score(image),
                lambda image=image: detector(image).anomaly_map,
                rounds=rounds,
            )
        ]
        print(
            f"{side_px:>6}^2 {times[0]:8.2f} {times[1]:8.2f} {times[2]:8.2f} {times[3]:8.2f} {goal:6.1f}   "
            + ", ".join(f"{t - times[0]:.2f}" for t in times[1:])
        )


def starting(folder: Path) -> None:
    """Import, and a fresh process until its first score and the memory it then has."""
    bundle_of(Network(*graphs.costly(folder, tile_px=NETWORK_PX, width=8, depth=3))).write(folder / "b.surfedge")
    cv2.imwrite(str(folder / "x.png"), sheet(0, NETWORK_PX))
    memory = "int(open('/proc/self/status').read().split('VmRSS:')[1].split()[0]) // 1024"
    codes = {
        "interpreter alone": "pass",
        "import surfedge": "import surfedge",
        "first score, training-free": f"from surfedge import Detector; Detector()({str(folder / 'x.png')!r})",
        "first score, network": (
            f"from surfedge import Detector; Detector({str(folder / 'b.surfedge')!r})({str(folder / 'x.png')!r})"
        ),
    }
    print("\nfresh processes, minimum of 5 (goals: import 0.15 s above the interpreter, first score 0.5 s and 200 MB)")
    for name, code in codes.items():
        best, spent, used = float("inf"), float("inf"), 0
        for _ in range(5):
            start, before = time.perf_counter(), os.times()
            done = subprocess.run(
                [sys.executable, "-c", f"{code}\nprint({memory})"], capture_output=True, text=True, check=True
            )
            after = os.times()
            best, used = min(best, time.perf_counter() - start), int(done.stdout)
            spent = min(spent, after[2] + after[3] - before[2] - before[3])
        print(f"{name:28} {best:6.2f} s  {spent:6.2f} s of processor time  {used:5} MB")


def screen_gain(folder: Path, rounds: int) -> None:
    """A tiled network with a screen against the same network alone, at about 98 % dull tiles."""
    network = Network(*graphs.costly(folder, tile_px=128, width=48, depth=6), view="tiles", stride_px=128)
    good = folder / "good"
    good.mkdir()
    paths = [good / f"{number}.png" for number in range(16)]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), sheet(number, 1024))
    image = sheet(1000, 2048)
    print("\nscreen in front of a tiled network, 2048^2 u8, tiles of 128, one thread (goal 20 x at 98 % dull tiles)")
    for method in ("statistics", "dzl"):
        bundle = with_screen(bundle_of(network), paths, 0.98, method)
        _screen_line(method, Detector(bundle), Detector(bundle, screen=False), image, rounds)


def _screen_line(method: str, screened: Detector, alone: Detector, image: np.ndarray, rounds: int) -> None:
    result, frame = screened(image), screened.preparation.read(image)
    with_it, without = alternating(lambda: screened(image), lambda: alone(image), rounds=rounds)
    (look,) = alternating(lambda: screened.method.kept_tiles(frame, 128), rounds=5 * rounds)
    print(
        f"{method:12} {without / with_it:5.1f} times ({1e3 * without:.0f} to {1e3 * with_it:.1f} ms), "
        f"{result.skipped_share:.1%} skipped; the look alone {image.size / look / 1e6:,.0f} Mpx/s"
    )


def main() -> None:
    """Run the parts that were asked for, each in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    parser.add_argument("--only", default="", help="above, folder, start, screen, tiles or line")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    kernels.set_threads(1)
    rounds, count = (15, 60) if arguments.quick else (60, 400)
    parts: dict[str, Callable[[Path], None]] = {
        "above": lambda folder: above_the_bare_model(folder, rounds),
        "folder": lambda folder: folder_throughput(folder, count),
        "start": starting,
        "screen": lambda folder: screen_gain(folder, 3),
        "tiles": lambda folder: tiled_autoencoder(folder, 2 if arguments.quick else 5),
        "line": lambda folder: line_speed(folder, 2.0 if arguments.quick else 20.0),
    }
    for name, part in parts.items():
        if arguments.only in ("", name):
            with tempfile.TemporaryDirectory() as folder:
                part(Path(folder))


if __name__ == "__main__":
    main()
