"""The README says what works: its commands are the ones that run here and in continuous integration."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def _run_surfedge(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = line.split("#")[0].split()
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def test_two_commands_set_a_machine_up() -> None:
    main_job, tests = _blocks(README, "bash")[:2]
    assert main_job.strip() == "pip install . && surfedge demo"
    assert tests.strip() == "pip install '.[dev]' && pytest -n auto"
    if not (ROOT / ".ci").is_dir():
        pytest.skip("an sdist leaves out what only continuous integration reads")
    assert tests.strip() in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_demo_and_the_five_lines(tmp_path: Path) -> None:
    """The main job as the README has it, then its Python on what the demo left."""
    demo = _run_surfedge("surfedge demo", tmp_path)
    assert demo.returncode == 0, demo.stderr
    verdicts = [line.split()[0] for line in demo.stdout.splitlines() if ".png" in line]
    assert len(verdicts) == 12 and {"DEFECTIVE", "good"} == set(verdicts)
    assert "report.html" in demo.stdout.splitlines()[-1]
    assert (tmp_path / "surfedge-demo" / "results" / "report.html").stat().st_size > 10_000
    (code,) = _blocks(README, "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert " True [(" in done.stdout


def test_the_tutorial_from_beginning_to_end(tmp_path: Path) -> None:
    for block in _blocks(TUTORIAL, "bash"):
        for line in block.strip().splitlines():
            done = _run_surfedge(line, tmp_path)
            assert done.returncode == 0, f"{line}: {done.stderr}"
    (code,) = _blocks(TUTORIAL, "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")), ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_adding_a_method_works_as_described(tmp_path: Path) -> None:
    """The page's class and line; then its example, on a dark plate with one bright square."""
    page = (ROOT / "docs" / "adding-a-method.md").read_text(encoding="utf-8")
    method, example = _blocks(page, "python")
    name, home = re.findall(r'"(\w+)": "([\w.]+):LocalContrast",', page)[0]
    (tmp_path / "local_contrast.py").write_text(dedent(method), encoding="utf-8")
    program = (
        "import numpy as np\nfrom surfedge.images import from_array\nfrom surfedge.methods import METHODS\n"
        "from local_contrast import LocalContrast\n"
        f"METHODS[{name!r}] = 'local_contrast:LocalContrast'\n"
        "plate = np.zeros((48, 64), np.uint8)\nplate[16:20, 30:36] = 255\n"
        "raw_map = LocalContrast().inspect(from_array(plate))\n"
        "assert raw_map.cell_px == 1 and raw_map.values.shape == plate.shape and raw_map.values.max() > 0.8\n"
        + dedent(example)
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (name, home) == ("local_contrast", f"surfedge.methods.{name}")
    assert re.fullmatch(r"local_contrast True \[\(\d+, \d+, \d+, \d+\)\]\n", done.stdout), done.stdout


def test_the_page_of_a_method_names_every_field_and_every_network() -> None:
    from dataclasses import fields

    from surfedge.decision import RawMap
    from surfedge.methods import METHODS, Networked
    from surfedge.registry import resolve

    page = (ROOT / "docs" / "adding-a-method.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", page, re.M)
    of_map = [field.name for field in fields(RawMap)]
    assert rows[: len(of_map)] == of_map
    assert set(rows[len(of_map) :]) == {name for name in METHODS if issubclass(resolve(METHODS, name), Networked)}
