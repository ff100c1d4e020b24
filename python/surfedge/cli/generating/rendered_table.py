"""The table of a rendered set, from its truth: for each image the surface, the seed and every setting."""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path
from typing import Any

from surfedge.cli.generating.made_table import MadeRow, Table
from surfedge.cli.generating.making import SURFACE

NUMBERS = ("contrast", "severity", "size_mm")
BOX = ("x", "y", "width", "height")


def write_rendered_table(truth: Path, surface: str, settings: dict[str, Any]) -> Path:
    """Write made.csv beside `truth`, the truth.csv of a set that surfedge.synthesis.write_dataset wrote; its path.

    settings : shape (H, W), pixel_size_mm, severity, as they were rendered with.
    """
    images: dict[str, list[dict[str, str]]] = {}
    with truth.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            images.setdefault(line["path"], []).append(line)
    table = Table(truth.parent)
    for lines in images.values():
        table.add(_row(truth.parent, surface, settings, lines))
    return table.path


def _row(root: Path, surface: str, settings: dict[str, Any], lines: list[dict[str, str]]) -> MadeRow:
    first, kinds = lines[0], [line for line in lines if line["class"] != "good"]
    height, width = settings["shape"]
    row = MadeRow(
        image=first["path"],
        mask=first["mask"],
        class_name=first["class"],
        method="rendered",
        seed=int(first["seed"]),
        target=SURFACE + surface,
        settings={**settings, "defects": list(dict.fromkeys(line["class"] for line in kinds))},
    )
    share = sum(int(line["area_px"]) for line in kinds) / (height * width)
    digest = sha256((root / row.image).read_bytes()).hexdigest()
    return row.made({"instances": [_instance(line) for line in kinds]}, share, digest)


def _instance(line: dict[str, str]) -> dict[str, Any]:
    """As _rendered of surfedge.cli.generating.making tells it."""
    whole = {"box": [int(line[name]) for name in BOX], "area_px": int(line["area_px"]), "group": int(line["group"])}
    return {"class": line["class"], **whole, **{name: float(line[name]) for name in NUMBERS}}
