"""The page as a browser shows it: marked by keys, mouse and touch; drawn masks on disk; two tabs; narrow windows."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import uvicorn

import surfaces
from browser import Page
from labelling.conftest import MakeSession
from surfedge.datasets import labelled_set
from surfedge.labelling.application import application
from surfedge.labelling.guard import Guard
from surfedge.labelling.session import Session

READY = "document.body.dataset.ready === 'yes' && document.querySelector('#image').complete"


class Site:
    """A session served in this process, at `address`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        config = uvicorn.Config(Guard(application(session), "127.0.0.1"), lifespan="off", ws="none", log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()


@pytest.fixture
def site(browser: Page, photos: Path, begin: MakeSession) -> Iterator[Site]:
    served = Site(begin(photos))
    yield served
    browser.visit("about:blank#done")
    served.stop()


@pytest.fixture
def page(browser: Page, site: Site) -> Page:
    _open(browser, site)
    return browser


def _open(page: Page, site: Site, number: int = 0, **window: int) -> None:
    page.visit(f"{site.address}#{number}", **window)
    page.wait(READY)
    page.settle()


def _name(page: Page) -> str:
    return str(page.ask("document.querySelector('#name').textContent"))


def _said(page: Page, text: str) -> None:
    page.wait(f"document.querySelector('#said').textContent.includes({json.dumps(text)})")


def _is_quiet(page: Page, site: Site) -> None:
    assert [each for each in page.complaints if "getImageData" not in each] == []  # the test's own
    assert [url for url in page.requests if not url.startswith((site.address, "data:", "about:"))] == []


def test_a_defect_is_drawn_named_and_saved_and_the_next_image_comes(page: Page, site: Site) -> None:
    assert _name(page) == "00.png"
    page.press("b")
    x, y, width, height = page.box("#marks")
    page.drag((x + width * 60 / 128, y + height * 30 / 96), (x + width * 80 / 128, y + height * 46 / 96))
    assert "1 shape drawn" in page.ask("document.querySelector('#drawn').textContent")
    page.press("c")
    page.send("Input.insertText", text="hole")
    page.press("Escape")
    page.press("d")
    _said(page, "00.png: hole")
    page.wait("document.querySelector('#name').textContent !== '00.png'")
    (sample,) = labelled_set(site.session.marks.folder).samples
    truth, wanted = sample.mask((96, 128)), np.zeros((96, 128), bool)
    wanted[30:46, 60:80] = True
    assert truth is not None and np.count_nonzero(truth != wanted) <= 72  # a screen pixel at each side
    assert page.ask("document.querySelector('#counts').textContent").startswith("1 of 12 marked")
    _is_quiet(page, site)


def test_painting_erasing_regions_and_taking_back(page: Page, site: Site) -> None:
    painted = (
        "(() => { const c = document.querySelector('#marks'), pen = c.getContext('2d');"
        "const values = pen.getImageData(0, 0, c.width, c.height).data;"
        "return values.filter((value, index) => index % 4 === 3 && value > 127).length; })()"
    )
    page.press("p")
    x, y, width, height = page.box("#marks")
    page.drag((x + width * 0.2, y + height * 0.2), (x + width * 0.6, y + height * 0.2))
    first = page.ask(painted)
    assert first > 100
    page.press("e")
    page.drag((x + width * 0.4, y + height * 0.1), (x + width * 0.4, y + height * 0.3))
    assert 0 < page.ask(painted) < first
    page.press("z")
    assert page.ask(painted) == first
    page.press("x")
    assert page.ask(painted) == 0
    page.press("r")
    assert page.ask(painted) > 50  # the detector's outline of the hole
    page.press("i")
    page.press("b")
    for key in ("ArrowRight", " ", "ArrowRight", "ArrowDown", " "):
        page.press(key)
    assert "shapes drawn" in page.ask("document.querySelector('#drawn').textContent")
    _is_quiet(page, site)


def test_good_undo_and_a_drawing_that_outlives_a_reload(page: Page, site: Site) -> None:
    page.press("g")
    _said(page, "00.png: good, a false call")
    assert (site.session.marks.folder / "good_in_addition.txt").exists()
    page.press("u")
    _said(page, "Taken back: 00.png is not marked again")
    assert _name(page) == "00.png" and site.session.marks.all() == {}
    page.press("b")
    x, y, width, height = page.box("#marks")
    page.drag((x + width * 0.2, y + height * 0.2), (x + width * 0.4, y + height * 0.4))
    _open(page, site)
    assert "1 shape drawn, not saved yet" in page.ask("document.querySelector('#drawn').textContent")
    _is_quiet(page, site)


def test_the_second_tab_is_asked(page: Page, site: Site) -> None:
    site.session.mark(0, 0, "defect", "hole", [])  # as the other tab does
    page.press("g")
    page.wait("document.querySelector('#conflict').open")
    assert "“hole” by now" in page.ask("document.querySelector('#conflict-text').textContent")
    page.click("#keep-theirs")
    page.wait("document.querySelector('#held').textContent.startsWith('Marked as defect, hole')")
    site.session.mark(0, 1, "defect", "pit", [])
    page.press("g")
    page.wait("document.querySelector('#conflict').open")
    page.click("#take-mine")
    _said(page, "00.png: good")
    assert site.session.marks.current("00.png").verdict == "good"


def test_a_refusal_is_said_and_the_drawing_stays(page: Page, site: Site) -> None:
    page.press("b")
    x, y, width, height = page.box("#marks")
    page.drag((x + width * 0.2, y + height * 0.2), (x + width * 0.4, y + height * 0.4))
    page.ask("document.querySelector('#class').value = 'masks'")
    page.press("d")
    page.wait("!document.querySelector('#trouble').hidden")
    assert "Not saved: class" in page.ask("document.querySelector('#trouble').textContent")
    assert _name(page) == "00.png" and "1 shape drawn" in page.ask("document.querySelector('#drawn').textContent")


def test_every_image_marked_by_two_keys_and_what_then(page: Page, site: Site) -> None:
    for count in range(1, 13):
        before = _name(page)
        page.press("d" if count % 3 else "g")
        page.wait(f"document.querySelector('#counts').textContent.startsWith('{count} of 12')")
        if count < 12:
            page.wait(f"document.querySelector('#name').textContent !== '{before}'")
    site.session.scores.start()
    page.wait("document.querySelector('#empty').textContent.includes('marked')", 20)
    page.press("g")  # nothing is shown: nothing is marked
    page.settle()
    assert len(labelled_set(site.session.marks.folder).samples) == 12
    last = site.session.marks.last()
    assert last is not None and last[1].version == 12
    _is_quiet(page, site)


def test_help_and_list_open_by_keys(page: Page, site: Site) -> None:
    page.press("?")
    assert page.ask("document.querySelector('#help').open && document.querySelectorAll('#key-table dd').length > 15")
    page.press("Escape")
    page.press("l")
    page.wait("document.querySelectorAll('#rows button').length === 12")
    page.click("#rows li:nth-child(4) button")
    page.wait("document.querySelector('#name').textContent === '03.png'")
    page.press("ArrowLeft")
    page.wait("document.querySelector('#name').textContent === '00.png'")
    _is_quiet(page, site)


@pytest.mark.parametrize("dark", [False, True])
def test_a_narrow_window_and_a_finger(browser: Page, site: Site, dark: bool) -> None:
    _open(browser, site, width=400, height=800, dark=dark)
    assert browser.ask("document.documentElement.scrollWidth") == 400
    outside = (
        "[...document.querySelectorAll('.verdicts button')].map((node) => node.getBoundingClientRect()).filter((box) =>"
        "box.left < 0 || box.right > 400 || box.bottom > innerHeight || box.height < 44).length"
    )
    assert browser.ask(outside) == 0
    browser.click("[data-tool=box]")
    x, y, width, height = browser.box("#marks")
    for kind, points in (("touchStart", (0.2, 0.2)), ("touchMove", (0.6, 0.6)), ("touchEnd", None)):
        touch = [{"x": x + width * points[0], "y": y + height * points[1]}] if points else []
        browser.send("Input.dispatchTouchEvent", type=kind, touchPoints=touch)
    browser.settle()
    assert "1 shape drawn" in browser.ask("document.querySelector('#drawn').textContent")
    ground = cv2.imdecode(np.frombuffer(browser.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert ground.std() > 8 and (ground[2, 2] < 60) == dark
    _is_quiet(browser, site)


def test_a_large_image_looked_at_closely_is_sharp(
    browser: Page, photos: Path, begin: MakeSession, tmp_path: Path
) -> None:
    fine = np.indices((400, 6000)).sum(axis=0).astype(np.uint8) % 2 * 200 + 20
    surfaces.save(photos / "00.png", fine)
    site = Site(begin(photos, tmp_path / "large"))
    _open(browser, site)
    assert browser.ask("document.querySelector('#closer').hidden")
    for _ in range(6):
        browser.press("+")
    browser.wait("!document.querySelector('#closer').hidden")
    browser.press("m")
    browser.press("o")
    browser.settle()
    x, y, width, height = browser.box("#stage")
    shown = cv2.imdecode(np.frombuffer(browser.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    middle = shown[int(y + height / 2) - 20 :, int(x + width / 2) - 40 :][:40, :80]
    browser.visit("about:blank#done")
    site.stop()
    assert middle.std() > 30  # scaled as a whole the pattern of single pixels is one grey


def test_everything_has_a_name_for_who_does_not_see_it(page: Page) -> None:
    nameless = (
        "[...document.querySelectorAll('button, input, select')].filter((node) => !(node.textContent.trim()"
        "|| node.getAttribute('aria-label') || node.labels?.length)).map((node) => node.outerHTML)"
    )
    assert page.ask(nameless) == []
    assert page.ask("document.documentElement.lang") == "en"
