"""What the networks that learn marked defects cost at the line: ms and MB at 256 and 512 px, in f32 and int8.

python benchmarks/segmentation_cost.py [--threads 1] [--rounds 9] [--networks compactcnn-fast,...]

Random weights, rendered plates. ms are of processor time, which other programs on the machine disturb less than the
clock's. The precisions of a network take turns within a round; medians over the rounds.
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


def main() -> None:
    """One line for each network, size and precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES_PX)))
    arguments = parser.parse_args()
    print(f"{'network':22}{'px':>5}{'G MAC':>8}  {'form':5}{'MB':>7}{'ms':>9}{'of f32':>8}")
    for name in arguments.networks.split(","):
        for size_px in map(int, arguments.sizes.split(",")):
            _measure(name, size_px, arguments.threads, arguments.rounds)


def _measure(name: str, size_px: int, threads: int, rounds: int) -> None:
    network = replace(read_recipe(name).network, input_px=size_px).build()
    products = count(network)[1]
    tiles = _tiles(size_px)
    f32 = to_openvino(network)
    forms = {"f32": f32, "int8": quantised(*f32, tiles)}
    engines = {
        form: Engine(*files, EngineOptions(device="CPU", threads=threads, precision=form))
        for form, files in forms.items()
    }
    taken: dict[str, list[float]] = {form: [] for form in engines}
    for turn in range(rounds + 1):
        for form, engine in engines.items():
            started = time.process_time()
            engine.run(tiles[turn % SAMPLE : turn % SAMPLE + 1])
            if turn:  # the first packs the weights
                taken[form].append(1e3 * (time.process_time() - started))
    for form, files in forms.items():
        size, ms = sum(map(len, files)) / 1e6, median(taken[form])
        share = ms / median(taken["f32"])
        print(f"{name:22}{size_px:5}{products / 1e9:8.2f}  {form:5}{size:7.2f}{ms:9.1f}{share:8.2f}", flush=True)


def _tiles(size_px: int) -> NDArray[np.float32]:
    """(SAMPLE, 1, size_px, size_px) in [0, 1]."""
    plates = [render("plate-teardrop", (size_px, size_px), seed=seed).image for seed in range(SAMPLE)]
    return np.stack(plates)[:, None].astype(np.float32) / np.float32(255.0)


if __name__ == "__main__":
    main()
