"""Experiments: a TOML file in, one table, curves and picture rows out.

grid.py      what the file says         run.py       train, calibrate, judge each cell; resumable
cells.py     one line of the table      tables.py    csv, markdown, loss curves      rows.py   pictures
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.experiments.grid import Experiment, read_experiment
    from surfedge.experiments.run import run_experiment
else:
    __getattr__, __dir__ = lazy_exports(
        __name__, {"grid": ("Experiment", "read_experiment"), "run": ("run_experiment",)}
    )
