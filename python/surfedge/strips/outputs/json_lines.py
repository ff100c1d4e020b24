"""``defects.jsonl``: a line for each defect as soon as it is durable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from surfedge.scoring import refuse, whole_file
from surfedge.strips.coil_ledger import CoilLedger
from surfedge.strips.findings import StripDefect
from surfedge.strips.outputs.tables import DEFECT_TYPES


class JsonLines(AbstractContextManager["JsonLines"]):
    """The open file; it begins with the defects that are in the coil's table already."""

    def __init__(self, path: Path, ledger: CoilLedger) -> None:
        self._path = path
        with whole_file(path) as file:
            for values in ledger.defects():
                file.write(_line(values))
        try:
            self._file = open(path, "ab")  # noqa: SIM115  # closed on leaving
        except OSError as error:
            refuse(path, error)

    def add(self, defects: Sequence[StripDefect]) -> None:
        """Adds lines for defects that are durable now."""
        try:
            self._file.writelines(_line(defect.to_dict()) for defect in defects)
            self._file.flush()
        except OSError as error:
            refuse(self._path, error)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _line(values: dict[str, Any]) -> bytes:
    kept = {name: values.get(name) for name in DEFECT_TYPES if name != "series"}
    return json.dumps(kept).encode() + b"\n"
