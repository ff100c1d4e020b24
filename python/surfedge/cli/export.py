"""surfedge export: a trained network in another format or another precision."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.cli.console import Console
from surfedge.precision import BUNDLE_PRECISIONS

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.datasets import Sample

Skipped = tuple[tuple[str, str], ...]
SUMMARY = "write a network as ONNX or OpenVINO IR, or its bundle in bf16 or int8"
EXAMPLE = "surfedge export leather.surfedge --precision int8 --good good_images/ --out leather-int8.surfedge"
SUFFIXES = {"onnx": ".onnx", "openvino": ".xml", "bundle": ".surfedge"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add = parser.add_argument
    add("source", help="a bundle, or the folder that surfedge train left beside it (needs torch)")
    add("--out", required=True, metavar="FILE", help="NAME.surfedge, NAME.xml (with NAME.bin) or NAME.onnx")
    add("--force", action="store_true", help="replace a file that --out names")
    add("--format", choices=tuple(SUFFIXES), default=None, help="what to write, if not by the name")
    add(
        "--precision",
        choices=BUNDLE_PRECISIONS,
        default=None,
        help="of the bundle; int8 needs pip install 'surfedge[int8]'",
    )
    add(
        "--good",
        metavar="DATA",
        default=None,
        help="good images for the threshold: those of the training, whose "
        "held-out part is found again, or others that it has not learned from",
    )
    add("--also-good", metavar="DATA", default=None, help="those that the training took in addition, if it did")
    add(
        "--labelled",
        metavar="DIR",
        default=None,
        help="labelled images, as for evaluate: AUROC and AU-PRO before and after",
    )
    add(
        "--good-class",
        dest="good_names",
        action="append",
        default=[],
        metavar="NAME",
        help="name of a good folder in --good and --labelled (default: good, OK, normal, ...); may be repeated",
    )
    add("--threads", type=int, default=0, metavar="N", help="CPU threads, 0 leaves it to the engine")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write what was asked for; returns the exit code."""
    from surfedge.errors import ArgumentError
    from surfedge.files import check_target, check_unused
    from surfedge.training import require_torch

    source, out = Path(arguments.source), Path(arguments.out)
    kind = arguments.format or next((name for name, end in SUFFIXES.items() if end == out.suffix), None)
    if kind is None or SUFFIXES[kind] != out.suffix:
        ends = SUFFIXES[kind] if kind else " or ".join(SUFFIXES.values())
        raise ArgumentError("--out", found=out.name, expected=f"a name ending in {ends}")
    check_target("--out", out)  # before the work, not after it
    check_unused("--out", out, arguments.force)
    if kind == "onnx":
        require_torch()
    if not source.exists():
        raise ArgumentError(
            "source", found=f"no {source}", expected="a bundle or a training's folder", remedy="check the path"
        )
    if kind == "bundle":
        return _write_bundle(source, out, arguments, console)
    if arguments.precision or arguments.good or arguments.labelled or arguments.also_good:
        raise ArgumentError(
            "--precision",
            found=f"--format {kind}",
            expected="a bundle to write",
            remedy="leave --precision, --good, --also-good, --labelled out, or end --out in .surfedge",
        )
    if source.is_dir():
        return _write_training(source, out, kind, console)
    return _write_network(source, out, kind, console)


def _write_training(folder: Path, out: Path, kind: str, console: Console) -> int:
    """The network of the best checkpoint."""
    from surfedge.cli import DONE
    from surfedge.training import require_torch

    require_torch()
    from surfedge.training import load, recipe_of, to_onnx, to_openvino

    recipe = recipe_of(folder)
    network = recipe.family.exported(load(recipe, folder).network)
    if kind == "onnx":
        difference = to_onnx(network, out, recipe.family.output)
        console.line(f"{out}: checked, differs from the trained network by at most {difference:.2g}")
        console.result({"out": str(out), "largest_difference": difference})
        return DONE
    return _write_ir(out, *to_openvino(network), console)


def _write_network(source: Path, out: Path, kind: str, console: Console) -> int:
    """The network that lies in a bundle, as it is."""
    from surfedge.bundle import Bundle
    from surfedge.errors import ArgumentError

    parts = Bundle.read(source).parts_of("method")
    if "graph" not in parts:
        raise ArgumentError("source", found="a bundle without a network", expected="one with")
    if kind == "onnx":
        raise ArgumentError(
            "source",
            found="a bundle",
            expected=f"the folder {source.name}.training for ONNX",
            remedy="or write OpenVINO IR: --out NAME.xml",
        )
    return _write_ir(out, parts["graph"], parts["weights"], console)


