"""What the sources' decision gives: a limit over all pixels of good maps, then an opening, for percentiles and disks.

    surfedge experiment experiments/rendered_losses.toml --out losses/ --data plates=plates
    python benchmarks/pixel_rules.py losses/bundles/plates-*.surfedge --limit-from more_plates --data plates

Each network of the bundles maps the good images of --limit-from, which it was not trained on, and the test images of
--data once; every decision is then made on those maps. Bundles that differ in their seed alone are one row: mean and
standard deviation of the defective and of the good test images that are called.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from surfedge.calibration.pixel_limits import PixelValues
from surfedge.datasets import good_images, labelled_images
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.images import Frame, read
from surfedge.methods import Method, Reconstruction

Rates = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Maps:
    """Maps, float32 (n, H, W): of the good images that the limit comes from, of good and of defective test images."""

    limit_from: list[np.ndarray]
    good: list[np.ndarray]
    defective: list[np.ndarray]

    @classmethod
    def of(cls, method: Method, limit_from: Sequence[Frame], good: Sequence[Frame], bad: Sequence[Frame]) -> Maps:
        """The raw maps of the method at the images' size."""
        plain = Decision()
        made = ([plain.finish(method.inspect(f), f.shape) for f in frames] for frames in (limit_from, good, bad))
        return cls(*made)

    def called(self, decision: Decision) -> tuple[float, float]:
        """Fractions of defective and of good test images in which the decision leaves a pixel."""
        return tuple(  # type: ignore[return-value]
            float(np.mean([decision.mask(each).any() for each in maps])) for maps in (self.defective, self.good)
        )


def rates(maps: Maps, percentiles: Sequence[float], disks: Sequence[int]) -> Rates:
    """What is called with each percentile and disk, and with the largest score of 99 % of the good images."""
    values, found = PixelValues(), {}
    for each in maps.limit_from:
        values.add(each)
    limits = {f"{p:g} %": values.quantile(p / 100) for p in percentiles}
    highest = float(np.quantile([each.max() for each in maps.limit_from], 0.99, method="higher"))
    for words, limit in (*limits.items(), ("maxima", highest)):
        for disk in disks:
            found[f"{words}, {disk}"] = maps.called(Decision(threshold=limit, opening_radius_px=disk))
    return found


def studied(
    paths: Sequence[Path], limit_from: Path, data: Path, residuals: Sequence[str], grid: tuple[list[float], list[int]]
) -> Iterator[tuple[str, str, list[Rates]]]:
    """(name without the seed, residual, rates of each seed)."""
    samples = labelled_images(data)
    good, bad = ([read(s.path) for s in samples if s.is_defective == kind] for kind in (False, True))
    base = [read(path) for path in good_images(limit_from)]
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(paths):
        groups[re.sub(r"-seed\d+", "", path.stem)].append(path)
    for name, members in groups.items():
        methods = [Detector(path, device="CPU", threads=1).method for path in members]
        for residual in residuals:
            found = []
            for method in methods:
                assert isinstance(method, Reconstruction)
                other = replace(method, residual=residual, mean=None, prediction=None, whitener=None)
                found.append(rates(Maps.of(other, base, good, bad), *grid))
            yield name, residual, found


def table(name: str, residual: str, seeds: list[Rates]) -> Iterator[str]:
    """A line for each limit: found / false calls for each disk, means over the seeds, and their std."""
    limits: dict[str, list[str]] = defaultdict(list)
    for key in seeds[0]:
        values = np.array([each[key] for each in seeds])
        (found, false), (spread, other) = values.mean(axis=0), values.std(axis=0, ddof=1 if len(seeds) > 1 else 0)
        limits[key.rpartition(",")[0]].append(f"{found:.2f} ± {spread:.2f} / {false:.2f} ± {other:.2f}")
    for limit, cells in limits.items():
        yield f"| {name} | `{residual}` | {limit} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table, a network as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--limit-from", type=Path, required=True, help="good images that no network was trained on")
    parser.add_argument("--data", type=Path, required=True, help="data set whose test images are judged")
    parser.add_argument("--residuals", default="l2,ssim")
    parser.add_argument("--percentiles", default="95,97,98,99,99.5,99.9")
    parser.add_argument("--disks", default="0,2,4,6,8")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    grid = [float(p) for p in asked.percentiles.split(",")], [int(r) for r in asked.disks.split(",")]
    print(f"| network | residual | limit | {' | '.join(f'disk {r}' for r in grid[1])} |")
    print("| --- " * (3 + len(grid[1])) + "|")
    for row in studied(asked.bundles, asked.limit_from, asked.data, asked.residuals.split(","), grid):
        for line in table(*row):
            print(line, flush=True)


if __name__ == "__main__":
    main()
