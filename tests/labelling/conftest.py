"""A folder of rendered strips to mark, and sessions on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import surfaces
from surfedge.detector import Detector
from surfedge.synthesis import render

pytest.importorskip("starlette", reason="the extra of the label page is not installed: pip install 'surfedge[serve]'")

from labelling.clients import TestClient, client_of
from surfedge.labelling.candidates import Candidates
from surfedge.labelling.session import Session

COUNT = 12
MakeSession = Callable[..., Session]


def holed(number: int) -> bool:
    """Whether this image of the folder has a defect."""
    return number % 4 == 0


@pytest.fixture(scope="session")
def strips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 rendered strips of 96 x 128 px, every fourth with a dark hole; never changed."""
    folder = tmp_path_factory.mktemp("label") / "strips"
    for number in range(COUNT):
        image = render("strip", shape=(96, 128), seed=number).image
        surfaces.save(folder / f"{number:02}.png", surfaces.with_hole(image) if holed(number) else image)
    return folder


@pytest.fixture
def photos(strips: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be changed."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for path in strips.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The default without training."""
    return Detector()


@pytest.fixture
def begin(detector: Detector, tmp_path: Path) -> Iterator[MakeSession]:
    """`begin(folder)`: a session on it, its marks in `tmp_path / "marked"`; as often as wanted, one after the other."""
    begun: list[Session] = []

    def make(folder: Path, out: Path | None = None, run: Path | None = None) -> Session:
        place = out or tmp_path / "marked"
        begun.append(Session(detector, Candidates(folder, place), place, run))
        return begun[-1]

    yield make
    for session in begun:
        session.scores.stop()


def box(x: float, y: float, width: float, height: float) -> dict[str, object]:
    """A box as the page sends it."""
    return {"kind": "box", "points": [[x, y], [x + width, y + height]]}


def grey(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    """A noisy grey image, uint8."""
    return np.random.default_rng(seed).integers(110, 140, shape, np.uint8)


@pytest.fixture
def session(strips: Path, begin: MakeSession) -> Session:
    return begin(strips)


@pytest.fixture
def client(session: Session) -> TestClient:
    return client_of(session)
