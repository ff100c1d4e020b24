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
    assert tests.strip() == "pip install '.[dev]' && pytest"
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
    code = _blocks((ROOT / "docs" / "adding-a-method.md").read_text(encoding="utf-8"), "python")[0]
    program = dedent(code) + (
        "\nimport numpy as np\nfrom surfedge.images import from_array\n"
        "plate = np.zeros((32, 32), np.uint8); plate[16, 16] = 255\n"
        "found = LocalContrast().inspect(from_array(plate)).map\n"
        "assert found.argmax() == 16 * 32 + 16\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
