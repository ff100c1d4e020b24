"""surfedge export: the network of a finished training in another program's format."""

from __future__ import annotations

import argparse
from pathlib import Path

from surfedge.cli.console import Console

SUMMARY = "write the network of a finished training as ONNX or OpenVINO IR (needs torch)"
EXAMPLE = "surfedge export leather.surfedge.training --format onnx --out leather.onnx"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("training", help="folder that surfedge train left beside the bundle")
    parser.add_argument("--format", choices=("onnx", "openvino"), default="onnx", help="what to write")
    parser.add_argument("--out", required=True, metavar="FILE", help="NAME.onnx, or NAME.xml (with NAME.bin)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Load the best checkpoint and write it; returns the exit code."""
    from surfedge.cli import DONE
    from surfedge.cli.train import require_torch
    from surfedge.errors import ArgumentError

    require_torch()
    from surfedge.training.export import to_onnx, to_openvino
    from surfedge.training.fit import load, recipe_of

    folder, out = Path(arguments.training), Path(arguments.out)
    suffix = {"onnx": ".onnx", "openvino": ".xml"}[arguments.format]
    if out.suffix != suffix:
        raise ArgumentError("--out", found=out.name, expected=f"a name ending in {suffix}")
    network = load(recipe_of(folder), folder).network
    if arguments.format == "onnx":
        difference = to_onnx(network, out)
        console.line(f"{out}: checked, differs from the trained network by at most {difference:.2g}")
        console.result({"out": str(out), "largest_difference": difference})
        return DONE
    graph, weights = to_openvino(network)
    out.write_bytes(graph)
    out.with_suffix(".bin").write_bytes(weights)
    console.line(f"{out}: written, weights beside it")
    console.result({"out": str(out)})
    return DONE
