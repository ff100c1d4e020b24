"""What good images must be to learn from: enough of them, of one size, and no defects by the folders they lie in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from surfedge.datasets import GOOD, Sample
from surfedge.errors import DatasetError

LARGEST_RATIO = 1.25  # sides of one camera's images vary by less
SUSPICIOUS = ("bad", "defect", "defective", "defects", "ng", "nok", "anomaly", "anomalous", "broken", "mask", "masks")
DENIALS = ("no", "non", "not", "without", "free", "good", "ok", "normal")


def refuse_defects(samples: Sequence[Sample]) -> None:
    """Raises DatasetError for defects, and where the folders say that these are no good images."""
    for sample in samples:
        if sample.is_defective:
            raise DatasetError(sample.path, found=f"class {sample.label}", expected="good images only")
    for folder in sorted({sample.path.resolve().parent for sample in samples}):
        has_masks = (folder.parent.parent / "ground_truth" / folder.name).is_dir()
        beside_good = folder.name != GOOD and folder.parent.name == "test" and (folder.parent / GOOD).is_dir()
        if _is_suspicious(folder.name) or has_masks or beside_good:
            why = "a folder with defect masks" if has_masks else "a folder of a defect class, by its name and place"
            raise DatasetError(folder, found=why, expected="good images only", remedy="train on defect-free images")


def _is_suspicious(name: str) -> bool:
    """Whether a word of the name says defect, and none that there are none: "my_defects", not "defect-free"."""
    words = set(re.findall(r"[a-z]+", name.lower().replace("ground_truth", "mask")))
    return bool(words & set(SUSPICIOUS)) and not words & set(DENIALS)


def check_enough(count: int, fewest: int, skipped: Sequence[tuple[str, str]]) -> None:
    """Raises DatasetError for fewer than `fewest` readable images. skipped : (path, reason) of the others."""
    if count < fewest:
        reasons = f" ({len(skipped)} could not be read: {skipped[0][1]})" if skipped else ""
        raise DatasetError(
            "good images",
            found=f"{count}{reasons}",
            expected=f"{fewest} or more",
            remedy="add good images, or use: surfedge calibrate statistics",
        )


def check_sizes(sizes: Mapping[Path, tuple[int, int]], smallest_px: int) -> None:
    """Raises DatasetError for an image with a side below `smallest_px`, and for sizes (H, W) far apart."""
    for path, (height, width) in sizes.items():
        if min(height, width) < smallest_px:
            raise DatasetError(
                path,
                found=f"{width} x {height} pixels",
                expected=f"at least {smallest_px} each way",
                remedy="use a recipe with smaller tiles",
            )
    for axis, name in ((0, "height"), (1, "width")) if sizes else ():
        low = min(sizes, key=lambda path: sizes[path][axis])
        high = max(sizes, key=lambda path: sizes[path][axis])
        if sizes[high][axis] > LARGEST_RATIO * sizes[low][axis]:
            raise DatasetError(
                "images",
                found=f"mixed sizes: {name} {sizes[low][axis]} ({low.name}) to {sizes[high][axis]} ({high.name})",
                expected="images of one camera and setting",
                remedy="train one bundle for each",
            )
