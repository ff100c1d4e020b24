"""What another precision costs, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.bundle import Bundle


def show_reduced(bundle: Bundle, console: Console) -> None:
    """What the other precision costs, as it stands in the certificate."""
    found = bundle.certificate.get("reduced")
    if not found:
        return
    name = found["precision"]
    rows = [
        ("largest difference of a map", f"{found['largest_map_difference']:.3g} of {found['largest_map_value']:.3g}"),
        (
            "largest difference of a score",
            f"{found['largest_score_difference']:.3g}, std of the scores {found['score_deviation']:.3g}",
        ),
        ("verdicts flipped", f"{found['flipped_verdicts']} of {found['images']}"),
    ]
    if "labelled_images" in found:
        rows.append(
            ("labelled verdicts flipped", f"{found['labelled_flipped_verdicts']} of {found['labelled_images']}")
        )
        rows += [
            (f"{key}, f32 and {name}", " ".join("-" if value is None else f"{value:.4f}" for value in found[key]))
            for key in ("image_auroc", "au_pro_0.30", "au_pro_0.05")
        ]
    console.table((f"{name} against f32", "value"), rows)
