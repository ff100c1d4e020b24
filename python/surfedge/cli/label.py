"""surfedge label: mark images in the browser, the most useful ones first."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.cli.options.reading import add_reading, as_read

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.cli.console import Console

SUMMARY = "mark images in the browser: which to mark next, good or defective, where and what"
EXAMPLE = "surfedge label photos/ --model leather.surfedge"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add, unset = parser.add_argument, argparse.SUPPRESS
    add("folder", metavar="FOLDER", help="the images, sub-folders included; nothing outside of it is shown")
    add("--model", default=unset, metavar="BUNDLE", help="bundle that judges them; without it an untrained method")
    add("--out", default=unset, metavar="DIR", help="where marks go (default: FOLDER-marked); later starts go on there")
    add(
        "--run", default=unset, metavar="DIR", help="take the scores that surfedge score left there, of the same bundle"
    )
    add("--device", default="AUTO", metavar="CPU|GPU|AUTO", help="where a network runs")
    add("--host", default="127.0.0.1", help="address to listen on; beyond this computer the page asks for a token")
    add("--port", type=int, default=8710, help="0 takes any that is free")
    add("--open", action="store_true", help="open the page in the default browser")
    add_reading(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Serve until stopped; returns the exit code."""
    from surfedge.cli import DONE
    from surfedge.detector import Detector
    from surfedge.labelling import require_server, serve

    require_server()
    given = vars(arguments)
    folder = Path(arguments.folder)
    out = Path(given["out"]) if "out" in given else beside(folder)
    detector = Detector(_bundle(given), device=arguments.device)

    def tell(address: str, token: str) -> None:
        console.line(f"marks go to {out}")
        console.line(f"open {address} in a browser; Ctrl-C ends")
        console.result({"address": address, "token": token, "out": str(out)})
        if arguments.open:
            import webbrowser

            webbrowser.open(address)

    run = Path(given["run"]) if "run" in given else None
    serve(detector, folder, out, run=run, host=arguments.host, port=arguments.port, tell=tell)
    console.line("ended; every mark is kept")
    return DONE


def beside(folder: Path) -> Path:
    """The folder of marks that belongs to a folder of images: not in it, where the next search would find copies.

    >>> beside(Path("/data/photos/")).as_posix()
    '/data/photos-marked'
    """
    full = Path(os.path.abspath(folder))
    return full.with_name(f"{full.name}-marked") if full.name else full / "surfedge-marked"


def _bundle(given: dict[str, Any]) -> Bundle:
    from surfedge.bundle import Bundle
    from surfedge.detector import default_bundle

    return as_read(Bundle.read(given["model"]) if "model" in given else default_bundle(), given)
