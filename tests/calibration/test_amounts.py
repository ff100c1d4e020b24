"""How many images are looked at for what, and what screens and kinds of defects are learned from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from surfedge.calibration import calibrate, form_choice, good_images, split_f1, unseen
from surfedge.calibration.crosswise import crosswise, fold_count
from surfedge.calibration.form_choice import chosen_form
from surfedge.calibration.trial import Comparison, Way
from surfedge.datasets import MarkedImage
from surfedge.decision import Decision, RawMap
from surfedge.detector import Detector, Preparation, default_bundle
from surfedge.errors import ArgumentError
from surfedge.images import from_array
from surfedge.methods import Mark, Method
from surfedge.methods.statistics import Statistics


@dataclass(frozen=True)
class Plain(Method):
    """A method that remembers which images it was fitted to."""

    name: ClassVar[str] = "dzl"
    seen: tuple[int, ...] = ()

    def fit(self, frames: Any) -> Plain:
        """Fitted to numbers in place of images."""
        return Plain(tuple(frames))

    def inspect(self, frame: Any) -> RawMap:
        """The number."""
        return RawMap(np.full((2, 2), frame, np.float32))


def default_method() -> Method:
    """One that learns nothing from images."""
    return Detector(default_bundle("dzl")).method


class Images:
    """Numbers in place of images."""

    def __init__(self, count: int, shape: tuple[int, int] = (16, 16)) -> None:
        self.count, self.shapes = count, [shape] * count
        self.paths = [Path(f"{number}.png") for number in range(count)]

    def __len__(self) -> int:
        return self.count

    def take(self, indices: Any, what: str) -> Any:
        return iter(indices)

    def progress(self, *step: Any) -> None:
        pass


def test_few_images_have_more_folds_and_never_fewer_than_four() -> None:
    assert [fold_count(count) for count in (3, 8, 20, 32, 40, 41, 1000)] == [3, 8, 8, 5, 4, 4, 4]


def test_each_image_is_judged_by_what_the_other_folds_taught() -> None:
    learned, judge_of = crosswise(Plain(), Images(10).take, 10)
    assert learned == Plain(tuple(range(10)))
    assert all(judge_of(n) == Plain(tuple(k for k in range(10) if k != n)) for n in range(10))
    _, judge_of = crosswise(Plain(), Images(40).take, 40)
    assert all(judge_of(n) == Plain(tuple(k for k in range(40) if k % 4 != n % 4)) for n in range(40))
    plain = default_method()
    learned, judge_of = crosswise(plain, Images(10).take, 10)
    assert learned is plain is judge_of(3)  # nothing is learned
    marks = [Mark(from_array(np.zeros((8, 8), np.uint8)), np.ones((8, 8), np.bool_), True)]
    with pytest.raises(ArgumentError, match="found the method dzl, expected statistics"):
        crosswise(Plain(), Images(10).take, 10, marks)


@pytest.mark.parametrize(("networked", "position_px"), [(False, 8), (True, 32)])
def test_positions_are_coarser_on_the_maps_of_networks(
    networked: bool, position_px: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unseen, "Networked", Plain if networked else type(None))
    monkeypatch.setattr(unseen, "SmoothMaps", lambda good, judge_of, decision: Maps([np.ones((4, 4), np.float32)] * 8))

    class Maps(list[Any]):
        image_shape = (96, 160)

        def __iter__(self) -> Any:
            return (RawMap(self[number]) for number in range(len(self)))

    good: Any = Images(8)
    for normalise, shape in (("position", (96 // position_px, 160 // position_px)), ("overall", (1, 1))):
        found = unseen.Unseen.of(good, Plain(), Decision(), normalise)
        assert found.statistics is not None and found.statistics.shape == shape
    assert unseen.Unseen.of(good, Plain(), Decision(), "none").statistics is None


def _tried(monkeypatch: pytest.MonkeyPatch, plain: float, bank: float) -> list[int]:
    tried: list[int] = []

    def compared(good: Any, numbers: Any, ways: Any, *others: Any) -> Comparison:
        tried.append(len(numbers))
        return Comparison.of_kinds(np.array([plain, bank])[:, None, None, None].repeat(2, 1).repeat(5, 2).repeat(5, 3))

    monkeypatch.setattr(form_choice, "compared", compared)
    return tried


@pytest.mark.parametrize(
    ("count", "shape", "is_tried"),
    [
        (29, (16, 16), False),
        (30, (16, 16), True),
        (30, (2048, 512), True),
        (30, (512, 2048), True),
        (30, (2049, 512), False),
        (30, (512, 2049), False),
    ],
)
def test_another_form_is_tried_on_thirty_images_of_a_megapixel(
    count: int, shape: tuple[int, int], is_tried: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, good = _tried(monkeypatch, 0.7, 0.9), Images(count, shape)
    good.shapes[1:] = [(9, 9) if n % 2 else (4000, 4000) for n in range(1, count)]  # the first image counts
    monkeypatch.setattr(form_choice, "spread", lambda count, most: [0, 1, 2, 3, 4])
    found = chosen_form(good, Way("none", Statistics(), Decision(), "none"))  # type: ignore[arg-type]
    assert bool(tried) == (found is not None) == is_tried
    if found is not None:
        assert found.method.name == "bank" and "--no-other-form" in found.notes[0] and found.without == {}
        assert list(found.ranked.values()) == [0.7, 0.9]
    _tried(monkeypatch, 0.9, 0.7)
    found = chosen_form(good, Way("none", Statistics(), Decision(), "none"))  # type: ignore[arg-type]
    assert found is None or (found.method.name == "statistics" and "--no-other-form" not in found.notes[0])


def test_other_forms_are_tried_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def stop(good: Any, way: Any, foreground: Any, other_form: bool) -> Any:
        asked.append(other_form)
        raise ArgumentError("stopped", found="", expected="")

    monkeypatch.setattr("surfedge.calibration.calibration.ChosenWay.of", stop)
    monkeypatch.setattr("surfedge.calibration.calibration.GoodFrames", lambda *given: Images(8))
    for settings in ({}, {"other_form": False}, {"defects": [MarkedImage(Path("a"))]}):
        with pytest.raises(ArgumentError, match="stopped"):
            calibrate(Statistics(), Decision(), [], **settings)  # type: ignore[arg-type]
    assert asked == [True, False, False]


def test_sixteen_images_are_looked_at_for_the_lattice(monkeypatch: pytest.MonkeyPatch) -> None:
    for count, expected in ((40, 16), (9, 9)):
        asked: list[int] = []
        good: Any = object.__new__(good_images.GoodFrames)
        good.preparation, good._paths, good.shapes = Preparation(), list(range(count)), []
        monkeypatch.setattr(good, "_leave_out_unfiltered", lambda: None)
        monkeypatch.setattr(good, "search", asked.append)
        monkeypatch.setattr(good_images, "usual_lattice", lambda found: None)
        for prefilter in ("none", "notch", "auto"):
            good.set_prefilter(prefilter)
        assert not asked
        good.set_prefilter("cells")
        assert len(asked) == expected and (asked[0], asked[-1]) == (0, count - 1)


def test_the_share_that_chooses_a_limit_is_drawn_with_the_seed_0() -> None:
    rng = np.random.default_rng(5)
    truth, scores = np.arange(40) % 2 == 0, rng.normal(size=40)
    scores = (scores + truth).tolist()
    found = [split_f1(truth.tolist(), scores, seed=seed) for seed in range(5)]
    assert split_f1(truth.tolist(), scores) == found[0] and len(set(found)) > 1
