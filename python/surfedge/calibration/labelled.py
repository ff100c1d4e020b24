"""Thresholds from labelled images: the best F1 of images (T3) or pixels (T2), the fewest misclassifications.

T2 and T3 as in the study of novelty detection in leather (2022); the 30 % split of the COMP 4211 report.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from surfedge.bundle import Bundle
from surfedge.calibration import LABELLED_RULES
from surfedge.datasets import Sample
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.evaluation import Judging, Tally
from surfedge.metrics import best_image_limit, fewest_misses_limit
from surfedge.metrics.image_f1 import image_f1
from surfedge.progress import Progress, silent

SPLIT_SHARE = 0.3


def threshold_from_labelled(rule: str, is_defect: Sequence[bool], scores: Sequence[float]) -> float:
    """The limit of "image-f1" or "fewest-misses"; raises ArgumentError without images of both kinds.

    >>> threshold_from_labelled("fewest-misses", [False, True, True], [0.25, 0.75, 1.0])
    0.5
    """
    limits = {"image-f1": best_image_limit, "fewest-misses": fewest_misses_limit}
    if rule not in limits:
        raise ArgumentError("rule", found=repr(rule), expected=" or ".join(limits))
    if len(set(map(bool, is_defect))) < 2:
        raise ArgumentError("labelled images", found="one kind only", expected="good and defective ones")
    return float(limits[rule](is_defect, scores)[0])


def with_labelled_threshold(
    bundle: Bundle,
    samples: Sequence[Sample],
    rule: str,
    progress: Progress = silent,
    *,
    share: float = 1.0,
    tell: Callable[[str], None] = lambda text: None,
) -> Bundle:
    """`bundle` with the limit that one of LABELLED_RULES finds on labelled images; not yet written.

    share : of the images of each kind that choose the limit, drawn always alike; below 1, the image F1 of the others
    stands in the bundle's calibration as ``labelled_f1``. tell : called with each image that could not be judged, or by
    its first page alone; their numbers stand there as ``labelled_skipped`` and ``labelled_partly``.

    Raises ArgumentError for an unknown rule, a fraction out of range or images of one kind only, DatasetError when no
    image can be judged.
    """
    if rule not in LABELLED_RULES:
        raise ArgumentError("rule", found=repr(rule), expected=", ".join(LABELLED_RULES))
    if not 0 < share <= 1:
        raise ArgumentError("labelled share", found=share, expected="above 0, at most 1", remedy="use 0.3")
    chosen = drawn([sample.is_defective for sample in samples], share)
    by_pixels = rule == "pixel-f1"
    judging = Judging([Detector(bundle, device="CPU")], samples, progress=progress, masks=by_pixels)
    tally, scores, truth, is_chosen = Tally(), [], [], []
    for judged in judging:
        scores.append(judged.result.score)
        truth.append(judged.sample.is_defective)
        is_chosen.append(bool(chosen[judged.index]))
        if by_pixels and is_chosen[-1]:
            tally.add(judged)
    for path, reason in judging.skipped:
        tell(f"skipped {path}: {reason}")
    for path, pages in judging.partly:
        tell(f"in part {path}: {pages}")
    picked = np.array(is_chosen)
    if by_pixels:
        limit = tally.record().thresholds["pixel_f1_best"] if len(tally) else float("nan")
    else:
        limit = threshold_from_labelled(rule, np.array(truth)[picked].tolist(), np.array(scores)[picked].tolist())
    if not np.isfinite(limit):
        raise ArgumentError("labelled images", found="no defect with a mask", expected="masks of the defects")
    known = {"rule": rule, "labelled_images": int(picked.sum())}
    for name, those in (("labelled_skipped", judging.skipped), ("labelled_partly", judging.partly)):
        if those:
            known[name] = len(those)
    if share < 1:
        f1 = float(image_f1(np.array(truth)[~picked], np.array(scores)[~picked], limit))
        known |= {"labelled_share": share, "labelled_others": int((~picked).sum()), "labelled_f1": f1}
    stale = ("promise", "labelled_", "drawn_")  # of another limit
    before = {name: value for name, value in bundle.calibration.items() if not name.startswith(stale)}
    decision = {**bundle.decision, "threshold": float(limit)}
    return replace(bundle, decision=decision, calibration={**before, **known}, identity="")


def split_f1(is_defect: Sequence[bool], scores: Sequence[float], *, share: float = SPLIT_SHARE, seed: int = 0) -> float:
    """Image F1 on the images that were not drawn to choose the limit: `share` of each kind, fewest misclassifications.

    NaN when a kind has fewer than 2 images.

    >>> split_f1([False] * 10 + [True] * 10, list(range(20)))
    1.0
    """
    truth, values = np.asarray(is_defect, bool), np.asarray(scores, float)
    if min(np.count_nonzero(truth), np.count_nonzero(~truth)) < 2:
        return float("nan")
    chosen = drawn(is_defect, share, seed=seed)
    limit = threshold_from_labelled("fewest-misses", truth[chosen].tolist(), values[chosen].tolist())
    return image_f1(truth[~chosen], values[~chosen], limit)


def drawn(is_defect: Sequence[bool], share: float, *, seed: int = 0) -> np.ndarray:
    """bool (n,): which images choose the limit, `share` of each kind, at least one and, below 1, not all.

    Raises ArgumentError when a fraction below 1 leaves nothing of a kind to check on.
    """
    truth, rng = np.asarray(is_defect, bool), np.random.default_rng(seed)
    chosen = np.full(truth.size, share >= 1)
    for kind in (False, True) if share < 1 else ():
        places = np.flatnonzero(truth == kind)
        if places.size < 2:
            raise ArgumentError(
                "labelled images",
                found=f"{places.size} {'defective' if kind else 'good'}",
                expected="2 or more of each kind to share",
                remedy="use all of them",
            )
        count = min(max(1, round(share * places.size)), places.size - 1)
        chosen[rng.permutation(places)[:count]] = True
    return chosen
