"""What is wrong or odd in a set of images: unreadable files, other sizes, light, dark, blurred, flat ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surfedge.datasets.description import Description, Unreadable

MIN_GROUP = 8  # images in a folder, below which nothing is called odd
_LIMIT = 5.0  # standard deviations from the median, estimated from the median deviation
_MIN_GREY = 24.0  # grey levels of 255 below which light and dark are nothing to speak of
_MIN_RATIO = 2.0  # of contrast or sharpness


@dataclass(frozen=True)
class Folder:
    """One folder: number of images, their sizes, kinds of samples (``uint8 grey``), and files that are no images."""

    name: str
    images: int
    sizes: dict[str, int]
    samples: dict[str, int]
    unreadable: int


@dataclass(frozen=True)
class Odd:
    """A picture that differs from its folder. what : light, dark, blurred, sharp, flat, other size, other samples."""

    path: Path
    what: str
    found: str


def folders(seen: Iterable[Description | Unreadable], root: Path) -> list[Folder]:
    """The folders below `root` in order."""
    groups: dict[str, list[Description | Unreadable]] = {}
    for each in seen:
        groups.setdefault(_folder(each.path, root), []).append(each)
    return [_folder_of(name, group) for name, group in sorted(groups.items())]


def odd_ones(seen: Iterable[Description | Unreadable], root: Path) -> list[Odd]:
    """Pictures unlike the others in their folder, in order; none in folders of fewer than 8.

    Light and dark by the mean, flat by the contrast, blurred and sharp by second differences: above 5 std
    from the folder's median, and enough to be seen.
    """
    groups: dict[str, list[Description]] = {}
    for each in seen:
        if isinstance(each, Description):
            groups.setdefault(_folder(each.path, root), []).append(each)
    odd = [found for group in groups.values() if len(group) >= MIN_GROUP for found in _odd_of(group)]
    return sorted(odd, key=lambda each: (str(each.path), each.what))


def _odd_of(group: Sequence[Description]) -> list[Odd]:
    mean, contrast, sharpness = (
        np.array([getattr(each, name) for each in group]) for name in ("mean", "contrast", "sharpness")
    )
    odd = []
    far = _far(mean)
    for number in np.flatnonzero((far > _LIMIT) & (np.abs(mean - np.median(mean)) > _MIN_GREY)).tolist():
        what = "light" if mean[number] > np.median(mean) else "dark"
        odd.append(Odd(group[number].path, what, f"mean {mean[number]:.0f}, usually {np.median(mean):.0f}"))
    for values, name, low, high in ((contrast, "contrast", "flat", ""), (sharpness, "sharpness", "blurred", "sharp")):
        logs, usual = np.log(np.maximum(values, 1e-3)), float(np.median(values))
        is_odd = (_far(logs) > _LIMIT) & (np.abs(logs - np.median(logs)) > np.log(_MIN_RATIO))
        for number in np.flatnonzero(is_odd).tolist():
            if what := low if values[number] < usual else high:
                odd.append(Odd(group[number].path, what, f"{name} {values[number]:.3g}, usually {usual:.3g}"))
    return odd + _unlike(group, "other size", _size) + _unlike(group, "other samples", _samples)


def _far(values: np.ndarray) -> np.ndarray:
    """Distances from the median in standard deviations; 1.4826 times the median distance is the std of a Gaussian."""
    apart = np.abs(values - np.median(values))
    deviation = 1.4826 * np.median(apart)
    return apart / max(deviation, 1e-6 * max(1.0, float(np.abs(values).max())))


def _unlike(group: Sequence[Description], what: str, said: Callable[[Description], str]) -> list[Odd]:
    """Those of a kind that fewer than a tenth of the folder share, where one kind makes up nine tenths."""
    (usual, count), *_ = Counter(map(said, group)).most_common(1)
    if count < 0.9 * len(group):
        return []
    return [Odd(each.path, what, f"{said(each)}, usually {usual}") for each in group if said(each) != usual]


def _folder_of(name: str, group: Sequence[Description | Unreadable]) -> Folder:
    images = [each for each in group if isinstance(each, Description)]
    sizes, samples = Counter(map(_size, images)), Counter(map(_samples, images))
    return Folder(name, len(images), dict(sizes.most_common()), dict(samples.most_common()), len(group) - len(images))


def _folder(path: Path, root: Path) -> str:
    return path.parent.relative_to(root).as_posix() if path.is_relative_to(root) else str(path.parent)


def _size(each: Description) -> str:
    return f"{each.shape[1]} x {each.shape[0]}"


def _samples(each: Description) -> str:
    return f"{each.dtype} {'grey' if each.channels == 1 else 'RGB'}"
