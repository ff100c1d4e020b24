"""Options that say which machines inspect."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.cli.console import Console
    from surfedge.scoring import Cluster


def add_machines(parser: argparse.ArgumentParser) -> None:
    """--cluster and what belongs to it; not in the namespace where they are not given."""
    add, unset = parser.add_argument, argparse.SUPPRESS
    add(
        "--cluster",
        default=unset,
        metavar="ADDRESS",
        help="work on dask workers: tcp://HOST:PORT of a scheduler, or local:N workers here (extra: cluster)",
    )
    add(
        "--cluster-tls",
        nargs=3,
        default=unset,
        metavar=("CA", "CERT", "KEY"),
        help="with --cluster: PEM files of an encrypted cluster",
    )
    add(
        "--allow-different-workers",
        action="store_true",
        default=unset,
        help="with --cluster: take workers whose versions or processor may give other scores",
    )


def check_machines(given: Mapping[str, Any]) -> None:
    """Raises ArgumentError for an option that says nothing without --cluster."""
    from surfedge.errors import ArgumentError

    for name in ("cluster_tls", "allow_different_workers"):
        if name in given and "cluster" not in given:
            option = f"--{name.replace('_', '-')}"
            raise ArgumentError(option, found="no --cluster", expected="--cluster ADDRESS beside it")


def machines(given: Mapping[str, Any], console: Console) -> AbstractContextManager[Cluster | None]:
    """The cluster that the options name, connected on entering; None in its place where they name none."""
    if "cluster" not in given:
        return nullcontext()
    from surfedge.scoring import Cluster

    return Cluster(
        given["cluster"],
        tls=given.get("cluster_tls", ()),
        allows_different="allow_different_workers" in given,
        say=console.line,
    )
