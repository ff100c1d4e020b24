"""The report as a browser shows it: rows, order, choice, pictures, threshold; no complaint and no request."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from browser import Page
from surfedge.report import ReportRow, ReportSummary, draw_pictures, write_report
from surfedge.result import Region, Result

HOSTILE = 'good/<img src=x onerror="document.title=1">\u202egnp.exe'
THRESHOLD = 1.0
DEAD = "found an implausible image: contrast of 0, expected 0.02 to 0.1; sharpness across of 0, expected one like these"


def _inspected(number: int) -> ReportRow:
    """A rendered brushed surface, with a dark scratch in every third image."""
    rng = np.random.default_rng(number)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (128, 128)).astype(np.float32), (31, 3), 8, sigmaY=0.8)
    image = (140 + 160 * grain).clip(0, 255)
    scores = 0.3 + 0.004 * number + 0.1 * rng.random((128, 128), np.float32)
    regions: tuple[Region, ...] = ()
    if number % 3 == 0:
        image[40:46, 20:90] -= 70
        scores[40:46, 20:90] = 1.2 + number / 20
        regions = (Region((20, 40, 70, 6), 420, float(scores.max()), 1.5, (54.5, 42.5)),)
    score = float(scores.max())
    ground = image.clip(0, 255).astype(np.uint8)
    mask = scores > THRESHOLD
    result = Result(score, THRESHOLD, score > THRESHOLD, scores, mask, regions, (128, 128), ground)
    label = "scratch" if regions else "good"
    return ReportRow(
        f"{label}/{number:03}.png",
        "defective" if result.is_defective else "good",
        score,
        THRESHOLD,
        label,
        len(regions),
        result.defect_area_px,
        2.0 + number / 100,
        "",
        128,
        128,
        draw_pictures(result),
    )


@pytest.fixture(scope="module")
def rows() -> list[ReportRow]:
    inspected = [_inspected(number) for number in range(58)]
    truncated = ReportRow("scratch/058.png", "skipped", label="scratch", reason="truncated PNG; copy it again")
    foreign = ReportRow(HOSTILE, "skipped", label="good", reason="</script><b>not an image</b>")
    dead = ReportRow("good/dead.png", "implausible", label="good", reason=DEAD)
    return [*inspected, truncated, foreign, dead]


@pytest.fixture(scope="module")
def report(rows: list[ReportRow], tmp_path_factory: pytest.TempPathFactory) -> Path:
    summary = ReportSummary("statistics", THRESHOLD, "quantile:0.99", "Brushed steel", "line 3")
    return write_report(tmp_path_factory.mktemp("report") / "report.html", rows, summary)


@pytest.fixture
def page(browser: Page) -> Page:
    return browser


def _shown(page: Page) -> list[str]:
    return list(page.ask("[...document.querySelectorAll('#rows .open')].map((node) => node.textContent)"))


def _text(page: Page, selector: str) -> str:
    return str(page.ask(f"document.querySelector({selector!r}).textContent"))


def _is_quiet(page: Page) -> None:
    assert page.complaints == []
    assert [url for url in page.requests if not url.startswith(("data:image/", "file:///", "about:"))] == []
    assert sum(url.startswith("file:") for url in page.requests) == 1


def _contrast(png: bytes) -> float:
    return float(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE).std())


def test_first_view_shows_the_worst_and_what_was_not_inspected(page: Page, report: Path, rows: list[ReportRow]) -> None:
    page.open(report)
    expected = sorted((row for row in rows if row.score), key=lambda row: -(row.score or 0))
    assert _shown(page) == [row.path for row in expected[:50]]
    counts = [_text(page, f"[data-filter={name}] b") for name in ("all", "defective", "good", "implausible", "skipped")]
    assert counts == ["61", "20", "38", "1", "2"]
    assert "1 image refused as implausible" in _text(page, "#implausible")
    assert "contrast unlike that of good images" in _text(page, "#implausible ul")
    assert "2 images could not be inspected" in _text(page, "#skipped")
    assert "truncated PNG; copy it again" in _text(page, "#skipped")
    assert page.ask("document.querySelectorAll('#histogram .bar').length") > 5
    assert page.ask("document.documentElement.scrollWidth") == 1400
    assert _contrast(page.screenshot()) > 12
    _is_quiet(page)


def test_the_address_sorts_filters_searches_and_turns_pages(page: Page, report: Path, rows: list[ReportRow]) -> None:
    page.open(report, "#sort=score&dir=asc&filter=defective&class=scratch")
    bad = sorted((row for row in rows if row.status == "defective"), key=lambda row: row.score or 0)
    assert _shown(page) == [row.path for row in bad]
    page.open(report, "#sort=path&q=SCRATCH/00")
    assert _shown(page) == ["scratch/000.png", "scratch/003.png", "scratch/006.png", "scratch/009.png"]
    page.open(report, "#page=2")
    assert len(_shown(page)) == 11
    page.open(report, "#filter=implausible&t=0.9")  # no limit makes a verdict of it
    assert _shown(page) == ["good/dead.png"] and _text(page, "#rows .badge") == "implausible, not judged"
    page.open(report, "#sort=nonsense&page=-3&open=999&t=x&class=nobody&view=")
    assert len(_shown(page)) == 50
    _is_quiet(page)


def test_clicks_and_keys_do_what_the_address_does(page: Page, report: Path) -> None:
    page.open(report)
    page.click("[data-sort=path]")
    assert page.ask("location.hash") == "#sort=path"
    assert page.ask("document.querySelector('th.path').getAttribute('aria-sort')") == "ascending"
    assert _shown(page)[0].startswith("good/")
    page.click("[data-filter=skipped]")
    assert len(_shown(page)) == 2
    page.click("[data-filter=all]")
    page.click("[data-class=scratch]")
    assert len(_shown(page)) == 21
    page.click("[data-view=gallery]")
    assert page.ask("document.querySelectorAll('.card').length") == 21
    _is_quiet(page)


def test_images_are_chosen_by_the_kinds_of_their_regions(page: Page, tmp_path: Path) -> None:
    rows = [
        ReportRow("0.png", "defective", 3.0, regions=2, kinds=("pit", "scratch")),
        ReportRow("1.png", "defective", 2.0, regions=1, kinds=("pit",)),
        ReportRow("2.png", "good", 0.5),
    ]
    report = write_report(tmp_path / "report.html", rows, ReportSummary("statistics", THRESHOLD))
    page.open(report, "#kind=scratch")
    assert _shown(page) == ["0.png"]
    options = "[...document.querySelector('#kind').options].map((option) => option.textContent)"
    assert page.ask(options) == ["all", "pit (2)", "scratch (1)"]
    page.ask("(k => { k.value = '=pit'; k.dispatchEvent(new Event('change')); })(document.querySelector('#kind'))")
    page.wait("location.hash === '#kind=pit'")
    assert _shown(page) == ["0.png", "1.png"]
    page.open(report, "#open=0")
    assert "pit, scratch" in _text(page, "#viewer-facts")
    assert not page.ask("document.querySelector('#kind-field').hidden")
    _is_quiet(page)


def test_pictures_open_beside_each_other_and_follow_the_arrows(page: Page, report: Path) -> None:
    page.open(report, "#open=57")
    names = "[...document.querySelectorAll('#stage figure')].map((figure) => figure.className)"
    assert page.ask(names) == ["original", "overlay", "map"]
    assert page.ask("[...document.querySelectorAll('#stage img')].every((image) => image.naturalWidth >= 128)")
    assert _contrast(page.screenshot()) > 30
    assert _text(page, "#viewer-title") == "scratch/057.png"
    page.press("ArrowRight")
    assert _text(page, "#viewer-title") == "scratch/054.png"
    page.press("3")
    assert page.ask(names) == ["map"]
    assert "show=map" in page.ask("location.hash")
    page.press("ArrowLeft")
    page.press("ArrowLeft")  # the first of the list: stays
    assert _text(page, "#viewer-title") == "scratch/057.png"
    page.press("Escape")
    assert not page.ask("document.querySelector('#viewer').open")
    assert "open" not in page.ask("location.hash")
    page.click("#rows tr:nth-child(2) .open")
    assert _text(page, "#viewer-title") == "scratch/054.png"
    _is_quiet(page)


def test_skipped_images_open_with_their_reason(page: Page, report: Path) -> None:
    page.open(report, "#open=58")
    assert "Not inspected: truncated PNG; copy it again" in _text(page, "#stage")
    _is_quiet(page)


def test_dragging_the_threshold_counts_verdicts_anew(page: Page, report: Path, rows: list[ReportRow]) -> None:
    page.open(report)
    handle, chart = page.box("#handle path"), page.box("#histogram")
    start = (handle[0] + handle[2] / 2, handle[1] + 8)
    page.drag(start, (chart[0] + chart[2] * 0.7, start[1] + 20))
    moved = page.ask("Number(document.querySelector('#handle').getAttribute('aria-valuenow'))")
    above = sum((row.score or 0) > moved for row in rows)
    assert moved > THRESHOLD
    assert 0 < above < 20
    assert _text(page, "[data-filter=defective] b") == str(above)
    fewer = f"\N{MINUS SIGN}{20 - above}"
    assert f"{above} images would be defective ({fewer}), {58 - above} good" in _text(page, "#what-if")
    page.click("[data-filter=good]")
    badges = page.ask("[...document.querySelectorAll('#rows .badge')].map((node) => node.textContent)")
    assert badges.count("now good") == 20 - above
    page.click("#reset")
    assert _text(page, "[data-filter=defective] b") == "20"
    page.ask("document.querySelector('#handle').focus()")
    page.press("PageUp")
    assert page.ask("Number(document.querySelector('#handle').getAttribute('aria-valuenow'))") > THRESHOLD
    _is_quiet(page)


def test_hostile_names_are_shown_and_do_nothing(page: Page, report: Path) -> None:
    page.open(report, "#filter=skipped")
    assert 'good/<img src=x onerror="document.title=1">\ufffdgnp.exe' in _shown(page)
    assert page.ask("document.title") == "Brushed steel"
    assert page.ask("document.querySelectorAll('#rows b, #skipped b, #rows img[src=x]').length") == 0
    _is_quiet(page)


@pytest.mark.parametrize("address", ["", "#view=gallery", "#open=57", "#filter=skipped&t=1.4"])
@pytest.mark.parametrize("dark", [False, True])
def test_narrow_windows_and_dark_ones(page: Page, report: Path, address: str, dark: bool) -> None:
    page.open(report, address, width=420, dark=dark)
    assert page.ask("document.documentElement.scrollWidth") == 420
    ground = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert ground.std() > 8
    assert (ground[2, 2] < 60) == (dark or ("open" in address and ground[2, 2] < 60))
    _is_quiet(page)


def test_odd_runs_open_without_complaint(page: Page, tmp_path: Path) -> None:
    runs = {
        "none": ([], 1.0),
        "skipped": ([ReportRow("a.png", "skipped", reason="gone")], 1.0),
        "own": (
            [ReportRow("a.png", "good", 1.0, threshold=2.0), ReportRow("b.png", "defective", 9.0, threshold=3.0)],
            None,
        ),
        "one": ([ReportRow("a.png", "good", 0.0)], 0.0),
        "wide": ([ReportRow(f"{i}.png", "good", 10.0**i) for i in range(-5, 6)], 1e6),
    }
    for name, (rows, threshold) in runs.items():
        page.open(write_report(tmp_path / f"{name}.html", rows, ReportSummary("dzl", threshold)))
        assert len(_shown(page)) == len(rows), name
        _is_quiet(page)


def test_where_each_image_has_its_own_limit_it_stands_beside_the_score(page: Page, tmp_path: Path) -> None:
    own = [ReportRow("even.png", "good", 5.0, 8.0), ReportRow("shiny.png", "good", 20.5, 41.0)]
    page.open(write_report(tmp_path / "report.html", own, ReportSummary("statistics", None)))
    cells = page.ask("[...document.querySelectorAll('td.score')].map((node) => node.textContent)")
    assert cells == ["20.50 of 41.00", "5.000 of 8.000"]
    widths = page.ask("[...document.querySelectorAll('td.score .meter b')].map((node) => node.style.width)")
    assert widths == ["25%", "31.25%"]
    page.open(tmp_path / "report.html", "#t=0.6")
    cells = page.ask("[...document.querySelectorAll('td.score')].map((node) => node.textContent)")
    assert cells == ["20.50 of 24.60", "5.000 of 4.800"]
    badges = page.ask("[...document.querySelectorAll('#rows .badge')].map((node) => node.textContent)")
    assert badges == ["good", "now defective"]
    assert "1 image would be defective (+1), 1 good" in _text(page, "#what-if")
    assert _text(page, "#histogram .threshold text") == "what if \N{MULTIPLICATION SIGN} 0.6000"
    assert page.complaints == []