def _write_ir(out: Path, graph: bytes, weights: bytes, console: Console) -> int:
    from surfedge.cli import DONE
    from surfedge.files import replace_bytes

    replace_bytes(out.with_suffix(".bin"), weights)
    replace_bytes(out, graph)
    console.line(f"{out}: written, weights beside it")
    console.result({"out": str(out)})
    return DONE


def _write_bundle(source: Path, out: Path, arguments: argparse.Namespace, console: Console) -> int:
    """The same network in another precision, calibrated and certified again."""
    from surfedge.cli import DONE, SKIPPED
    from surfedge.cli.tables.reduced import show_reduced
    from surfedge.errors import ArgumentError

    if not arguments.precision or not arguments.good:
        raise ArgumentError(
            "--precision and --good",
            found="not both",
            expected="both to write a bundle",
            remedy="for example --precision int8 --good good_images/",
        )
    samples = _labelled(arguments, console)
    bundle, skipped = (_of_training if source.is_dir() else _of_bundle)(source, samples, arguments, console)
    bundle = bundle.write(out)
    for path, reason in skipped:
        console.line(f"skipped {path}: {reason}")
    show_reduced(bundle, console)
    console.line(f"{out}: {out.stat().st_size:,} bytes")
    console.result(
        {
            "bundle": str(out),
            "identity": bundle.identity,
            "threshold": bundle.decision["threshold"],
            "certificate": bundle.certificate,
        }
    )
    return SKIPPED if skipped else DONE


def _labelled(arguments: argparse.Namespace, console: Console) -> list[Sample]:
    """The labelled images that were named; none unless they are."""
    from surfedge.datasets import labelled_set

    if not arguments.labelled:
        return []
    found = labelled_set(arguments.labelled, arguments.good_names)
    console.data("labelled", found.understood)
    return list(found.samples)


def _of_training(
    source: Path, samples: Sequence[Sample], arguments: argparse.Namespace, console: Console
) -> tuple[Bundle, Skipped]:
    """From the folder of a training, which knows what it held out."""
    from surfedge.datasets import good_set
    from surfedge.training import require_torch

    require_torch()
    from surfedge.training import export_training, learning_set, recipe_of

    recipe = recipe_of(source)
    learning = learning_set(recipe, arguments.good, arguments.good_names)
    console.data(recipe.family.needs, learning.understood)
    also_good = () if arguments.also_good is None else good_set(arguments.also_good).images
    how: dict[str, Any] = {
        "also_good": also_good,
        "labelled": samples,
        "threads": arguments.threads,
        "progress": console.progress,
    }
    made = export_training(source, learning.samples, arguments.precision, **how)
    return made.bundle, made.skipped


def _of_bundle(
    source: Path, samples: Sequence[Sample], arguments: argparse.Namespace, console: Console
) -> tuple[Bundle, Skipped]:
    """From a bundle, on good images that are named."""
    from surfedge.datasets import good_set
    from surfedge.errors import ArgumentError

    if arguments.also_good is not None:
        raise ArgumentError("--also-good", found="a bundle", expected="a training's folder as the source")
    good = good_set(arguments.good, arguments.good_names)
    console.data("good", good.understood)
    return _reduced(source, list(good.images), samples, arguments, console), ()


def _reduced(
    source: Path, paths: Sequence[Path], samples: Sequence[Sample], arguments: argparse.Namespace, console: Console
) -> Bundle:
    """The bundle at `source` in another precision, not yet written."""
    from surfedge.bundle import Bundle
    from surfedge.errors import ArgumentError
    from surfedge.precision import held_out_of, in_precision

    if arguments.precision == "f32":
        raise ArgumentError(
            "--precision",
            found="f32 of a bundle",
            expected="bf16 or int8",
            remedy="a bundle holds one precision; f32 comes from the training's folder",
        )
    bundle = Bundle.read(source)
    held_out, others = held_out_of(bundle, paths)
    if others:
        console.line(f"the training's images: its {len(held_out)} held-out ones of {len(paths)} decide the threshold")
    else:
        console.line(f"not the training's images: all {len(paths)} decide the threshold; none may be learned from")
    return in_precision(
        bundle,
        arguments.precision,
        held_out,
        others,
        samples,
        threads=arguments.threads,
        progress=console.progress,
        tell=console.line,
    )
