"""Images that are judged as if they were new, with and without a pattern taken out: who judges what, on stand-ins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from surfedge.calibration import good_images, made_defects
from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.good_statistics import GoodStatistics
from surfedge.calibration.made_defects import MadeDefects, score_made
from surfedge.calibration.unseen import Unseen
from surfedge.decision import Decision, RawMap
from surfedge.detector import Preparation
from surfedge.errors import DatasetError
from surfedge.images import Frame, from_array
from surfedge.progress import silent

MAPS = [np.full((4, 6), value, np.float32) + np.float32([[0], [1], [2], [3]]) for value in (1, 2, 6)]


def _unseen(*, by_position: bool | None) -> Unseen:
    """Three maps; the judge of an image sees its number in each value."""

    class Maps(list[RawMap]):
        image_shape = (4, 6)

        def with_shapes(self) -> Any:
            return (((4, 6), each) for each in self)

    smooth: Any = Maps(RawMap(values) for values in MAPS)
    statistics = None if by_position is None else GoodStatistics.of(MAPS, (32, 48), by_position=by_position)

    def judge(number: int) -> Any:
        return SimpleNamespace(inspect=lambda frame: RawMap(np.full((4, 6), number, np.float32)))

    good: Any = None
    return Unseen(good, judge(9), judge, smooth, statistics)


def test_without_statistics_the_maps_are_as_they_are() -> None:
    unseen = _unseen(by_position=None)
    decision = Decision(threshold=1.0)
    assert unseen.normalising(decision) is decision
    found = list(unseen.finished(decision))
    assert [own for _, _, own in found] == [decision] * 3
    assert all(np.array_equal(finished, values) for (_, finished, _), values in zip(found, MAPS, strict=True))
    assert unseen.score(decision, 2, from_array(np.zeros((4, 6), np.uint8))) == 2.0


@pytest.mark.parametrize("by_position", [True, False])
def test_an_image_is_normalised_by_what_the_others_gave(by_position: bool) -> None:
    unseen = _unseen(by_position=by_position)
    assert unseen.statistics is not None
    start = unseen.normalising(Decision())
    assert start.normalise == "good" and start.good_mean is not None
    np.testing.assert_array_equal(start.good_mean, unseen.statistics.all()[0])
    for number, (raw, finished, own) in enumerate(unseen.finished(start)):
        mean, deviation = unseen.statistics.without(MAPS[number])
        np.testing.assert_allclose(finished, (raw.map - mean) / deviation, rtol=1e-4)
        assert own.good_mean is not None and own.good_mean.tolist() == mean.tolist()
        score = unseen.score(start, number, from_array(np.zeros((4, 6), np.uint8)))
        assert score == pytest.approx(float(((number - mean) / deviation).max()), rel=1e-4)


@dataclass
class Stand:
    """Stands for good images: each as it is filtered, and whether as promised."""

    seen: list[tuple[Frame, bool]]
    prefilter: str = "cells"
    searches: Any = None

    def __len__(self) -> int:
        return len(self.seen)

    @property
    def preparation(self) -> Any:
        return SimpleNamespace(prefilter=self.prefilter, filtered=self.filtered)

    def filtered(self, frame: Frame, search: Any) -> tuple[Frame, bool]:
        self.searches.append(search)
        found, is_as_promised = self.seen[int(frame.source or 0)]
        return (frame if found is FRAME else found), is_as_promised

    def unfiltered(self, number: int) -> Frame:
        return replace(FRAME, source=str(number))

    def search(self, number: int) -> str:
        return f"lattice {number}"

    def progress(self, *step: Any) -> None:
        pass


FRAME = from_array(np.full((8, 8), 100, np.uint8))
OTHER = from_array(np.full((8, 8), 7, np.uint8))


@pytest.mark.parametrize(
    ("prefilter", "lattice_of_good", "searches"),
    [
        ("cells", True, ["lattice 0", "lattice 1", "lattice 2"]),
        ("cells", False, [None] * 3),
        ("none", True, [None] * 3),
    ],
)
def test_a_defect_that_hides_the_pattern_is_not_judged(
    prefilter: str, lattice_of_good: bool, searches: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless what is left was filtered all the same, by the lattice of the good images."""
    monkeypatch.setattr(made_defects, "with_defect", lambda frame, *others: frame)
    good: Any = Stand([(FRAME, False), (OTHER, False), (FRAME, True)], prefilter, [])
    unseen: Any = SimpleNamespace(score=lambda decision, number, frame: 10.0 * number + frame.pixels[0, 0])
    found = score_made(good, unseen, Decision(), lattice_of_good=lattice_of_good)
    assert found.scores.tolist() == [-np.inf, 17.0, 120.0] and good.searches == searches
    assert not MadeDefects(found.scores, found.kinds).found_at(120.0)
    assert MadeDefects(found.scores, found.kinds).found_at(119.0) == pytest.approx(1 / 3)


