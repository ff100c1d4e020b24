"""What every method has in common: a name that the table lists, and one way to be asked."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest

from surfedge.decision import RawMap
from surfedge.detector import DECISIONS, Detector, default_bundle
from surfedge.images import from_array
from surfedge.methods import METHODS, SCREENS, WITHOUT_NETWORK, Method
from surfedge.registry import resolve

FILES = Path(__file__).resolve().parents[2] / "python" / "surfedge" / "methods"


@pytest.mark.parametrize("name", METHODS)
def test_a_method_carries_the_name_that_the_table_lists(name: str) -> None:
    kind = resolve(METHODS, name)
    assert issubclass(kind, Method) and is_dataclass(kind) and kind.name == name
    assert "name" not in {field.name for field in fields(kind)}  # of the class, not a setting
    assert METHODS[name].startswith(f"surfedge.methods.{name}:") and (FILES / f"{name}.py").is_file()


def test_every_kind_that_a_file_defines_is_listed() -> None:
    listed = {home.rpartition(":")[2] for home in METHODS.values()}
    bases = {"Method", "Networked", "FeatureNetwork", "LinearClasses", "MarkedMethod"}
    found = set()
    for path in FILES.glob("*.py"):
        for name, given in re.findall(r"^class (\w+)\(([\w, ]+)\):", path.read_text(encoding="utf-8"), re.M):
            if bases & set(given.split(", ")):
                found.add(name)
    assert found - bases == listed


def test_tables_of_methods_agree() -> None:
    assert set(DECISIONS) == set(WITHOUT_NETWORK) <= set(METHODS)
    assert set(SCREENS) <= set(WITHOUT_NETWORK)


@pytest.mark.parametrize("name", WITHOUT_NETWORK)
@pytest.mark.parametrize("shape", [(1, 1), (37, 53), (64, 48, 3)])
def test_a_raw_map_covers_the_image(name: str, shape: tuple[int, ...]) -> None:
    method = Detector(default_bundle(name)).method
    raw_map = method.inspect(from_array(np.random.default_rng(0).integers(0, 256, shape, np.uint8)))
    assert isinstance(raw_map, RawMap) and raw_map.map.dtype == np.float32 and raw_map.map.flags.c_contiguous
    assert raw_map.cell_px is not None
    assert raw_map.map.shape == tuple(-(-size // raw_map.cell_px) for size in shape[:2])
    assert raw_map.seen_fraction == 1.0 and raw_map.score is None and raw_map.classes is None
