"""Stored coils judged by other rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.cli.console import Console


def dry_run_of(given: dict[str, Any], console: Console) -> int:
    """What the rules of --dry-run would have given the coils in these folders; the exit code."""
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
