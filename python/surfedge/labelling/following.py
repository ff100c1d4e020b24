"""What follows from the journal: links to the images, masks, the list of false calls, the table."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from surfedge.datasets import GOOD, copy_whole
from surfedge.errors import SurfedgeError
from surfedge.files import csv_line, path_cell, text_cell
from surfedge.labelling.marks import Mark
from surfedge.labelling.mask_shapes import mask_of
from surfedge.scoring import make_folder, whole_file

TABLE, FALSE_CALLS = "marks.csv", "good_in_addition.txt"
_FIELDS = ("image", "verdict", "class", "area_px", "false_call", "score", "threshold", "file", "mask", "time")
Marks = Mapping[str, Sequence[Mark]]


class Following:
    """Files below `folder` for marks of the images below `source`."""

    def __init__(self, source: Path, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._lines: dict[str, tuple[str, str]] = {}  # of the table and of the list of false calls, by image
        self._pending: set[str] = set()

    def outdated(self, marks: Marks) -> set[str]:
        """The images whose files are not those of their latest mark, as the table and the folder show."""
        written = self._table()
        found = set()
        for image, history in marks.items():
            mark, (version, area_px) = history[-1], written.get(image, ("", 0))
            wanted = _files(mark, has_mask=area_px > 0)
            if version != str(mark.version) or not all((self._folder / file).is_file() for file in wanted):
                found.add(image)
            else:
                self._lines[image] = _lines(image, mark, area_px)
        return found

    def bring(self, marks: Marks, images: Collection[str], ever: Mapping[str, Collection[Mark]]) -> str:
        """Writes the files of `images`, and of those that failed before; why some still lack theirs, else "".

        ever : every mark that an image had: what it left behind goes.
        """
        self._pending |= set(images)
        reasons = []
        for image in sorted(self._pending):
            try:
                self._write(image, marks[image][-1], ever.get(image, ()))
                self._pending.discard(image)
            except (OSError, SurfedgeError) as error:
                reasons.append(str(error))
        try:
            if images or self._pending:
                self._write_lists()
        except (OSError, SurfedgeError) as error:
            reasons.append(str(error))
        return reasons[0] if reasons else ""

    def _write(self, image: str, mark: Mark, ever: Collection[Mark]) -> None:
        mask = mask_of(mark.shapes, mark.size) if mark.shapes else None
        area_px = 0 if mask is None else int(mask.sum())
        wanted = [self._folder / file for file in _files(mark, has_mask=area_px > 0)]
        for path in wanted:
            make_folder(path.parent)
        if mask is not None and area_px:
            import cv2

            done, encoded = cv2.imencode(".png", mask.astype("uint8") * 255)
            assert done
            with whole_file(wanted[1]) as file:
                file.write(encoded.tobytes())
        if wanted:
            _link(self._source / image, wanted[0])
        for path in {self._folder / file for each in ever for file in _files(each, has_mask=True)} - set(wanted):
            path.unlink(missing_ok=True)
            with suppress(OSError):  # other images of the class lie there
                path.parent.rmdir()
                path.parent.parent.rmdir()
        self._lines.pop(image, None)
        if mark.verdict:
            self._lines[image] = _lines(image, mark, area_px)

    def _write_lists(self) -> None:
        lines = [self._lines[image] for image in sorted(self._lines)]
        with whole_file(self._folder / TABLE) as file:
            file.write(
                "".join((csv_line((*_FIELDS, "version")), *(line for line, _ in lines))).encode(
                    "utf-8", "surrogateescape"
                )
            )
        false_calls = "".join(line for _, line in lines)
        if not false_calls:
            (self._folder / FALSE_CALLS).unlink(missing_ok=True)
            return
        with whole_file(self._folder / FALSE_CALLS) as file:
            file.write(false_calls.encode())

    def _table(self) -> dict[str, tuple[str, int]]:
        """Version and marked area by image, as the table has them; nothing where it is missing or no such table."""
        try:
            with open(self._folder / TABLE, encoding="utf-8", errors="surrogateescape", newline="") as file:
                rows = list(csv.DictReader(file))
            return {_image(row["image"]): (row["version"], int(row["area_px"])) for row in rows}
        except (OSError, KeyError, ValueError, TypeError, csv.Error):
            return {}


def _files(mark: Mark, has_mask: bool) -> list[str]:
    """Where the image and its mask belong, below the marked set."""
    if not mark.verdict:
        return []
    place, stem = mark.label or GOOD, mark.file.rpartition(".")[0] or mark.file
    mask = [f"ground_truth/{place}/{stem}_mask.png"] if mark.shapes and has_mask else []
    return [f"test/{place}/{mark.file}", *mask]


def _lines(image: str, mark: Mark, area_px: int) -> tuple[str, str]:
    """The table's line, and that of the list of false calls, "" for no such call."""
    file, *mask = _files(mark, has_mask=area_px > 0)
    figures = ["" if each is None else f"{each:.6g}" for each in (mark.score, mark.threshold)]
    said = [path_cell(image), mark.verdict, text_cell(mark.label), area_px, int(mark.is_false_call), *figures]
    line = csv_line([*said, file, *(mask or [""]), mark.time, mark.version])
    return line, f"./{file}\n" if mark.is_false_call else ""


def _image(cell: str) -> str:
    return cell.removeprefix("./")


def _link(source: Path, target: Path) -> None:
    """`target` as another name of the same file, a copy where the disk cannot; nothing where it is that already."""
    real = Path(os.path.realpath(source))
    if target.exists():
        if target.samefile(real) or not real.exists():
            return
        target.unlink()
    try:
        os.link(real, target)
    except FileNotFoundError:
        raise
    except OSError:
        copy_whole(real, target)
