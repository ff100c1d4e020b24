"""The arithmetic that inspection spends its time in: native code, one module per instruction-set level.

Arrays are C-contiguous and of the dtype named; uint8 images stand for value / 255. A wrong kind of object or
dtype raises TypeError, a wrong shape, layout or range ValueError; nothing is converted or copied silently.
`out=` takes an array of the result's dtype and shape, is filled and returned. The GIL is released, results do
not depend on the number of threads. The environment variable SURFEDGE_ISA (v2, v3, v4, neon) forces a level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surfedge.kernels.levels import LEVELS, active_isa, available_isas, set_threads
from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.kernels.comparisons import cell_deviations, cell_motion, ssim, ssim_map
    from surfedge.kernels.distances import mahalanobis, moments, nearest, position_distances
    from surfedge.kernels.fourier import autocorrelation, filter_spectrum, irfft2, local_waves, rfft2
    from surfedge.kernels.limits import arithmetic_rate, memory_rates
    from surfedge.kernels.morphology import dilate_disk, erode_disk, open_disk, regions
    from surfedge.kernels.patches import cell_means, cell_statistics, dzl, dzl_map, patch_figures, patch_std
    from surfedge.kernels.reductions import frame_statistics, quantile
    from surfedge.kernels.tiles import MAX_BLOCK_PX, average_tiles, block_means, cut_tiles
else:
    _imported, __dir__ = lazy_exports(
        __name__,
        {
            "comparisons": ("cell_deviations", "cell_motion", "ssim", "ssim_map"),
            "distances": ("mahalanobis", "moments", "nearest", "position_distances"),
            "fourier": ("autocorrelation", "filter_spectrum", "irfft2", "local_waves", "rfft2"),
            "limits": ("arithmetic_rate", "memory_rates"),
            "morphology": ("dilate_disk", "erode_disk", "open_disk", "regions"),
            "patches": ("cell_means", "cell_statistics", "dzl", "dzl_map", "patch_figures", "patch_std"),
            "reductions": ("frame_statistics", "quantile"),
            "tiles": ("MAX_BLOCK_PX", "average_tiles", "block_means", "cut_tiles"),
        },
    )

    def __getattr__(name: str) -> Any:
        """Found once, then an attribute like others: kernels are called too often to be looked up each time."""
        return globals().setdefault(name, _imported(name))
