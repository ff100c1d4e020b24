"""What a training gave: the table and the JSON object of `surfedge train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.training import Trained


def _of_the_limit(bundle: Bundle) -> list[tuple[str, object]]:
    return [
        ("good images held out", bundle.calibration["good_images"]),
        ("threshold", f"{bundle.decision['threshold']:.4g} by {bundle.calibration['rule']}"),
    ]


def _of_classes(bundle: Bundle, trained: Trained) -> list[tuple[str, object]]:
    """What a classifier makes of the images that it was not shown."""
    found = bundle.calibration["held_out"]
    rows: list[tuple[str, object]] = [
        ("images held out", found["images"]),
        ("accuracy, macro F1", f"{found['accuracy']:.3f}, {found['macro_f1']:.3f}"),
    ]
    rows += [
        (f"found of {name}", f"{100 * of['recall']:.1f} % of {of['images']}") for name, of in found["classes"].items()
    ]
    if trained.fitted.curve:
        rows.append(("over-fitting", bundle.provenance["over_fitting"]))
    return rows


def show_trained(bundle: Bundle, trained: Trained, out: Path, folder: Path, console: Console) -> None:
    said, proof = bundle.provenance, bundle.certificate
    rows: list[tuple[str, object]] = [
        ("parameters", f"{said['parameters']:,}"),
        ("multiplications per tile", f"{said['multiplications_per_tile']:,}"),
    ]
    if "weights" in said:
        rows.append(("weights from", "{source}, licence {licence}".format(**{"licence": "-", **said["weights"]})))
    if "epochs" in said:
        rows.append(("epochs, best", f"{said['epochs']}, {said['best_epoch'] + 1}"))
        rows.append(("validation loss", f"{said['validation_loss']:.5g}"))
    is_classifier = "held_out" in bundle.calibration
    rows += [("minutes", f"{trained.minutes:.1f}")]
    rows += _of_classes(bundle, trained) if is_classifier else _of_the_limit(bundle)
    rows += [
        (
            f"exported against trained: {'probability' if is_classifier else 'map'}",
            f"{proof['largest_map_difference']:.2g}",
        ),
        ("exported against trained: score", f"{proof['largest_score_difference']:.2g}"),
        ("verdicts flipped", f"{proof['flipped_verdicts']} of {proof['images']}"),
    ]
    console.table(("what", "value"), rows)
    for sign in trained.warnings:
        console.line(f"WARNING: {sign}; train for more epochs, or with another learning rate")
    console.line(f"{out}; checkpoints and curve in {folder}")
    console.line(f"inspect with: surfedge score FRAMES --model {out} --out results")
    console.result(
        {
            "bundle": str(out),
            "identity": bundle.identity,
            "minutes": trained.minutes,
            "threshold": bundle.decision["threshold"],
            "certificate": proof,
            "provenance": said,
        }
    )
