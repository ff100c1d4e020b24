"""Which images of a folder a recipe learns from, by what its family needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surfedge.datasets import GOOD, LabelledSet, Sample, class_set, good_set, training_set
from surfedge.training.recipe import Recipe


def learning_set(recipe: Recipe, source: str | Path, good: Sequence[str] = ()) -> LabelledSet:
    """The images that `source` names, with their classes and masks: good ones alone (surfedge.datasets.good_set), good
    ones and marked defects (training_set), or classes (class_set). good : names of good folders.

    Raises DatasetError as those do.
    """
    if recipe.family.needs == "masks":
        return training_set(source, good)
    if recipe.family.needs == "classes":
        return class_set(source, good)
    found = good_set(source, good)
    return LabelledSet(tuple(Sample(path, GOOD) for path in found.images), found.understood)
