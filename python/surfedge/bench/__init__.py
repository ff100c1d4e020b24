"""Speed beside public peers: each case asserts that all answers agree, then times them in turns.

`CASES` lists the subjects. A new one is a new file with its `CASES` and a line here. Peers are imported where they
are installed and named where they are not; the extra `bench` brings those that the package index has.
"""

from __future__ import annotations

CASES = {
    "block_means": "surfedge.bench.block_means:CASES",
    "dzl": "surfedge.bench.dzl:CASES",
    "ssim": "surfedge.bench.ssim:CASES",
    "tiles": "surfedge.bench.tiles:CASES",
    "fourier": "surfedge.bench.fourier:CASES",
    "autocorrelation": "surfedge.bench.autocorrelation:CASES",
    "opening": "surfedge.bench.opening:CASES",
    "regions": "surfedge.bench.regions:CASES",
    "frame_statistics": "surfedge.bench.frame_statistics:CASES",
    "quantile": "surfedge.bench.quantile:CASES",
    "cell_deviations": "surfedge.bench.cell_deviations:CASES",
    "cell_motion": "surfedge.bench.cell_motion:CASES",
    "local_waves": "surfedge.bench.local_waves:CASES",
    "cell_statistics": "surfedge.bench.cell_statistics:CASES",
    "patch_figures": "surfedge.bench.patch_figures:CASES",
    "mahalanobis": "surfedge.bench.mahalanobis:CASES",
    "moments": "surfedge.bench.moments:CASES",
    "nearest": "surfedge.bench.nearest:CASES",
    "position_distances": "surfedge.bench.position_distances:CASES",
    "call": "surfedge.bench.call:CASES",
    "detector": "surfedge.bench.detector:CASES",
}

__all__ = ["CASES"]
