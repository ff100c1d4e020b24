"""Pictures that earlier runs left below the images: overlays and worst cases are no images of the material."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

# What verbs leave in --out: (files that tell of it, names of pictures and of folders with them).
RESULTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("ledger.sqlite",), ("maps", "masks", "overlays")),
    (("figures.json", "report.html"), ("worst",)),
    (("coil.sqlite",), ("coil_map.png",)),
)
OF_A_RUN = ("folder", "of results that surfedge wrote")


def results_among(names: Iterable[str]) -> tuple[str, ...]:
    """What lies beside these files and holds no image of the material: pictures that a run of surfedge made."""
    there = set(names)
    return tuple(name for files, made in RESULTS for name in made if there.issuperset(files))


def names_in(folder: Path) -> list[str]:
    """What lies in a folder; nothing where it cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def is_of_results(folder: Path, fixed: Path) -> bool:
    """Whether a pattern, not the user, named a folder in which a run of surfedge left pictures."""
    for outer in (folder, *folder.parents):
        beside = len(outer.parts) > len(fixed.parts) and any(outer.name in made for _, made in RESULTS)
        if beside and outer.name in results_among(names_in(outer.parent)):
            return True
    return False
