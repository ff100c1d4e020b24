"""What a bundle's network costs on this machine, in each precision and number of threads: the network alone.

The input is noise, the answers are thrown away; what bundles score is `surfedge evaluate`'s to say. Networks in int8
hold their precision in the graph and are timed as they are, others in f32 and bf16. Which kernels ran is read from the
engine's own model: a level forced by ONEDNN_MAX_CPU_ISA counts as measured only where they say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from surfedge.bench.timing import interleaved
from surfedge.bundle import Bundle
from surfedge.detector import Detector
from surfedge.engine import EngineOptions
from surfedge.errors import ArgumentError
from surfedge.methods import Networked
from surfedge.progress import Progress, silent

PRECISIONS = ("f32", "bf16")
SECONDS = 2.0  # of each, in turns with the others


@dataclass(frozen=True)
class NetworkCost:
    """bundle : its path. input : (C, h, w). precision, threads : that were asked for. megabytes : of graph and weights.
    ms : median of a call with one image; low_ms, high_ms : quartiles. kernels : of the executed convolutions and
    products, the most frequent first, as the engine calls them.
    """

    bundle: str
    method: str
    input: tuple[int, int, int]
    precision: str
    threads: int
    megabytes: float
    ms: float
    low_ms: float
    high_ms: float
    kernels: tuple[str, ...]

    @property
    def images_per_s(self) -> float:
        """One image after the other."""
        return 1e3 / self.ms

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "images_per_s": self.images_per_s}


def network_costs(
    bundles: Mapping[str, Bundle],
    threads: Sequence[int] = (1,),
    *,
    seconds: float = SECONDS,
    progress: Progress = silent,
) -> list[NetworkCost]:
    """The cost of each of `bundles`, by name, in each precision that this PC computes in, timed in turns.

    Raises ArgumentError for a bundle without a network.
    """
    entries = list(_entries(bundles, threads))
    calls: dict[str, Callable[[], Any]] = {}
    for number, (_, method, _) in enumerate(entries):
        progress(number, len(entries), "compiling")
        calls[str(number)] = _call(method)
        calls[str(number)]()
    spreads = interleaved(calls, seconds * len(entries))
    return [
        NetworkCost(
            name,
            method.name,
            method.input_size(),
            precision,
            method.options.threads,
            (len(method.graph) + len(method.weights)) / 1e6,
            spreads[str(number)].ms,
            spreads[str(number)].low_ms,
            spreads[str(number)].high_ms,
            kernels_of(method),
        )
        for number, (name, method, precision) in enumerate(entries)
    ]


def _entries(bundles: Mapping[str, Bundle], threads: Sequence[int]) -> Iterator[tuple[str, Networked, str]]:
    for name, bundle in bundles.items():
        method = Detector(bundle, device="CPU", screen=False).method
        if not isinstance(method, Networked):
            raise ArgumentError(
                "bundle", found=f"{name} with the method {method.name}", expected="a bundle with a network"
            )
        given = method.options.precision
        for precision in PRECISIONS if given != "int8" else ("int8",):
            for count in threads:
                run = method.on(EngineOptions("CPU", precision, count, streams=1))
                if run.engine.computes_in == precision:  # else this CPU takes another without a word
                    yield name, run, precision


def _call(method: Networked) -> Callable[[], Any]:
    channels, height, width = method.input_size()
    kind = method.engine.input_type
    values = np.random.default_rng(0).random((1, channels, height, width), np.float32)
    batch = (values * 255).astype(np.uint8) if kind == np.uint8 else values
    return lambda: method.engine.run(batch)


def kernels_of(method: Networked) -> tuple[str, ...]:
    """Names of the kernels that the engine chose for convolutions and products, the most frequent first."""
    model = method.engine.compiled().get_runtime_model()
    found: Counter[str] = Counter()
    for layer in model.get_ordered_ops():
        said = layer.get_rt_info()
        if str(said["layerType"].astype(str)) in ("Convolution", "FullyConnected", "MatMul"):
            found[str(said["primitiveType"].astype(str))] += 1
    return tuple(name for name, _ in found.most_common())
