"""Experiments: a TOML file in, one table, curves and picture rows out.

grid.py      what the file says         run.py       train, calibrate, judge each cell; resumable
cells.py     one line of the table      tables.py    csv, markdown, loss curves      rows.py   pictures
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.experiments.grid import Experiment as Experiment
    from surfedge.experiments.grid import read_experiment as read_experiment
    from surfedge.experiments.run import run_experiment as run_experiment

_LAZY = {
    "Experiment": "surfedge.experiments.grid",
    "read_experiment": "surfedge.experiments.grid",
    "run_experiment": "surfedge.experiments.run",
}

__all__ = ["Experiment", "read_experiment", "run_experiment"]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:  # torch must not be imported to show a command's help
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
