"""docs/making-defects.md: its commands and its code run, and it names every kind, surface and option."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from cli.conftest import Run
from surfedge.registry import resolve
from surfedge.synthesis import DEFECTS, SURFACES


def test_the_page_about_making_defects_works_from_beginning_to_end(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "making-defects.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = [line for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    for command in commands:
        _, verb, *words = command.split()
        ran = run(verb, *words)
        assert ran.code == 0, f"{command}: {ran.error}"
    assert "32 of 32 images are the same byte for byte" in ran.out
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(code, "making-defects.md", "exec"), {})
    assert "(128, 128, 3) True (32, 32)" in capsys.readouterr().out


def test_the_page_names_every_kind_surface_and_option() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "making-defects.md").read_text(encoding="utf-8")
    for kind, place in DEFECTS.items():
        (row,) = re.findall(rf"^\| `{kind}` \|.*$", page, re.MULTILINE)
        options = inspect.signature(resolve({kind: place}, kind)).parameters.values()
        told = set(re.findall(r"`(\w+)`", row.split("|")[3]))
        assert told == {option.name for option in options if option.kind is option.KEYWORD_ONLY}
    for surface in SURFACES:
        assert f"`{surface}`" in page
