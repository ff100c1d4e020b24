"""What a screen is fitted to, and which networks have nothing to skip; nothing is trained."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from surfedge.bundle import Bundle
from surfedge.calibration import screen
from surfedge.calibration.screen import with_screen
from surfedge.decision import RawMap
from surfedge.errors import ArgumentError


class Images:
    """Ten numbers in place of images."""

    def __len__(self) -> int:
        return 10

    def take(self, indices: Any, what: str) -> Any:
        return iter(indices)


class Net:
    """A tiled network whose map is one value throughout."""

    cell_px, stride_px, view = 1, 8, "tiles"

    def inspect(self, frame: float) -> RawMap:
        return RawMap(np.full((2, 2), frame, np.float32))

    def tile_px(self, stride_px: int) -> int:
        return 2 * stride_px


def _screened(monkeypatch: pytest.MonkeyPatch, network: Any, **settings: Any) -> tuple[Bundle, list[Any]]:
    fitted: list[Any] = []
    monkeypatch.setattr(screen, "Networked", Net)
    detector = SimpleNamespace(method=network, preparation=None)
    monkeypatch.setattr(screen, "Detector", lambda bundle, screen: None if screen else detector)
    monkeypatch.setattr(screen, "GoodFrames", lambda paths, preparation, progress: Images())
    monkeypatch.setattr(screen, "fit_screen", lambda *given, **more: fitted.append((given[1:], more)))
    monkeypatch.setattr(screen, "to_section", lambda found: ({"kind": "new"}, {"mean": np.ones(2)}))
    arrays = {"screen/mean": np.zeros(1), "screen/old": np.zeros(1), "method/mean": np.zeros(1)}
    return with_screen(Bundle(method="map", arrays=arrays, identity="abc"), [], **settings), fitted


def test_a_screen_is_fitted_to_the_tiles_and_fills_with_the_usual_value(monkeypatch: pytest.MonkeyPatch) -> None:
    found, fitted = _screened(monkeypatch, Net(), share=0.9, method="dzl")
    assert (
        found.screen == {"kind": "new"} and found.identity == "" and set(found.arrays) == {"screen/mean", "method/mean"}
    )
    assert found.arrays["screen/mean"].tolist() == [1, 1]
    assert fitted == [((10, 16, 8), {"share": 0.9, "method": "dzl", "fill": 4.5})]  # the median of 0, 3, 6 and 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stride_px": 0}, "without tiles"),
        ({"view": "whole"}, "without tiles"),
        ({"cell_px": 4}, "a residual of patches"),
        ({"share": 0.0}, "a fraction above 0 and below 1"),
        ({"share": 1.0}, "a fraction above 0 and below 1"),
    ],
)
def test_networks_that_have_nothing_to_skip(
    change: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Net()
    settings = {name: value for name, value in change.items() if name == "share"}
    for name, value in change.items():
        setattr(network, name, value)
    with pytest.raises(ArgumentError, match=message):
        _screened(monkeypatch, network, **settings)
    monkeypatch.delattr(Net, "stride_px")
    with pytest.raises(ArgumentError, match="without tiles"):
        _screened(monkeypatch, Net())
    monkeypatch.undo()
    for fits in (0.01, 0.99):
        assert _screened(monkeypatch, Net(), share=fits)[1]
