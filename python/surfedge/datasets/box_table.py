"""Boxes of defects in a table, a line each: which image, and where in it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from surfedge.datasets.voc_boxes import Box
from surfedge.errors import DatasetError

TABLE_NAME = "boxes.csv"
NUMBERS = ("x", "y", "width", "height")
MOST_BYTES = 64 << 20


def read_box_table(path: Path, images: Sequence[Path]) -> dict[Path, list[Box]]:
    """The boxes (x, y, width, height), in pixels from 0, of each of `images` that the table names.

    The columns image, x, y, width and height are read, in any order; image is the name of the file, or its path below
    the table's folder.

    Raises DatasetError for a table without them, a line whose numbers are none, and an image that is not there or that
    a name alone does not tell from another.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder, "boxes.csv")
    ...     _ = table.write_text("image,x,y,width,height\\na.png,3,4,10,20\\n")
    ...     list(read_box_table(table, [Path(folder, "a.png")]).values())
    [[(3, 4, 10, 20)]]
    """
    named = _names(path.parent, images)
    boxes: dict[Path, list[Box]] = {}
    for number, row in enumerate(_rows(path), start=2):
        name = (row["image"] or "").replace("\\", "/").removeprefix("./")
        found = named.get(name, [])
        if len(found) != 1:
            raise _wrong(path, number, f"the image {name!r}, {len(found) or 'not'} there", "one image's name or path")
        try:
            x, y, width, height = (round(float(row[column] or "")) for column in NUMBERS)
        except (ValueError, OverflowError):
            values = ", ".join(str(row[column]) for column in NUMBERS)
            raise _wrong(path, number, f"the box {values}", "x, y, width, height in pixels") from None
        boxes.setdefault(found[0], []).append((x, y, width, height))
    return boxes


def _rows(path: Path) -> list[dict[str, str | None]]:
    if path.stat().st_size > MOST_BYTES:
        raise DatasetError(path, found=f"{path.stat().st_size:,} bytes", expected=f"at most {MOST_BYTES:,}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [column for column in ("image", *NUMBERS) if column not in (reader.fieldnames or ())]
            if missing:
                found = f"no column {', '.join(missing)}"
                raise DatasetError(path, found=found, expected=f"image,{','.join(NUMBERS)} in the first line")
            return list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(path, found=f"a table that cannot be read ({error})", expected="CSV in UTF-8") from error


def _names(folder: Path, images: Sequence[Path]) -> dict[str, list[Path]]:
    """Images by path below the folder and by name alone."""
    named: dict[str, list[Path]] = {}
    for image in images:
        below = image.relative_to(folder).as_posix()
        for name in dict.fromkeys((below, image.name)):
            named.setdefault(name, []).append(image)
    return named


def _wrong(path: Path, number: int, found: str, expected: str) -> DatasetError:
    return DatasetError(path, found=f"in line {number} {found}", expected=expected, remedy="correct the table")
