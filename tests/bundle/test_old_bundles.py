"""Bundles of every format ever released load and judge as they did: these files are never changed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import surfedge
from surfedge import kernels
from surfedge.bundle import Bundle
from surfedge.detector import Detector
from surfedge.methods import METHODS

FOLDER = Path(__file__).resolve().parents[1] / "data" / "bundles"
EXPECTED = json.loads((FOLDER / "v1" / "expected.json").read_text(encoding="utf-8"))
TEN_SCORES = json.loads((FOLDER / "v1" / "ten_scores.json").read_text(encoding="utf-8"))
LIMIT_BYTES = 100_000


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The script that wrote them, for its pictures."""
    spec = importlib.util.spec_from_file_location("make_v1", FOLDER / "make_v1.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_file_is_expected_and_they_are_small() -> None:
    files = sorted((FOLDER / "v1").glob("*.surfedge"))
    assert [path.stem for path in files] == sorted(EXPECTED)
    assert sum(path.stat().st_size for path in files) < LIMIT_BYTES


def test_every_method_has_one() -> None:
    assert {Bundle.read(FOLDER / "v1" / f"{name}.surfedge").method for name in EXPECTED} == set(METHODS)


@pytest.mark.parametrize("name", EXPECTED)
def test_it_loads_and_judges_as_it_did(name: str, maker: ModuleType) -> None:
    known = EXPECTED[name]
    detector = Detector(FOLDER / "v1" / f"{name}.surfedge", device="CPU")
    assert detector.bundle.identity == known["identity"]
    result = detector(maker.picture(known["picture"]))
    assert result.score == pytest.approx(known["score"], rel=1e-4, abs=1e-4)
    assert result.threshold == known["threshold"] and result.is_defective == known["is_defective"]


@pytest.mark.parametrize("name", EXPECTED)
def test_ten_pictures_get_the_scores_they_had(name: str, maker: ModuleType) -> None:
    """Scores that 0.1.0 gave before its modules moved; the tolerance is for other processors and engines."""
    detector = Detector(FOLDER / "v1" / f"{name}.surfedge", device="CPU")
    found = [detector.score(maker.varied(EXPECTED[name]["picture"], number)) for number in range(10)]
    assert found == pytest.approx(TEN_SCORES[name], rel=1e-4, abs=1e-4)


SCORES = """
import json, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], str(Path(sys.argv[1], "data", "bundles"))]
from make_v1 import FOLDER, picture
from surfedge.bundle import Bundle
from surfedge.detector import Detector
from surfedge.methods import WITHOUT_NETWORK
known = json.loads((FOLDER / "expected.json").read_text())
print(json.dumps({name: Detector(FOLDER / f"{name}.surfedge")(picture(known[name]["picture"])).score
                  for name in known if Bundle.read(FOLDER / f"{name}.surfedge").method in WITHOUT_NETWORK}))
"""


@pytest.mark.parametrize("level", kernels.available_isas())
def test_at_every_level_of_instructions(level: str) -> None:
    environment = {**os.environ, "SURFEDGE_ISA": level, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    command = [sys.executable, "-c", SCORES, str(FOLDER.parents[1])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for name, score in json.loads(done.stdout).items():
        assert score == pytest.approx(EXPECTED[name]["score"], rel=1e-4, abs=1e-4), name
