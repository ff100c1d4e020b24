"""Speed beside public peers: each case asserts that all answers agree, then times them in turns.

`CASES` lists the subjects. A new one is a new file with its `CASES` and a line here. Peers are imported where they
are installed and named where they are not; the extra `bench` brings those that the package index has.
"""

from __future__ import annotations

CASES = {
    "dzl": "surfedge.benchmark.dzl:CASES",
    "ssim": "surfedge.benchmark.ssim:CASES",
    "tiles": "surfedge.benchmark.tiles:CASES",
    "fourier": "surfedge.benchmark.fourier:CASES",
    "opening": "surfedge.benchmark.opening:CASES",
    "regions": "surfedge.benchmark.regions:CASES",
    "quantile": "surfedge.benchmark.quantile:CASES",
    "cell_deviations": "surfedge.benchmark.cell_deviations:CASES",
    "cell_statistics": "surfedge.benchmark.cell_statistics:CASES",
    "patch_figures": "surfedge.benchmark.patch_figures:CASES",
    "mahalanobis": "surfedge.benchmark.mahalanobis:CASES",
    "call": "surfedge.benchmark.call:CASES",
    "detector": "surfedge.benchmark.detector:CASES",
}

__all__ = ["CASES"]
