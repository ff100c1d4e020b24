"""surfedge generate judge: how far a made set is from a real one in features, and made images beside their nearest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.cli.console import Console

if TYPE_CHECKING:
    import numpy as np

SUMMARY = "FID, KID and nearest real neighbours of made images, by class"
EXAMPLE = "surfedge generate judge real/ made/ --weights resnet18.npz --out judged"

SHOWN = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the method."""
    add, unset = parser.add_argument, argparse.SUPPRESS
    add("real", metavar="REAL", help="real images: a folder a class, or the MVTec layout")
    add("made", metavar="MADE", help="made images, laid out in the same way")
    add(
        "--weights",
        default="torchvision",
        metavar="FILE|torchvision",
        help="of the ImageNet ResNet-18 for the features (needs torch), or a bundle of the recipe feature-memory; "
        "figures of different ones cannot be compared",
    )
    add("--side", type=int, default=unset, metavar="PX", help="all are resized to it (default: the smallest)")
    add("--out", default=unset, metavar="DIR", help="new or empty folder for judged.json, neighbours.csv and pictures")
    add("--seed", type=int, default=0, help="of the subsets that the error of KID comes from")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Read, take features, compare class by class, show; returns the exit code."""
    from surfedge.cli import DONE, SKIPPED
    from surfedge.cli.generating.judged_features import features_by
    from surfedge.cli.generating.judged_images import ALL, LEAST_IMAGES, read_both
    from surfedge.cli.generating.options import own_seed
    from surfedge.cli.generating.writing import new_folder

    own_seed(arguments.seed, 0)
    root = new_folder(arguments.out) if "out" in vars(arguments) else None
    both = read_both(arguments.real, arguments.made, vars(arguments).get("side"), console.progress)
    images = both.real.images, both.made.images
    features, origin = features_by(arguments.weights, images, console.progress)
    rows, found = [], {}
    for name in both.classes:
        of_real, of_made = both.real.of(name), both.made.of(name)
        found[name] = _compared(features[0][of_real], features[1][of_made], arguments.seed)
        rows.append(_shown(name, found[name]))
    console.table(("class", "real", "made", "KID x 1000", "FID", "nearest / among real", "real used"), rows)
    console.line(f"features: {origin['name']}, {both.side_px} px, weights {origin['source']}")
    if any(each["fid_singular"] for each in found.values()):
        console.line(f"FID*: {features[0].shape[1]} or fewer images, its covariance is singular: look at KID")
    if both.few:
        console.line(f"counted in {ALL} alone, since REAL or MADE has fewer than {LEAST_IMAGES}: {', '.join(both.few)}")
    for path, reason in both.skipped:
        console.line(f"skipped {path}: {reason}")
    result = {"features": {**origin, "side_px": both.side_px}, "classes": found}
    if root is not None:
        _write(root, both, features, result, console)
    skipped = [{"name": path, "reason": reason} for path, reason in both.skipped]
    console.result({**result, "skipped": skipped, "folder": str(root) if root else ""})
    return SKIPPED if both.skipped else DONE


def _compared(real: np.ndarray, made: np.ndarray, seed: int) -> dict[str, Any]:
    from surfedge.metrics import fid, is_singular, kid, nearest_real

    distance, near = kid(real, made, seed), nearest_real(real, made)
    return {
        "real": len(real),
        "made": len(made),
        "kid": distance.value,
        "kid_error": distance.error,
        "fid": fid(real, made),
        "fid_singular": is_singular(real, made),
        "nearest_ratio": near.ratio,
        "real_used": near.used,
    }


def _shown(name: str, found: dict[str, Any]) -> tuple[Any, ...]:
    kid = f"{1e3 * found['kid']:.2f} +- {1e3 * found['kid_error']:.2f}"
    fid = f"{found['fid']:.3g}{'*' * found['fid_singular']}"
    return name, found["real"], found["made"], kid, fid, f"{found['nearest_ratio']:.2f}", f"{found['real_used']:.0%}"


def _write(root: Path, both: Any, features: list[np.ndarray], result: dict[str, Any], console: Console) -> None:
    """The figures, the table of neighbours and a picture a class: made beside its nearest real one."""
    import json

    from surfedge.cli.generating.judged_images import ALL, pairs_sheet
    from surfedge.cli.generating.writing import write_png
    from surfedge.files import csv_line, path_cell, replace_text, text_cell
    from surfedge.metrics import nearest_real

    lines = [csv_line(["made", "class", "nearest", "distance"])]
    for name in (each for each in both.classes if each != ALL or len(both.classes) == 1):
        of_real, of_made = (part.of(name) for part in (both.real, both.made))
        near = nearest_real(features[0][of_real], features[1][of_made])
        for k, (place, distance) in enumerate(zip(near.place, near.distance, strict=True)):
            made, real = both.made.paths[of_made[k]], both.real.paths[of_real[int(place)]]
            lines.append(csv_line([path_cell(made), text_cell(name), text_cell(str(real)), f"{distance:.6g}"]))
        shown = [round(k * (len(of_made) - 1) / max(1, SHOWN - 1)) for k in range(min(SHOWN, len(of_made)))]
        sheet = pairs_sheet(
            [(both.made.images[of_made[k]], both.real.images[of_real[int(near.place[k])]]) for k in shown]
        )
        write_png(root / f"nearest_{name}.png", sheet)
    replace_text(root / "neighbours.csv", "".join(lines))
    replace_text(root / "judged.json", json.dumps(result, indent=1) + "\n")
    console.line(f"{root}: judged.json, neighbours.csv, nearest_CLASS.png (made to the left, its nearest real beside)")
