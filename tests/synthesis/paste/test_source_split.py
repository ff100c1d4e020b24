"""No source on both sides, whatever classes and shares."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.synthesis.paste import split_sources


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("seed", range(5))
def test_every_source_stands_on_one_side(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Images may show two classes: the sides must agree over all of them.
    sources = {f"class{k}": [f"image{n}" for n in rng.choice(60, 25, replace=False)] for k in range(4)}
    train, judge = split_sources(sources, share, rng)
    assert not train & judge
    assert train | judge == {name for names in sources.values() for name in names}
    for names in sources.values():
        assert set(names) & train and set(names) & judge


def test_the_share_is_kept_and_the_seed_decides() -> None:
    sources = {"scratch": [f"{n:03d}" for n in range(100)], "pit": [f"p{n}" for n in range(10)]}
    _, judge = split_sources(sources, 0.3, np.random.default_rng(0))
    assert sum(name.startswith("p") for name in judge) == 3 and len(judge) == 33
    assert split_sources(sources, 0.3, np.random.default_rng(0))[1] == judge
    assert split_sources(sources, 0.3, np.random.default_rng(1))[1] != judge


def test_regions_of_one_image_count_once() -> None:
    train, judge = split_sources({"scratch": ["a"] * 20 + ["b"]}, 0.5, np.random.default_rng(0))
    assert len(train) == len(judge) == 1


@pytest.mark.parametrize("sources", [{"scratch": ["a"]}, {"scratch": ["a", "a"]}, {"pit": ["a", "b"], "hole": ["c"]}])
def test_a_single_source_cannot_be_divided(sources: dict[str, list[str]]) -> None:
    with pytest.raises(ArgumentError, match="class (scratch|hole): found 1 source image"):
        split_sources(sources, 0.5, np.random.default_rng(0))


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_shares_are_checked(share: float) -> None:
    with pytest.raises(ArgumentError, match="judge_share"):
        split_sources({"scratch": ["a", "b"]}, share, np.random.default_rng(0))
