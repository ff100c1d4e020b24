"""Boxes of Pascal VOC annotation files.

M. Everingham, L. Van Gool, C. K. I. Williams, J. Winn, A. Zisserman, "The Pascal Visual Object Classes (VOC)
Challenge", 2010. Coordinates there count from 1 and include the last pixel.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from surfedge.errors import DatasetError

MOST_BYTES = 4 << 20
NAME = re.compile(r"\w[\w .-]{0,80}")

Box = tuple[int, int, int, int]


def read_boxes(path: Path) -> list[tuple[str, Box]]:
    """Class name and box (x, y, width, height), from 0, of each object in the file.

    Raises DatasetError for a file that is no annotation, or one with entities, which no annotation needs.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.xml"
    ...     _ = file.write_text("<annotation><object><name>pit</name><bndbox><xmin>1</xmin><ymin>3</ymin>"
    ...                         "<xmax>4</xmax><ymax>5</ymax></bndbox></object></annotation>")
    ...     read_boxes(file)
    [('pit', (0, 2, 4, 3))]
    """
    if path.stat().st_size > MOST_BYTES:
        raise DatasetError(path, found=f"{path.stat().st_size:,} bytes", expected=f"at most {MOST_BYTES:,}")
    data = path.read_bytes()
    if b"<!ENTITY" in data or b"<!DOCTYPE" in data:
        raise DatasetError(path, found="a document type", expected="a VOC annotation without one")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise DatasetError(path, found=f"XML that cannot be read ({error})", expected="a VOC annotation") from error
    return [_object(path, element) for element in root.iter("object")]


def _object(path: Path, element: ElementTree.Element) -> tuple[str, Box]:
    name = (element.findtext("name") or "").strip()
    try:
        left, top, right, bottom = (
            round(float(element.findtext(f"bndbox/{side}") or "")) for side in ("xmin", "ymin", "xmax", "ymax")
        )
    except (ValueError, OverflowError) as error:
        raise DatasetError(path, found="an object without a box", expected="xmin, ymin, xmax, ymax") from error
    if not NAME.fullmatch(name) or name == "good":  # it becomes the name of a folder
        expected = "letters, digits, '_', '-', '.' and spaces, not 'good'"
        raise DatasetError(path, found=f"an object named {name!r}", expected=expected)
    if right < left or bottom < top:
        found = f"the box {left}, {top}, {right}, {bottom} of {name}"
        raise DatasetError(path, found=found, expected="xmin <= xmax, ymin <= ymax")
    left, top = max(left, 1), max(top, 1)  # some tools count from 0
    return name, (left - 1, top - 1, right - left + 1, bottom - top + 1)
