"""What the engine is told for each option, and how models come and go; what is slow stands in place of itself."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import graphs
from surfedge.engine import Engine, EngineOptions
from surfedge.engine import openvino as page
from surfedge.errors import ArgumentError, EngineError

HINT = {"INFERENCE_PRECISION_HINT": "f32"}


def told(monkeypatch: pytest.MonkeyPatch, devices: list[str], **options: Any) -> tuple[str, dict[str, Any]]:
    """Device and settings that the engine is given on a PC with 4 usable cores and these devices."""
    core = SimpleNamespace(available_devices=devices, compile_model=lambda model, device, config: (device, config))
    monkeypatch.setattr(page, "openvino", lambda: SimpleNamespace(Core=lambda: core))
    monkeypatch.setattr(page, "usable_cores", lambda: 4)
    monkeypatch.setattr(page, "_read", lambda *_: None)
    found: tuple[str, dict[str, Any]] = Engine(b"", b"", EngineOptions(**options)).compiled()
    return found


@pytest.mark.parametrize(
    ("devices", "options", "device", "config"),
    [
        (["CPU"], {}, "CPU", HINT),
        (["CPU"], {"device": "AUTO"}, "CPU", HINT),
        (["CPU", "GPU.0", "GPU.1"], {"device": "auto"}, "GPU.0", HINT),
        (["CPU", "GPU.0"], {"device": "GPU", "threads": 2, "streams": 2}, "GPU", HINT),
        (["CPU", "GPU.0"], {"device": "gpu.0"}, "GPU.0", HINT),
        (["CPU", "GPU"], {"device": "CPU"}, "CPU", HINT),
        (["CPU"], {"threads": 4}, "CPU", HINT | {"INFERENCE_NUM_THREADS": 4}),
        (["CPU"], {"threads": 3}, "CPU", HINT | {"INFERENCE_NUM_THREADS": 3, "ENABLE_CPU_PINNING": False}),
        (["CPU"], {"streams": 1}, "CPU", HINT | {"NUM_STREAMS": 1}),
        (["CPU"], {"cache_dir": "kept"}, "CPU", HINT | {"CACHE_DIR": "kept"}),
        (["CPU"], {"precision": "bf16"}, "CPU", {"INFERENCE_PRECISION_HINT": "bf16"}),
        (["CPU"], {"precision": "f16"}, "CPU", {"INFERENCE_PRECISION_HINT": "f16"}),
        (["CPU"], {"precision": "int8"}, "CPU", HINT),
    ],
)
def test_what_the_engine_is_told(
    devices: list[str], options: dict[str, Any], device: str, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads of fewer than all cores are not bound to the first ones; a GPU gets neither threads nor streams."""
    assert told(monkeypatch, devices, **options) == (device, config)


def test_a_device_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match=r"device: found NPU, expected CPU, GPU\.0"):
        told(monkeypatch, ["CPU", "GPU.0"], device="NPU")


@pytest.mark.parametrize("name", ["threads", "streams", "batch"])
def test_the_least_of_each_option(name: str) -> None:
    least = int(name == "batch")
    assert getattr(EngineOptions(**{name: least}), name) == least
    with pytest.raises(ArgumentError, match=f"{name}: found {least - 1}, expected {least} to 1,024"):
        EngineOptions(**{name: least - 1})


