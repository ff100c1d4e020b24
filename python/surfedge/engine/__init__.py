"""The inference engine and the tiles that it is fed: the only door to OpenVINO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.engine.layers import layers_of
    from surfedge.engine.leaving import waited_for
    from surfedge.engine.openvino import (
        PRECISIONS,
        Engine,
        EngineOptions,
        check_device,
        convert,
        read_network,
        run_onnx,
        serialised,
    )
    from surfedge.engine.tiling import fraction_seen, run_kept, run_tiled, starts
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "layers": ("layers_of",),
            "leaving": ("waited_for",),
            "openvino": (
                "Engine",
                "EngineOptions",
                "PRECISIONS",
                "check_device",
                "convert",
                "read_network",
                "run_onnx",
                "serialised",
            ),
            "tiling": ("fraction_seen", "run_kept", "run_tiled", "starts"),
        },
    )
