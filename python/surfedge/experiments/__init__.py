"""Experiments: a TOML file in, one table, curves and picture rows out.

grid.py      what the file says         run.py       each cell that is missing; resumable
job.py       train, calibrate, judge    elsewhere.py the same on workers
material.py  what teaches, what is judged   labelled_limits.py   figures at T2 and T3
cells.py     one line of the table      tables.py    csv, markdown, loss curves      rows.py   pictures
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.experiments.grid import Experiment, read_experiment
    from surfedge.experiments.material import Material
    from surfedge.experiments.run import run_experiment
else:
    __getattr__, __dir__ = lazy_exports(
        __name__, {"grid": ("Experiment", "read_experiment"), "material": ("Material",), "run": ("run_experiment",)}
    )
