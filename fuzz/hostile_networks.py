"""Networks that a bundle may carry with every hash right, and that no method takes; and some that take all there is.

python fuzz/hostile_networks.py          each in a bundle: what becomes of it, as JSON
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.engine.openvino import openvino

METHODS = ("network", "reconstruction")
TILE = [-1, 1, 32, 32]


@cache
def networks() -> tuple[tuple[str, bytes, bytes], ...]:
    """(name, graph, weights) of each; what the engine's own writer refuses to write is left out."""
    found = []
    for make in MADE:
        try:
            found.append((make.__name__.strip("_"), *_written(make())))
        except RuntimeError:
            continue
    good, weights = _written(_scaled())
    found += [(f"text {name}", graph, weights) for name, graph in _texts(good)]
    found += [("weights none", good, b""), ("weights short", good, weights[:-1]), ("weights more", good, bytes(99))]
    rng = random.Random(0)
    for number in range(40):
        found.append((f"text changed {number}", _changed(good, rng), weights))
    return tuple(found)


def _written(model: Any) -> tuple[bytes, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.xml"
        openvino().serialize(model, path, path.with_suffix(".bin"))
        return path.read_bytes(), path.with_suffix(".bin").read_bytes()


def _ops() -> Any:
    openvino()
    import openvino.opset13 as ops

    return ops


def _parameter(shape: Any, dtype: str = "f32") -> Any:
    ov = openvino()
    return _ops().parameter(ov.PartialShape(list(shape)), getattr(ov.Type, dtype))


def _model(results: list[Any], inputs: list[Any], states: list[Any] | None = None) -> Any:
    if states:
        return openvino().Model([_ops().result(result) for result in results], states, inputs, "network")
    return openvino().Model(results, inputs, "network")


def _scaled(shape: Any = TILE, dtype: str = "f32") -> Any:
    ops = _ops()
    x = _parameter(shape, dtype)
    return _model([ops.multiply(ops.convert(x, "f32"), ops.constant(np.float32([0.5])))], [x])


def two_inputs() -> Any:
    ops = _ops()
    x, y = _parameter(TILE), _parameter(TILE)
    return _model([ops.add(x, y)], [x, y])


def no_input() -> Any:
    return _model([_ops().constant(np.zeros((1, 1, 32, 32), np.float32))], [])


def no_output() -> Any:
    return _model([], [_parameter(TILE)])


def many_outputs() -> Any:
    ops = _ops()
    x = _parameter(TILE)
    return _model([ops.abs(x) for _ in range(40)], [x])


def _input_of(name: str, shape: Any, dtype: str = "f32") -> Callable[[], Any]:
    def make() -> Any:
        return _scaled(shape, dtype)

    make.__name__ = f"input {name}"
    return make


def _output_of(name: str, change: Callable[[Any, Any], Any]) -> Callable[[], Any]:
    def make() -> Any:
        ops = _ops()
        x = _parameter(TILE)
        return _model([change(ops, x)], [x])

    make.__name__ = f"output {name}"
    return make


def state() -> Any:
    ops = _ops()
    x = _parameter([1, 1, 32, 32])
    old = ops.read_value(ops.constant(np.zeros((1, 1, 32, 32), np.float32)), "v", np.float32, [1, 1, 32, 32])
    new = ops.add(x, old)
    return _model([new], [x], states=[ops.assign(new, "v")])


def chance() -> Any:
    ops = _ops()
    x = _parameter(TILE)
    drawn = ops.random_uniform(
        ops.constant(np.int64([1, 1, 32, 32])), ops.constant(np.float32(0)), ops.constant(np.float32(1)), "f32", 0, 0
    )
    return _model([ops.add(x, drawn)], [x])


def _grown(ops: Any, x: Any, *sizes: int) -> Any:
    return ops.broadcast(x, ops.constant(np.int64(sizes)), broadcast_spec="BIDIRECTIONAL")


def grown_inside() -> Any:
    """A result inside of 2^36 values, reduced to a map again."""
    ops = _ops()
    x = _parameter([1, 1, 32, 32])
    wide = ops.multiply(_grown(ops, x, 1 << 26, 1, 32, 32), ops.constant(np.float32(2)))
    return _model([ops.reduce_max(wide, ops.constant(np.int64([0])), True)], [x])


MADE: tuple[Callable[[], Any], ...] = (
    two_inputs,
    no_input,
    no_output,
    many_outputs,
    state,
    chance,
    grown_inside,
    *(_input_of(dtype, TILE, dtype) for dtype in ("i32", "i64", "i8", "u16", "f16", "bf16", "f64", "boolean")),
    _input_of("of rank 2", [32, 32]),
    _input_of("of rank 3", [1, 32, 32]),
    _input_of("of rank 5", [1, 1, 1, 32, 32]),
    _input_of("of no rank", ()),
    _input_of("of 2 channels", [-1, 2, 32, 32]),
    _input_of("of 0 channels", [-1, 0, 32, 32]),
    _input_of("of free channels", [-1, -1, 32, 32]),
    _input_of("of free size", [-1, 1, -1, -1]),
    _input_of("of 4 images", [4, 1, 32, 32]),
    _input_of("of 0 images", [0, 1, 32, 32]),
    _input_of("of 2 to 4 images", [(2, 4), 1, 32, 32]),
    _input_of("too large", [-1, 1, 65536, 65536]),
    _input_of("empty", [-1, 1, 0, 0]),
    *(
        _output_of(dtype, lambda ops, x, dtype=dtype: ops.convert(x, dtype))
        for dtype in ("i32", "u8", "bf16", "boolean", "f64", "i64")
    ),
    _output_of("empty", lambda ops, x: ops.strided_slice(x, [0, 0, 0, 0], [0, 0, 0, 0], [1] * 4, [0] * 4, [0] * 4)),
    _output_of("scalar", lambda ops, x: ops.reduce_sum(x, ops.constant(np.int64([0, 1, 2, 3])), False)),
    _output_of("of 2 channels", lambda ops, x: ops.concat([x, x], 1)),
    _output_of("of rank 5", lambda ops, x: ops.unsqueeze(x, ops.constant(np.int64([0])))),
    _output_of("of places", lambda ops, x: ops.convert(ops.non_zero(x), "f32")),
    _output_of("NaN", lambda ops, x: ops.log(ops.subtract(ops.constant(np.float32(-1)), x))),
    _output_of("infinite", lambda ops, x: ops.divide(x, ops.constant(np.float32(0)))),
    _output_of("huge", lambda ops, x: _grown(ops, x, 1, 1 << 20, 32, 32)),
    _output_of("constant", lambda ops, x: ops.constant(np.zeros((1, 1, 32, 32), np.float32))),
    _output_of(
        "smaller", lambda ops, x: ops.strided_slice(x, [0] * 4, [9, 1, 7, 5], [1] * 4, [1, 0, 0, 0], [1, 0, 0, 0])
    ),
)


def _texts(good: bytes) -> list[tuple[str, bytes]]:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol" * 100) for n in range(12))
    return [
        ("none", b""),
        ("begun", b"<net"),
        ("empty", b"<net/>"),
        ("half", good[: len(good) // 2]),
        ("deep", b"<net>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</net>"),
        ("wide", good.replace(b"</net>", b"<a/>" * 500_000 + b"</net>")),
        ("entities", b"<?xml version='1.0'?><!DOCTYPE net [" + entities + b"]><net name='&l11;'/>"),
        ("loop", good.replace(b'type="Multiply"', b'type="Loop"')),
        ("loop in escapes", good.replace(b'type="Multiply"', b'type="&#76;oop"')),
        ("foreign", good.replace(b'type="Multiply"', b'type="Multiplied"')),
        ("other set", good.replace(b'version="opset1"', b'version="experimental"')),
        ("onnx", b"\x08\x07\x12\x04test:\x00"),
        ("utf-16", good.decode().encode("utf-16")),
        ("far weights", re.sub(rb'offset="\d+"', b'offset="18446744073709551615"', good)),
        ("large weights", re.sub(rb'size="\d+"', b'size="18446744073709551615"', good)),
        ("large shapes", good.replace(b"<dim>32</dim>", b"<dim>9223372036854775807</dim>")),
        ("shapes below 0", good.replace(b"<dim>32</dim>", b"<dim>-32</dim>")),
        ("shapes of words", good.replace(b"<dim>32</dim>", b"<dim>abc</dim>")),
        ("edges in a circle", re.sub(rb'from-layer="\d+"', b'from-layer="2"', good)),
    ]


def _changed(good: bytes, rng: random.Random) -> bytes:
    """A number or a word in quotes replaced by another, a few times."""
    for _ in range(rng.randint(1, 3)):
        places = list(re.finditer(rb'"[^"]*"', good))
        place = rng.choice(places)
        word = rng.choice(
            (b"0", b"-1", b"4294967296", b"f16", b"i32", b"1,1,32,32", b"?", b"..", b"Result", b"Const", b"")
        )
        good = good[: place.start() + 1] + word + good[place.end() - 1 :]
    return good


def main() -> list[dict[str, Any]]:
    """Each network as that of a bundle, loaded, run and shown; one record of each, printed as JSON."""
    sys.path.insert(0, str(Path(__file__).parent))
    from forged_bundle import network_bundle
    from use_bundle import used

    with tempfile.TemporaryDirectory() as folder:
        found = [
            used(f"{name} as {method}", network_bundle(method, graph, weights), Path(folder), shown=False)
            for number, (name, graph, weights) in enumerate(networks())
            for method in (METHODS[number % 2 :] if name.startswith("text changed") else METHODS)
        ]
    print(json.dumps(found))
    return found


if __name__ == "__main__":
    main()
