"""Dataclasses taken apart for a bundle and put together again, every key and type checked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from surfedge.bundle import deserialize, serialize
from surfedge.errors import ArgumentError


@dataclass(frozen=True)
class Example:
    width: int
    sigma: float = 1.5
    name: str = "a"
    flag: bool = False
    sizes: tuple[int, ...] = (1, 2)
    pair: tuple[float, float] | None = None
    mean: np.ndarray | None = None
    graph: bytes = b""
    hidden: str = field(default="here", metadata={"stored": False})


def test_there_and_back() -> None:
    record = Example(3, 2.0, "b", True, (4, 5, 6), (0.0, 1.0), np.arange(3.0), b"xyz", "not stored")
    settings, arrays, blobs = serialize(record)
    assert settings == {"width": 3, "sigma": 2.0, "name": "b", "flag": True, "sizes": [4, 5, 6], "pair": [0.0, 1.0]}
    assert list(arrays) == ["mean"] and blobs == {"graph": b"xyz"}
    again = deserialize(Example, settings, {**arrays, **blobs})
    assert again.sizes == (4, 5, 6) and again.pair == (0.0, 1.0) and again.hidden == "here"


def test_none_is_left_out() -> None:
    assert "pair" not in serialize(Example(1))[0]


def test_a_whole_number_serves_as_float_but_not_the_other_way() -> None:
    assert deserialize(Example, {"width": 1, "sigma": 2}).sigma == 2.0
    with pytest.raises(ArgumentError, match=r"width.*1\.0.*int"):
        deserialize(Example, {"width": 1.0})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"width": 1, "colour": 2},
        {"width": True},
        {"width": "1"},
        {"width": None},
        {"width": 1, "sigma": float("nan")},
        {"width": 1, "sigma": 10**400},
        {"width": 1, "flag": 1},
        {"width": 1, "sizes": [1, "2"]},
        {"width": 1, "pair": [1.0]},
        {"width": 1, "hidden": "x"},
        {"width": 1, "name": ["a"]},
        {"width": [1]},
        {"width": 1, "sizes": 5},
        {"width": 1, "pair": 0.5},
    ],
)
def test_wrong_settings_are_refused(settings: dict) -> None:
    with pytest.raises(ArgumentError):
        deserialize(Example, settings)


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(ArgumentError, match="unknown key 'weights'"):
        deserialize(Example, {"width": 1}, {"weights": b""})


def test_what_may_stand_there_is_said_even_where_that_is_nothing() -> None:
    @dataclass(frozen=True)
    class Nothing:
        """No settings at all."""

    with pytest.raises(ArgumentError, match="expected no keys"):
        deserialize(Nothing, {"width": 1})
    with pytest.raises(ArgumentError, match="expected width, sigma, name"):
        deserialize(Example, {"width": 1, "depth": 2})


def test_a_part_where_the_field_takes_none_is_refused() -> None:
    for name, part, found in (
        ("sigma", np.ones(3), "an array"),
        ("name", b"a", "bytes"),
        ("mean", b"a", "bytes"),
        ("graph", np.ones(3), "an array"),
    ):
        with pytest.raises(ArgumentError, match=rf"{name}.*{found}.*no such part"):
            deserialize(Example, {"width": 1}, {name: part})


def test_a_long_value_is_quoted_in_part() -> None:
    with pytest.raises(ArgumentError) as caught:
        deserialize(Example, {"width": "9" * 1000})
    assert caught.value.found == "'" + "9" * 199


def test_a_table_is_a_table_and_nothing_else() -> None:
    @dataclass(frozen=True)
    class Named:
        values: dict
        count: int = 0

    assert deserialize(Named, {"values": {"a": 1}}).values == {"a": 1}
    for settings in ({"values": [1]}, {"values": "a"}, {"values": {}, "count": {}}):
        with pytest.raises(ArgumentError, match="expected (dict|int)"):
            deserialize(Named, settings)
