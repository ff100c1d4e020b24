"""The page of a coil as a browser shows it: on a telephone as on a screen nothing runs off the side."""

from __future__ import annotations

from pathlib import Path

from browser import Page
from strips.coils import TILE, Simple, coil
from surfedge.strips import Roll, Rule, strip

WORDS = "as agreed in the delivery terms of March, which ask for a hold where marks come one after another, " * 2
BESIDE = """[...document.querySelectorAll('header *, dl *, td.text, figcaption, p')].filter((node) =>
    node.getBoundingClientRect().right > innerWidth && !node.closest('.scroll')).map((node) => node.outerHTML)"""


def test_nothing_runs_off_the_side(browser: Page, tmp_path: Path) -> None:
    rules = (Rule(f"roll marks, {WORDS}", "hold", periodic=True, count=3),)
    rolls = (Roll(f"work roll of F7, {WORDS}", 60, 70),)
    summary = strip(
        Simple(),  # type: ignore[arg-type]
        [coil(2400)],
        tmp_path,
        pixel_size_mm=0.5,
        tile_lines=TILE,
        rules=rules,
        rolls=rolls,
        name="coil_" + "4711_" * 30,
    )
    assert summary.verdict == "hold" and summary.alarms and summary.series
    for width in (400, 1280):
        browser.open(tmp_path / "coil.html", width=width, height=1400)
        assert browser.ask("document.documentElement.scrollWidth") <= width
        assert browser.ask(BESIDE) == []
        assert browser.ask("Math.max(...[...document.querySelectorAll('td.text')].map((n) => n.offsetWidth))") < width
        assert browser.ask("document.querySelector('.map svg').getBoundingClientRect().width") >= 800
        assert browser.complaints == []
