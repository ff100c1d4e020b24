"""The page of an evaluation as a browser shows it: verdict, what if, curves, truth; counted again by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from surfedge.datasets import labelled_images
from surfedge.detector import Detector, default_bundle
from surfedge.evaluation import evaluate
from surfedge.metrics import EvaluationRecord
from surfedge.metrics.counting.share import Share
from surfedge.report import ReportRow, ReportSummary, write_report

if TYPE_CHECKING:
    from .conftest import Page


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, EvaluationRecord]:
    """20 good images, 12 with a square of rising brightness, 3 with an unmarked dot, one that cannot be read."""
    root = tmp_path_factory.mktemp("set")
    for label, count in (("good", 20), ("square", 12), ("dot", 3)):
        (root / "test" / label).mkdir(parents=True)
        (root / "ground_truth" / label).mkdir(parents=True)
        for number in range(count):
            pixels = np.random.default_rng([number, len(label)]).normal(120, 6, (96, 128)).clip(0, 255).astype(np.uint8)
            mask = np.zeros_like(pixels)
            mask[30:50, 40:70] = 255 if label == "square" else 0
            pixels[mask > 0] = np.minimum(pixels[mask > 0].astype(int) + number, 255)
            if label == "dot":
                pixels[60:70, 60:70] = 250
            cv2.imwrite(str(root / "test" / label / f"{number:02}.png"), pixels)
            if label == "square":
                cv2.imwrite(str(root / "ground_truth" / label / f"{number:02}_mask.png"), mask)
    broken = root / "test" / "square" / "11.png"
    broken.write_bytes(broken.read_bytes()[:300])
    detector = Detector(default_bundle("pixel_zscore"))
    scores = [detector.score(path) for path in sorted((root / "test" / "good").iterdir())]
    detector = detector.with_threshold(float(np.quantile(scores, 0.9)))  # two false calls
    evaluated = evaluate(detector, labelled_images(root), root / "judged", bootstrap=20)
    return evaluated.out_dir / "report.html", evaluated.record


def _text(page: Page, selector: str) -> str:
    return str(page.ask(f"document.querySelector({selector!r}).textContent"))


def _said(share: Share) -> tuple[str, str]:
    low, high = share.interval
    return (
        f"{share.count} of {share.total}",
        f"{100 * share.value:.1f} %, 95 % interval {100 * low:.1f} to {100 * high:.1f} %",
    )


def _claims(page: Page) -> list[tuple[str, str]]:
    claims = ("[data-claim=found]", "[data-claim=false]")
    return [(_text(page, f"{claim} b"), _text(page, f"{claim} small")) for claim in claims]


def _is_quiet(page: Page) -> None:
    assert page.complaints == []
    assert [url for url in page.requests if not url.startswith(("data:image/", "file:///", "about:"))] == []


def test_it_opens_with_the_verdict(browser: Page, judged: tuple[Path, EvaluationRecord]) -> None:
    path, record = judged
    browser.open(path, width=1280)
    found, false = record.verdict(is_defect=True), record.verdict(is_defect=False)
    assert 0 < found.count < found.total == 14 and false.total == 20
    assert _claims(browser) == [_said(found), _said(false)]
    top = "(id) => document.querySelector(id).getBoundingClientRect().top"
    tops = browser.ask(f"['#verdict', '#tiles', '#figures', '#list'].map({top})")
    assert tops == sorted(tops)
    text = path.read_text("utf-8")
    for claim in (found, false):
        assert _said(claim)[0] in text and _said(claim)[1] in text  # there without a script too
    assert "1 image could not be inspected" in _text(browser, "#skipped")
    lines = "[...document.querySelectorAll('#classes tbody tr')]"
    by_class = browser.ask(f"{lines}.map((line) => line.cells[2].textContent)")
    counts = [str(record.called[name].count) for name in ("dot", "good", "square")]
    assert [each.split(" of ")[0] for each in by_class] == counts
    low, high = record.called["square"].interval
    assert by_class[2].endswith(f"{100 * low:.1f} to {100 * high:.1f} %")
    _is_quiet(browser)


def test_what_if_counts_found_and_false_again(browser: Page, judged: tuple[Path, EvaluationRecord]) -> None:
    path, record = judged
    scores = sorted(row.score for row in record.rows)
    for limit in (round(scores[8] + 1e-3, 4), round(scores[24] + 1e-3, 4), scores[-1] + 1.0):
        browser.open(path, f"#t={limit}", width=1280)
        called = {kind: [row.score > limit for row in record.rows if row.is_defect == kind] for kind in (True, False)}
        assert _claims(browser) == [_said(Share(sum(called[kind]), len(called[kind]))) for kind in (True, False)]
        found, missed, false = sum(called[True]), len(called[True]) - sum(called[True]), sum(called[False])
        assert f"{found} found, {missed} missed, {false} false call" in _text(browser, "#what-if")
        assert "What if the threshold were" in _text(browser, "#verdict-limit")
    _is_quiet(browser)


def test_the_missed_are_one_click_away(browser: Page, judged: tuple[Path, EvaluationRecord]) -> None:
    path, record = judged
    browser.open(path, width=1280)
    browser.click("[data-claim=found] button")
    shown = browser.ask("[...document.querySelectorAll('#rows .open')].map((node) => node.textContent)")
    missed = [row for row in record.rows if row.is_defect and not row.is_called]
    assert sorted(shown) == sorted(f"{row.label}/{Path(row.path).name}" for row in missed)  # relative to the set
    badges = browser.ask("[...document.querySelectorAll('#rows .badge')].map((node) => node.textContent)")
    assert set(badges) == {"missed"}
    _is_quiet(browser)


def test_the_histogram_is_coloured_by_truth(browser: Page, judged: tuple[Path, EvaluationRecord]) -> None:
    path, record = judged
    browser.open(path, f"#t={record.threshold + 0.1:.4f}", width=1280)
    heights = {}
    for kind in ("good", "defective"):
        bars = f"[...document.querySelectorAll('#histogram .bar.{kind}')]"
        heights[kind] = browser.ask(f"{bars}.reduce((sum, bar) => sum + bar.height.baseVal.value, 0)")
    defective = sum(row.is_defect for row in record.rows)
    assert heights["good"] / heights["defective"] == pytest.approx((len(record.rows) - defective) / defective, rel=0.02)
    assert "truly good" in _text(browser, "#bar-keys")


def test_truth_stands_beside_the_map(browser: Page, judged: tuple[Path, EvaluationRecord]) -> None:
    path, _ = judged
    browser.open(path, f"#open={_index(path, 'square/05.png')}", width=1280)
    names = "[...document.querySelectorAll('#stage figure')].map((figure) => figure.className)"
    assert browser.ask(names) == ["original", "overlay", "map", "truth"]
    images = "[...document.querySelectorAll('#stage img')]"
    sizes = browser.ask(f"{images}.map((image) => [image.naturalWidth, image.naturalHeight, image.width])")
    assert len({round(width / height, 2) for width, height, _ in sizes}) == 1 and len({size[2] for size in sizes}) == 1
    browser.press("5")
    assert browser.ask(names) == ["truth"] and "show=truth" in browser.ask("location.hash")
    for name, said in (("dot/00.png", "defective, no mask"), ("good/00.png", "good")):
        browser.open(path, f"#open={_index(path, name)}", width=1280)
        facts = browser.ask("[...document.querySelectorAll('#viewer-facts div')].map((pair) => pair.textContent)")
        assert f"Truth{said}" in facts and "truth" not in browser.ask(names)
    _is_quiet(browser)


def _index(path: Path, name: str) -> int:
    data = re.search(r'id="data">(.*?)</script>', path.read_text("utf-8"), re.S)
    assert data is not None
    return [row[0] for row in json.loads(data[1])["rows"]].index(name)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (400, False), (400, True)])
def test_curves_and_figures_are_inside(
    browser: Page, judged: tuple[Path, EvaluationRecord], width: int, dark: bool
) -> None:
    path, record = judged
    browser.open(path, width=width, dark=dark)
    assert browser.ask("document.documentElement.scrollWidth") == width
    titles = browser.ask("[...document.querySelectorAll('.chart svg title')].map((node) => node.textContent)")
    assert titles == ["ROC", "Precision and recall", "Per-region overlap", "F1 over the limit"]
    ground = browser.ask("getComputedStyle(document.querySelector('.chart svg > rect')).fill")
    assert ground == browser.ask("getComputedStyle(document.querySelector('#curves')).backgroundColor")
    assert f"image AUROC{record.figures['image_auroc']:.3f}" in _text(browser, "#figures tbody").replace("\n", "")
    if width > 600:
        assert "20 good, 14 defective" in _text(browser, "#figures tbody")
    _no_words_collide(browser)
    _is_quiet(browser)


def _no_words_collide(page: Page) -> None:
    charts: list[list[Any]] = page.ask(
        "[...document.querySelectorAll('.chart svg')].map((svg) => { const o = svg.getBoundingClientRect();"
        "const box = (t) => { const b = t.getBoundingClientRect();"
        "return [t.textContent, b.left, b.top, b.right, b.bottom]; };"
        "return [o.left, o.right, ...[...svg.querySelectorAll('text')].map(box)]; })"
    )
    for start, end, *boxes in charts:
        for number, (text, left, top, right, bottom) in enumerate(boxes):
            assert start <= left and right <= end + 0.5, text
            for other, left2, top2, right2, bottom2 in boxes[number + 1 :]:
                assert right <= left2 or right2 <= left or bottom <= top2 + 2 or bottom2 <= top + 2, (text, other)


def test_shares_of_a_whole_are_written_as_people_do(browser: Page, tmp_path: Path) -> None:
    areas = {100 * 100: "100 %", 9_999: "> 99.9 %", 1_234: "12.3 %", 50: "0.50 %", 1: "0.010 %"}
    rows = [ReportRow(f"{area}.png", "defective", 2.0, 1.0, "", 1, area, 1.0, "", 100, 100) for area in areas]
    path = write_report(tmp_path / "report.html", rows, ReportSummary("dzl", 1.0))
    for number, (area, text) in enumerate(areas.items()):
        browser.open(path, f"#open={number}")
        assert f"{area:,} px ({text})" in _text(browser, "#viewer-facts")
    assert _text(browser, "[data-filter=defective] small") == "100 %"


def test_good_images_alone(browser: Page, judged: tuple[Path, EvaluationRecord], tmp_path: Path) -> None:
    samples = [sample for sample in labelled_images(judged[0].parents[1]) if sample.label == "good"]
    evaluated = evaluate(Detector(default_bundle("pixel_zscore")), samples, tmp_path, bootstrap=0)
    browser.open(evaluated.out_dir / "report.html", width=1280)
    assert "no detection rate" in _text(browser, ".claim.found")
    assert _text(browser, "[data-claim=false] b").endswith("of 20")
    assert "NaN" not in _text(browser, "main") and "nan" not in _text(browser, "#verdict")
    _is_quiet(browser)
