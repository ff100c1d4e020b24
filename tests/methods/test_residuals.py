"""The residual "statistics": what the reconstruction does not foretell of the picture's patches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import graphs
import reference_statistics as twin
from surfedge.bundle import Bundle
from surfedge.calibration import calibrate, with_screen
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.images import from_array
from surfedge.methods import RESIDUALS, Reconstruction
from surfedge.methods.residuals.residual import Residual
from surfedge.methods.residuals.statistics import GivenStatistics
from surfedge.methods.screen import Screen
from surfedge.methods.statistics import Statistics
from surfedge.registry import resolve

F32 = np.float32


def pair(seed: int, shape: tuple[int, ...] = (64, 88), channels: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A picture, float32 (C, H, W), and its reconstruction: soft waves; the picture has grain that grows with them."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (channels, *shape)).astype(F32)
    soft = np.stack([cv2.GaussianBlur(plane, (0, 0), 6.0) for plane in noise])
    painted = 0.5 + 1.5 * soft
    grain = rng.normal(0, 1, painted.shape).astype(F32) * (0.02 + 0.3 * np.abs(soft))
    return np.clip(painted + grain, 0, 1).astype(F32), np.clip(painted, 0, 1).astype(F32)


def learned(channels: int = 1) -> GivenStatistics:
    untaught = GivenStatistics()
    return GivenStatistics(**untaught.learn(pair(seed, channels=channels) for seed in range(12)).all())


def twin_figures(image: np.ndarray) -> np.ndarray:
    grey = image[0] if len(image) == 1 else cv2.cvtColor(np.moveaxis(image, 0, -1).copy(), cv2.COLOR_RGB2GRAY)
    return twin.figures(grey, None if len(image) == 1 else np.moveaxis(image, 0, -1))


def joint_figures(picture: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """(3 D, N) in float64: of the reconstruction, their squares about the image's mean, of the picture."""
    of_picture, of_painted = (twin_figures(image) for image in (picture, painted))
    of_picture, of_painted = (f.reshape(len(f), -1) for f in (of_picture, of_painted))
    return np.concatenate([of_painted, (of_painted - of_painted.mean(axis=1, keepdims=True)) ** 2, of_picture])


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_the_joint_distance_less_that_of_what_is_given(channels: int) -> None:
    """For Gaussian figures d(x given y)^2 = d(x, y)^2 - d(y)^2: learned and measured here by the float64 twin."""
    good = [joint_figures(*pair(seed, channels=channels)) for seed in range(12)]
    count = len(good[0]) // 3
    mean, covariance = twin.mean_and_covariance([f[:, None] for f in good], 0.5)
    whitener = twin.whitener(covariance + np.diag([1e-4] * 2 * count + [0.0] * count), 0.01)
    picture, painted = pair(99, channels=channels)
    picture[:, 20:30, 40:50] = 0.05
    figures = joint_figures(picture, painted)
    away = figures - (0.5 * figures.mean(axis=1) + 0.5 * mean)[:, None]
    white = whitener @ away
    expected = np.sqrt((white**2).sum(axis=0) - (white[: 2 * count] ** 2).sum(axis=0))
    got = learned(channels)(picture, painted)
    assert got.shape == (16, 22) and got.dtype == F32
    np.testing.assert_allclose(got.ravel(), expected, rtol=0.02, atol=0.03)


def test_what_the_reconstruction_foretells_is_no_anomaly() -> None:
    """Coarse grain where waves are strong is usual; the same grain on a calm place is not."""
    measure = learned()
    picture, painted = pair(50)
    usual = measure(picture, painted)
    strong, calm = (f(np.abs(cv2.blur(painted[0] - 0.5, (9, 9)))[12:-12, 12:-12]) for f in (np.argmax, np.argmin))
    (y1, x1), (y0, x0) = (np.unravel_index(i, (40, 64)) for i in (strong, calm))
    moved = picture.copy()
    moved[0, y0 + 4 : y0 + 20, x0 + 4 : x0 + 20] += (picture - painted)[0, y1 + 4 : y1 + 20, x1 + 4 : x1 + 20]
    here, there = (np.s_[y // 4 + 2 : y // 4 + 4, x // 4 + 2 : x // 4 + 4] for y, x in ((y0, x0), (y1, x1)))
    strange = measure(np.clip(moved, 0, 1), painted)[here].mean()
    assert strange > usual[here].mean() + 1.0 and strange > usual[there].mean() + 1.0


def test_from_good_images_to_a_detector(tmp_path: Path) -> None:
    """Learned while calibrating, stored in the bundle, the same at the line."""
    folder = tmp_path / "good"
    folder.mkdir()
    for seed in range(10):
        cv2.imwrite(str(folder / f"{seed}.png"), np.rint(255 * pair(seed)[0][0]).astype(np.uint8))
    paths = sorted(folder.iterdir())
    method = Reconstruction(*graphs.box_blur(tmp_path), stride_px=16, residual="statistics")
    outcome = calibrate(method, Decision(blur_sigma_px=2.0), paths, rule="max", prefilter="none")
    outcome.bundle.write(tmp_path / "given.surfedge")
    bundle = Bundle.read(tmp_path / "given.surfedge")
    assert {"mean", "prediction", "whitener"} <= set(bundle.parts_of("method"))
    detector = Detector(bundle)
    assert not any(detector(path).is_defective for path in paths)
    image = cv2.imread(str(paths[0]), cv2.IMREAD_GRAYSCALE)
    image[30:46, 40:56] = 255
    result = detector(image)
    assert result.is_defective and result.anomaly_map is not None and result.anomaly_map.shape == (64, 88)
    y, x = np.unravel_index(result.anomaly_map.argmax(), (64, 88))
    assert 24 <= y < 52 and 34 <= x < 62
    taught = method.fit(detector.preparation.read(path) for path in paths)
    np.testing.assert_array_equal(detector.method.inspect(from_array(image)).map, taught.inspect(from_array(image)).map)
    with pytest.raises(ArgumentError, match="l2 or ssim"):
        with_screen(bundle, paths)


@pytest.mark.parametrize("name", sorted(RESIDUALS))
def test_every_residual_is_made_from_a_reconstruction(name: str) -> None:
    method = Reconstruction(b"", b"", residual=name)
    assert isinstance(method.difference, resolve(RESIDUALS, name)) and isinstance(method.difference, Residual)
    assert method.difference.cell_px == (4 if name == "statistics" else 1)


def test_what_does_not_fit_is_refused() -> None:
    picture, painted = pair(0)
    with pytest.raises(ArgumentError, match="calibrate it on good images"):
        GivenStatistics()(picture, painted)
    taught = learned()
    assert taught.mean is not None
    for wrong in (None, taught.mean[:-1], taught.mean.astype(np.float64), np.full_like(taught.mean, np.nan)):
        with pytest.raises(ArgumentError, match="calibrate again"):
            replace(taught, mean=wrong)
    with pytest.raises(ArgumentError, match="other channels"):
        taught(*pair(0, channels=3))
    with pytest.raises(ArgumentError, match="leave the screen out"):
        Reconstruction(b"", b"", residual="statistics", screen=Screen(Statistics(), 1.0, 0.5))