@pytest.mark.parametrize("kind", ["reversed", "read-only", "float64", "as it is"])
def test_batches_of_any_order_and_type(kind: str, tmp_path: Path) -> None:
    engine = Engine(*graphs.scaled(tmp_path, 3.0))
    batch = np.random.default_rng(0).random((2, 1, 32, 32), np.float32)
    expected = 3 * batch
    if kind == "reversed":
        batch = np.ascontiguousarray(batch[..., ::-1])[..., ::-1]
    elif kind == "read-only":
        batch.flags.writeable = False
    elif kind == "float64":
        batch = batch.astype(np.float64)
    for found in (engine.run(batch)[0], next(engine.run_each([batch]))[0]):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_precision_that_is_computed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine says it took, by its short name; as it was asked for where that is the same."""
    graph = graphs.scaled(tmp_path, 3.0)
    assert Engine(*graph).computes_in == "f32"
    assert Engine(*graph, EngineOptions(precision="int8")).computes_in == "int8"
    for precision, hint, said in (("bf16", "float32", "f32"), ("bf16", "bfloat16", "bf16"), ("f16", "float16", "f16")):
        engine = Engine(*graph, EngineOptions(precision=precision))
        answer = SimpleNamespace(get_property=lambda name, hint=hint: SimpleNamespace(to_string=lambda: hint))
        monkeypatch.setattr(engine, "compiled", lambda answer=answer: answer)
        assert engine.computes_in == said


def test_models_keep_their_weights_and_are_not_numbered(tmp_path: Path) -> None:
    """0.1 has no exact value in 16 bits."""
    graph, weights = page.serialised(page.read_network(*graphs.scaled(tmp_path, 0.1)))
    assert b'<net name="network"' in graph
    assert (Engine(graph, weights).run(np.ones((1, 1, 32, 32), np.float32))[0] == np.float32(0.1)).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "RuntimeError"), (" \n", "RuntimeError"), ("Check failed\n at file\n\n  no such layer \n", "no such layer")],
)
def test_of_an_engine_error_the_last_line_is_told(text: str, said: str) -> None:
    assert page._first_line(RuntimeError(text)) == said
    assert page._first_line(RuntimeError("x" * 400)) == "x" * 300


def test_the_model_converter_stays_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would start telemetry; a conversion brings it in, without."""
    for name in ("openvino.tools.ovc", "openvino_telemetry"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    page.openvino()
    assert sys.modules["openvino.tools.ovc"] is None
    with pytest.raises(EngineError, match="conversion: found Unknown model type"):
        page.convert(object(), None, (1, 1, 4, 4))
    assert sys.modules["openvino.tools.ovc"] is not None is sys.modules["openvino_telemetry"]


def test_a_conversion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an example, at the shape that is asked for; a converter that is there already is taken."""
    asked: list[Any] = []

    def convert_model(network: Any, **named: Any) -> Any:
        asked.extend((network, named["example_input"], *map(str, named["input"])))
        return page.read_network(*graphs.scaled(tmp_path, 0.1))

    monkeypatch.setitem(sys.modules, "openvino.tools.ovc", SimpleNamespace(convert_model=convert_model))
    found = page.convert("network", "example", (-1, 1, 32, 32))
    assert asked == ["network", "example", "[?,1,32,32]"]
    assert (Engine(*found).run(np.ones((1, 1, 32, 32), np.float32))[0] == np.float32(0.1)).all()


def test_a_network_that_cannot_be_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    def convert_model(network: Any, **_: Any) -> None:
        raise RuntimeError("Check failed:\n no rule for aten::sorted\n")

    monkeypatch.setitem(sys.modules, "openvino.tools.ovc", SimpleNamespace(convert_model=convert_model))
    with pytest.raises(EngineError, match="conversion: found no rule for aten::sorted, expected a network that"):
        page.convert("network", "example", (-1, 1, 32, 32))


def test_words_for_devices() -> None:
    for device in ("CPU", "gpu", "GPU.0", "npu.123", "auto"):
        page.check_device(device)
    for device in ("", "TPU", "GPU.", "GPU.1234", "AUTO.1", "CPU,GPU", "CPU "):
        with pytest.raises(EngineError, match="expected CPU, GPU, NPU or AUTO"):
            page.check_device(device)


def test_the_outputs_of_a_file(tmp_path: Path) -> None:
    """In their order; the engine reads ONNX and its own format alike."""
    page.openvino()
    import openvino.opset13 as ops

    x = ops.parameter([1, 1, 4, 4], np.float32)
    graphs.serialised([ops.multiply(x, ops.constant(np.float32(factor))) for factor in (0.1, 3)], x, tmp_path)
    batch = np.ones((1, 1, 4, 4), np.float32)
    found = page.run_onnx(tmp_path / "graph.xml", batch)
    assert [output.ravel()[0] for output in found] == [np.float32(0.1), 3]
    with pytest.raises(EngineError, match="a network that OpenVINO can run"):
        page.run_onnx(tmp_path / "other.onnx", batch)
