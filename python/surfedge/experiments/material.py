"""What a data entry of an experiment names: images that teach, images to judge, where labelled limits come from.

[data]
brown = "data/brown"                     # learns and judges there
grey = "data/grey"
[data.grey_by_brown]                     # other entries by name, or folders
train = ["brown"]
test = "grey"
limits_from = "train"                    # T2 and T3, see surfedge.experiments.labelled_limits
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surfedge.bundle import deserialize
from surfedge.datasets import GoodSet, LabelledSet, Sample, good_set, half_of, labelled_images
from surfedge.errors import ArgumentError
from surfedge.training import Recipe, learning_set

LIMITS_FROM = ("", "test", "train")


@dataclass(frozen=True)
class Material:
    """train : data sets that teach, together. test : data set whose labelled images are judged. limits_from : whose
    labelled images give T2 and T3, those of `test` or `train`; "" judges at the limit of the good images alone.

    >>> Material.of("data/brown").train
    ('data/brown',)
    """

    train: tuple[str, ...]
    test: str
    limits_from: str = ""

    def __post_init__(self) -> None:
        if not self.train or not self.test:
            raise ArgumentError("experiment.data", found=repr(self), expected="train and test")
        if self.limits_from not in LIMITS_FROM:
            expected = "train or test"
            raise ArgumentError("experiment.data.limits_from", found=repr(self.limits_from), expected=expected)

    @classmethod
    def of(cls, entry: Any, name: str = "") -> Material:
        """The entry as the file has it: a folder, or a table; ArgumentError for anything else."""
        if isinstance(entry, str):
            return cls((entry,), entry)
        if not isinstance(entry, Mapping):
            expected = 'name = "folder", or a table with train and test'
            raise ArgumentError(f"experiment.data.{name}", found=repr(entry), expected=expected)
        return deserialize(cls, dict(entry), name=f"experiment.data.{name}")

    @property
    def is_foreign(self) -> bool:
        """Whether what is judged is another material than what teaches."""
        return self.test not in self.train

    def learning(self, recipe: Recipe) -> list[LabelledSet]:
        """What `recipe` learns from, a set for each folder; raises DatasetError."""
        return [learning_set(recipe, folder) for folder in self.train]

    def good(self) -> list[GoodSet]:
        """The good images of each folder that teaches; raises DatasetError."""
        return [good_set(folder) for folder in self.train]

    def choosing(self) -> list[Sample]:
        """The labelled images of the folders that teach; raises DatasetError."""
        return [sample for folder in self.train for sample in labelled_images(folder)]

    def judged(self, half: str) -> list[Sample]:
        """The labelled images to judge, or a half of them; raises DatasetError."""
        return half_of(labelled_images(self.test), half)


def taught_by(material: Material, materials: Mapping[str, Material]) -> str:
    """A name for what teaches, the same for entries that share it: their trainings are one.

    >>> both = {"brown": Material.of("a"), "both": Material(("a", "b/c"), "b/c")}
    >>> taught_by(both["both"], both)
    'brown+c_b9e2beb9'
    """
    names = {each.train[0]: name for name, each in materials.items() if each.train == (each.test,)}
    digests = {folder: hashlib.sha256(folder.encode()).hexdigest()[:8] for folder in material.train}
    return "+".join(names.get(folder, f"{Path(folder).name}_{digests[folder]}") for folder in material.train)


def placed(data: Mapping[str, Any], root: Path, elsewhere: Mapping[str, str]) -> dict[str, Material]:
    """The entries of a file in the folder `root` as materials: names of entries that are folders stand for those, other
    folders are relative to `root`, and those in `elsewhere` are taken as they are.

    Raises ArgumentError for a wrong entry, and for a name in `elsewhere` that is no folder of the file.
    """
    folders = {name: str(root / entry) for name, entry in data.items() if isinstance(entry, str)}
    for name, folder in elsewhere.items():
        if name not in folders:
            raise ArgumentError("experiment.data", found=repr(name), expected=", ".join(folders))
        folders[name] = folder
    materials = {}
    for name, entry in data.items():
        given = Material.of(folders.get(name, entry), name)
        if name not in folders:
            train = tuple(folders.get(each, str(root / each)) for each in given.train)
            given = Material(train, folders.get(given.test, str(root / given.test)), given.limits_from)
        materials[name] = given
    return materials
