"""The command line: one file per verb, each with SUMMARY, EXAMPLE, add_arguments and run.

Verb files import what is heavy inside ``run``, so that ``--help`` answers at once. Exit codes: 0 done, 1 done but
some inputs were skipped, 2 wrong use, 3 failed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from surfedge.cli.console import Console, open_streams
from surfedge.errors import ArgumentError, DatasetError, NoBundleError, SurfedgeError, printable
from surfedge.version import __version__

VERBS = {
    "demo": "surfedge.cli.demo",
    "score": "surfedge.cli.score",
    "strip": "surfedge.cli.strip",
    "calibrate": "surfedge.cli.calibrate",
    "evaluate": "surfedge.cli.evaluate",
    "info": "surfedge.cli.info",
    "limit": "surfedge.cli.limit",
    "verify": "surfedge.cli.verify",
    "label": "surfedge.cli.label",
    "tune": "surfedge.cli.tune",
    "synth": "surfedge.cli.synth",
    "generate": "surfedge.cli.generate",
    "data": "surfedge.cli.data",
    "spectrum": "surfedge.cli.spectrum",
    "train": "surfedge.cli.train",
    "export": "surfedge.cli.export",
    "experiment": "surfedge.cli.experiment",
    "bench": "surfedge.cli.bench",
}

DONE, SKIPPED, WRONG_USE, FAILED = 0, 1, 2, 3


class _Parser(argparse.ArgumentParser):
    """argparse with one-line errors that say where help is."""

    def error(self, message: str) -> NoReturn:
        print(f"surfedge: {printable(message)}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(WRONG_USE)


class _Formatter(argparse.ArgumentDefaultsHelpFormatter):
    """Defaults in the help, where there is one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default in (None, "", False, []) else super()._get_help_string(action)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with `argv` (default: the process's); returns the exit code."""
    open_streams()
    console = Console()
    try:
        arguments = _parser().parse_args(argv)
        console.as_json = arguments.json
        _check_no_name_is_empty(arguments)
        # Images are the unit of work, a thread each; NumPy's BLAS would take all cores for each of them.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        return int(import_module(VERBS[arguments.verb]).run(arguments, console))
    except SurfedgeError as error:
        console.error(str(error))
        is_wrong_use = isinstance(error, (ArgumentError, DatasetError, NoBundleError))
        return WRONG_USE if is_wrong_use else FAILED
    except BrokenPipeError:
        return FAILED  # the reader left: nothing more to say
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        console.error(f"{where}{error.strerror or error}; what was written before stays valid")
        return FAILED
    except MemoryError as error:
        console.error(f"not enough memory ({str(error) or 'for this size'}); what was written before stays valid")
        return FAILED
    except KeyboardInterrupt:
        console.error("stopped by the user; what was done is kept")
        return FAILED
    finally:
        console.close()
        _drop_unwritable_output()


def _drop_unwritable_output() -> None:
    """What standard output could not take is dropped: else Python tries again at its end, and changes the exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _check_no_name_is_empty(arguments: argparse.Namespace) -> None:
    """A name that is empty would mean the current folder; whoever wrote "$OUT" did not mean that."""
    for name, value in vars(arguments).items():
        if name != "defects" and "" in (value if isinstance(value, list) else [value]):
            raise ArgumentError(
                name, found="an empty text", expected="a name", remedy="check the variable that it comes from"
            )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="surfedge", description="Surface inspection from good images; see docs/ for more.")
    parser.add_argument("--version", action="version", version=f"surfedge {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, home in VERBS.items():
        verb = import_module(home)
        sub = verbs.add_parser(
            name,
            help=verb.SUMMARY,
            description=verb.SUMMARY,
            epilog=f"example: {verb.EXAMPLE}",
            formatter_class=_Formatter,
        )
        verb.add_arguments(sub)
        sub.add_argument("--json", action="store_true", help="print one JSON object for programs, nothing else")
    return parser
