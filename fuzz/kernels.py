"""Fuzzing of the kernel bindings: python fuzz/kernels.py -max_total_time=60 (needs the extra ``fuzz``).

Shapes, dtypes, strides, NaN and parameters are drawn from the input. An answer, TypeError or ValueError is right;
anything else, and any crash, is a finding. Build with SURFEDGE_SANITIZE to see reads outside of buffers too.
"""

from __future__ import annotations

import sys
from typing import Any

import atheris
import numpy as np

from surfedge import kernels

DTYPES = (np.uint8, np.float32, np.bool_, np.float64, np.int16)


def _array(data: Any) -> np.ndarray:
    shape = [data.ConsumeIntInRange(0, 70) for _ in range(data.ConsumeIntInRange(1, 3))]
    dtype = DTYPES[data.ConsumeIntInRange(0, len(DTYPES) - 1)]
    raw = np.frombuffer(data.ConsumeBytes(64).ljust(64, b"\x7f"), np.uint8)
    array = np.resize(raw, int(np.prod(shape)) * np.dtype(dtype).itemsize)
    array = (array & 1 if dtype is np.bool_ else array).view(dtype).reshape(shape)
    step = data.ConsumeIntInRange(1, 3)
    return array[::step] if data.ConsumeBool() else array


def one_input(raw: bytes) -> None:
    """One call of one kernel."""
    data = atheris.FuzzedDataProvider(raw)
    number = data.ConsumeIntInRange(-2, 80)
    x, y = _array(data), _array(data)
    calls = (
        lambda: kernels.patch_std(x, number),
        lambda: kernels.dzl_map(x, number),
        lambda: kernels.dzl(x, number, data.ConsumeFloat()),
        lambda: kernels.ssim_map(x, y, window_px=number, gaussian=data.ConsumeBool()),
        lambda: kernels.ssim_map(x, x, window_px=number),
        lambda: kernels.ssim(x, y, window_px=number),
        lambda: kernels.cut_tiles(x, number, data.ConsumeIntInRange(-1, 80)),
        lambda: kernels.average_tiles(x, (number, data.ConsumeIntInRange(-1, 80)), data.ConsumeIntInRange(-1, 80)),
        lambda: kernels.block_means(x, (number, data.ConsumeIntInRange(-1, 130))),
        lambda: kernels.rfft2(x),
        lambda: kernels.filter_spectrum(x, y),
        lambda: kernels.open_disk(x, number),
        lambda: kernels.erode_disk(x, number),
        lambda: kernels.regions(x, y),
        lambda: kernels.regions(x),
        lambda: kernels.quantile(x, data.ConsumeFloat()),
        lambda: kernels.cell_statistics(x, number),
        lambda: kernels.mahalanobis(x, y, y),
        lambda: kernels.nearest(x, y),
        lambda: kernels.patch_std(x, number, out=y),
    )
    try:
        calls[data.ConsumeIntInRange(0, len(calls) - 1)]()
    except (TypeError, ValueError):
        return


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], "-timeout=5", *sys.argv[1:]], one_input)
    atheris.Fuzz()
