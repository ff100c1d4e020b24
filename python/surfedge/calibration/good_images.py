"""The good images a calibration learns from: read once, prepared as for the method, judged crosswise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

from surfedge.calibration.spread import spread
from surfedge.decision import Decision, RawMap
from surfedge.detector import Plausibility, Preparation, appearance, lattice_search, usual_lattice
from surfedge.errors import DatasetError, SurfedgeError
from surfedge.images import DEPTH_NOTE, Frame, content_of, pages_left
from surfedge.methods import Method
from surfedge.pattern import Search
from surfedge.progress import Progress, silent

FEWEST_GOOD = 8
PATTERN_SAMPLE = 16  # images whose lattice is looked at
CACHE_BYTES = 1 << 30


class GoodFrames:
    """The readable ones of `paths`, each content once, decoded once while they fit into memory; the others with their
    reason. contents : SHA-256 of the pixels, and where they were read from. partly : (path, which pages) of files with
    more pages than the first, which is read."""

    def __init__(self, paths: Sequence[Path], preparation: Preparation, progress: Progress) -> None:
        self.skipped: list[tuple[str, str]] = []
        self.partly: list[tuple[str, str]] = []
        self.progress = progress
        self.preparation = preparation
        self.shapes: list[tuple[int, int]] = []
        self._appearances: dict[Path, dict[str, float]] = {}
        self._depth_notes: Counter[str] = Counter()
        self._kept: dict[Path, Frame] = {}
        self._searches: dict[Path, Search] = {}
        self._filtered: dict[Path, Frame] = {}
        self._paths: list[Path] = []
        self.contents: dict[bytes, Path] = {}
        room = CACHE_BYTES
        for number, path in enumerate(paths):
            progress(number, len(paths), "reading")
            try:
                frame = preparation.read(path)
            except SurfedgeError as error:
                self.skipped.append((str(path), error.reason))
                continue
            content = content_of(frame.pixels)
            if content in self.contents:  # a copy would be judged by what it taught
                self.skipped.append((str(path), f"the same image as {self.contents[content].name}"))
                continue
            self.contents[content] = path
            self._paths.append(path)
            if part := pages_left(frame.notes):
                self.partly.append((str(path), part))
            self.shapes.append(frame.shape)
            self._appearances[path] = appearance(frame)
            self._depth_notes.update(_depth_note(note) for note in frame.notes if DEPTH_NOTE in note)
            room -= frame.pixels.nbytes
            if room > 0:
                self._kept[path] = frame
        self._check_enough()

    def _check_enough(self) -> None:
        if len(self._paths) < FEWEST_GOOD:
            reasons = f" ({len(self.skipped)} left out: {self.skipped[0][1]})" if self.skipped else ""
            raise DatasetError(
                "good images",
                found=f"{len(self._paths)}{reasons}",
                expected=f"{FEWEST_GOOD} or more",
                remedy="add defect-free images; some 50 make a steady threshold",
            )

    def __len__(self) -> int:
        return len(self._paths)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where the images were read from."""
        return tuple(self._paths)

    def __getitem__(self, index: int) -> Frame:
        """Image `index` as the method gets it."""
        known = self._filtered.get(self._paths[index])
        return known or self.preparation.filter(self.unfiltered(index))

    def unfiltered(self, index: int) -> Frame:
        """Image `index` as it was read."""
        path = self._paths[index]
        return self._kept.get(path) or self.preparation.read(path)

    def search(self, index: int) -> Search:
        """The search for the lattice of image `index`, done once."""
        path = self._paths[index]
        if path not in self._searches:
            self._searches[path] = lattice_search(self.unfiltered(index))
        return self._searches[path]

    def some(self, indices: Iterable[int], prefilter: str) -> GoodFrames:
        """Some of the images alone, behind another prefilter; raises DatasetError where it leaves too few."""
        others = copy(self)
        chosen = list(indices)
        others._paths, others.shapes = [self._paths[n] for n in chosen], [self.shapes[n] for n in chosen]
        others.skipped, others.partly, others.progress = [], [], silent
        others.set_prefilter(prefilter)
        return others

    def plausibility(self) -> Plausibility:
        """What the images were like as a whole, for the bundle."""
        return Plausibility.learned([self._appearances[path] for path in self._paths], self.shapes)

    def notes(self) -> tuple[str, ...]:
        """What was noted on the depth of the files, with the number of images."""
        return tuple(f"{count} good images: {note}" for note, count in self._depth_notes.most_common(3))

    def set_prefilter(self, prefilter: str) -> None:
        """Set the prefilter and leave the images out that it is of no use for."""
        self.preparation = replace(self.preparation, prefilter=prefilter, lattice=None)
        self._filtered = {}
        if prefilter not in ("none", "auto"):
            self._leave_out_unfiltered()
        if prefilter in ("cells", "harmonics"):
            lattice = usual_lattice([self.search(index) for index in spread(len(self), PATTERN_SAMPLE)])
            self.preparation = replace(self.preparation, lattice=lattice)

    def _leave_out_unfiltered(self) -> None:
        """Images without the pattern that the others lose: nothing is learned from them."""
        kept: list[tuple[Path, tuple[int, int]]] = []
        room = CACHE_BYTES
        has_lattice = self.preparation.prefilter in ("cells", "harmonics")
        for index, (path, shape) in enumerate(zip(self._paths, self.shapes, strict=True)):
            search = self.search(index) if has_lattice else None
            seen, is_as_promised = self.preparation.filtered(self.unfiltered(index), search)
            if is_as_promised:
                kept.append((path, shape))
                room -= seen.pixels.nbytes
                if room > 0:
                    self._filtered[path] = seen
            else:
                self.skipped.append((str(path), seen.notes[-1]))
        self._paths, self.shapes = [path for path, _ in kept], [shape for _, shape in kept]
        self._check_enough()

    def take(self, indices: Iterable[int], what: str) -> Iterator[Frame]:
        """The frames of `indices`, reported to whoever follows the progress."""
        chosen = list(indices)
        for number, index in enumerate(chosen):
            self.progress(number, len(chosen), what)
            yield self[index]


def _depth_note(note: str) -> str:
    """The note without the largest value, which each image has for itself."""
    return f"{note[note.index(DEPTH_NOTE) :]} (they use fewer than 16 bits)"


class SmoothMaps:
    """The smoothed maps of the good images, each by a method that has not learned from it; kept while they fit."""

    def __init__(self, good: GoodFrames, judge_of: Callable[[int], Method], decision: Decision) -> None:
        self._good, self._judge_of, self._decision = good, judge_of, decision
        self._kept: dict[int, RawMap] = {}
        self._room = CACHE_BYTES

    def __iter__(self) -> Iterator[RawMap]:
        for _, smooth in self.with_shapes():
            yield smooth

    def with_shapes(self) -> Iterator[tuple[tuple[int, int], RawMap]]:
        """(H, W) of each image in pixels, and its map."""
        for index in range(len(self._good)):
            self._good.progress(index, len(self._good), "judging")
            yield self._good.shapes[index], self[index]

    def __getitem__(self, index: int) -> RawMap:
        if index in self._kept:
            return self._kept[index]
        raw_map = self._judge_of(index).inspect(self._good[index])
        smooth = self._decision.smooth(raw_map, self._good.shapes[index])
        self._room -= smooth.map.nbytes
        if self._room > 0:
            self._kept[index] = smooth
        return smooth

    @property
    def image_shape(self) -> tuple[int, int]:
        """(H, W) of the first image."""
        return self._good.shapes[0]
