"""Methods that learn from marked defects beside good images, on the features that they compute anyway.

The distance from good stays what it is; a discriminant (surfedge.methods.marked_head) adds to it where a cell looks
like a marked one. Limits come from good images alone: each is judged by a distance and a discriminant that it did not
teach.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, TypeVar

import numpy as np

from surfedge.decision import RawMap
from surfedge.errors import ArgumentError, require
from surfedge.images import Frame
from surfedge.methods.lesson import Lesson
from surfedge.methods.marked_cells import GoodCells, Mark, Usual, marked_cells
from surfedge.methods.marked_head import FOLDS, HeadLearner, MarkedForm, check_head, excess
from surfedge.methods.method import Method
from surfedge.methods.region_kinds import RegionKinds, check_kinds

K = TypeVar("K", bound="MarkedMethod")
See = Callable[[np.ndarray], None]
Cells = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class MarkedMethod(Method):
    """marked_head : learned, see surfedge.methods.marked_head; None without marked defects. marked_cells,
    marked_images : float32 (N, D) and int32 (N,), the marked cells and the image each is of, so that the bundle can
    learn from other good images without losing them.

    kind_names, kind_whitener, kind_means, kind_reach, kind_all_whitener, kind_all_mean : of the kinds of defects that
    regions are named by, see surfedge.methods.region_kinds; learned apart (surfedge.calibration.region_kinds).
    """

    marked_form: ClassVar[MarkedForm]

    marked_head: np.ndarray | None = field(default=None, kw_only=True, repr=False)
    marked_cells: np.ndarray | None = field(default=None, kw_only=True, repr=False)
    marked_images: np.ndarray | None = field(default=None, kw_only=True, repr=False)
    kind_names: tuple[str, ...] = field(default=(), kw_only=True)
    kind_whitener: np.ndarray | None = field(default=None, kw_only=True, repr=False)
    kind_means: np.ndarray | None = field(default=None, kw_only=True, repr=False)
    kind_reach: float = field(default=0.0, kw_only=True)
    kind_all_whitener: np.ndarray | None = field(default=None, kw_only=True, repr=False)
    kind_all_mean: np.ndarray | None = field(default=None, kw_only=True, repr=False)

    @abstractmethod
    def cells(self, frame: Frame) -> np.ndarray:
        """The features of all cells as a learned method compares them, float32 (D, rows, columns)."""

    @abstractmethod
    def distance(self, cells: np.ndarray) -> np.ndarray:
        """How far such features are from good ones, float32 (rows, columns)."""

    @abstractmethod
    def learn_good(self: K, frames: Iterable[Frame], see: See) -> Lesson[K]:
        """What good images teach of the distance; `see` is shown the features of each, in their order, and keeps
        copies only."""

    @property
    def knows_defects(self) -> bool:
        """Whether defects were marked, or kinds of them named."""
        return self.marked_head is not None or bool(self.kind_names)

    def judged(self, cells: np.ndarray) -> RawMap:
        """The map of an image with these features: the distance, what marked defects add, how regions are named."""
        values = self.distance(cells)
        if self.marked_head is not None:
            values = values + excess(self.marked_head, cells.reshape(len(cells), -1)).reshape(values.shape)
        kinds = self._kinds()
        return RawMap(values, self.cell_px, name_region=None if kinds is None else partial(kinds.name, cells))

    def _kinds(self) -> RegionKinds | None:
        """Those that regions are named by; ArgumentError where only a part of them is there."""
        names, whitener, means = self.kind_names, self.kind_whitener, self.kind_means
        all_whitener, all_mean = self.kind_all_whitener, self.kind_all_mean
        if whitener is None or means is None or not names:
            none = not names and all(each is None for each in (whitener, means, all_whitener, all_mean))
            require(f"{self.name}.kind_names", "one alone", none, "names, whitener and means of kinds, or none")
            return None
        both = (all_whitener is None) == (all_mean is None)
        require(f"{self.name}.kind_all_mean", "one alone", both, "mean and whitener of all kinds, or neither")
        return RegionKinds(names, whitener, means, self.kind_reach, all_whitener, all_mean)

    def check_marked(self, size: int | None) -> None:
        """Raises ArgumentError unless what is known of marked defects fits cells of `size` features; None: of any."""
        kinds = self._kinds()
        if kinds is not None:
            check_kinds(self.name, kinds, size)
        known = (self.marked_head, self.marked_cells, self.marked_images)
        head, cells, images = known
        if head is None or cells is None or images is None:
            none = all(each is None for each in known)
            require(f"{self.name}.marked_head", "one alone", none, "head, cells and images, or none")
            return
        size = cells.shape[-1] if size is None else size
        check_head(self.name, head, size)
        is_list = cells.dtype == np.float32 and cells.ndim == 2 and cells.shape[1] == size and len(cells) > 0
        require(f"{self.name}.marked_cells", f"{cells.dtype} {cells.shape}", is_list, f"float32 (N, {size})")
        require(f"{self.name}.marked_cells", "NaN or infinity", bool(np.isfinite(cells).all()), "finite values")
        fits = images.dtype == np.int32 and images.shape == cells.shape[:1]
        require(f"{self.name}.marked_images", f"{images.dtype} {images.shape}", fits, f"int32 ({len(cells)},)")

    def learn(self: K, frames: Iterable[Frame]) -> Lesson[K]:
        """What good images teach, and beside the marked defects that the method knows, where it does."""
        if self.marked_cells is None or self.marked_images is None:
            return self.learn_good(frames, _nothing)
        known = self.marked_cells, self.marked_images
        return self._learn(frames, lambda base, usual: known)

    def learn_marked(self: K, frames: Iterable[Frame], marks: Sequence[Mark]) -> Lesson[K]:
        """What good images and marked defects teach; defects known before are forgotten."""
        require("marked defects", "none", len(marks) > 0, "at least one")

        def cells_of(base: K, usual: Usual) -> Cells:
            found = [_cells_of(base, mark, usual) for mark in marks]
            images = np.repeat(np.arange(len(found), dtype=np.int32), list(map(len, found)))
            return np.concatenate(found), images

        return self._learn(frames, cells_of)

    def _forgetful(self: K) -> K:
        """The same without marked defects."""
        if self.marked_head is None:
            return self
        return replace(self, marked_head=None, marked_cells=None, marked_images=None)

    def _learn(self: K, frames: Iterable[Frame], cells_of: Callable[[K, Usual], Cells]) -> MarkedLesson[K]:
        good = GoodCells()
        lesson = self._forgetful().learn_good(frames, good.see)
        base = lesson.all()
        good.cut(min(each.shape[1] for each in good.images))  # a grey one among them: colour is not compared
        usual = Usual.of([base.distance(cells) for cells in good.whole])
        cells, images = cells_of(base, usual)
        _, size = good.images[0].shape
        if cells.shape[1] != size:
            raise ArgumentError(
                "marked defects",
                found=f"cells of {cells.shape[1]} features",
                expected=f"{size}, as the good images have (colour or grey)",
                remedy="give the marked images again: --defects",
            )
        learner = HeadLearner(self.marked_form, good.images, cells, images, usual.spread)
        return MarkedLesson(lesson, learner, cells, images)


def _cells_of(base: MarkedMethod, mark: Mark, usual: Usual) -> np.ndarray:
    cells = base.cells(mark.frame)
    return marked_cells(mark, cells, RawMap(base.distance(cells), base.cell_px), usual)


def _nothing(cells: np.ndarray) -> None:
    """For learning from good images alone."""


@dataclass
class MarkedLesson(Lesson[K]):
    """lesson : on the distance. learner : on the discriminant. cells, images : of the marked defects."""

    lesson: Lesson[K]
    learner: HeadLearner
    cells: np.ndarray
    images: np.ndarray
    _heads: dict[int, np.ndarray] = field(default_factory=dict, repr=False)
    _last: tuple[K, dict[int, K]] | None = field(default=None, repr=False)

    def all(self) -> K:
        """What all images taught."""
        return self._with_head(self.lesson.all(), -1)

    def without(self, number: int) -> K:
        """What all images but `number`, and for the discriminant the others of its fold, taught."""
        base, fold = self.lesson.without(number), number % FOLDS
        if self._last is None or self._last[0] is not base:
            self._last = base, {}
        known = self._last[1]
        if fold not in known:
            known[fold] = self._with_head(base, fold)
        return known[fold]

    def _with_head(self, method: K, left_out: int) -> K:
        if left_out not in self._heads:
            self._heads[left_out] = self.learner.head(left_out)
        return replace(method, marked_head=self._heads[left_out], marked_cells=self.cells, marked_images=self.images)
