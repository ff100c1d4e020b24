"""The inference engine behind one door: the only importer of OpenVINO.

Facts that this page takes care of (OpenVINO 2026.4): the default precision follows the CPU and moves scores, so
it is always set; importing the model converter would start telemetry, so it is kept out; a compiled model is not
safe to call from several threads, so each call takes an infer request of its own from a pool.
"""

from __future__ import annotations

import queue
import sys
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from surfedge.errors import ArgumentError, EngineError

PRECISIONS = {"f32": "f32", "bf16": "bf16", "f16": "f16"}


@dataclass(frozen=True)
class EngineOptions:
    """device : CPU, GPU, NPU, or AUTO (a GPU where the engine finds one, else the CPU).
    precision : f32, bf16 or f16. threads : CPU threads, 0 leaves it to the engine.
    cache_dir : folder for compiled models; "" writes nothing anywhere.
    """

    device: str = "CPU"
    precision: str = "f32"
    threads: int = 0
    cache_dir: str = ""

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ArgumentError("precision", found=repr(self.precision), expected=", ".join(PRECISIONS))
        if self.threads < 0:
            raise ArgumentError("threads", found=self.threads, expected="0 or more")


class Engine:
    """One network, compiled on first use, shared by any number of threads.

    graph : OpenVINO IR, the XML as bytes. weights : its binary. Both come verified out of a bundle.
    Raises EngineError when the engine is missing, refuses the model, or lacks the device.
    """

    def __init__(self, graph: bytes, weights: bytes, options: EngineOptions | None = None) -> None:
        self.options = options or EngineOptions()
        self._graph, self._weights = graph, weights
        self._lock = threading.Lock()
        self._compiled: Any = None
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the network's input, (N, C, h, w); -1 where it is free."""
        shape = self.compiled().input(0).partial_shape
        return tuple(-1 if size.is_dynamic else size.get_length() for size in shape)

    @property
    def input_type(self) -> np.dtype[Any]:
        """uint8 or float32."""
        return np.dtype(self.compiled().input(0).element_type.to_dtype())

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        """The network's outputs for `batch` (N, C, h, w), copies that are the caller's own. Any thread may call."""
        request = self._take_request()
        try:
            request.infer({0: batch}, share_inputs=True)
            return [np.array(tensor.data) for tensor in request.output_tensors]
        except RuntimeError as error:
            raise EngineError(
                "network", found=_first_line(error), expected=f"input {self.input_shape}"
            ) from error
        finally:
            self._requests.put(request)

    def compiled(self) -> Any:
        """The compiled model; the first call compiles."""
        with self._lock:
            if self._compiled is None:
                self._compiled = _compile(self._graph, self._weights, self.options)
            return self._compiled

    def _take_request(self) -> Any:
        try:
            return self._requests.get_nowait()
        except queue.Empty:
            return self.compiled().create_infer_request()


def openvino() -> Any:
    """The openvino module, imported without its model converter and hence without telemetry."""
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    try:
        import openvino as module
    except ImportError as error:
        raise EngineError("openvino", found=_first_line(error), expected="the package", remedy="pip install openvino"
                          ) from error  # fmt: skip
    return module


def _compile(graph: bytes, weights: bytes, options: EngineOptions) -> Any:
    core = openvino().Core()
    devices = core.available_devices
    device = options.device.upper()
    if device == "AUTO":
        device = next((name for name in devices if name.startswith("GPU")), "CPU")
    if not any(name.split(".")[0] == device.split(".")[0] for name in devices):
        raise EngineError(
            "device", found=options.device, expected=", ".join(devices), remedy="use device='AUTO'"
        )
    config: dict[str, Any] = {"INFERENCE_PRECISION_HINT": PRECISIONS[options.precision]}
    if device == "CPU" and options.threads:
        config["INFERENCE_NUM_THREADS"] = options.threads
    if options.cache_dir:
        config["CACHE_DIR"] = options.cache_dir
    try:
        return core.compile_model(core.read_model(model=graph, weights=weights), device, config)
    except RuntimeError as error:
        raise EngineError("network", found=_first_line(error), expected="an OpenVINO model",
                          remedy="export the bundle again") from error  # fmt: skip


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
