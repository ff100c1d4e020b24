"""Each loss against float64 NumPy written from its equation, and against the kernels that the runtime uses."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest
from skimage.metrics import structural_similarity

pytest.importorskip("torch", reason="training needs torch")

import torch

from surfedge import kernels
from surfedge.errors import ArgumentError
from surfedge.registry import resolve
from surfedge.training import losses
from surfedge.training.losses import LOSSES
from surfedge.training.losses.mse_dzl import dzl
from surfedge.training.losses.mse_zscore import zscore
from surfedge.training.losses.ssim import Ssim, ssim_windows

CHANCE = np.random.default_rng(3)
X = CHANCE.random((3, 1, 37, 45))
X[1, 0, 5:9, 20:30] = 1.0  # something for DZL to find
X[1, 0, 16:] = 0.5 + 0.02 * X[1, 0, 16:]
Y = np.clip(X + CHANCE.normal(0, 0.1, X.shape), 0, 1)
L = CHANCE.random((3, 1, 37, 45))


def _mean(values: list[float]) -> float:
    return float(np.mean(values))


def _ssim(x: np.ndarray, y: np.ndarray) -> float:
    return 1.0 - float(structural_similarity(x[0], y[0], win_size=11, data_range=1.0))


def _dzl(x: np.ndarray, patch_px: int = 16) -> np.ndarray:
    """Algorithm 2, patch by patch."""
    rows, columns = range(0, x.shape[1], patch_px), range(0, x.shape[2], patch_px)
    sigma = np.array([[x[0, r : r + patch_px, c : c + patch_px].std() for c in columns] for r in rows])
    z = (sigma - sigma.mean()) / sigma.std()
    mask = np.zeros(x.shape)
    for i, r in enumerate(rows):
        for j, c in enumerate(columns):
            mask[0, r : r + patch_px, c : c + patch_px] = z[i, j] > sigma.std()
    return mask


BY_EQUATION: dict[str, Any] = {
    "mse": lambda x, y, m: ((x - y) ** 2).mean(),
    "mse_std": lambda x, y, m: ((x - y) ** 2).mean() + 0.1 * abs(x.std() - y.std()),
    "ssim": lambda x, y, m: _ssim(x, y),
    "ssim_l1": lambda x, y, m: _ssim(x, y) + abs(x - y).mean(),
    "mse_zscore": lambda x, y, m: (((x - x.mean()) / x.std() * (x - y)) ** 2).mean(),
    "mse_dzl": lambda x, y, m: ((x - y) ** 2).mean() + 20 * ((_dzl(x) * (x - y)) ** 2).mean(),
    "mse_localised": lambda x, y, m: ((x - y) ** 2).mean() + 20 * ((m * (x - y)) ** 2).mean(),
}


def _loss(name: str) -> Any:
    return resolve(LOSSES, name)(**({"localiser": "a.surfedge"} if name == "mse_localised" else {}))


def test_losses_and_their_folder_agree() -> None:
    files = {path.stem for path in Path(losses.__file__).parent.glob("*.py")} - {
        "__init__",
        "focal",
        "gaussian_ssim",
    }  # these have other arguments
    assert {home.split(":")[0].rsplit(".", 1)[1] for home in LOSSES.values()} == files == set(BY_EQUATION)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_loss_is_its_equation(name: str, dtype: str) -> None:
    expected = _mean([BY_EQUATION[name](x, y, m) for x, y, m in zip(X, Y, L, strict=True)])
    x, y, m = (torch.tensor(values, dtype=getattr(torch, dtype)) for values in (X, Y, L))
    assert float(_loss(name)(x, y, m)) == pytest.approx(expected, rel=1e-9 if dtype == "float64" else 2e-5)
    assert float(_loss(name)(x, x, m)) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_are_those_of_differences(name: str) -> None:
    loss = _loss(name)
    x, y, m = (torch.tensor(v[1:2, :, :14, :18], dtype=torch.float64) for v in (X, Y, L))
    assert torch.autograd.gradcheck(lambda output: loss(x, output, m), (y.requires_grad_(),))


@pytest.mark.parametrize("window_px", [3, 7, 11, 13])
def test_ssim_windows_are_the_kernels(window_px: int) -> None:
    x, y = X[0, 0].astype(np.float32), Y[0, 0].astype(np.float32)
    found = ssim_windows(torch.from_numpy(x)[None, None], torch.from_numpy(y)[None, None], window_px)[0, 0].numpy()
    edge = window_px // 2
    inner = kernels.ssim_map(x, y, window_px=window_px)[edge:-edge, edge:-edge]
    np.testing.assert_allclose(found, inner, atol=2e-5)
    assert 1 - float(
        Ssim(window_px)(torch.from_numpy(x)[None, None], torch.from_numpy(y)[None, None])
    ) == pytest.approx(kernels.ssim(x, y, window_px=window_px), abs=2e-6)


@pytest.mark.parametrize("patch_px", [4, 16])
def test_dzl_and_zscore_are_the_runtimes(patch_px: int) -> None:
    from surfedge.images import from_array
    from surfedge.methods.pixel_zscore import PixelZScore

    for x in X.astype(np.float32):
        mask = dzl(torch.from_numpy(x)[None], patch_px)[0, 0].numpy()
        np.testing.assert_array_equal(mask.astype(bool), kernels.dzl(np.ascontiguousarray(x[0]), patch_px))
        z = zscore(torch.from_numpy(x)[None])[0, 0].abs().numpy()
        np.testing.assert_allclose(z, PixelZScore().inspect(from_array(x[0])).map, rtol=1e-4, atol=1e-5)


def test_even_images_have_no_mask_and_no_weight() -> None:
    grey = torch.full((1, 1, 32, 32), 0.5)
    assert not dzl(grey, 16).any() and not zscore(grey).any()
    slope = torch.full((1, 1, 32, 32), 0.25, requires_grad=True)
    for name in LOSSES:
        _loss(name)(grey, slope, grey).backward()
    assert slope.grad is not None and torch.isfinite(slope.grad).all()


def test_wrong_settings_are_refused() -> None:
    for name, settings in (("ssim", {"window_px": 4}), ("mse_std", {"weight": -1.0}), ("mse_dzl", {"patch_px": 1})):
        with pytest.raises(ArgumentError, match=name):
            resolve(LOSSES, name)(**settings)
    with pytest.raises(ArgumentError, match="at most 8"):
        Ssim()(torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8))
    with pytest.raises(ArgumentError, match="no localisation map"):
        _loss("mse_localised")(torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8))


def test_a_step_with_ssim_costs_little_more_than_one_with_mse() -> None:
    """Measured 1.08 to 1.12 times; the limit leaves room for a busy machine. Unfolding would be far beyond it."""
    from surfedge.training.networks.bergmann import Bergmann

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    network = Bergmann(width=16).build().to(memory_format=torch.channels_last)
    x = torch.rand(8, 1, 128, 128).to(memory_format=torch.channels_last)

    def step(loss: Any) -> float:
        started = process_time()
        loss(x, network(x)).backward()
        return process_time() - started

    times: dict[str, list[float]] = {"mse": [], "ssim": []}
    for _ in range(12):
        for name, taken in times.items():
            taken.append(step(_loss(name)))
    torch.set_num_threads(threads)
    assert min(times["ssim"]) < 1.5 * min(times["mse"])


def test_gaussian_ssim_is_that_of_tensorflow() -> None:
    """By hand from its definition: weights of sigma 1.5 px, population moments, no padding, k1 0.01, k2 0.03."""
    rng = np.random.default_rng(0)
    x, y = (rng.random((20, 23)) for _ in range(2))
    at = np.arange(11) - 5.0
    taps = np.exp(-(at**2) / (2 * 1.5**2))
    weights = np.outer(taps, taps) / taps.sum() ** 2
    values = []
    for row in range(10):
        for column in range(13):
            a, b = (image[row : row + 11, column : column + 11] for image in (x, y))
            mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
            of_a, of_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
            both = (weights * (a - mean_a) * (b - mean_b)).sum()
            likeness = (2 * mean_a * mean_b + 1e-4) * (2 * both + 9e-4)
            values.append(likeness / ((mean_a**2 + mean_b**2 + 1e-4) * (of_a + of_b + 9e-4)))
    loss = Ssim(gaussian=True)(*(torch.from_numpy(image[None, None]) for image in (x, y)))
    assert float(loss) == pytest.approx(1 - np.mean(values), abs=1e-9)


def test_dzl_with_a_threshold_marks_fewer_patches() -> None:
    target = torch.from_numpy(np.random.default_rng(0).random((1, 1, 64, 64), np.float32))
    target[..., 16:32, 16:32] = 0.5
    marked = [float(dzl(target, 16, threshold).mean()) for threshold in (None, 1.0, 3.0)]
    assert marked[0] > marked[1] >= marked[2]
    target[..., 16:32, 16:32] = (torch.arange(16) % 2).float()
    assert float(dzl(target, 16, 2.0).mean()) == 1 / 16
