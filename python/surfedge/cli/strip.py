"""``surfedge strip``: a coil from its lines to its map; stored coils by other rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.cli.console import Console
    from surfedge.strips import CoilSummary, LineScan

LISTED = 100  # defects
SUMMARY = "inspect a coil as a stream of lines: defects in metres, roll marks, a map, a grade"
EXAMPLE = "surfedge strip lines/ --model strip.surfedge --pixel-size 0.5 --out coil/ --rolls rolls.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add = parser.add_argument
    unset = argparse.SUPPRESS
    add(
        "input",
        nargs="+",
        metavar="INPUT",
        help="image, folder of numbered images or of a rendered coil, .raw file of lines; with --dry-run stored coils",
    )
    add("--out", default=unset, metavar="DIR", help="where the coil goes; running again finishes the rest")
    add("--model", default=unset, metavar="BUNDLE", help="bundle to inspect with; without it an untrained method")
    add("--method", default=unset, metavar="NAME", help="method when there is no bundle: statistics, dzl, ...")
    add("--pixel-size", type=float, default=unset, metavar="MM", help="size of a pixel across the strip")
    add("--line", type=float, default=unset, metavar="MM", help="length of a line along it, if not the pixel size")
    add("--name", default=unset, metavar="NAME", help="of the coil, if not the input's")
    add("--width", type=int, default=unset, metavar="PX", help="columns of a .raw file")
    add("--bits", type=int, default=8, metavar="N", help="bits per sample of a .raw file, 8 or 16")
    add("--y-from", choices=("left", "right"), default="left", help="edge that positions across are counted from")
    add("--edges", action="store_true", default=unset, help="follow the strip's edges; outside is not judged")
    add("--flat-field", default=unset, metavar="FILE", help="image of good lines, or a flat field kept as .npz")
    add("--dark", default=unset, metavar="FILE", help="image of lines without light, for --flat-field")
    add("--rolls", default=unset, metavar="TOML", help="table of rolls, to name suspects of periodic defects")
    add("--rules", default=unset, metavar="TOML", help="rules of the grade")
    add("--dry-run", default=unset, metavar="TOML", help="what these rules would give stored coils; changes nothing")
    add(
        "--render",
        type=float,
        default=unset,
        metavar="M",
        help="first render a coil of M metres with roll marks into INPUT",
    )
    add("--seed", type=int, default=0, metavar="N", help="of --render: the same seed gives the same coil")
    add("--threshold", type=float, default=unset, metavar="T", help="use this limit on the score instead")
    add("--tile-lines", type=int, default=0, metavar="N", help="lines of a tile; 0 takes what suits the detector")
    add("--device", default="AUTO", metavar="CPU|GPU|AUTO", help="where a network runs")
    add("--threads", type=int, default=0, metavar="N", help="tiles inspected at once; 0 is one per core")
    add(
        "--to",
        action="append",
        default=unset,
        metavar="ADDRESS",
        help="tell this receiver while the coil runs: mqtt://HOST/PREFIX, opc.tcp://HOST:PORT, modbus://HOST/COIL; or "
        "serve prometheus://HOST:PORT; may be repeated",
    )
    add("--patience", type=float, default=10.0, metavar="S", help="wait so long at the end for receivers that are gone")
    add("--parquet", action="store_true", default=unset, help="write the table as Parquet too (extra: parquet)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run the verb; 0 when all was inspected and delivered, 1 when some was not, 3 when the stream failed."""
    from surfedge.cli import DONE, FAILED, SKIPPED
    from surfedge.strips import Alarm, StripDefect, read_rolls, read_rules, strip

    given = vars(arguments)
    if "dry_run" in given:
        return _dry_run(given, console)
    source = _checked(given)
    if "render" in given:
        given.setdefault("name", Path(source).resolve().name)
        source = _rendered(given, console)
    rolls = read_rolls(given["rolls"]) if "rolls" in given else ()
    rules = read_rules(given["rules"]) if "rules" in given else ()
    scan = _scan(given)
    metres = [0.0]

    def seen(item: Any) -> None:
        if isinstance(item, StripDefect):
            if item.number <= LISTED:
                console.line(_line(item) + (", more in defects.jsonl" if item.number == LISTED else ""))
        elif isinstance(item, Alarm):
            console.line(f"{item.at_m:>10.3f} m  ALARM {item.text}")
        else:
            metres[0] = item.to_m
            console.progress(int(item.to_m), int(item.to_m), "metres inspected")

    try:
        summary = strip(
            scan,
            source,
            given["out"],
            name=given.get("name", ""),
            rolls=rolls,
            rules=rules,
            parquet="parquet" in given,
            width=given.get("width"),
            bits=given["bits"],
            to=given.get("to", ()),
            patience_s=given["patience"],
            seen=seen,
        )
    except KeyboardInterrupt:
        console.error(f"stopped: {metres[0]:,.1f} m are kept in {given['out']}; run the same command again to finish")
        return FAILED
    _show(summary, console)
    waiting = [each for each in summary.deliveries if each["waiting"]]
    for each in waiting:
        console.error(
            f"{each['address']}: {each['waiting']:,} messages wait in {given['out']} ({each['error']}); "
            "run the same command again to deliver them"
        )
    if summary.failure:
        console.error(f"the stream ended early: {summary.failure}; what came before is in {given['out']}")
        return FAILED
    return SKIPPED if summary.not_inspected_m2 > 0 or waiting else DONE


