"""The inference engine behind one door: the only importer of OpenVINO.

Facts that this page takes care of (OpenVINO 2026.4): the default precision follows the CPU and moves scores, so
it is always set; importing the model converter would start telemetry, so it is kept out; a compiled model is not
safe to call from several threads, so each call takes an infer request of its own from a pool.
"""

from __future__ import annotations

import queue
import re
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.cores import checked_count, usable_cores
from surfedge.engine.leaving import waited_for
from surfedge.engine.network_check import check_graph_bytes, check_network
from surfedge.errors import ArgumentError, EngineError, NetworkError

# Settings of the engine. int8 stands in the graph itself (surfedge.precision.int8); the rest of such a graph is f32.
PRECISIONS = {"f32": "f32", "bf16": "bf16", "f16": "f16", "int8": "f32"}
_DEVICE = re.compile(r"AUTO|(CPU|GPU|NPU)(\.\d{1,3})?")


@dataclass(frozen=True)
class EngineOptions:
    """device : CPU, GPU, NPU, or AUTO (a GPU where the engine finds one, else the CPU).
    precision : f32, bf16, f16 or int8. threads : CPU threads, 0 leaves it to the engine.
    streams : inferences that run beside each other on the CPU, 0 leaves it to the engine. batch : most tiles at once.
    cache_dir : folder for compiled models; "" writes nothing anywhere.
    """

    device: str = "CPU"
    precision: str = "f32"
    threads: int = 0
    streams: int = 0
    batch: int = 16
    cache_dir: str = ""

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ArgumentError("precision", found=repr(self.precision), expected=", ".join(PRECISIONS))
        for name, least in (("threads", 0), ("streams", 0), ("batch", 1)):
            checked_count(name, getattr(self, name), least=least, remedy="0 leaves it to the engine")


