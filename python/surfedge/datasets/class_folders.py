"""Classes to tell apart, one sub-folder each, whatever their names: defect kinds, grades, materials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from surfedge.datasets.folder_names import GOOD, TRAIN_NAMES, Meaning, is_role
from surfedge.datasets.labelled_folders import LabelledSet
from surfedge.datasets.sample import Sample
from surfedge.datasets.tree import Folders, meaning, test_part, tree_of
from surfedge.datasets.understood import LeftOut, Understood
from surfedge.errors import DatasetError


def class_set(folder: str | Path, good: Sequence[str] = (), *, to_judge: bool = False) -> LabelledSet:
    """Images by class to learn from: below the training folder where there is one, else below `folder`. to_judge :
    those to judge a classifier by, below the test folder where there is one.

    The class is the first sub-folder whose name says more than what lies in it (images, train); good ones (good, OK,
    normal, ..., or as `good` names them) get the label "good". Images in no such folder are left out and said.

    Raises DatasetError for no folder, and for fewer than two classes, to judge by for none.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DatasetError(root, found="no folder", expected="a folder with one sub-folder a class")
    tree = tree_of(root)
    part = test_part(tree) if to_judge else tree.top(TRAIN_NAMES) or test_part(tree)
    samples, loose = [], 0
    for folders, paths in tree.below(part).items():
        label = _class_of(folders, good)
        loose += 0 if label else len(paths)
        samples += [Sample(path, label) for path in paths if label]
    counts = dict(Counter(sample.label for sample in samples))
    if len(counts) < (1 if to_judge else 2):
        raise DatasetError(
            root / part if part else root,
            found=f"the class {next(iter(counts))} alone" if counts else "no class folder with images",
            expected="two or more sub-folders with images, one a class",
            remedy="put the images of each class into a folder of its own",
        )
    left_out = (*tree.found.left_out(root), *(tree.beside(part) if part else ()))
    if loose:
        left_out = (*left_out, LeftOut(loose, "image", "of no class", is_unjudged=True))
    layout = "classes by folder" + (f" in {part}" if part else "")
    return LabelledSet(tuple(samples), Understood(str(root), layout, counts, left_out))


def _class_of(folders: Folders, good: Sequence[str]) -> str:
    """The class's name; "" where no folder names one."""
    named = [name for name in folders if not is_role(name) or name in good]
    if not named:
        return ""
    return GOOD if meaning(tuple(named[:1]), good) is Meaning.GOOD else named[0]
