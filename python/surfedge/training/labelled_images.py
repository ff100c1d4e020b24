"""Which of the labelled images are held out: some of every kind, what shows one item or the same pixels on one side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from surfedge.calibration import FEWEST_GOOD
from surfedge.datasets import GOOD, Sample, divide, groups_of
from surfedge.errors import DatasetError
from surfedge.training.settings import Data

ALSO_GOOD = "good of another line"
HELD_OUT, LEARNED = "held out", "learned"


def held_out_of(
    samples: Sequence[Sample],
    contents: Mapping[Sample, bytes],
    needs: str,
    data: Data,
    seed: int,
    added: frozenset[Path] = frozenset(),
) -> set[Path]:
    """The paths to hold out: `data.validation_share` of each class as nearly as whole groups allow.

    A group is the images of one item (`data.item`) and those of equal `contents`. needs : "masks": good images and
    defects of any class are on both sides, eight good ones or more are held out; "classes": every class is on both
    sides. added : the good images of another line, a kind of its own.

    Raises DatasetError where that cannot be, and for the same image under two classes.
    """
    classes: dict[str, list[Path]] = {}
    for sample in samples:
        classes.setdefault(ALSO_GOOD if sample.path in added else sample.label, []).append(sample.path)
    _check_kinds(classes, needs)
    groups = groups_of([sample.path for sample in samples], data.item, _copies(samples, contents))
    shares = {LEARNED: 1.0 - data.validation_share, HELD_OUT: data.validation_share}
    sides = divide(classes, shares, groups, seed).sides
    held_out = {path for paths in sides[HELD_OUT].values() for path in paths}
    kind_of = {sample.path: ALSO_GOOD if sample.path in added else _kind(sample, needs) for sample in samples}
    _move_rare(held_out, groups, kind_of)
    _check_sides(held_out, kind_of, groups, needs)
    return held_out


def refuse_mixing(samples: Sequence[Sample], added: frozenset[Path], needs: str) -> None:
    """Raises DatasetError where good images cannot be learned beside `samples`, in addition to them."""
    if needs == "classes":
        raise DatasetError(
            "good images in addition",
            found="a recipe that learns classes",
            expected="one that learns from good images or marked defects",
            remedy="put them into the folder of their class",
        )
    for sample in samples:
        if sample.path in added:
            raise DatasetError(
                sample.path,
                found="an image of both lines" if needs == "masks" else "an image of both folders",
                expected="of one of them",
            )


def _kind(sample: Sample, needs: str) -> str:
    """What must be on both sides: the class, or defects as such."""
    return sample.label if needs == "classes" or not sample.is_defective else "defect"


def _check_kinds(classes: Mapping[str, Sequence[Path]], needs: str) -> None:
    found = ", ".join(f"{len(paths)} {name}" for name, paths in classes.items()) or "none that can be used"
    if needs == "masks" and (GOOD not in classes or len(classes) < 2):
        raise DatasetError(
            "labelled images",
            found=f"{found}, of one kind only" if classes else found,
            expected="good images, and defects with masks",
            remedy="add the other kind: good/, <defect class>/ and ground_truth/<defect class>/",
        )
    if needs == "classes" and len(classes) < 2:
        raise DatasetError("labelled images", found=found, expected="images of two classes or more")


def _copies(samples: Sequence[Sample], contents: Mapping[Sample, bytes]) -> list[tuple[Path, Path]]:
    """Pairs of images with the same pixels, which a split must not part."""
    first: dict[bytes, Sample] = {}
    pairs = []
    for sample in samples:
        known = first.setdefault(contents[sample], sample)
        if known is sample:
            continue
        known.check_copy(sample)
        pairs.append((known.path, sample.path))
    return pairs


def _move_rare(held_out: set[Path], groups: Sequence[Sequence[Path]], kind_of: Mapping[Path, str]) -> None:
    """Hold out one group, or give one back, of a kind that is on one side only but has two groups or more."""
    for kind in dict.fromkeys(kind_of.values()):
        having = [list(group) for group in groups if any(kind_of[path] == kind for path in group)]
        out = [group for group in having if group[0] in held_out]
        if len(having) >= 2 and not out:
            held_out.update(sorted(having, key=len)[0])
        elif len(having) >= 2 and len(out) == len(having):
            held_out.difference_update(sorted(having, key=len)[0])


def _check_sides(
    held_out: set[Path], kind_of: Mapping[Path, str], groups: Sequence[Sequence[Path]], needs: str
) -> None:
    totals = Counter(kind_of.values())
    out = Counter(kind_of[path] for path in held_out)
    for kind, total in totals.items():
        if not 0 < out[kind] < total:
            items = sum(any(kind_of[path] == kind for path in group) for group in groups)
            raise DatasetError(
                "labelled images",
                found=f"{total} {kind} image{'s' * (total != 1)} of {items} item{'s' * (items != 1)}",
                expected="two items or more: one to learn from, one held out",
                remedy=f"add images of {kind}",
            )
    if needs == "masks" and out[GOOD] < FEWEST_GOOD:
        raise DatasetError(
            "good images",
            found=f"{out[GOOD]} of {totals[GOOD]} held out",
            expected=f"{FEWEST_GOOD} or more, to set the limit by",
            remedy="add good images, or raise data.validation_share in the recipe",
        )
