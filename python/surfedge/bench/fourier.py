"""Fourier filter: forward, gain, inverse."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log2
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture

PLANNING_SECONDS = 3.0  # at most, for FFTW's own measurements


def _trial(shape: Shape, threads: int) -> Trial:
    image, gain, out = texture(shape, np.float32), _high_pass(shape), np.empty(shape, np.float32)
    peers = (
        Peer("OpenCV dft", "cv2", partial(_opencv, image, gain), 1e-4),
        Peer("FFTW measured", "pyfftw", partial(_fftw, image, gain, threads), 1e-4),
        Peer("ducc0", "ducc0", partial(_ducc0, image, gain, threads), 1e-4),
        Peer("SciPy", "scipy.fft", partial(_scipy, image, gain, threads), 1e-4),
        Peer("torch", "torch", partial(_torch, image, gain), 1e-4),
    )
    # Two real transforms of 2.5 N log2 N, and the gain on N / 2 complex values.
    work = Work(image.nbytes + gain.nbytes, out.nbytes, image.size * (5 * log2(image.size) + 1))
    return Trial(lambda: kernels.filter_spectrum(image, gain, out=out), peers, work)


def _high_pass(shape: Shape) -> np.ndarray:
    """Gain of each frequency of a real transform, float32 (H, W // 2 + 1)."""
    rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])
    return (1 - np.exp(-(rows**2 + columns**2) / (2 * 0.02**2))).astype(np.float32)


def _opencv(image: np.ndarray, gain: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    spectrum, out = np.empty_like(image), np.empty_like(image)
    packed = _packed(gain, image.shape)
    back = cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT

    def call() -> np.ndarray:
        cv2.dft(image, dst=spectrum)
        cv2.multiply(spectrum, packed, dst=spectrum)
        return cv2.dft(spectrum, dst=out, flags=back)

    return call


def _packed(gain: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Gains in OpenCV's packed order: (re, im) side by side, in the first and last column one below the other."""
    height, width = shape
    packed = gain[:, (np.arange(width) + 1) // 2]
    below = (np.arange(height) + 1) // 2
    packed[:, 0] = gain[below, 0]
    if width % 2 == 0:
        packed[:, -1] = gain[below, -1]
    return np.ascontiguousarray(packed)


def _fftw(image: np.ndarray, gain: np.ndarray, threads: int, pyfftw: Any) -> Callable[[], np.ndarray]:
    pixels = pyfftw.empty_aligned(image.shape, "float32")
    spectrum = pyfftw.empty_aligned(gain.shape, "complex64")
    plan = partial(
        pyfftw.FFTW,
        axes=(0, 1),
        flags=("FFTW_MEASURE", "FFTW_DESTROY_INPUT"),
        threads=threads,
        planning_timelimit=PLANNING_SECONDS,
    )
    forward, back = plan(pixels, spectrum), plan(spectrum, pixels, direction="FFTW_BACKWARD")

    def call() -> np.ndarray:
        pixels[...] = image  # its inverse destroys what it is given
        forward.execute()
        np.multiply(spectrum, gain, out=spectrum)
        back.execute()
        return np.multiply(pixels, np.float32(1 / image.size), out=pixels)

    return call


def _ducc0(image: np.ndarray, gain: np.ndarray, threads: int, ducc0: Any) -> Callable[[], np.ndarray]:
    spectrum, out = np.empty(gain.shape, np.complex64), np.empty_like(image)

    def call() -> np.ndarray:
        ducc0.fft.r2c(image, axes=(0, 1), nthreads=threads, out=spectrum)
        np.multiply(spectrum, gain, out=spectrum)
        return ducc0.fft.c2r(
            spectrum,
            axes=(0, 1),
            lastsize=image.shape[1],
            forward=False,
            inorm=2,
            nthreads=threads,
            out=out,
            allow_overwriting_input=True,
        )

    return call


def _scipy(image: np.ndarray, gain: np.ndarray, threads: int, fft: Any) -> Callable[[], np.ndarray]:
    def call() -> np.ndarray:
        spectrum = fft.rfft2(image, workers=threads)
        spectrum *= gain
        return fft.irfft2(spectrum, image.shape, workers=threads, overwrite_x=True)

    return call


def _torch(image: np.ndarray, gain: np.ndarray, torch: Any) -> Callable[[], np.ndarray]:
    pixels, factor = torch.from_numpy(image), torch.from_numpy(gain)
    return lambda: torch.fft.irfft2(torch.fft.rfft2(pixels) * factor, image.shape).numpy()


CASES = (
    Case("f32", (1024, 1024), _trial, goal=1.9),
    Case("f32", (2048, 2048), _trial, goal=1.9),
    Case("f32", (1000, 1400), _trial, goal=1.5, small=(50, 84)),
)
