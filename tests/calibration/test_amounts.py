"""How many images are looked at for what, and what screens and kinds of defects are learned from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from surfedge.calibration import calibrate, form_choice, good_images, region_kinds, split_f1, unseen
from surfedge.calibration.crosswise import crosswise, fold_count
from surfedge.calibration.form_choice import chosen_form
from surfedge.calibration.region_kinds import with_region_kinds
from surfedge.calibration.trial import Comparison, Way
from surfedge.datasets import MarkedImage
from surfedge.decision import Decision, RawMap
from surfedge.detector import Detector, Preparation, default_bundle
from surfedge.errors import ArgumentError, DatasetError, SurfedgeError
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
    [(29, (16, 16), False), (30, (16, 16), True), (30, (1024, 1024), True), (30, (1025, 1024), False)],
)
def test_another_form_is_tried_on_thirty_images_of_a_megapixel(
    count: int, shape: tuple[int, int], is_tried: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, good = _tried(monkeypatch, 0.7, 0.9), Images(count, shape)
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


def test_kinds_are_learned_from_images_that_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, steps, told = default_bundle("statistics"), [], []
    images = [MarkedImage(Path(f"{number}.png"), "ab"[number % 2]) for number in range(6)]

    def region(detector: Any, method: Any, image: MarkedImage) -> np.ndarray:
        if image.path.stem == "2":
            raise DatasetError(image.path, found="nothing", expected="a defect")
        return np.float32([int(image.path.stem), 7])

    def learned(regions: np.ndarray, labels: list[str]) -> Any:
        assert regions.tolist() == [[0, 7], [1, 7], [3, 7], [4, 7], [5, 7]] and labels == ["a", "b", "b", "a", "b"]
        whitener = np.eye(38, dtype=np.float32)
        return SimpleNamespace(names=("a", "b"), whitener=whitener, means=np.ones((2, 38), np.float32), reach=2.0)

    method = Statistics(mean=np.zeros(19, np.float32), whitener=np.eye(19, dtype=np.float32))
    monkeypatch.setattr(region_kinds, "Detector", lambda bundle, device: SimpleNamespace(method=method))
    monkeypatch.setattr(region_kinds, "_region", region)
    monkeypatch.setattr(region_kinds, "learn_kinds", learned)
    told_of: Any = told.append
    found = with_region_kinds(replace(bundle, identity="abc"), images, lambda *step: steps.append(step), tell=told_of)
    assert tuple(found.settings["kind_names"]) == ("a", "b")
    assert found.identity == "" and found.arrays["method/kind_means"].shape == (2, 38)
    assert [step[:2] for step in steps] == [(number, 6) for number in range(6)]
    assert len(told) == 1 and told[0].startswith("skipped 2.png: ")


def test_without_an_image_that_can_be_used_there_are_no_kinds(tmp_path: Path) -> None:
    images = [MarkedImage(tmp_path / f"{name}.png", name) for name in "aabb"]
    with pytest.raises(SurfedgeError, match="found no image that can be used, expected two sub-folders or more"):
        with_region_kinds(default_bundle("statistics"), images)
    with pytest.raises(ArgumentError, match="found the method dzl, expected statistics"):
        with_region_kinds(default_bundle("dzl"), images)
