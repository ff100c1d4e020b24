"""Structural similarity of two images at every pixel. A peer that gives the score alone says so in its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture

C1, C2 = 0.01**2, 0.03**2
SIGMA_PX = 1.5
# A pixel's operations: squares and product 4; four quantities by running sums 4 each, or by 11 folded taps twice 16
# each; the formula 15.
UNIFORM_OPERATIONS, GAUSSIAN_OPERATIONS = 4 + 4 * 4 + 15, 4 + 4 * 2 * 16 + 15


def _pair(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """An image, and the same with noise."""
    x = texture(shape, np.float32)
    noise = np.random.default_rng(2).standard_normal(shape, np.float32)
    return x, np.clip(x + np.float32(0.02) * noise, 0.0, 1.0)


def _score_trial(window_px: int, shape: Shape, threads: int) -> Trial:
    """The mean alone, as who asks for a score gets it: no map is written."""
    x, y = _pair(shape)
    pair = (x, y, window_px, False)
    peers = (
        Peer("OpenCV four blurs", "cv2", partial(_opencv, *pair), 5e-3, _mean_error(window_px)),
        Peer("fast-ssim score", "fast_ssim", partial(_fast_ssim, x, y, window_px), 5e-3, lambda a, b: abs(a - b)),
    )
    work = Work(x.nbytes + y.nbytes, 0, UNIFORM_OPERATIONS * x.size)
    return Trial(lambda: kernels.ssim(x, y, window_px=window_px), peers, work)


def _trial(window_px: int, gaussian: bool, shape: Shape, threads: int) -> Trial:
    (x, y), out = _pair(shape), np.empty(shape, np.float32)
    pair = (x, y, window_px, gaussian)
    peers = [
        Peer("OpenCV four blurs", "cv2", partial(_opencv, *pair), 1e-3),
        Peer("scikit-image", "skimage.metrics", partial(_scikit_image, *pair), 1e-3),
        Peer("torch four blurs", "torch", partial(_torch, *pair), 1e-3, _inner_difference(window_px)),
    ]
    score_error = _score_error(window_px)
    if gaussian:
        peers.append(Peer("pytorch-msssim score", "pytorch_msssim", partial(_pytorch_msssim, x, y), 5e-3, score_error))
    else:
        peers.append(Peer("fast-ssim score", "fast_ssim", partial(_fast_ssim, x, y, window_px), 5e-3, score_error))
    operations = (GAUSSIAN_OPERATIONS if gaussian else UNIFORM_OPERATIONS) * x.size
    return Trial(
        lambda: kernels.ssim_map(x, y, window_px=window_px, gaussian=gaussian, out=out),
        tuple(peers),
        Work(x.nbytes + y.nbytes, out.nbytes, operations),
    )


def _score_error(window_px: int) -> Callable[[np.ndarray, float], float]:
    """Peers differ in borders and in the sample covariance's factor: scores agree to a few thousandths."""
    inner = slice(window_px // 2, -(window_px // 2))
    return lambda ours, theirs: abs(float(ours[inner, inner].mean(dtype=np.float64)) - theirs)


def _mean_error(window_px: int) -> Callable[[float, np.ndarray], float]:
    inner = slice(window_px // 2, -(window_px // 2))
    return lambda ours, theirs: abs(ours - float(theirs[inner, inner].mean(dtype=np.float64)))


def _inner_difference(window_px: int) -> Callable[[np.ndarray, np.ndarray], float]:
    inner = slice(window_px // 2, -(window_px // 2))
    return lambda ours, theirs: float(np.abs(ours[inner, inner] - theirs).max())


def _opencv(x: np.ndarray, y: np.ndarray, window_px: int, gaussian: bool, cv2: Any) -> Callable[[], np.ndarray]:
    side, border = (window_px, window_px), cv2.BORDER_REFLECT
    sample = window_px**2 / (window_px**2 - 1)
    buffers = [np.empty_like(x) for _ in range(6)]

    def blur(source: np.ndarray, to: np.ndarray) -> np.ndarray:
        if gaussian:
            return cv2.GaussianBlur(source, side, SIGMA_PX, dst=to, borderType=border)
        return cv2.blur(source, side, dst=to, borderType=border)

    def call() -> np.ndarray:
        energy, product, ux, uy, vxy, v = buffers
        cv2.multiply(x, x, dst=energy)
        cv2.accumulateSquare(y, energy)
        cv2.multiply(x, y, dst=product)
        blur(x, ux), blur(y, uy), blur(product, vxy), blur(energy, v)
        cv2.multiply(ux, uy, dst=product)  # ux uy
        cv2.multiply(ux, ux, dst=energy)
        cv2.accumulateSquare(uy, energy)  # ux^2 + uy^2
        cv2.scaleAdd(product, -1.0, vxy, dst=vxy)
        cv2.scaleAdd(energy, -1.0, v, dst=v)
        cv2.addWeighted(vxy, 2 * sample, vxy, 0, C2, dst=vxy)
        cv2.addWeighted(product, 2, product, 0, C1, dst=product)
        cv2.addWeighted(v, sample, v, 0, C2, dst=v)
        cv2.add(energy, C1, dst=energy)
        cv2.multiply(product, vxy, dst=product)
        cv2.multiply(energy, v, dst=energy)
        return cv2.divide(product, energy, dst=product)

    return call


def _scikit_image(
    x: np.ndarray, y: np.ndarray, window_px: int, gaussian: bool, metrics: Any
) -> Callable[[], np.ndarray]:
    choice = {"gaussian_weights": True, "sigma": SIGMA_PX} if gaussian else {"win_size": window_px}
    return lambda: metrics.structural_similarity(x, y, data_range=1.0, full=True, **choice)[1]


def _torch(x: np.ndarray, y: np.ndarray, window_px: int, gaussian: bool, torch: Any) -> Callable[[], np.ndarray]:
    conv = torch.nn.functional.conv2d
    at = torch.arange(window_px) - window_px // 2
    taps = torch.exp(-(at**2) / (2 * SIGMA_PX**2)) if gaussian else torch.ones(window_px)
    taps = (taps / taps.sum()).float()
    sample = window_px**2 / (window_px**2 - 1)
    tx, ty = torch.from_numpy(x)[None, None], torch.from_numpy(y)[None, None]

    def blur(source: Any) -> Any:
        return conv(conv(source, taps[None, None, None, :]), taps[None, None, :, None])

    def call() -> np.ndarray:
        ux, uy, energy, product = blur(tx), blur(ty), blur(tx * tx + ty * ty), blur(tx * ty)
        means = ux * ux + uy * uy
        similar = (2 * ux * uy + C1) * (2 * sample * (product - ux * uy) + C2)
        return (similar / ((means + C1) * (sample * (energy - means) + C2)))[0, 0].numpy()

    return call


def _pytorch_msssim(x: np.ndarray, y: np.ndarray, package: Any) -> Callable[[], float]:
    torch = import_module("torch")
    tx, ty = torch.from_numpy(x)[None, None], torch.from_numpy(y)[None, None]
    return lambda: float(package.ssim(tx, ty, data_range=1.0))


def _fast_ssim(x: np.ndarray, y: np.ndarray, window_px: int, package: Any) -> Callable[[], float]:
    return lambda: float(package.ssim(x, y, data_range=1.0, win_size=window_px))


CASES = (
    Case("f32 uniform 7", (1024, 1024), partial(_trial, 7, False), goal=3.2),
    Case("f32 uniform 11", (1024, 1024), partial(_trial, 11, False), goal=2.3),
    Case("f32 score uniform 7", (1024, 1024), partial(_score_trial, 7), goal=3.2),
    Case("f32 score uniform 11", (1024, 1024), partial(_score_trial, 11), goal=2.3),
    Case("f32 Gaussian 1.5", (1024, 1024), partial(_trial, 11, True), goal=2.7),
)
