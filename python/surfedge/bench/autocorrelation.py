"""Autocorrelation of planes with zeros around them: of one window, and of the features of an image together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log2
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work


def _trial(planes: int, shape: Shape, threads: int) -> Trial:
    given = np.random.default_rng(9).standard_normal((planes, *shape), np.float32)
    given /= np.float32(np.linalg.norm(given))  # 1 where nothing is shifted
    padded = 2 * shape[0], 2 * shape[1]
    out = np.empty((shape[0] + 1, padded[1]), np.float32)
    peers = (
        Peer("OpenCV dft", "cv2", partial(_opencv, given), 1e-4),
        Peer("SciPy", "scipy.fft", partial(_scipy, given, threads), 1e-4),
    )
    pixels = padded[0] * padded[1]  # a real transform of each plane, its squares, one transform back
    work = Work(given.nbytes, out.nbytes, pixels * (2.5 * log2(pixels) * (planes + 1) + 2 * planes))
    return Trial(lambda: kernels.autocorrelation(given, padded, out=out), peers, work)


def _opencv(planes: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    _, rows, columns = planes.shape
    padded = np.zeros((2 * rows, 2 * columns), np.float32)

    def call() -> np.ndarray:
        power = np.zeros_like(padded)
        for plane in planes:
            padded[:rows, :columns] = plane
            spectrum = cv2.dft(padded, nonzeroRows=rows)
            power += cv2.mulSpectrums(spectrum, spectrum, 0, conjB=True)
        return np.asarray(cv2.idft(power, flags=cv2.DFT_SCALE)[: rows + 1])

    return call


def _scipy(planes: np.ndarray, threads: int, fft: Any) -> Callable[[], np.ndarray]:
    _, rows, columns = planes.shape
    shape = 2 * rows, 2 * columns

    def call() -> np.ndarray:
        spectra = fft.rfft2(planes, shape, workers=threads)
        power = (spectra.real**2 + spectra.imag**2).sum(axis=0)
        return np.asarray(fft.irfft2(power, shape, workers=threads)[: rows + 1])

    return call


CASES = (Case("25 planes", (32, 32), partial(_trial, 25)), Case("one plane", (256, 256), partial(_trial, 1)))
