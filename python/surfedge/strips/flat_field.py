"""Flat-field correction of a line camera: every column gets the same dark level and the same gain.

Words of EMVA Standard 1288, "Standard for Characterization of Image Sensors and Cameras", Release 4.0 (2021): the
dark signal nonuniformity (DSNU) is what a column adds without light, the photo response nonuniformity (PRNU) how far
its gain is from the mean. Here the gain holds the light and the lens as well.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surfedge.errors import ArgumentError, ImageError
from surfedge.files import replace_bytes

MAX_GAIN = 16.0


@dataclass(frozen=True)
class FlatField:
    """dark : float32 (columns,), grey levels without light. gain : float32 (columns,), mean 1 over the columns.

    dsnu : standard deviation of `dark` over the columns, grey levels (EMVA 1288, DSNU1288). prnu : standard deviation
    of the columns' response over its mean (PRNU1288).
    """

    dark: np.ndarray = field(repr=False)
    gain: np.ndarray = field(repr=False)
    dsnu: float = 0.0
    prnu: float = 0.0

    @classmethod
    def learn(cls, good: Iterable[np.ndarray], dark: Iterable[np.ndarray] = ()) -> FlatField:
        """From blocks of good lines, and of lines without light where there are some; (lines, columns) each.

        Raises ArgumentError for no lines, other widths, and columns without response.

        >>> flat = FlatField.learn([np.uint8([[50, 100, 150]] * 4)])
        >>> flat.correct(np.uint8([[25, 50, 75]])).tolist()
        [[50, 50, 50]]
        """
        bright = _mean_of(good, "good")
        if bright is None:
            raise ArgumentError("good", found="no lines", expected="lines of good material")
        black = _mean_of(dark, "dark")
        black = np.zeros_like(bright) if black is None else black
        if black.shape != bright.shape:
            raise ArgumentError("dark", found=f"{black.size} columns", expected=f"{bright.size}, as the good lines")
        response = bright - black
        mean = float(response.mean())
        if mean <= 0 or float(response.min()) * MAX_GAIN < mean:
            where = int(response.argmin())
            found = f"column {where} at {response[where]:.3g} of {mean:.3g} on average"
            raise ArgumentError("good", found=found, expected="light on every column", remedy="clean or crop the view")
        prnu = float(response.std()) / mean
        return cls(black.astype(np.float32), (mean / response).astype(np.float32), float(black.std()), prnu)

    def correct(self, lines: np.ndarray) -> np.ndarray:
        """`lines` (n, columns) with dark level and gain evened out, rounded, of the same type; a new array.

        Raises ImageError for another number of columns.
        """
        if lines.shape[1] != self.gain.size:
            expected = f"{self.gain.size}, as the flat field"
            raise ImageError("lines", found=f"{lines.shape[1]} columns", expected=expected)
        dark, gain = (v if lines.ndim == 2 else v[:, None] for v in (self.dark, self.gain))
        even = (lines - dark) * gain
        return np.clip(np.rint(even, out=even), 0, np.iinfo(lines.dtype).max, out=even).astype(lines.dtype)

    def write(self, path: str | Path) -> None:
        """Keep it in a file (NumPy's .npz)."""
        data = io.BytesIO()
        np.savez(data, dark=self.dark, gain=self.gain, figures=np.array([self.dsnu, self.prnu]))
        replace_bytes(Path(path), data.getvalue())

    @classmethod
    def read(cls, path: str | Path) -> FlatField:
        """From a file that `write` made; raises ArgumentError for any other."""
        try:
            with np.load(path, allow_pickle=False) as held:
                dark, gain, figures = (held[name] for name in ("dark", "gain", "figures"))
            is_right = dark.dtype == gain.dtype == np.float32 and dark.ndim == 1 and dark.shape == gain.shape
            if not (is_right and np.isfinite(dark).all() and np.isfinite(gain).all()):
                raise ValueError("other arrays")
            return cls(dark, gain, *map(float, figures))
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise ArgumentError("flat field", found=f"{path}: {error}", expected="a file of a flat field") from error


def _mean_of(blocks: Iterable[np.ndarray], name: str) -> np.ndarray | None:
    """Mean of each column over all lines, float64 (columns,), the colours together; None without a line."""
    total: np.ndarray | None = None
    count = 0
    for block in blocks:
        lines = np.asarray(block, np.float64)
        lines = lines.mean(axis=2) if lines.ndim == 3 else lines
        if total is not None and lines.shape[1:] != total.shape:
            raise ArgumentError(name, found=f"{lines.shape[1]} columns", expected=f"{total.size}, as before")
        total = lines.sum(axis=0) if total is None else total + lines.sum(axis=0)
        count += len(lines)
    return None if total is None or not count else total / count
