"""From a trained network to what the runtime reads: OpenVINO IR, or ONNX for others."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

from surfedge.engine import convert, run_onnx
from surfedge.errors import EngineError, TrainingError
from surfedge.training.network_input import input_shape

ONNX_LIMIT = 1e-3


def to_openvino(network: nn.Module) -> tuple[bytes, bytes]:
    """(graph, weights) with any number of tiles at once; `network` has ``channels`` and ``input_px``.

    Raises EngineError when it cannot be converted.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return convert(network.cpu().eval(), _example(network), (-1, *_example(network).shape[1:]))


def to_onnx(network: nn.Module, path: Path, output: str = "map") -> float:
    """Write an ONNX file, check it, run it; returns the largest difference from torch.

    output : name of its first output; a second one is called "score".

    Raises EngineError without the onnx package, TrainingError when the file's answers differ by more than 1e-3.
    """
    try:
        import onnx
    except ImportError as error:
        raise EngineError(
            "onnx", found="no package", expected="onnx", remedy="pip install 'surfedge[train]'"
        ) from error
    example = _example(network)
    with torch.no_grad():
        answer = network.cpu().eval()(example)
    expected = answer if isinstance(answer, tuple) else (answer,)
    names = [output, "score"][: len(expected)]
    part = path.with_name(f".{path.stem}.part.onnx")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (example,),
                str(part),
                input_names=["image"],
                output_names=names,
                dynamic_axes={name: {0: "tiles"} for name in ("image", *names)},
                dynamo=False,
            )
        onnx.checker.check_model(str(part), full_check=True)
        found = run_onnx(part, example.numpy())
        difference = max(float(np.abs(a - b.numpy()).max()) for a, b in zip(found, expected, strict=True))
        if not difference <= ONNX_LIMIT:
            raise TrainingError(
                path, found=f"answers that differ by {difference:.3g}", expected=f"at most {ONNX_LIMIT}"
            )
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return difference


def _example(network: nn.Module) -> torch.Tensor:
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.random((2, *input_shape(network)), np.float32))
