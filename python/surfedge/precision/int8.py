"""A network in int8 by post-training quantisation: the only importer of NNCF (extra ``int8``). No torch is needed.

Weights and activations become 8-bit integers with scales that a few hundred tiles of good images decide. The overflow
fix keeps weights to 7 bits, so that products add up without saturation on CPUs that lack VNNI: without it the answers
of one network differed by 0.02 to 0.15 (grey values 0 to 1) between CPUs, with it by 1e-7.
Source: B. Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
inference", 2018; A. Kozlov et al., "Neural network compression framework for fast model inference", 2020.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from surfedge.engine import read_network, serialised
from surfedge.errors import EngineError

BATCH = 16


def quantised(graph: bytes, weights: bytes, tiles: np.ndarray) -> tuple[bytes, bytes]:
    """(graph, weights) of the same network in int8; the same bytes for the same arguments.

    graph, weights : OpenVINO IR in f32. tiles : (N, C, h, w), what the network is fed on good images, in the graph's
    type; some hundred. Raises EngineError without NNCF or for a network that it cannot quantise.
    """
    nncf = _nncf()
    model = read_network(graph, weights)
    batch = 1 if model.input(0).partial_shape[0].is_static else BATCH
    batches: Sequence[np.ndarray] = [tiles[i : i + batch] for i in range(0, len(tiles), batch)]
    advanced = nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.ENABLE)
    try:
        # It draws its own progress.
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = nncf.quantize(
                model,
                nncf.Dataset(batches),
                preset=nncf.QuantizationPreset.MIXED,
                subset_size=len(batches),
                advanced_parameters=advanced,
            )
    except (RuntimeError, ValueError, nncf.InternalError, nncf.ValidationError) as error:
        raise EngineError(
            "int8",
            found=f"a network that cannot be quantised ({error})",
            expected="convolutions",
            remedy="use precision f32 or bf16",
        ) from error
    for number, layer in enumerate(model.get_ordered_ops()):  # the names it gives count up with each call
        layer.set_friendly_name(f"{layer.get_type_name()}_{number}")
    return serialised(model)


def _nncf() -> Any:
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # it then has a stub
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import nncf
    except ImportError as error:
        raise EngineError(
            "int8",
            found="no package nncf",
            expected="the int8 extra",
            remedy="pip install 'surfedge[int8]'; inspection does without",
        ) from error
    nncf.set_log_level(logging.ERROR)
    return nncf
