"""What a network must be before anything is inferred with it: one picture in, numbers out, nothing remembered.

A second input would be left as it lies in memory, an input of another type would round every picture to 0: both give
verdicts without a word. So number, type and rank of inputs and outputs are looked at when a network is read, not when
the first image comes. Loops and states are refused: no network here has one, and they neither end nor repeat for sure.
"""

from __future__ import annotations

import re
from typing import Any

from surfedge.errors import NetworkError

MAX_GRAPH_BYTES = 16 << 20
MAX_OPERATIONS = 20_000
MAX_INPUT_PX = 1 << 26
MAX_VALUES = 1 << 28  # of one result inside the network, for one image
MAX_OUTPUTS = 16
INPUT_TYPES = ("f32", "u8")
OUTPUT_TYPES = ("f32", "f16", "f64")
REFUSED = ("Loop", "TensorIterator", "If", "ReadValue", "Assign", "RandomUniform", "Multinomial")
_SUBGRAPH = re.compile(rb"""type\s*=\s*["'](Loop|TensorIterator|If)["']""")


def check_graph_bytes(graph: bytes) -> None:
    """Raises NetworkError for bytes that the engine's readers must not get.

    They would take other formats too, of which some name files on disk; bodies of loops may nest without end.
    """
    start = graph[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith((b"<?xml", b"<net")):
        raise _wrong("", f"bytes that begin {graph[:16]!r}", "OpenVINO IR, an XML text")
    if len(graph) > MAX_GRAPH_BYTES:
        raise _wrong("", f"{len(graph):,} bytes of XML", f"at most {MAX_GRAPH_BYTES:,}")
    if found := _SUBGRAPH.search(graph):
        raise _wrong("", f"the operation {found[1].decode()}", "a network without loops and branches")


def check_network(model: Any) -> None:
    """Raises NetworkError for an OpenVINO model that methods do not take.

    Taken is one input (N, 1 or 3, h, w), u8 or f32, N free or 1, h and w fixed; outputs of floating point, none empty.
    """
    if len(model.inputs) != 1:
        raise _wrong("input", f"{len(model.inputs)} inputs", "one")
    _check_input(model.inputs[0])
    if not 1 <= len(model.outputs) <= MAX_OUTPUTS:
        raise _wrong("output", f"{len(model.outputs)} outputs", f"1 to {MAX_OUTPUTS}")
    for output in model.outputs:
        _check_output(output)
    operations = model.get_ops()
    if len(operations) > MAX_OPERATIONS:
        raise _wrong("", f"{len(operations):,} operations", f"at most {MAX_OPERATIONS:,}")
    for operation in operations:
        if operation.get_type_name() in REFUSED:
            expected = "a network that keeps no state, draws no number and has no loop"
            raise _wrong("", f"the operation {operation.get_type_name()}", expected)
        for output in operation.outputs():
            if _values(output.get_partial_shape()) > MAX_VALUES:
                found = f"a result of {output.get_partial_shape()} in {operation.get_type_name()}"
                raise _wrong("", found, f"at most {MAX_VALUES:,} values for one image")


def _check_input(given: Any) -> None:
    kind, shape = _kind(given), given.get_partial_shape()
    if kind not in INPUT_TYPES:
        raise _wrong("input", f"an input of {kind}", " or ".join(INPUT_TYPES))
    expected = "(N, 1 or 3, h, w), N free or 1, h and w fixed"
    if shape.rank.is_dynamic or shape.rank.get_length() != 4:
        raise _wrong("input", f"an input {shape}", expected)
    batch, *sizes = shape
    is_free = batch.is_dynamic and batch.get_min_length() <= 1 and batch.get_max_length() < 0
    if not (is_free or (batch.is_static and batch.get_length() == 1)) or any(size.is_dynamic for size in sizes):
        raise _wrong("input", f"an input {shape}", expected)
    channels, height, width = (size.get_length() for size in sizes)
    if channels not in (1, 3) or height < 1 or width < 1 or height * width > MAX_INPUT_PX:
        raise _wrong("input", f"an input {shape}", f"{expected}, at most {MAX_INPUT_PX:,} px")


def _check_output(given: Any) -> None:
    kind, shape = _kind(given), given.get_partial_shape()
    if kind not in OUTPUT_TYPES:
        raise _wrong("output", f"an output of {kind}", " or ".join(OUTPUT_TYPES))
    if shape.rank.is_dynamic or any(size.is_static and size.get_length() == 0 for size in shape):
        raise _wrong("output", f"an output {shape}", "a known rank and no size of 0")


def _kind(port: Any) -> str:
    return str(port.get_element_type().get_type_name())


def _values(shape: Any) -> int:
    """Values for one image: sizes that are free count as 1."""
    if shape.rank.is_dynamic:
        return 0
    count = 1
    for size in shape:
        count *= size.get_length() if size.is_static else 1
    return count


def _wrong(where: str, found: str, expected: str) -> NetworkError:
    return NetworkError(f"network {where}".rstrip(), found=found, expected=expected, remedy="export the bundle again")
