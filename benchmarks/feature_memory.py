"""How good a feature memory is on labelled data sets, with each kind of memory, and what it costs.

    python benchmarks/feature_memory.py leather/ --weights resnet18.npz --half odd
    python benchmarks/feature_memory.py kolektor/ --weights resnet18.npz --half odd --height 704 --memories positions
    python benchmarks/feature_memory.py part --seeds 3 --weights resnet18.npz --memories auto,pooled,positions,bank
    python benchmarks/feature_memory.py part --seeds 3 --bundle small.surfedge

A data set in the MVTec layout, calibrated on train/good and judged on the test images (--half as in training_free.py),
or the name of a rendered surface: 100 good images, then 40 new ones, 26 with a rendered defect each and 13 with a
Perlin anomaly, other ones with each seed. f32, one thread.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
from bank_forms import PIXEL_SIZES_MM, rendered

from surfedge.bundle import Bundle
from surfedge.calibration import calibrate
from surfedge.datasets import Sample, good_images, half_of, labelled_images
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.evaluation import evaluate
from surfedge.methods import Features
from surfedge.progress import silent
from surfedge.training import parse_recipe
from surfedge.training.train import runtime_method

FIGURES = ("image_auroc", "pixel_auroc", "au_pro_0.30", "au_pro_0.05", "in_image_auroc")


def main() -> None:
    """Print the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("data", nargs="+", help=f"folders, or {', '.join(PIXEL_SIZES_MM)}")
    network = parser.add_mutually_exclusive_group(required=True)
    network.add_argument("--weights", help="of the backbone, a file")
    network.add_argument("--bundle", help="of a recipe of this family: its network as it is")
    add("--backbone", default="resnet18")
    add("--height", type=int, default=256, help="of the network's input; it is 256 wide")
    add("--margin", type=int, default=0, help="mirrored, in pixels")
    add("--memories", default="auto")
    add("--blur", type=float, default=0.0, help="sigma over the map, in pixels")
    add("--half", choices=("all", "even", "odd"), default="all")
    add("--good", type=int, default=0, help="good images to learn from, 0 for all")
    add("--seeds", type=int, default=1, help="of rendered sets, and of the projection")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    method = _method(arguments)
    decision = Decision(blur_sigma_px=arguments.blur)
    print("| data | seed | good | memory | " + " | ".join(FIGURES) + " | ms | MB | calibration s |")
    print("| --- " * (7 + len(FIGURES)) + "|")
    for name in arguments.data:
        for seed in range(arguments.seeds):
            for good, samples in sets(name, seed, arguments):
                for memory in arguments.memories.split(","):
                    chosen = replace(method, memory=memory, seed=seed, shared=method.engine)
                    print(f"| {Path(name).name} | {seed} | {_row(chosen, decision, good, samples)}", flush=True)


def _method(arguments: argparse.Namespace) -> Features:
    """The network with its memory still empty."""
    if arguments.bundle:
        known = Detector(arguments.bundle, device="CPU", threads=1).method
        assert isinstance(known, Features), f"{arguments.bundle}: a bundle of {known}, expected one of features"
        return known
    recipe = parse_recipe(
        {
            "network": {
                "name": "backbone",
                "backbone": arguments.backbone,
                "height_px": arguments.height,
                "margin_px": arguments.margin,
                "weights": arguments.weights,
            },
            "data": {"validation_share": 1.0},
        }
    )
    network = recipe.network.build()
    recipe.family.start(network, silent)
    method = runtime_method(recipe, recipe.family.exported(network), 1)
    assert isinstance(method, Features)
    return method


def sets(name: str, seed: int, arguments: argparse.Namespace) -> Iterator[tuple[list[Path], Sequence[Sample]]]:
    """Good images and labelled ones."""
    if name not in PIXEL_SIZES_MM:
        good = good_images(Path(name))
        order = np.random.default_rng([seed, 2]).permutation(len(good))[: arguments.good or len(good)]
        yield [good[number] for number in np.sort(order)], half_of(labelled_images(Path(name)), arguments.half)
        return
    with tempfile.TemporaryDirectory() as folder:
        made = rendered(name, seed, arguments.good or 100, 40)
        for place in ("train/good", "test/good", "test/defect", "ground_truth/defect"):
            (Path(folder) / place).mkdir(parents=True)
        for number, image in enumerate(made.good):
            _write(Path(folder) / f"train/good/{number:03}.png", image)
        for number, (image, mask) in enumerate(made.test):
            _write(Path(folder) / f"test/{'defect' if mask.any() else 'good'}/{number:03}.png", image)
            if mask.any():
                _write(Path(folder) / f"ground_truth/defect/{number:03}_mask.png", mask.astype(np.uint8) * 255)
        yield good_images(Path(folder)), labelled_images(Path(folder))


def _write(path: Path, image: np.ndarray) -> None:
    cv2.imwrite(str(path), image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1]))


def _row(method: Features, decision: Decision, good: list[Path], samples: Sequence[Sample]) -> str:
    start = perf_counter()
    origin = Bundle("features", runtime={"precision": "f32", "threads": 1})
    bundle = calibrate(method, decision, good, origin=origin).bundle
    seconds = perf_counter() - start
    size = sum(each.nbytes for each in bundle.arrays.values()) + sum(map(len, bundle.blobs.values()))
    detector = Detector(bundle, device="CPU")
    detector(samples[0].path)
    with tempfile.TemporaryDirectory() as folder:
        evaluated = evaluate(detector, samples, folder, bootstrap=0)
    cells = [f"{evaluated.record.figures[name]:.3f}" for name in FIGURES]
    memory = f"{method.memory}: {bundle.settings['chosen']}" if method.memory == "auto" else method.memory
    return (
        f"{len(good)} | {memory} | " + " | ".join(cells) + f" | {evaluated.milliseconds:.1f} | {size / 1e6:.1f} |"
        f" {seconds:.0f} |"
    )


if __name__ == "__main__":
    main()
