"""What the networks that learn marked defects cost at the line: ms and MB at 256 and 512 px, in f32, bf16 and int8.

python benchmarks/segmentation_cost.py [--threads 1] [--minutes 4] [--networks compactcnn-fast,...] [--rounds 0]

Random weights, rendered plates. ms are of processor time, which other programs on the machine disturb less than the
clock's. The precisions of a network take turns within a round; medians over the rounds, 9 at most, 3 at least, as many
as the minutes allow. bf16 computes from the f32 files; int8's scales, which decide no time, come from one tile where a
network is large. --rounds 0: MB alone.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from surfedge.engine import Engine, EngineOptions
from surfedge.precision.int8 import quantised
from surfedge.synthesis import render
from surfedge.training import read_recipe, to_openvino
from surfedge.training.cost import count

NETWORKS = ("compactcnn-fast", "compactcnn", "compactcnn-unet-fast", "compactcnn-unet")
SIZES_PX = (256, 512)
SAMPLE = 8  # tiles that int8 is fitted on
LARGE = 20e9  # multiplications of a network that is fitted on one
FEWEST_ROUNDS = 3


def main() -> None:
    """One line for each network, size and precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9, help="at most")
    parser.add_argument("--minutes", type=float, default=4.0, help="of all together, about")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES_PX)))
    arguments = parser.parse_args()
    print(f"{'network':22}{'px':>5}{'G MAC':>8}  {'form':5}{'MB':>8}{'ms':>9}{'of f32':>8}{'rounds':>8}")
    cases = [(name, int(px)) for name in arguments.networks.split(",") for px in arguments.sizes.split(",")]
    end = time.monotonic() + 60 * arguments.minutes
    for left, (name, size_px) in zip(range(len(cases), 0, -1), cases, strict=True):
        until = time.monotonic() + max(end - time.monotonic(), 0) / left
        _measure(name, size_px, arguments.threads, arguments.rounds, until)


def _measure(name: str, size_px: int, threads: int, rounds: int, until: float) -> None:
    network = replace(read_recipe(name).network, input_px=size_px).build()
    products = count(network)[1]
    tiles = _tiles(size_px)
    f32 = to_openvino(network)
    forms = {"f32": f32, "bf16": f32, "int8": quantised(*f32, tiles[: 1 if products > LARGE else SAMPLE])}
    taken = _timed(forms, tiles, threads, rounds, until)
    for form, files in forms.items():
        line = f"{name:22}{size_px:5}{products / 1e9:8.2f}  {form:5}{sum(map(len, files)) / 1e6:8.2f}"
        if taken.get(form):
            ms = median(taken[form])
            line += f"{ms:9.1f}{ms / median(taken['f32']):8.2f}{len(taken[form]):8}"
        print(line, flush=True)


def _timed(
    forms: dict[str, tuple[bytes, bytes]], tiles: NDArray[np.float32], threads: int, rounds: int, until: float
) -> dict[str, list[float]]:
    """ms of each form in turn; none of bf16 where the processor computes it in f32."""
    if not rounds:
        return {}
    engines = {
        form: Engine(*files, EngineOptions(device="CPU", threads=threads, precision=form))
        for form, files in forms.items()
    }
    taken: dict[str, list[float]] = {form: [] for form, each in engines.items() if form in ("int8", each.computes_in)}
    for turn in range(rounds + 1):
        for form in taken:
            started = time.process_time()
            engines[form].run(tiles[turn % SAMPLE : turn % SAMPLE + 1])
            if turn:  # the first packs the weights
                taken[form].append(1e3 * (time.process_time() - started))
        if turn >= FEWEST_ROUNDS and time.monotonic() > until:
            break
    return taken


def _tiles(size_px: int) -> NDArray[np.float32]:
    """(SAMPLE, 1, size_px, size_px) in [0, 1]."""
    plates = [render("plate-teardrop", (size_px, size_px), seed=seed).image for seed in range(SAMPLE)]
    return np.stack(plates)[:, None].astype(np.float32) / np.float32(255.0)


if __name__ == "__main__":
    main()