def _checked(given: dict[str, Any]) -> str:
    """The one input; raises ArgumentError for what is missing or contradicts itself."""
    from surfedge.errors import ArgumentError

    if len(given["input"]) != 1:
        found = f"{len(given['input'])} inputs"
        raise ArgumentError(
            "INPUT", found=found, expected="one: a strip is one stream", remedy="put images into a folder"
        )
    _of_rendered(given)
    for name, remedy in (("out", "name a folder"), ("pixel_size", "measure it: positions in millimetres need it")):
        if name not in given:
            raise ArgumentError(f"--{name.replace('_', '-')}", found="nothing", expected="a value", remedy=remedy)
    if "dark" in given and "flat_field" not in given:
        raise ArgumentError("--dark", found="no --flat-field", expected="--flat-field beside it")
    return str(given["input"][0])


def _rendered(given: dict[str, Any], console: Console) -> str:
    """A coil with known truth at INPUT; one that was rendered before with the same settings stays as it is."""
    from surfedge.cli.rendering.coil import coil_of, write

    narrow = {"metres": given["render"], "strip_width": 600.0, "view": 640.0, "line": given.get("line", 0.0)}
    return str(write(coil_of(narrow, given["pixel_size"], given["seed"]), Path(given["input"][0]), console))


def _of_rendered(given: dict[str, Any]) -> None:
    """What a rendered coil's folder says of itself, where options do not."""
    from surfedge.cli.rendering.coil import truth_of

    folder = Path(given["input"][0])
    if "render" not in given and (truth := truth_of(folder)):
        given.setdefault("name", folder.resolve().name)
        given["input"] = [str(folder / "lines")]
        given.setdefault("pixel_size", truth["pixel_mm"])
        if truth["line_mm"]:
            given.setdefault("line", truth["line_mm"])
        if truth["view_mm"] > truth["width_mm"]:
            given.setdefault("edges", True)


def _scan(given: dict[str, Any]) -> LineScan:
    from surfedge.detector import Detector
    from surfedge.errors import ArgumentError
    from surfedge.strips import LineScan, StripEdges

    if "model" in given and "method" in given:
        raise ArgumentError("--method", found="--model as well", expected="one of them")
    detector = _detector(Detector, given)
    return LineScan(
        detector,
        given["pixel_size"],
        line_mm=given.get("line"),
        y_from=given["y_from"],
        edges=StripEdges() if "edges" in given else None,
        flat_field=_flat_field(given) if "flat_field" in given else None,
        tile_lines=given["tile_lines"],
        workers=given["threads"],
    )


def _detector(kind: Any, given: dict[str, Any]) -> Any:
    import cv2

    from surfedge import kernels
    from surfedge.detector import DEFAULT_METHOD, default_bundle

    kernels.set_threads(1)  # tiles are the unit of work: one thread each, as many as cores
    cv2.setNumThreads(1)
    bundle = given["model"] if "model" in given else default_bundle(given.get("method", DEFAULT_METHOD))
    detector = kind(bundle, device=given["device"])
    return detector.with_threshold(given["threshold"]) if "threshold" in given else detector


def _flat_field(given: dict[str, Any]) -> Any:
    from surfedge.images import read
    from surfedge.strips import FlatField

    if given["flat_field"].endswith(".npz"):
        return FlatField.read(given["flat_field"])
    dark = [read(given["dark"]).pixels] if "dark" in given else []
    return FlatField.learn([read(given["flat_field"]).pixels], dark)


def _dry_run(given: dict[str, Any], console: Console) -> int:
    """Other rules on stored coils."""
    from surfedge.cli import DONE
    from surfedge.strips import dry_run, read_rules

    rules = read_rules(given["dry_run"])
    rows = []
    for folder in given["input"]:
        name, before, grade = dry_run(folder, rules)
        rows.append({"coil": name, "folder": folder, "verdict": before, "by_these_rules": grade.to_dict()})
    table = [
        (row["coil"], row["verdict"], grade["verdict"], "; ".join(each["text"] for each in grade["reasons"]))
        for row in rows
        for grade in [row["by_these_rules"]]
    ]
    console.table(("coil", "verdict", "by these rules", "reasons"), table)
    console.result({"coils": rows})
    return DONE


def _line(defect: Any) -> str:
    size = f"{defect.length_mm:.1f} x {defect.width_mm:.1f} mm"
    label = f"{defect.label}, " if defect.label else ""
    return f"{defect.x_m:>10.3f} m {defect.y_mm:>7.1f} mm  {label}{size}, severity {defect.severity:.2f}"


def _show(summary: CoilSummary, console: Console) -> None:
    rows = [
        (
            f"P{number}: every {each['pitch_m']:.3f} m",
            f"{each['y_mm']:.0f} mm",
            f"{each['from_m']:.1f} to {each['to_m']:.1f} m",
            f"{each['hits']} of {each['expected']}",
            f"{each['p']:.0e}",
            f"{each['diameter_mm']:.0f} mm",
            ", ".join(f"{one['name']} ({one['diameter_mm']:.0f} mm)" for one in each["suspects"]),
        )
        for number, each in enumerate(summary.series, 1)
    ]
    if rows:
        console.table(("periodic defects", "lane", "where", "marks", "p", "pitch / pi", "suspects"), rows)
    console.line(
        f"{summary.name}: {summary.length_m:,.1f} m, {summary.defects:,} defects ({summary.defects_per_100_m:.1f} per "
        f"100 m), {summary.not_inspected_m2:,.2f} m2 not inspected; {summary.seconds:.1f} s"
    )
    console.line(f"grade: {summary.verdict}")
    for reason in summary.reasons:
        console.line(f"  {reason['verdict']}: {reason['rule']}, {reason['text']}")
    console.line(f"map: {summary.map}")
    console.result(summary.to_dict())
