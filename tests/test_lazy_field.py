"""Fields made on use: once for everybody, and copied, compared and pickled like any other."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from functools import partial

import numpy as np
import pytest

from surfedge import Detector, Result
from surfedge.decision import Decision, RawMap
from surfedge.lazy_field import Lazy, lazy_fields, made_on_use


@lazy_fields("values")
@dataclass(frozen=True)
class Record:
    name: str
    values: np.ndarray | None = field(repr=False, compare=False)


def test_values_and_none_are_given_back_as_they_are() -> None:
    values = np.ones(3)
    assert Record("a", values).values is values and Record("a", None).values is None


def test_it_is_made_on_the_first_look_and_kept() -> None:
    calls: list[int] = []
    record = Record("a", made_on_use(Lazy(lambda: calls.append(1) or np.zeros(2))))
    assert repr(record).endswith("Record(name='a')") and record == Record("a", None) and hash(record) is not None
    assert not calls
    first = record.values
    assert record.values is first and calls == [1]


def test_threads_that_look_at_once_see_one_array() -> None:
    start = threading.Barrier(8)
    made: list[np.ndarray] = []

    def make() -> np.ndarray:
        made.append(np.zeros(4))
        return made[-1]

    record = Record("a", made_on_use(Lazy(make)))

    def look(_: int) -> int:
        start.wait(timeout=10)
        return id(record.values)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(look, range(8)))) == 1
    assert 1 <= len(made) <= 8


def test_a_copy_and_a_pickle_stay_unmade_until_somebody_looks() -> None:
    lazy = Lazy(partial(np.full, 3, 7.0))
    record = Record("a", made_on_use(lazy))
    for twin in (copy(record), pickle.loads(pickle.dumps(record))):
        assert isinstance(vars(twin)["values"], Lazy)
        assert twin.values.tolist() == [7.0, 7.0, 7.0]
    assert isinstance(vars(record)["values"], Lazy)
    changed = replace(record, name="b")
    assert changed.name == "b" and changed.values.tolist() == [7.0, 7.0, 7.0]
    assert asdict(record)["values"].tolist() == [7.0, 7.0, 7.0]
    with pytest.raises(FrozenInstanceError):
        record.values = None


def test_a_good_result_travels_with_its_map_unmade() -> None:
    """What a worker sends to another process: small, and the same map there."""
    image = np.random.default_rng(0).normal(128, 4, (160, 144)).clip(0, 255).astype(np.uint8)
    result = Detector()(image)
    assert not result.is_defective and isinstance(vars(result)["anomaly_map"], Lazy)
    there: Result = pickle.loads(pickle.dumps(result))
    assert there == result
    np.testing.assert_array_equal(there.anomaly_map, result.anomaly_map)
    np.testing.assert_array_equal(replace(result, score=2.0).anomaly_map, result.anomaly_map)
    assert result.anomaly_map.shape == (160, 144) and result.anomaly_map.max() == pytest.approx(result.score, rel=1e-5)


def test_a_judgement_says_how_the_map_is_made() -> None:
    judgement = Decision(threshold=9.0).judge(RawMap(np.eye(4, dtype=np.float32), 4), (16, 16))
    assert isinstance(judgement.anomaly_map, Lazy) and judgement.anomaly_map.make().shape == (16, 16)
