"""``surfedge strip``: a coil from its lines to its map; stored coils by other rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.cli.console import Console
    from surfedge.strips import CoilSummary, LineScan

TOP, BOTTOM = "top", "bottom"
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
        help="image, folder of numbered images or of a rendered coil, .raw file of lines; several with --overlap; with "
        "--dry-run stored coils",
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
    add("--overlap", default=unset, metavar="PX[,PX]", help='cameras side by side: columns seen twice; or "find"')
    add("--bottom", default=unset, metavar="INPUT", help="lines of the strip's other side, seen from below")
    add("--flat-field", default=unset, metavar="FILE", help="image of good lines, or a flat field kept as .npz")
    add("--dark", default=unset, metavar="FILE", help="image of lines without light, for --flat-field")
    add("--rolls", default=unset, metavar="TOML", help="table of rolls, to name suspects of periodic defects")
    add("--faint-marks", action="store_true", default=unset, help="look for marks of a roll under the limit as well")
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
    from surfedge.cli.coils.archive import dry_run_of
    from surfedge.cli.coils.inputs import lines_of, source_of
    from surfedge.cli.coils.scan import scan_of

    given = vars(arguments)
    if "dry_run" in given:
        return dry_run_of(given, console)
    source = source_of(given, console)
    if "bottom" not in given:
        summary, code = _inspected(given, scan_of(given), source, Path(given["out"]), given.get("name", ""), console)
        if summary is not None:
            console.result(summary.to_dict())
        return code
    return _both(given, source, lines_of(given["bottom"]), console)


def _inspected(
    given: dict[str, Any], scan: LineScan, source: Any, out: Path, name: str, console: Console
) -> tuple[CoilSummary | None, int]:
    """One side; its summary, None where it was stopped, and the exit code."""
    from surfedge.cli import DONE, FAILED, SKIPPED
    from surfedge.cli.coils.showing import Shown, show
    from surfedge.detector import OWN_REFERENCE
    from surfedge.strips import read_rolls, read_rules, strip

    shown = Shown(console)
    try:
        summary = strip(
            scan,
            source,
            out,
            name=name,
            rolls=read_rolls(given["rolls"]) if "rolls" in given else (),
            rules=read_rules(given["rules"]) if "rules" in given else (),
            parquet="parquet" in given,
            width=given.get("width"),
            bits=given["bits"],
            to=given.get("to", ()),
            patience_s=given["patience"],
            seen=shown,
        )
    except KeyboardInterrupt:
        console.error(f"stopped: {shown.metres:,.1f} m are kept in {out}; run the same command again to finish")
        return None, FAILED
    show(summary, console)
    if "model" not in given:
        console.line(OWN_REFERENCE)
    waiting = [each for each in summary.deliveries if each["waiting"]]
    for each in waiting:
        console.error(
            f"{each['address']}: {each['waiting']:,} messages wait in {out} ({each['error']}); "
            "run the same command again to deliver them"
        )
    if summary.failure:
        console.error(f"the stream ended early: {summary.failure}; what came before is in {out}")
        return summary, FAILED
    return summary, SKIPPED if summary.not_inspected_m2 > 0 or waiting else DONE


def _both(given: dict[str, Any], top: Any, bottom: str, console: Console) -> int:
    """Top and bottom, each into its own folder, and one page with both. What is left for the camera above is right for
    the one below; positions across count from the same edge."""
    from surfedge.cli.coils.scan import scan_of
    from surfedge.strips import write_both

    out = Path(given["out"])
    name = given.get("name", "") or out.resolve().name
    other = {**given, "y_from": "right" if given["y_from"] == "left" else "left"}
    codes, summaries = [], {}
    for side, settings, source in ((TOP, given, top), (BOTTOM, other, bottom)):
        console.line(f"{side}:")
        summary, code = _inspected(settings, scan_of(settings), source, out / side, f"{name}, {side}", console)
        if summary is None:
            return code
        codes.append(code)
        summaries[side] = summary.to_dict()
    verdict = write_both(out, {side: out / side for side in summaries}, name)
    console.line(f"both sides: {verdict}; maps: {out / 'coil.html'}")
    console.result({"name": name, "verdict": verdict, "map": str(out / "coil.html"), **summaries})
    return max(codes)
