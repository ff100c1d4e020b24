"""The marked set on disk: a journal that is the truth, and what follows from it for every other program.

    journal.jsonl                         what was said, in order; undoing is an entry as well
    test/good/, test/<class>/             the marked images, as links to the same file where the disk can
    ground_truth/<class>/<name>_mask.png  white where a person marked
    good_in_addition.txt                  good images that the detector had called defective
    marks.csv                             a line an image, for people and spreadsheets

Everything but the journal is made from it, and made again where it is missing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import RLock

from surfedge.errors import ArgumentError, DatasetError, SurfedgeError
from surfedge.labelling.following import Following
from surfedge.labelling.journal import Journal
from surfedge.labelling.marks import DEFECT, VERDICTS, Mark, Shape, checked_class, mark_from
from surfedge.labelling.names import free_name, stem_of
from surfedge.scoring import make_folder

Judged = tuple[str, float | None, float | None]  # what the detector says: "good", "defect" or "", score, threshold
UNJUDGED: Judged = ("", None, None)


class OutdatedError(SurfedgeError):
    """Somebody else marked the image meanwhile; nothing was changed. current : what holds."""

    def __init__(self, image: str, current: Mark) -> None:
        said = current.label or current.verdict or "not marked"
        super().__init__(
            image,
            found=f"another mark since you opened it: {said}",
            expected="the mark that you saw",
            remedy="look again, then replace it or leave it",
        )
        self.current = current


class MarkedSet:
    """The marks of the images below `source`, kept in `folder`. Any thread may call it; one process at a time.

    behind : why masks, links or table do not follow the journal yet, "" where they do.
    """

    def __init__(self, source: Path, folder: Path) -> None:
        make_folder(folder)
        self.folder = folder
        self._lock = RLock()
        self._marks: dict[str, list[Mark]] = {}
        self._order: list[str] = []  # images whose latest mark can be undone, the newest last
        self._ever: dict[str, list[Mark]] = {}  # every mark that an image had
        self._stems: set[str] = set()
        self._version = 0
        self._journal = Journal(folder / "journal.jsonl")
        for entry in self._journal.entries:
            self._replay(entry)
        self._following = Following(source, folder)
        self.behind = ""
        self._follow(self._following.outdated(self._marks))

    def current(self, image: str) -> Mark:
        """What holds for an image; version 0 where nobody spoke of it."""
        with self._lock:
            return self._marks[image][-1] if image in self._marks else Mark()

    def all(self) -> dict[str, Mark]:
        """What holds, by image, of those for which a verdict does."""
        with self._lock:
            return {image: marks[-1] for image, marks in self._marks.items() if marks[-1].verdict}

    def classes(self) -> list[str]:
        """Classes of defects in use, the commonest first."""
        counts = Counter(mark.label for mark in self.all().values() if mark.verdict == DEFECT)
        return [name for name, _ in counts.most_common()]

    def last(self) -> tuple[str, Mark] | None:
        """The image and the mark that `undo` would take back."""
        with self._lock:
            return (self._order[-1], self._marks[self._order[-1]][-1]) if self._order else None

    def mark(
        self,
        image: str,
        seen_version: int,
        verdict: str,
        *,
        label: str = "",
        shapes: Sequence[Shape] = (),
        size: tuple[int, int] = (0, 0),
        judged: Judged = UNJUDGED,
    ) -> Mark:
        """Keeps a mark, in the journal before anything else, and gives it with its version.

        seen_version : of the mark that the person saw. Raises OutdatedError where another one holds by now,
        ArgumentError for a verdict or class that is none, OutputError where the disk does not take it.
        """
        if verdict not in VERDICTS:
            raise ArgumentError("verdict", found=repr(verdict)[:80], expected=" or ".join(VERDICTS))
        is_defect = verdict == DEFECT
        label = self._spelled(checked_class(label or DEFECT)) if is_defect else ""
        with self._lock:
            before = self.current(image)
            if before.version != seen_version:
                raise OutdatedError(image, before)
            # What the detector said when the image was marked first: later ones may have learned from it.
            called, score, threshold = (before.was_called, before.score, before.threshold) if before.verdict else judged
            drawn = tuple(shapes) if is_defect else ()
            name = self._name(image)
            mark = Mark(self._version + 1, verdict, label, drawn, size, name, called, score, threshold, _now())
            self._journal.append({"version": mark.version, "image": image, "mark": mark.to_dict()})
            self._hold(image, mark)
            self._follow({image})
            return mark

    def undo(self, seen_version: int) -> tuple[str, Mark]:
        """Takes the newest mark back; the image and what holds for it then.

        seen_version : of the mark that the person wants undone. Raises OutdatedError where a newer one is there.
        """
        with self._lock:
            last = self.last()
            if last is None:
                raise ArgumentError("undo", found="no mark", expected="one to take back")
            image, newest = last
            if newest.version != seen_version:
                raise OutdatedError(image, newest)
            self._journal.append({"version": self._version + 1, "undoes": newest.version, "time": _now()})
            self._take_back(image)
            self._follow({image})
            return image, self.current(image)

    def _replay(self, entry: dict[str, object]) -> None:
        place = f"{self._journal.path}: entry {self._version + 1}"
        try:
            if entry.get("version") != self._version + 1:
                raise ArgumentError("version", found=entry.get("version"), expected=self._version + 1)
            if "undoes" in entry:
                last = self.last()
                if last is None or last[1].version != entry["undoes"]:
                    raise ArgumentError("undoes", found=entry["undoes"], expected="the newest mark")
                self._take_back(last[0])
                return
            image, values = entry.get("image"), entry.get("mark")
            if not isinstance(image, str) or not isinstance(values, dict):
                raise ArgumentError("entry", found="no image with its mark", expected="one")
            self._hold(image, mark_from(values))
        except ArgumentError as error:
            raise DatasetError(
                place, found=str(error), expected="a journal that surfedge label wrote", remedy="restore it"
            ) from error

    def _hold(self, image: str, mark: Mark) -> None:
        self._version = mark.version
        self._marks.setdefault(image, [Mark()]).append(mark)
        self._order.append(image)
        self._ever.setdefault(image, []).append(mark)
        self._stems.add(stem_of(mark.file))

    def _take_back(self, image: str) -> None:
        """The mark before the newest holds again, under the version of the undoing."""
        self._version += 1
        self._order.pop()
        marks = self._marks[image]
        marks.pop()
        # A tab that saw the mark before must not overwrite unknowingly what happened in between.
        marks[-1] = replace(marks[-1], version=self._version)

    def _follow(self, images: set[str]) -> None:
        """Brings masks, links and table up to date, those that did not succeed before as well."""
        self.behind = self._following.bring(self._marks, images, self._ever)

    def _name(self, image: str) -> str:
        if image in self._ever:
            return self._ever[image][0].file
        return free_name(image, self._stems)

    def _spelled(self, label: str) -> str:
        """The class as it is spelled already: folders that differ in capitals alone are one on many systems."""
        return next((known for known in self.classes() if known.casefold() == label.casefold()), label)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