def test_defects_are_drawn_where_another_decision_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(made_defects, "with_defect", lambda frame, *others: asked.append(others) or frame)
    good: Any = Stand([(FRAME, True)] * 2, "none", [])
    unseen: Any = SimpleNamespace(score=lambda decision, number, frame: 0.0)
    one, other = Decision(threshold=1.0), Decision(threshold=2.0)
    score_made(good, unseen, one, [(1, "pit", 5)], (2.0, 4.0))
    score_made(good, unseen, one, [(0, "dent", 1)], placed_by=other)
    assert asked == [((1, 5), "pit", one, (2.0, 4.0)), ((0, 1), "dent", other, made_defects.PLAIN)]


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder, rng = tmp_path_factory.mktemp("noise"), np.random.default_rng(3)
    for number in range(10):
        cv2.imwrite(str(folder / f"{number:02}.png"), rng.integers(0, 255, (16, 24), np.uint8))
    return sorted(folder.iterdir())


@pytest.mark.parametrize(("room", "kept"), [(1 << 30, 9), (16 * 24 + 1, 1), (16 * 24, 0)])
def test_images_without_the_pattern_are_left_out(
    room: int, kept: int, noise: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the others filtered once, while there is room."""
    good, done = GoodFrames(noise, Preparation(), silent), []

    def filtered(self: Preparation, frame: Frame, search: Any = None) -> tuple[Frame, bool]:
        done.append(search)
        is_odd = frame.source is not None and frame.source.endswith("04.png")
        return replace(frame, pixels=255 - frame.pixels, notes=("first", "not as the others")), not is_odd

    plain = [good[number].pixels for number in range(10)]
    monkeypatch.setattr(Preparation, "filtered", filtered)
    monkeypatch.setattr(good_images, "CACHE_BYTES", room)
    good.set_prefilter("notch")
    assert len(good) == 9 == len(good.shapes) and good.skipped == [(str(noise[4]), "not as the others")]
    assert done == [None] * 10 and len(good._filtered) == kept
    seen = [good[number].pixels for number in range(9)]
    assert len(done) == 10 + 9 - kept
    assert all(np.array_equal(one, 255 - other) for one, other in zip(seen, plain[:4] + plain[5:], strict=True))
    good.set_prefilter("none")
    assert not good._filtered


def test_files_of_several_pages_are_told(noise: list[Path], tmp_path: Path) -> None:
    pages = [np.random.default_rng(number).integers(0, 255, (16, 24), np.uint8) for number in range(3)]
    cv2.imwritemulti(str(tmp_path / "pages.tif"), pages)
    good = GoodFrames([*noise, tmp_path / "pages.tif"], Preparation(), silent)
    assert [Path(path).name for path, _ in good.partly] == ["pages.tif"] and "3" in good.partly[0][1]
    assert len(good) == 11 and np.array_equal(good[10].pixels, pages[0])


def test_depths_that_are_guessed_are_told_with_how_many_images(noise: list[Path], tmp_path: Path) -> None:
    for number in range(8):
        deep = np.random.default_rng(number).integers(0, 4096, (16, 24), np.uint16)
        cv2.imwrite(str(tmp_path / f"{number}.png"), deep)
    (note,) = GoodFrames(sorted(tmp_path.iterdir()), Preparation(), silent).notes()
    assert note.startswith("8 good images: ") and note.endswith("(they use fewer than 16 bits)")
    assert GoodFrames(noise, Preparation(), silent).notes() == ()


def test_the_first_reason_is_told_where_too_few_can_be_read(noise: list[Path], tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no image")
    paths = [noise[0], noise[0], tmp_path / "text.png", tmp_path / "gone.png"]
    with pytest.raises(DatasetError, match=r"found 1 \(3 left out: the same image as 00\.png\), expected 8 or more"):
        GoodFrames(paths, Preparation(), silent)
