"""The 0.995 quantile of a map, exactly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture

SHARE = 0.995


def _trial(shape: Shape, threads: int) -> Trial:
    values = texture(shape, np.float32)
    rank = ceil(SHARE * (values.size - 1))
    peers = (
        Peer("NumPy partition", "numpy", partial(_partition, values, rank), error=_difference),
        Peer("NumPy quantile", "numpy", partial(_quantile, values), error=_difference),
        Peer("torch kthvalue", "torch", partial(_torch, values, rank), error=_difference),
    )
    return Trial(lambda: kernels.quantile(values, SHARE), peers, Work(values.nbytes))


def _difference(ours: float, theirs: float) -> float:
    return abs(ours - theirs)


def _partition(values: np.ndarray, rank: int, numpy: Any) -> Callable[[], float]:
    flat = values.ravel()
    return lambda: float(numpy.partition(flat, rank)[rank])


def _quantile(values: np.ndarray, numpy: Any) -> Callable[[], float]:
    share = np.float64(SHARE)  # its index is float32 else
    return lambda: float(numpy.quantile(values, share, method="higher"))


def _torch(values: np.ndarray, rank: int, torch: Any) -> Callable[[], float]:
    flat = torch.from_numpy(values).flatten()
    return lambda: float(torch.kthvalue(flat, rank + 1)[0])


CASES = (Case("f32", (1024, 1024), _trial, goal=3),)
