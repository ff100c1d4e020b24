"""The pattern is taken out where that helps, and an image that hides it is not passed as good."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import surfaces
from calibration.learning import learned
from surfedge.bundle import Bundle
from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.prefilter import Choice, chosen_prefilter
from surfedge.calibration.trial import Comparison
from surfedge.detector import Detector, Preparation, default_bundle, lattice_search, usual_lattice
from surfedge.errors import ArgumentError, ImplausibleError
from surfedge.images import Frame, from_array
from surfedge.pattern import Search
from surfedge.progress import silent
from surfedge.synthesis import render
from surfedge.synthesis.drawn import draw_defect


def plate(seed: int, side: int = 160) -> np.ndarray:
    return render("plate", (side, side), 1.0, seed=seed).image


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Calibrated on 12 plates whose pattern is taken out."""
    folder = tmp_path_factory.mktemp("plates")
    paths = [surfaces.save(folder / f"{n:02}.png", plate(n, 224)) for n in range(12)]
    return learned(paths, prefilter="cells", rule="max").bundle


def choice(folder: Path, surface: str, pixel_mm: float, count: int = 10) -> Choice:
    paths = [
        surfaces.save(folder / f"{n}.png", render(surface, (160, 160), pixel_mm, seed=n).image) for n in range(count)
    ]
    start = Detector(default_bundle())
    good = GoodFrames(paths, Preparation(), silent)
    return chosen_prefilter(good, start.method, start.decision, "position")


def test_on_plain_weave_the_pattern_is_left_in_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []

    def search(frame: Frame) -> Search:
        searched.append(frame.source)
        return lattice_search(frame)

    monkeypatch.setattr("surfedge.calibration.good_images.lattice_search", search)
    found = choice(tmp_path, "cloth-plain", 0.25)
    assert len(searched) == len({*searched}) == 10  # each good image once, whatever is tried
    assert found.prefilter == "none" and "left in" in found.notes[0]


@pytest.mark.parametrize(("pixel_mm", "prefilter", "said"), [(0.75, "cells", "too few to tell"), (0.4, "none", "")])
def test_where_it_is_chance_few_pitches_are_taken_out_and_many_left_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pixel_mm: float, prefilter: str, said: str
) -> None:
    wavering = np.tile([0.7, 0.9], 5)
    monkeypatch.setattr(
        "surfedge.calibration.prefilter.compared", lambda *_: Comparison(np.array([wavering, wavering[::-1]]))
    )
    surface = "plate" if prefilter == "cells" else "cloth-twill"
    found = choice(tmp_path, surface, pixel_mm)
    assert found.prefilter == prefilter and said in found.notes[0]


def test_a_pattern_that_some_good_images_hide_is_left_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of ten plates without lugs: a tenth of new ones would be refused; the nine others alone say otherwise."""
    helps = np.array([[0.6] * 10, [0.9] * 10])
    monkeypatch.setattr("surfedge.calibration.prefilter.compared", lambda *_: Comparison(helps))
    paths = [surfaces.save(tmp_path / f"{number}.png", plate(number)) for number in range(10)]
    start = Detector(default_bundle())

    def chosen() -> Choice:
        good = GoodFrames(paths, Preparation(), silent)
        return chosen_prefilter(good, start.method, start.decision, "position")

    assert chosen().prefilter == "cells" and not chosen().without
    surfaces.save(paths[3], render("strip", (160, 160), 1.0, seed=3).image)
    found = chosen()
    assert found.prefilter == "none" and "1 of 10 good images do not show it" in found.notes[0]
    assert found.without == {paths[3]: "cells"}


def test_half_of_the_images_do_not_make_a_pattern(tmp_path: Path) -> None:
    for number in range(10):
        image = plate(number) if number % 2 else render("strip", (160, 160), 1.0, seed=number).image
        surfaces.save(tmp_path / f"{number}.png", image)
    start = Detector(default_bundle())
    good = GoodFrames(sorted(tmp_path.iterdir()), Preparation(), silent)
    assert chosen_prefilter(good, start.method, start.decision, "position") == Choice("none")


def test_without_a_pattern_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert choice(tmp_path, "strip", 0.5) == Choice("none")


def test_the_lattice_of_the_good_images_is_kept(plates: Bundle) -> None:
    x, y, u, v = plates.input["lattice"]
    assert (x, v) == pytest.approx((28, 28), abs=0.1) and (y, u) == pytest.approx((0, 0), abs=0.1)
    none = lattice_search(from_array(np.random.default_rng(0).random((160, 160))))
    assert usual_lattice([lattice_search(from_array(plate(0))), none, none]) is None
    turned = [
        lattice_search(from_array(render("plate", (160, 160), 1.0, seed=n, rotation_deg=turn).image))
        for n, turn in enumerate((0, 15, 30))
    ]
    assert usual_lattice(turned) is None


def test_a_defect_that_hides_the_pattern_is_called_defective(plates: Bundle) -> None:
    detector = Detector(replace(plates, plausibility={}))
    image = plate(50, 224)
    image[30:190, 30:190] = 40
    result = detector(image)
    assert result.is_defective and any("not to be seen" in note for note in result.notes)
    veiled = plate(51, 224)
    veiled[:, 50:] = (veiled[:, 50:] * 0.1 + 60).astype(np.uint8)
    assert detector(veiled).is_defective


def test_an_image_without_the_pattern_is_never_good(plates: Bundle) -> None:
    detector = Detector(replace(plates, plausibility={}))
    others = [render(surface, (224, 224), seed=5).image for surface in ("strip", "leather")]
    rng, pitted = np.random.default_rng(3), plate(55, 224)
    for _ in range(300):
        pitted = draw_defect(pitted, "pit", rng, size_px=14, contrast=0.9).image
    for image in (*others, pitted):
        with pytest.raises(ImplausibleError, match="regular pattern of the good images is not to be seen"):
            detector.with_threshold(1e6)(image)  # as if it scored low
        result = detector.with_threshold(-1e6)(image)
        assert result.is_defective and "implausible: the regular pattern" in result.notes[-1]


@pytest.mark.parametrize(
    "lattice", [(1.0, 0.0, 0.0, 20.0), (20.0, 0.0, 20.0, 0.1), (20.0, 0.0, float("nan"), 20.0), (1, 2)]
)
def test_a_lattice_that_is_none_is_refused(lattice: tuple) -> None:
    with pytest.raises(ArgumentError, match=r"input\.lattice"):
        Preparation(prefilter="cells", lattice=lattice)
