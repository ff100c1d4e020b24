"""What packaging promises: one version, one wheel pipeline, no training software at run time."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

import surfedge

ROOT = Path(__file__).resolve().parents[1]


def test_the_wheel_pipeline_is_where_the_forge_looks_for_it() -> None:
    copy = ROOT / ".github" / "workflows" / "wheels.yml"
    if not (ROOT / ".github").is_dir():
        pytest.skip("an sdist leaves out what only the forge reads")
    assert copy.read_bytes() == (ROOT / "wheels.yml").read_bytes()


def test_the_version_is_written_once() -> None:
    home = ROOT / "python" / "surfedge" / "version.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", surfedge.__version__)
    assert surfedge.__version__ in home.read_text()
    for other in ("pyproject.toml", "CMakeLists.txt", "python/surfedge/__init__.py"):
        assert f'"{surfedge.__version__}"' not in (ROOT / other).read_text(), other


def test_the_installed_version_is_the_one_written() -> None:
    try:
        installed = metadata.version("surfedge")
    except metadata.PackageNotFoundError:
        pytest.skip("surfedge runs from the source tree")
    assert installed == surfedge.__version__


def test_run_time_needs_no_training_software() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    needed = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert needed is not None
    names = re.findall(r'"([a-z0-9-]+)', needed.group(1))
    assert names == ["numpy", "openvino", "opencv-python-headless", "rich", "tomli"]
    assert "tomli>=2.0; python_version < '3.11'" in needed.group(1)  # what later Pythons bring along
