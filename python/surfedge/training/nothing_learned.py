"""Whether a training has learned nothing: what the curves of its losses and its certificate say.

The verdict is ours: a validation loss that no later epoch brought down by a ten thousandth, or scores that are the same
with a disturbed square in the image and without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LEAST_GAIN = 1e-4  # of the first epoch's validation loss
LEAST_DEVIATION = 1e-5  # of the scores that the certificate compares, as a fraction of the map's largest value


def signs_of_nothing_learned(
    curves: Mapping[str, Sequence[tuple[int, float, float]]], certificate: Mapping[str, Any], is_classifier: bool
) -> tuple[str, ...]:
    """A sentence for each sign; nothing where the training did something. curves : of `Fitted`, by stage.

    >>> signs_of_nothing_learned({"": [(0, 1.0, 0.9), (1, 1.0, 0.9)]}, {}, True)
    ('the validation loss never fell below that of the first epoch (0.9 to 0.9): nothing was learned',)
    """
    said = []
    for stage, curve in curves.items():
        first, *later = [figure for _, _, figure in curve] or [0.0]
        if later and min(later) > first - LEAST_GAIN * abs(first):
            where = f" of {stage}" if stage else ""
            said.append(
                f"the validation loss{where} never fell below that of the first epoch ({first:.5g} to "
                f"{min(later):.5g}): nothing was learned"
            )
    spread, largest = certificate.get("score_deviation"), certificate.get("largest_map_value", 1.0)
    if not is_classifier and spread is not None and spread <= LEAST_DEVIATION * abs(largest):
        said.append("the scores of the images hardly differ, disturbed or not: the network sees nothing yet")
    return tuple(said)
