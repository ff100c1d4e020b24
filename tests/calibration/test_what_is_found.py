"""What a calibrated detector finds, and what it forgives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import surfaces
from calibration.learning import learned
from surfedge.datasets import good_images, labelled_images
from surfedge.detector import Detector
from surfedge.images import read
from surfedge.metrics import Evaluation
from surfedge.synthesis import render


@pytest.mark.parametrize("surface", ["strip", "leather", "plate"])
def test_defects_are_found_and_fresh_good_images_are_not_called(surface: str, tmp_path: Path) -> None:
    shape, count = (192, 192), 24
    settings = {"pixel_size_mm": 1.0} if surface == "plate" else {}
    for number in range(count):
        surfaces.save(tmp_path / f"{number}.png", render(surface, shape=shape, seed=number, **settings).image)
    outcome = learned(sorted(tmp_path.iterdir()), rule="ksigma:4")
    assert outcome.bundle.input["prefilter"] == ("cells" if surface == "plate" else "none")
    detector = Detector(outcome.bundle)
    fresh = [detector(render(surface, shape=shape, seed=100 + number, **settings).image) for number in range(6)]
    assert not any(result.is_defective for result in fresh)
    for number in range(4):
        image = render(surface, shape=shape, seed=200 + number, **settings).image
        result = detector(surfaces.with_hole(image, (90, 40, 24, 24)))
        assert result.is_defective
        x, y, width, height = result.regions[0].box
        assert x < 102 < x + width and y < 52 < y + height


def test_a_region_that_is_rough_in_every_good_image_is_forgiven_there_only(tmp_path: Path) -> None:
    """Normalising by position; images of several heights show the same columns."""
    rng = np.random.default_rng(0)

    def sheet(height: int) -> np.ndarray:
        image = rng.normal(128, 3, (height, 256))
        image[:, 128:] += rng.normal(0, 25, (height, 128))
        return image.clip(0, 255).astype(np.uint8)

    for number in range(20):
        surfaces.save(tmp_path / f"{number:02}.png", sheet(128 + 24 * (number % 4)))
    paths = sorted(tmp_path.iterdir())
    rough = sheet(160)
    rough[60:92, 32:64] = (128 + rng.normal(0, 25, (32, 32))).clip(0, 255)
    by_position, overall = (
        Detector(learned(paths, "dzl", normalise=how, rule="max").bundle) for how in ("position", "overall")
    )
    assert by_position.decision.good_mean.shape == (16, 32) and overall.decision.good_mean.shape == (1, 1)
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
    raw = detector.method.inspect(read(strips[0]))
    smooth = detector.decision.smooth(raw, read(strips[0]).shape)
    assert detector(strips[0]).score == pytest.approx(float(smooth.map.max()), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "every", "image_auroc", "au_pro"),
    [("mvtec_leather_crops256", 2, 0.99, 0.70), ("kolektor_sdd", 2, 0.90, 0.65)],
)
def test_quality_on_real_images(name: str, every: int, image_auroc: float, au_pro: float, shared_data: Path) -> None:
    """The calibrated default; a part of the images, so that a change for the worse is seen in seconds."""
    root = shared_data / name
    if not root.is_dir():
        pytest.skip(f"no {root}")
    detector = Detector(learned(good_images(root)[:: 2 * every], other_form=False).bundle)
    evaluation = Evaluation()
    for sample in labelled_images(root)[::every]:
        result = detector(sample.path)
        truth = sample.mask(result.shape) if sample.is_defective else None
        evaluation.add(str(sample.path), sample.label, result.score, result.anomaly_map, truth)
    figures = evaluation.record(bootstrap=0).figures
    print(f"{name}: image AUROC {figures['image_auroc']:.3f}, AU-PRO(0.05) {figures['au_pro_0.05']:.3f}")
    assert figures["image_auroc"] >= image_auroc
    assert figures["au_pro_0.05"] >= au_pro
