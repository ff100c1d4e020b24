"""Rendered teardrop plates with pasted steel defects, to learn from (train) and to judge by (test): no defect and no
plate stands in both.

python experiments/pasted_plates.py NEU_DET FOLDER [--sizes 256,512] [--count 200] [--coarser 2]

Two lines: 1 is clean and evenly lit at 0.5 mm a pixel; 2 is dirty, darker towards the edges, at 0.35 mm.
--coarser: pixels so many times as large, of the defects too; a smaller patch then shows as much of the plate.
NEU_DET holds images/<class>/ and VOC boxes. Writes FOLDER/set<line>-<size>.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2

from surfedge.synthesis import render

LINES: dict[int, dict[str, Any]] = {
    1: {"pixel_size_mm": 0.5},
    2: {"pixel_size_mm": 0.35, "dirt": 0.9, "vignetting": 0.5},
}
SCALE = 0.5  # of the defects, whose images are 200 px wide
JUDGED = 0.3
PARTS = {"fit": "train", "judge": "test"}


def main() -> None:
    """All sets that FOLDER does not hold yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default="256,512")
    parser.add_argument("--count", type=int, default=200, help="defective images of a set, and good ones")
    parser.add_argument("--coarser", type=float, default=1.0, help="pixels so many times as large")
    arguments = parser.parse_args()
    for size_px in map(int, arguments.sizes.split(",")):
        for line in LINES:
            place = arguments.folder / f"set{line}-{size_px}"
            if not place.is_dir():
                _make(arguments.sources, place, line, size_px, arguments.count, arguments.coarser)


def _make(sources: Path, place: Path, line: int, size_px: int, count: int, coarser: float) -> None:
    view = {**LINES[line], "pixel_size_mm": coarser * LINES[line]["pixel_size_mm"]}
    with tempfile.TemporaryDirectory() as plates:
        for number in range(count):
            seed = 100_000 * line + number
            image = render("plate-teardrop", (size_px, size_px), seed=seed, **view).image
            cv2.imwrite(f"{plates}/{number:03d}.png", image)
        words = f"generate paste {sources} --onto {plates} --out {place} --count {count} --good {count} --seed {line} "
        words += f"--judge {JUDGED} --scale {SCALE / coarser} --classes scratches,patches --strength 1.2"
        made = subprocess.run([sys.executable, "-m", "surfedge", *words.split()], check=False)
        if made.returncode not in (0, 1):  # 1: defects that could not be seen were left out
            sys.exit(made.returncode)
    for made, name in PARTS.items():
        (place / made / "test").rename(place / name)
        (place / made / "ground_truth").rename(place / name / "ground_truth")
        (place / made).rmdir()


if __name__ == "__main__":
    main()
