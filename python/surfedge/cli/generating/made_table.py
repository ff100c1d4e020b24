"""The table of a made set: for each image its sources, its seed and every setting, so that it can be made again."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from surfedge.errors import DatasetError
from surfedge.files import append_text, csv_line, path_cell, replace_text
from surfedge.version import __version__

TABLE_NAME = "made.csv"
_TEXT = ("image", "mask", "class", "method", "seed", "target", "target_sha256")
_JSON = ("sources", "settings", "drawn")
COLUMNS = (*_TEXT, *_JSON, "masked_share", "image_sha256", "made_by")


@dataclass(frozen=True)
class MadeRow:
    """One image of a made set.

    Attributes
    ----------
    image, mask : where they lie below the set's folder, with slashes; mask is "" for a good image.
    class_name : "good", or the kind of defect.
    method : "good", "paste", "perlin", "rendered" or "transfer".
    seed : of this image alone.
    target : path of the good image, or "surface:NAME" for one rendered with `seed`; with the file's SHA-256.
    sources : labelled regions, textures, or a defect and a transfer's model, with paths and the SHA-256 of the files.
    settings : what was asked for.   drawn : what the seed made of it; to read, not to make it again.
    masked_share : of the image, 0 to 1.   image_sha256 : of the file that was written.
    """

    image: str
    mask: str
    class_name: str
    method: str
    seed: int
    target: str
    target_sha256: str = ""
    sources: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    drawn: dict[str, Any] = field(default_factory=dict)
    masked_share: float = 0.0
    image_sha256: str = ""
    made_by: str = f"surfedge {__version__}"

    def made(self, drawn: dict[str, Any], masked_share: float, image_sha256: str) -> MadeRow:
        """The row once its image is written."""
        return replace(self, drawn=drawn, masked_share=round(masked_share, 6), image_sha256=image_sha256)

    def cells(self) -> list[str]:
        """In the order of COLUMNS; a path or a class that a spreadsheet would take for a formula begins with ``./``."""
        values = {**vars(self), "class": self.class_name}
        text = [path_cell(str(values[name])) for name in _TEXT]
        packed = [json.dumps(values[name], ensure_ascii=False) for name in _JSON]
        return [*text, *packed, f"{self.masked_share:.6f}", self.image_sha256, self.made_by]


class Table:
    """The file, written a row at a time, so that what was made before a disk was full is known."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / TABLE_NAME
        replace_text(self.path, csv_line(COLUMNS))

    def add(self, row: MadeRow) -> None:
        """Append one row, whole or not at all."""
        append_text(self.path, csv_line(row.cells()))


def read_table(path: Path) -> list[MadeRow]:
    """The rows of a table; DatasetError for a file that is no such table."""
    if path.is_dir():
        path = path / TABLE_NAME
    try:
        with path.open(newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
    except FileNotFoundError as error:
        raise DatasetError(path, found="nothing there", expected=f"the {TABLE_NAME} of a made set") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(path, found=f"no table ({error})", expected=f"the {TABLE_NAME} of a made set") from error
    if not lines:
        raise DatasetError(path, found="no row", expected="one row an image")
    return [_row(path, number, line) for number, line in enumerate(lines, start=2)]


def _row(path: Path, number: int, line: dict[str, str]) -> MadeRow:
    try:
        packed = {name: json.loads(line[name]) for name in _JSON}
        if not isinstance(packed["sources"], list) or not isinstance(packed["settings"], dict):
            raise ValueError("sources or settings of another kind")
        row = MadeRow(
            _inside(line["image"]),
            _inside(line["mask"]) if line["mask"] else "",
            line["class"].removeprefix("./"),
            line["method"],
            int(line["seed"]),
            line["target"],
            line["target_sha256"],
            **packed,
            masked_share=float(line["masked_share"]),
            image_sha256=line["image_sha256"],
            made_by=line["made_by"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(
            f"{path}, line {number}",
            found=f"{type(error).__name__}: {error}",
            expected=f"columns {', '.join(COLUMNS)}",
            remedy="take the table as `surfedge generate` wrote it",
        ) from error
    return row


def _inside(name: str) -> str:
    """A path below the set's folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or path.suffix != ".png":
        raise ValueError(f"{name!r} is not the path of a .png below the folder")
    return name