class Engine:
    """One network, compiled on first use, shared by any number of threads.

    graph : OpenVINO IR, the XML as bytes. weights : its binary. Both come verified out of a bundle.
    Raises EngineError when the engine is missing or lacks the device, NetworkError when it refuses the model or the
    model is not one that methods take (surfedge.engine.network_check).
    """

    def __init__(self, graph: bytes, weights: bytes, options: EngineOptions | None = None) -> None:
        self.options = options or EngineOptions()
        self._graph, self._weights = graph, weights
        self._lock = threading.Lock()
        self._compiled: Any = None
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()

    @cached_property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the network's input, (N, C, h, w); -1 where it is free."""
        shape = self.compiled().input(0).partial_shape
        return tuple(-1 if size.is_dynamic else size.get_length() for size in shape)

    @cached_property
    def input_type(self) -> np.dtype[Any]:
        """uint8 or float32."""
        return np.dtype(self.compiled().input(0).element_type.to_dtype())

    @cached_property
    def computes_in(self) -> str:
        """The precision that this PC really computes in: a CPU without bf16 takes f32 without a word."""
        hint = self.compiled().get_property("INFERENCE_PRECISION_HINT").to_string()
        found = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}.get(hint, hint)
        told = PRECISIONS[self.options.precision]
        return self.options.precision if found == told else found

    @waited_for
    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        """The network's outputs for `batch` (N, C, h, w), copies that are the caller's own. Any thread may call."""
        request = self._take_request()
        try:
            self._start(request, batch)
            return [np.array(output) for output in self._outputs(request)]
        finally:
            with suppress(RuntimeError):  # whatever came in between, a batch is read in place until it is done
                request.wait()
            self._requests.put(request)

    def run_each(self, batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
        """The outputs for each of `batches`, in order; the engine works on the next ones while the caller uses one.

        One batch more than the engine has streams is under way; the values are the same as those of `run`.
        Outputs are the engine's own memory, valid until the next are asked for.
        """
        under_way: deque[tuple[Any, np.ndarray]] = deque()  # a batch is read in place, so it is kept
        try:
            for batch in batches:
                request = self._take_request()
                under_way.append((request, batch))
                self._start(request, batch)
                if len(under_way) > self._streams:
                    yield self._outputs(under_way[0][0])
                    self._requests.put(under_way.popleft()[0])
            while under_way:
                yield self._outputs(under_way[0][0])
                self._requests.put(under_way.popleft()[0])
        finally:  # the caller stopped early, or the engine failed
            for request, _ in under_way:
                with suppress(RuntimeError):
                    request.wait()
                self._requests.put(request)

    def _start(self, request: Any, batch: np.ndarray) -> None:
        """Begins an inference that reads `batch` in place, where it is in the engine's order and type."""
        if batch.dtype == self.input_type and batch.flags.c_contiguous and batch.flags.writeable:
            tensor = openvino().Tensor(batch, shared_memory=True)  # at a third of what finding the kind of input costs
            self._checked(request.set_input_tensor, tensor)
            self._checked(request.start_async)
        else:
            self._checked(request.start_async, {0: batch}, share_inputs=True)

    def _outputs(self, request: Any) -> list[np.ndarray]:
        self._checked(request.wait)
        return [request.get_output_tensor(number).data for number in range(self._outputs_count)]

    def _checked(self, action: Callable[..., Any], *given: Any, **named: Any) -> Any:
        try:
            return action(*given, **named)
        except (RuntimeError, MemoryError) as error:
            raise NetworkError("network", found=_first_line(error), expected=f"input {self.input_shape}") from error

    @cached_property
    def _outputs_count(self) -> int:
        return len(self.compiled().outputs)

    @cached_property
    def _streams(self) -> int:
        """Inferences that the engine runs beside each other."""
        return max(1, int(self.compiled().get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")))

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


def check_device(device: str) -> None:
    """Raises EngineError for a word that names no kind of device; whether this PC has it is seen where it is used.

    >>> check_device("gpu.1")
    """
    if not _DEVICE.fullmatch(device.upper()):
        remedy = "use device='AUTO'"
        raise EngineError("device", found=device, expected="CPU, GPU, NPU or AUTO", remedy=remedy)


def openvino() -> Any:
    """The openvino module, imported without its model converter and hence without telemetry."""
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    try:
        import openvino as module
    except ImportError as error:
        raise EngineError(
            "openvino", found=_first_line(error), expected="the package", remedy="pip install openvino"
        ) from error
    return module


def convert(network: Any, example: Any, shape: tuple[int, ...]) -> tuple[bytes, bytes]:
    """A torch module as OpenVINO IR, (graph, weights) in float32.

    example : a tensor it can be called with. shape : of the input, -1 where it is free.
    Raises EngineError when the engine lacks the converter or cannot express the network.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # the converter then has a stub
    module = openvino()
    if sys.modules.get("openvino.tools.ovc") is None:
        sys.modules.pop("openvino.tools.ovc", None)
    try:
        from openvino.tools.ovc import convert_model

        model = convert_model(network, example_input=example, input=[module.PartialShape(list(shape))])
        return serialised(model)
    except Exception as error:  # the converter has errors of its own beside the engine's
        raise EngineError(
            "conversion",
            found=_first_line(error),
            expected="a network that OpenVINO can express",
            remedy="update openvino",
        ) from error


def read_network(graph: bytes, weights: bytes) -> Any:
    """The model of (graph, weights), for programs that change it; raises NetworkError for what methods do not take."""
    return _read(openvino().Core(), graph, weights)


def serialised(model: Any) -> tuple[bytes, bytes]:
    """(graph, weights) of a model, in the types it has."""
    model.set_friendly_name("network")  # else a count of the models that this process has made
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.xml"
        openvino().save_model(model, path, compress_to_fp16=False)
        return path.read_bytes(), path.with_suffix(".bin").read_bytes()


def run_onnx(path: Path, batch: np.ndarray) -> list[np.ndarray]:
    """The outputs of an ONNX file for `batch`, on the CPU in float32: to compare an export with its origin."""
    try:
        compiled = openvino().Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        answers = compiled(batch)
        return [np.array(answers[place]) for place in range(len(compiled.outputs))]
    except RuntimeError as error:
        raise EngineError(path, found=_first_line(error), expected="a network that OpenVINO can run") from error


def _compile(graph: bytes, weights: bytes, options: EngineOptions) -> Any:
    core = openvino().Core()
    devices = core.available_devices
    device = options.device.upper()
    if device == "AUTO":
        device = next((name for name in devices if name.startswith("GPU")), "CPU")
    if not any(name.split(".")[0] == device.split(".")[0] for name in devices):
        raise EngineError("device", found=options.device, expected=", ".join(devices), remedy="use device='AUTO'")
    config: dict[str, Any] = {"INFERENCE_PRECISION_HINT": PRECISIONS[options.precision]}
    if device == "CPU" and options.threads:
        config["INFERENCE_NUM_THREADS"] = options.threads
        if options.threads < usable_cores():  # of several processes on a PC, the engine binds each to the first cores
            config["ENABLE_CPU_PINNING"] = False
    if device == "CPU" and options.streams:
        config["NUM_STREAMS"] = options.streams
    if options.cache_dir:
        config["CACHE_DIR"] = options.cache_dir
    model = _read(core, graph, weights)
    try:
        return core.compile_model(model, device, config)
    except (RuntimeError, MemoryError) as error:
        raise _no_network(error) from error


def _read(core: Any, graph: bytes, weights: bytes) -> Any:
    check_graph_bytes(graph)
    try:
        model = core.read_model(model=graph, weights=weights)
    except (RuntimeError, MemoryError) as error:
        raise _no_network(error) from error
    check_network(model)
    return model


def _no_network(error: BaseException) -> NetworkError:
    found, remedy = _first_line(error), "export the bundle again"
    return NetworkError("network", found=found, expected="an OpenVINO model", remedy=remedy)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
