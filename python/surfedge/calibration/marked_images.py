"""Images of marked defects as a method learns from them: read and prepared as good ones are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surfedge.datasets import MarkedImage
from surfedge.detector import Preparation
from surfedge.errors import DatasetError, SurfedgeError
from surfedge.images import content_of
from surfedge.methods import Mark
from surfedge.progress import Progress

Skipped = list[tuple[str, str]]


def read_marks(
    images: Sequence[MarkedImage], preparation: Preparation, good: dict[bytes, Path], progress: Progress
) -> tuple[list[Mark], Skipped]:
    """The marks of the images that can be used, each content once; the others with their reason.

    good : contents of the good images, by path. Raises DatasetError when no image can be used, and for one that is
    among the good ones as well: it cannot be both.
    """
    marks: list[Mark] = []
    skipped: Skipped = []
    first_with: dict[bytes, Path] = {}
    for number, image in enumerate(images):
        progress(number, len(images), "reading marked defects")
        try:
            frame = preparation.read(image.path)
        except SurfedgeError as error:
            skipped.append((str(image.path), error.reason))
            continue
        content = content_of(frame.pixels)
        _check_not_good(image.path, good.get(content))
        if content in first_with:
            skipped.append((str(image.path), f"the same image as {first_with[content].name}"))
            continue
        first_with[content] = image.path
        try:
            marked = image.marked(frame.shape)
        except SurfedgeError as error:
            skipped.append((str(image.path), str(error)))
            continue
        marks.append(Mark(preparation.filter(frame), marked, image.is_exact))
    if not marks:
        reason = f"; {skipped[0][0]}: {skipped[0][1]}" if skipped else ""
        raise DatasetError("marked defects", found=f"none that can be used{reason}", expected="one or more")
    return marks, skipped


def _check_not_good(path: Path, good: Path | None) -> None:
    if good is not None:
        raise DatasetError(
            path,
            found=f"the same image as the good one {good}",
            expected="an image of a defect, or a good one",
            remedy="remove it from one of the folders",
        )
