"""What every test can ask for: the budget of repetitions, a browser and the real images, where they are at hand."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser import Page, installed

if TYPE_CHECKING:
    from scoring.cluster.machines import Machines

# Started in the background, Ctrl-C must reach the children all the same.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Budget:
    """How long the property tests may take; the tests are the same, only the counts grow."""

    name: str

    def count(self, *, test: int, nightly: int, release: int) -> int:
        """The number of repetitions for this run."""
        return {"test": test, "nightly": nightly, "release": release}[self.name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--budget", choices=("test", "nightly", "release"), default="test")


@pytest.fixture(scope="session")
def budget(request: pytest.FixtureRequest) -> Budget:
    """Counts of repetitions: `budget.count(test=1_000, nightly=100_000, release=1_000_000)`."""
    return Budget(request.config.getoption("--budget"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the real images used for checking; skips where a checkout does not have them beside it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real images are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page in headless Chromium; skips where none is installed."""
    page = Page(installed(), tmp_path_factory.mktemp("profile"))
    yield page
    page.end()


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """A dask scheduler and two workers that stay for the session; skips where the extra is not installed."""
    pytest.importorskip("distributed")
    from scoring.cluster.machines import Machines

    started = Machines(tmp_path_factory.mktemp("machines"))
    started.worker()
    started.worker()
    started.wait_for_workers(2)
    yield started
    started.end()


@pytest.fixture(params=["this process", "workers"])
def address(request: pytest.FixtureRequest, budget: Budget, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a cluster: of the session's workers, or of one whose worker is this process."""
    pytest.importorskip("distributed")
    if request.param == "this process":
        from scoring.cluster.here import Here

        monkeypatch.setattr("surfedge.scoring.Cluster", Here)
        return "pc1:8786"
    if not budget.count(test=0, nightly=1, release=1):
        pytest.skip("needs torch in two more processes: with --budget nightly")
    started: Machines = request.getfixturevalue("machines")
    return started.address
