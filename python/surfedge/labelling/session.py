"""One person's work on a folder: what to mark next, what an image shows, what was said of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.datasets import GOOD
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.labelling.candidates import Candidates
from surfedge.labelling.marked_set import MarkedSet
from surfedge.labelling.marks import DEFECT, Mark, shapes_from
from surfedge.labelling.proposals import Proposals, above_limit, near_limit
from surfedge.labelling.run_scores import scores_of_run
from surfedge.labelling.score_cache import ScoreCache
from surfedge.labelling.scores import Scores
from surfedge.labelling.views import View, Views
from surfedge.scoring import settings_of

MAX_LISTED = 200
SHOWN = ("all", "open", "good", "defect", "false", "unreadable")  # what the list can be narrowed to
_NEAR = 0.9  # uncertainty from which on an image is said to be near the limit
_RENEWED_S = 3.0  # least time between two looks at new features


class Session:
    """`candidates`, judged by `detector`, marked in the folder `out`. run : a folder that surfedge score left."""

    def __init__(self, detector: Detector, candidates: Candidates, out: Path, run: Path | None = None) -> None:
        self.candidates = candidates
        self.bundle = detector.bundle
        of_run = scores_of_run(run, self.bundle.method, self.bundle.identity) if run is not None else {}
        self.marks = MarkedSet(candidates.folder, out)
        cache = ScoreCache(out / "scores.sqlite", settings_of(detector).identity)
        self.scores = Scores(detector, self.candidates, cache, of_run)
        self.views = Views(detector, lambda number: detector.preparation.read(self.candidates.path(number)))
        self._lock = threading.Lock()
        self._proposals = Proposals(self.scores.features)
        self._seen = (-1, 0.0)  # changes of the scores that the proposals know, and when they learned of them
        self._added: set[str] = set()

    def state(self) -> dict[str, Any]:
        """Counts, classes, how far the detector is, what can be undone."""
        marks = self.marks.all()
        kinds = Counter(mark.verdict for mark in marks.values())
        last = self.marks.last()
        return {
            "folder": str(self.candidates.folder),
            "out": str(self.marks.folder),
            "method": self.bundle.method,
            "images": len(self.candidates),
            "looked_at": self.scores.done,
            "unreadable": len(self.scores.reason),
            "good": kinds[GOOD],
            "defect": kinds[DEFECT],
            "false_calls": sum(mark.is_false_call for mark in marks.values()),
            "classes": self.marks.classes(),
            "left_out": [str(each) for each in self.candidates.left_out],
            "behind": self.marks.behind,
            "last": {"image": last[0], "number": self.candidates.number_of.get(last[0]), **last[1].to_dict()}
            if last
            else None,
        }

    def next(self, count: int, without: Collection[int] = ()) -> list[dict[str, Any]]:
        """The images to mark next, most useful first, and why. without : numbers that are not asked for now."""
        marks = self.marks.all()
        is_done = np.zeros(len(self.candidates), bool)
        done = {*without, *self.scores.reason, *(self.candidates.number_of.get(image, -1) for image in marks)}
        is_done[[number for number in done if 0 <= number < len(is_done)]] = True
        uncertainty = near_limit(*above_limit(self.scores.score, self.scores.threshold))
        with self._lock:
            self._renew(marks)
            numbers = self._proposals.next(uncertainty, is_done, min(count, MAX_LISTED)).tolist()
        return [{**self.row(number), "why": self._why(number, float(uncertainty[number]))} for number in numbers]

    def rows(self, show: str, text: str, first: int, count: int) -> dict[str, Any]:
        """Part of the list of all images: those that `show` names and whose path holds `text`, by path."""
        if show not in SHOWN:
            raise ArgumentError("show", found=repr(show)[:80], expected=", ".join(SHOWN))
        marks, names, sought = self.marks.all(), self.candidates.names, text.casefold()
        found = [
            n
            for n in range(len(names))
            if self._is_shown(show, n, marks.get(names[n])) and (not sought or sought in names[n].casefold())
        ]
        first, count = max(0, first), min(max(0, count), MAX_LISTED)
        return {"total": len(found), "rows": [self.row(number) for number in found[first : first + count]]}

    def row(self, number: int) -> dict[str, Any]:
        """One line of a list."""
        mark = self.marks.current(self.candidates.names[number])
        score, limit = float(self.scores.score[number]), float(self.scores.threshold[number])
        return {
            "number": number,
            "name": self.candidates.names[number],
            "score": score if np.isfinite(score) else None,
            "level": score / limit if np.isfinite(score) and limit > 0 else None,
            "verdict": mark.verdict,
            "label": mark.label,
            "reason": self.scores.reason.get(number, ""),
        }

    def details(self, number: int) -> dict[str, Any]:
        """All that the page shows of an image; raises ImageError for one that cannot be read."""
        view = self.view(number)
        mark = self.marks.current(self.candidates.names[number])
        return {**view.to_dict(), "number": number, "name": self.candidates.names[number], "mark": mark.to_dict()}

    def view(self, number: int) -> View:
        """The image as the page shows it; raises ImageError for one that cannot be read."""
        self._check(number)
        return self.views(number)

    def thumb(self, number: int) -> bytes:
        """A small WebP of the image; raises ImageError for one that cannot be read."""
        self._check(number)
        return self.views.thumb(number)

    def part(self, number: int, box: tuple[int, int, int, int]) -> bytes:
        """A WebP of a rectangle (x, y, width, height) of the image; raises ImageError for one that cannot be read."""
        self._check(number)
        return self.views.part(number, *box)

    def mark(self, number: int, seen_version: int, verdict: str, label: str, shapes: Sequence[Any]) -> dict[str, Any]:
        """Keeps what a person says of an image; raises as MarkedSet.mark does."""
        view = self.view(number)
        judged = _judged(view)
        name = self.candidates.names[number]
        drawn = shapes_from(shapes)
        mark = self.marks.mark(name, seen_version, verdict, label=label, shapes=drawn, size=view.shape, judged=judged)
        return {"mark": mark.to_dict(), "state": self.state()}

    def undo(self, seen_version: int) -> dict[str, Any]:
        """Takes the newest mark back; raises as MarkedSet.undo does."""
        image, mark = self.marks.undo(seen_version)
        return {"number": self.candidates.number_of.get(image), "mark": mark.to_dict(), "state": self.state()}

    def _renew(self, marks: dict[str, Mark]) -> None:
        """The proposals know the features that came in meanwhile, now and then, and every new mark."""
        changes, at = self._seen
        if (self.scores.changes != changes and time.monotonic() - at >= _RENEWED_S) or self._added - marks.keys():
            self._seen = (self.scores.changes, time.monotonic())
            self._proposals, self._added = Proposals(self.scores.features), set()
        new = marks.keys() - self._added
        numbers = (self.candidates.number_of.get(image) for image in sorted(new))
        self._proposals.add(*(number for number in numbers if number is not None))
        self._added |= new

    def _is_shown(self, show: str, number: int, mark: Mark | None) -> bool:
        if show == "open":
            return mark is None and number not in self.scores.reason
        if show == "unreadable":
            return number in self.scores.reason
        if show == "false":
            return mark is not None and mark.is_false_call
        return show == "all" or (mark is not None and mark.verdict == show)

    def _why(self, number: int, uncertainty: float) -> str:
        if not np.isfinite(self.scores.score[number]):
            return "refused by the detector" if number in self.scores.refused else "not looked at yet"
        return "near the limit" if uncertainty >= _NEAR else "unlike those marked"

    def _check(self, number: int) -> None:
        if not 0 <= number < len(self.candidates):
            raise ArgumentError("image", found=number, expected=f"0 to {len(self.candidates) - 1:,}")


def _judged(view: View) -> tuple[str, float | None, float | None]:
    if view.result is None:
        return "", None, None
    return DEFECT if view.result.is_defective else GOOD, float(view.result.score), float(view.result.threshold)
