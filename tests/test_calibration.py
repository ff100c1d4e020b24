"""From good images to a bundle: rules keep their promises, bad input is reported, equal images give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import surfaces
from surfedge import good_frames
from surfedge.bundle import Bundle
from surfedge.calibration import Calibration, calibrate
from surfedge.datasets.layouts import good_images, labelled_images
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import Frame, read
from surfedge.methods import METHODS, WITHOUT_NETWORK, Method
from surfedge.metrics import Evaluation
from surfedge.presets import DECISIONS, default_bundle
from surfedge.synthesis import render

RULES = ("max", "quantile:0.9", "ksigma:3", "false-calls:0.1", "max-area:40")


@pytest.fixture(scope="module")
def strips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """24 good strips of 96 x 128 px."""
    return surfaces.good_folder(tmp_path_factory.mktemp("strips"))


def learned(paths: Sequence[Path], method: str = "statistics", **settings: object) -> Calibration:
    start = Detector(default_bundle(method))
    return calibrate(start.method, start.decision, paths, **settings)  # type: ignore[arg-type]


# ---- rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_with_every_method(method: str, rule: str, strips: list[Path]) -> None:
    outcome = learned(strips, method, rule=rule)
    detector = Detector(outcome.bundle)
    assert outcome.scores.shape == (24,) and np.isfinite(outcome.scores).all() and outcome.skipped == ()
    assert outcome.bundle.calibration["rule"] == rule
    assert outcome.bundle.method == method and detector.decision.normalise == "good"
    calls = sum(detector(path).is_defective for path in strips)
    assert calls <= {"quantile:0.9": 4, "false-calls:0.1": 3}.get(rule, 2)
    holed = surfaces.with_hole(read(strips[0]).pixels)
    assert detector(holed).score > detector(strips[0]).score


def test_thresholds_follow_from_the_scores(strips: list[Path]) -> None:
    by_rule = {rule: learned(strips, rule=rule) for rule in RULES}
    scores = by_rule["max"].scores
    limits = {rule: outcome.bundle.decision["threshold"] for rule, outcome in by_rule.items()}
    for outcome in by_rule.values():
        np.testing.assert_array_equal(outcome.scores, scores)
        np.testing.assert_array_equal(outcome.bundle.arrays["calibration/scores"], scores)
    assert limits["max"] == scores.max()
    assert limits["quantile:0.9"] == np.quantile(scores, 0.9, method="higher")
    assert limits["ksigma:3"] == pytest.approx(scores.mean() + 3 * scores.std())
    assert limits["false-calls:0.1"] == np.sort(scores)[22]  # rank ceil(25 x 0.9) = 23
    assert limits["max-area:40"] <= scores.max()
    others = by_rule["max"].bundle.calibration["thresholds"]
    assert others["max"] == limits["max"] and others["ksigma:3"] == limits["ksigma:3"]
    assert "false-calls:0.01" not in others  # 24 images cannot promise that


@pytest.mark.parametrize("method", ["dzl", "pixel_zscore", "pattern"])
@pytest.mark.parametrize("area_px", [20, 150])
def test_max_area_keeps_its_promise(method: str, area_px: int, strips: list[Path]) -> None:
    """No good image shows a region of more than the area, and a slightly lower limit would let one through."""
    decision = replace(DECISIONS[method], blur_sigma_px=3.0)
    outcome = calibrate(Detector(default_bundle(method)).method, decision, strips, rule=f"max-area:{area_px}")
    detector = Detector(outcome.bundle)
    assert detector.decision.min_area_px == area_px + 1
    results = [detector(path) for path in strips]
    assert not any(result.is_defective or result.regions or result.mask.any() for result in results)
    assert any(result.score > result.threshold for result in results)  # smaller regions there are
    limit = detector.decision.threshold
    lower = detector.with_threshold(limit - 0.01 * max(abs(limit), 1.0))
    assert any(lower(path).is_defective for path in strips)


def test_rules_that_so_few_images_cannot_keep(strips: list[Path]) -> None:
    with pytest.raises(ArgumentError, match=r"found 24 good images, expected 99 or more"):
        learned(strips, rule="false-calls:0.01")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rule": "median"}, "for example quantile:0.99"),
        ({"normalise": "rows"}, "expected overall, position or none"),
        ({"prefilter": "wavelet"}, "none or pattern"),
    ],
)
def test_wrong_settings(settings: dict, message: str, strips: list[Path]) -> None:
    with pytest.raises(ArgumentError, match=message):
        learned(strips, **settings)


# ---- what is found afterwards ------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", ["strip", "leather", "plate"])
def test_defects_are_found_and_fresh_good_images_are_not_called(surface: str, tmp_path: Path) -> None:
    shape, count = (192, 192), 24
    settings = {"pixel_size_mm": 1.0} if surface == "plate" else {}
    for number in range(count):
        surfaces.save(tmp_path / f"{number}.png", render(surface, shape=shape, seed=number, **settings).image)
    outcome = learned(sorted(tmp_path.iterdir()), rule="ksigma:4")
    assert outcome.bundle.input["prefilter"] == ("cells" if surface == "plate" else "none")
    detector = Detector(outcome.bundle)
    fresh = [
        detector(render(surface, shape=shape, seed=100 + number, **settings).image) for number in range(6)
    ]
    assert not any(result.is_defective for result in fresh)
    for number in range(4):
        image = render(surface, shape=shape, seed=200 + number, **settings).image
        result = detector(surfaces.with_hole(image, (90, 40, 24, 24)))
        assert result.is_defective
        x, y, width, height = result.regions[0].box
        assert x < 102 < x + width and y < 52 < y + height


def test_a_region_that_is_rough_in_every_good_image_is_forgiven_there_only(tmp_path: Path) -> None:
    """Normalising by position; images of several heights show the same columns."""
    chance = np.random.default_rng(0)

    def sheet(height: int) -> np.ndarray:
        image = chance.normal(128, 3, (height, 256))
        image[:, 128:] += chance.normal(0, 25, (height, 128))
        return image.clip(0, 255).astype(np.uint8)

    for number in range(20):
        surfaces.save(tmp_path / f"{number:02}.png", sheet(128 + 24 * (number % 4)))
    paths = sorted(tmp_path.iterdir())
    rough = sheet(160)
    rough[60:92, 32:64] = (128 + chance.normal(0, 25, (32, 32))).clip(0, 255)
    by_position, overall = (
        Detector(learned(paths, "dzl", normalise=how, rule="max").bundle) for how in ("position", "overall")
    )
    assert by_position.decision.good_mean.shape == (4, 8) and overall.decision.good_mean.shape == (1, 1)
    assert by_position(rough).is_defective and not overall(rough).is_defective
    assert by_position(rough).regions[0].box[0] < 64
    for height in (100, 160, 300):
        halves = by_position(sheet(height)).anomaly_map
        assert abs(halves[:, 16:112].mean() - halves[:, 144:240].mean()) < 1.0
        halves = overall(sheet(height)).anomaly_map
        assert abs(halves[:, 16:112].mean() - halves[:, 144:240].mean()) > 1.0


def test_without_normalisation_the_map_is_the_methods_own(strips: list[Path]) -> None:
    bundle = learned(strips, normalise="none").bundle
    assert bundle.decision["normalise"] == "none"
    assert not any(name.startswith("decision/") for name in bundle.arrays)
    detector = Detector(bundle)
    raw = detector.method.anomaly_map(read(strips[0]))
    assert detector(strips[0]).score == pytest.approx(float(detector.decision.smooth(raw, 4).max()), rel=1e-5)


@dataclass(frozen=True)
class Spy(Method):
    """Remembers which images it learned from and which it judged, by their first pixel."""

    fitted: tuple[int, ...] = ()
    judged: ClassVar[list[tuple[tuple[int, ...], int]]] = []

    def anomaly_map(self, frame: Frame) -> np.ndarray:
        Spy.judged.append((self.fitted, int(frame.pixels[0, 0])))
        return frame.pixels.astype(np.float32)

    def fit(self, frames: Iterable[Frame]) -> Spy:
        return replace(self, fitted=tuple(int(frame.pixels[0, 0]) for frame in frames))


def test_no_image_is_judged_by_what_it_taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "spy", "test_calibration:Spy")
    Spy.judged.clear()
    paths = [surfaces.save(tmp_path / f"{n:02}.png", np.full((40, 40), n, np.uint8)) for n in range(11)]
    bundle = calibrate(Spy(), Decision(), paths, rule="max").bundle
    assert bundle.settings["fitted"] == list(range(11))
    assert {image for _, image in Spy.judged} == set(range(11))
    for fitted, image in Spy.judged:
        assert image not in fitted and len(fitted) >= 5


# ---- images of every kind ----------------------------------------------------------------------------------


def test_mixed_sizes_depths_and_colours(tmp_path: Path) -> None:
    for number in range(12):
        image = render("strip", shape=(64 + 8 * number, 150 - 9 * number), seed=number).image
        image = image if number % 3 else np.repeat(image[..., None], 3, axis=2)
        surfaces.save(tmp_path / f"{number}.png", image if number % 4 else image * np.uint16(257))
    outcome = learned(sorted(tmp_path.iterdir()))
    assert outcome.scores.shape == (12,) and not outcome.skipped
    assert outcome.bundle.arrays["method/mean"].shape == (19,)


def test_unreadable_files_are_skipped_and_named(strips: list[Path], tmp_path: Path) -> None:
    cut, text = tmp_path / "cut.png", tmp_path / "text.png"
    cut.write_bytes(strips[0].read_bytes()[:500])
    text.write_text("no image")
    outcome = learned([cut, *strips, text, tmp_path / "gone.png"])
    assert [Path(path).name for path, _ in outcome.skipped] == ["cut.png", "text.png", "gone.png"]
    assert all(reason.startswith("found ") for _, reason in outcome.skipped)
    assert outcome.bundle.calibration["good_images"] == 24 and outcome.bundle.calibration["skipped"] == 3
    np.testing.assert_array_equal(outcome.scores, learned(strips).scores)


def test_too_few_images(strips: list[Path], tmp_path: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"good images: found 7, expected 8 or more; add defect-free images"
    ):
        learned(strips[:7])
    learned(strips[:8])
    broken = [tmp_path / f"{number}.png" for number in range(20)]
    with pytest.raises(DatasetError, match=r"found 0 \(20 could not be read: found No such file"):
        learned(broken)


def test_a_set_too_large_for_memory_gives_the_same(
    strips: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = learned(strips)
    monkeypatch.setattr(good_frames, "CACHE_BYTES", 40_000)
    again = learned(strips)
    np.testing.assert_array_equal(again.scores, expected.scores)
    for name, array in expected.bundle.arrays.items():
        np.testing.assert_array_equal(again.bundle.arrays[name], array)


def test_progress_is_told(strips: list[Path]) -> None:
    told: list[tuple[int, int, str]] = []
    learned(strips, progress=lambda done, total, what: told.append((done, total, what)))
    assert {what for _, _, what in told} == {"reading", "learning", "judging"}
    assert all(0 <= done <= total <= 24 for done, total, _ in told)


# ---- bundles -----------------------------------------------------------------------------------------------


def test_the_same_images_give_the_same_bytes(strips: list[Path], tmp_path: Path) -> None:
    files = []
    for number in range(2):
        bundle = learned(strips).bundle
        assert set(bundle.provenance) == {"surfedge", "calibrated"}
        timeless = replace(bundle, provenance={"surfedge": bundle.provenance["surfedge"]})
        timeless.write(tmp_path / f"{number}.surfedge")
        files.append((tmp_path / f"{number}.surfedge").read_bytes())
    assert files[0] == files[1]


def test_from_the_file_it_judges_as_before(strips: list[Path], tmp_path: Path) -> None:
    bundle = learned(strips).bundle
    bundle.write(tmp_path / "strip.surfedge")
    for path in strips[:5]:
        assert Detector(tmp_path / "strip.surfedge")(path) == Detector(bundle)(path)


def again(origin: Bundle, paths: Sequence[Path], **settings: object) -> Bundle:
    start = Detector(origin)
    return calibrate(start.method, start.decision, paths, origin=origin, **settings).bundle  # type: ignore[arg-type]


def test_calibrating_again_forgets_what_was_learned(strips: list[Path], tmp_path: Path) -> None:
    leather = surfaces.good_folder(tmp_path, "leather", 10)
    fresh, second = learned(leather, rule="max").bundle, again(learned(strips).bundle, leather, rule="max")
    assert (second.settings, second.decision, second.calibration) == (
        fresh.settings,
        fresh.decision,
        fresh.calibration,
    )
    for name, array in fresh.arrays.items():
        np.testing.assert_array_equal(second.arrays[name], array)


@pytest.mark.parametrize("rule", RULES)
def test_another_rule_leaves_nothing_of_the_first(rule: str, strips: list[Path]) -> None:
    expected = learned(strips, rule=rule).bundle
    for first in RULES:
        assert again(learned(strips, rule=first).bundle, strips, rule=rule).decision == expected.decision


def test_a_least_area_of_ones_own_stays(strips: list[Path]) -> None:
    decision = Decision(blur_sigma_px=4.0, min_area_px=12)
    bundle = calibrate(Detector().method, decision, strips).bundle
    assert bundle.decision["min_area_px"] == 12
    assert again(bundle, strips).decision["min_area_px"] == 12


def test_normalisation_can_be_dropped_again(strips: list[Path]) -> None:
    bundle = again(learned(strips).bundle, strips, normalise="none")
    assert bundle.decision["normalise"] == "none"
    assert not any(name.startswith("decision/") for name in bundle.arrays)


def test_the_pattern_is_looked_for_in_the_images_as_they_are(tmp_path: Path, strips: list[Path]) -> None:
    for number in range(10):
        surfaces.save(tmp_path / f"{number}.png", render("plate", (160, 160), 1.0, seed=number).image)
    paths = sorted(tmp_path.iterdir())
    first = learned(paths).bundle
    assert first.input["prefilter"] == "cells"
    assert again(first, paths).input["prefilter"] == "cells"
    assert again(first, strips).input["prefilter"] == "none"
    assert again(first, paths, prefilter="none").input["prefilter"] == "none"
    assert learned(paths, prefilter="harmonics").bundle.input["prefilter"] == "harmonics"
    with pytest.raises(DatasetError, match="24 left out: no regular pattern"):
        learned(strips, prefilter="pattern")  # a threshold of unfiltered images would judge filtered ones


def test_what_still_holds_of_the_first_bundle_is_kept(strips: list[Path]) -> None:
    origin = replace(
        learned(strips).bundle, certificate={"max_difference": 1e-6}, metrics={"image_auroc": 1.0},
        runtime={"precision": "f32"}, provenance={"data": "strips"}, input={"value_range": [0.0, 2.0]},
    )  # fmt: skip
    bundle = again(origin, strips)
    assert bundle.certificate == origin.certificate and bundle.runtime == origin.runtime
    assert bundle.input["value_range"] == [0.0, 2.0]
    assert bundle.metrics == {} and bundle.provenance["data"] == "strips"


# ---- real images -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "every", "image_auroc", "au_pro"),
    [("mvtec_leather_crops256", 2, 0.99, 0.70), ("kolektor_sdd", 2, 0.90, 0.65)],
)
def test_quality_on_real_images(
    name: str, every: int, image_auroc: float, au_pro: float, shared_data: Path
) -> None:
    """The calibrated default; a part of the images, so that a change for the worse is seen in seconds."""
    root = shared_data / name
    if not root.is_dir():
        pytest.skip(f"no {root}")
    detector = Detector(learned(good_images(root)[:: 2 * every]).bundle)
    evaluation = Evaluation()
    for sample in labelled_images(root)[::every]:
        result = detector(sample.path)
        truth = sample.mask(result.shape) if sample.is_defective else None
        evaluation.add(str(sample.path), sample.label, result.score, result.anomaly_map, truth)
    figures = evaluation.record(bootstrap=0).figures
    print(f"{name}: image AUROC {figures['image_auroc']:.3f}, AU-PRO(0.05) {figures['au_pro_0.05']:.3f}")
    assert figures["image_auroc"] >= image_auroc
    assert figures["au_pro_0.05"] >= au_pro
