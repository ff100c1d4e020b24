"""Patterned plates: how exact the lattice is, whether one is ever invented, what the filter is worth, what can be seen.

    python benchmarks/plates.py all --count 1000            medium, hard and calibrated, 1,000 plates; and besides:
    python benchmarks/plates.py lattice --count 1000        pitch and angle on rendered plates, easy and hard
    python benchmarks/plates.py false --count 1000          lattices found where there is none
    python benchmarks/plates.py false images/               the same on a folder of real images
    python benchmarks/plates.py ablation --count 1000       methods with and without the filter: the main table
    python benchmarks/plates.py chart --count 1000 --out docs/images    detectability over size and contrast, as SVG
    python benchmarks/plates.py speed                       a 2048 x 2048 plate, filtered, compared and decided
    python benchmarks/plates.py good --count 160 --out good/    good plates that are in no table, to train networks on

plate_draws.py says what `medium` and `hard` plates are. The same seed gives the same plates. One thread.

--networks FOLDER adds reconstruction: none.surfedge and cells.surfedge there, trained with that prefilter.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import cv2
from plate_ablation import ablation_table
from plate_chart import detectability
from plate_draws import PIXEL_MM, SEVERITY, write_good
from plate_lattices import false_table, lattice_table

from surfedge.detector import Detector, default_bundle
from surfedge.synthesis import render


def everything(count: int, networks: Path | None) -> Iterator[str]:
    """`count` plates in all, other ones in each table, and the plain surfaces; a table as soon as it is known."""
    half, quarter = max(count // 2, 4), max(count // 4, 4)
    yield from ablation_table(half, "medium", networks=networks)
    yield from ablation_table(quarter, "hard", first_seed=100_000, networks=networks)
    yield from ablation_table(quarter, "medium", min(40, max(8, quarter)), first_seed=200_000, networks=networks)
    yield from false_table(quarter, ())


def speed_lines(rounds: int) -> list[str]:
    """Best of some rounds on a 2048 x 2048 plate in memory."""
    image = render("plate-diamond", (2048, 2048), PIXEL_MM, ("scratch",), seed=3, rotation_deg=3.0).image
    detector = Detector(default_bundle("pattern"))
    times = [detector(image).milliseconds for _ in range(rounds)]
    return [f"2048 x 2048 plate, compared and decided, one thread: {min(times):.1f} ms (best of {rounds})"]


def _asked(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("all", "lattice", "false", "ablation", "chart", "speed", "good"))
    parser.add_argument("folder", nargs="*", type=Path, help="real images without a pattern, for `false`")
    parser.add_argument("--count", type=int, default=200, help="plates in all")
    parser.add_argument("--difficulty", choices=tuple(SEVERITY), default="medium")
    parser.add_argument("--calibrate", type=int, default=0, metavar="N", help="on so many good plates")
    parser.add_argument("--first-seed", type=int, default=0, help="of the ablation's plates")
    parser.add_argument("--networks", type=Path, default=None, metavar="FOLDER", help="trained networks")
    parser.add_argument("--out", type=Path, default=Path(), help="folder for the charts or the good plates")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Print what was asked for."""
    asked = _asked(argv)
    cv2.setNumThreads(1)
    parts: dict[str, Callable[[], Iterable[str]]] = {
        "all": lambda: everything(asked.count, asked.networks),
        "good": lambda: write_good(asked.count, asked.out),
        "lattice": lambda: lattice_table(asked.count),
        "false": lambda: false_table(asked.count, asked.folder),
        "ablation": lambda: ablation_table(
            asked.count, asked.difficulty, asked.calibrate, asked.first_seed, asked.networks
        ),
        "chart": lambda: detectability(asked.count, asked.out),
        "speed": lambda: speed_lines(max(3, asked.count // 10)),
    }
    for line in parts[asked.part]():
        print(line, flush=True)


if __name__ == "__main__":
    main()
