"""What the server answers to the page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import surfaces
from labelling.clients import TestClient, client_of, say
from labelling.conftest import COUNT, MakeSession, box, grey, holed
from surfedge.datasets import labelled_set
from surfedge.detector import Detector, default_bundle
from surfedge.errors import ArgumentError, DatasetError
from surfedge.labelling.application import PAGE_FILES
from surfedge.labelling.session import Session
from surfedge.scoring import score_folder


def _looked_at(session: Session) -> None:
    """Waits until the background has seen every image."""
    session.scores.start()
    end = time.monotonic() + 30
    while session.scores.done < len(session.candidates):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_image_its_map_and_its_regions(client: TestClient) -> None:
    image = client.get("/api/image/0").json()
    assert (image["width"], image["height"], image["name"]) == (128, 96, "00.png")
    assert image["is_defective"] and image["regions"][0]["polygon"] and image["mark"]["version"] == 0
    for kind in ("image", "map", "thumb"):
        answer = client.get(f"/picture/0/{kind}")
        picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
        assert answer.headers["content-type"] == "image/webp" and picture.shape[1] / picture.shape[0] == 128 / 96


def test_the_detectors_outlines_taken_as_shapes_are_its_mask(
    client: TestClient, session: Session, strips: Path
) -> None:
    image = client.get("/api/image/0").json()
    shapes = [{"kind": "polygon", "points": region["polygon"]} for region in image["regions"]]
    assert say(client, 0, "defect", shapes=shapes).status_code == 200
    truth = cv2.imread(str(session.marks.folder / "ground_truth/defect/00_mask.png"), cv2.IMREAD_UNCHANGED) > 0
    wanted = Detector()(strips / "00.png").mask
    assert wanted is not None and wanted.any() and np.array_equal(truth, wanted)


def test_proposals_begin_near_the_limit_and_leave_out_what_is_marked(client: TestClient, session: Session) -> None:
    _looked_at(session)
    first = client.get("/api/next?count=4").json()["rows"]
    assert first[0]["why"] == "near the limit" and len({row["number"] for row in first}) == 4
    say(client, first[0]["number"], "good")
    rest = client.get(f"/api/next?count=50&without={first[1]['number']}").json()["rows"]
    assert {row["number"] for row in rest} == set(range(COUNT)) - {first[0]["number"], first[1]["number"]}


def test_a_mark_becomes_a_mask_and_a_false_call_a_good_image_more(client: TestClient, session: Session) -> None:
    drawn = say(client, 0, "defect", label="hole", shapes=[box(60, 30, 20, 16)]).json()
    assert drawn["mark"]["version"] == 1 and drawn["state"]["classes"] == ["hole"]
    answer = say(client, 4, "good").json()
    assert answer["state"]["false_calls"] == 1 and answer["mark"]["was_called"] == "defect"
    samples = {sample.path.name: sample for sample in labelled_set(session.marks.folder).samples}
    truth = samples["00.png"].mask((96, 128))
    assert samples["00.png"].label == "hole" and truth is not None and truth.sum() == 320
    assert (session.marks.folder / "good_in_addition.txt").read_text() == "./test/good/04.png\n"


def test_the_second_tab_is_told_what_the_first_said(client: TestClient) -> None:
    assert say(client, 0, "defect", label="hole").status_code == 200
    late = say(client, 0, "good")
    assert late.status_code == 409 and late.json()["mark"]["label"] == "hole"
    assert say(client, 0, "good", version=late.json()["mark"]["version"]).status_code == 200
    assert client.post("/api/undo", json={"version": 1}).status_code == 409
    back = client.post("/api/undo", json={"version": 2}).json()
    assert back["number"] == 0 and back["mark"]["label"] == "hole"


def test_the_list_narrows_and_turns_pages(client: TestClient) -> None:
    say(client, 0, "defect")
    say(client, 4, "good")
    counts = {
        show: client.get(f"/api/images?show={show}").json()["total"]
        for show in ("all", "open", "good", "defect", "false", "unreadable")
    }
    assert counts == {"all": 12, "open": 10, "good": 1, "defect": 1, "false": 1, "unreadable": 0}
    page = client.get("/api/images?first=10&count=5").json()
    assert [row["name"] for row in page["rows"]] == ["10.png", "11.png"]
    assert [row["name"] for row in client.get("/api/images?text=0.P").json()["rows"]] == ["00.png", "10.png"]


def test_what_cannot_be_read_is_listed_with_its_reason(photos: Path, begin: MakeSession, tmp_path: Path) -> None:
    (photos / "broken.png").write_bytes((photos / "00.png").read_bytes()[:500])
    outside = surfaces.save(tmp_path / "secret.png", grey((40, 40)))
    (photos / "link.png").symlink_to(outside)
    session = begin(photos)
    _looked_at(session)
    client = client_of(session)
    listed = {row["name"]: row for row in client.get("/api/images?show=unreadable").json()["rows"]}
    assert (
        "truncated PNG" in listed["broken.png"]["reason"] and "leads out of the folder" in listed["link.png"]["reason"]
    )
    for row in listed.values():
        for address in ("/api/image/{}", "/picture/{}/image", "/picture/{}/thumb"):
            answer = client.get(address.format(row["number"]))
            assert answer.status_code == 422 and answer.json()["error"]
        assert say(client, row["number"], "good").status_code == 422
    assert client.get("/api/state").json()["unreadable"] == 2


def test_deep_huge_and_implausible_images_are_shown(photos: Path, begin: MakeSession) -> None:
    deep = (1000 + 10.0 * grey((60, 80))).astype(np.uint16)
    surfaces.save(photos / "deep.png", deep)
    surfaces.save(photos / "long.png", cv2.resize(grey((50, 500)), (5000, 500)))
    surfaces.save(photos / "dead.png", np.zeros((64, 64), np.uint8))
    client = client_of(begin(photos))
    image = {row["name"]: client.get(f"/api/image/{row['number']}").json() for row in _all(client)}
    number = {name: each["number"] for name, each in image.items()}
    assert "contrast stretched" in " ".join(image["deep.png"]["notes"])
    shown = cv2.imdecode(np.frombuffer(client.get(f"/picture/{number['deep.png']}/image").content, np.uint8), 0)
    assert shown.std() > 40
    shown = cv2.imdecode(np.frombuffer(client.get(f"/picture/{number['long.png']}/image").content, np.uint8), 0)
    assert shown.shape[1] <= 2048 and image["long.png"]["width"] == 5000
    assert "implausible" in image["dead.png"]["refused"] and image["dead.png"]["score"] is None
    assert client.get(f"/picture/{number['dead.png']}/map").status_code == 404
    part = client.get(f"/picture/{number['long.png']}/part?x=4000&y=100&width=900&height=300").content
    closer = cv2.imdecode(np.frombuffer(part, np.uint8), 0)
    whole = cv2.imread(str(photos / "long.png"), cv2.IMREAD_GRAYSCALE)
    assert closer.shape == (300, 900) and np.abs(whole[100:400, 4000:4900].astype(int) - closer).mean() < 3
    assert client.get(f"/picture/{number['long.png']}/part?x=9000&width=9&height=9").status_code == 404
    marked = say(client, number["long.png"], "defect", shapes=[box(4990, 490, 100, 100)]).json()["mark"]
    assert marked["size"] == [500, 5000]


def _all(client: TestClient) -> list[dict[str, Any]]:
    return list(client.get("/api/images?count=200").json()["rows"])


def test_the_next_start_knows_the_scores(session: Session, strips: Path, begin: MakeSession) -> None:
    _looked_at(session)
    session.scores.stop()
    again = begin(strips)
    assert again.scores.done == COUNT and np.array_equal(again.scores.score, session.scores.score)
    assert np.array_equal(again.scores.features, session.scores.features)
    (again.marks.folder / "scores.sqlite").write_bytes(b"no database at all")
    assert begin(strips).scores.done == 0


def test_scores_come_from_a_folder_run(strips: Path, detector: Any, begin: MakeSession, tmp_path: Path) -> None:
    score_folder(detector, [strips], tmp_path / "run")
    session = begin(strips, run=tmp_path / "run")
    assert np.isfinite(session.scores.score).all() and session.scores.done == 0
    assert client_of(session).get("/api/next?count=1").json()["rows"][0]["why"] == "near the limit"
    called = session.scores.score > session.scores.threshold
    assert called.tolist() == [detector(strips / name).is_defective for name in session.candidates.names]
    assert called[[n for n in range(COUNT) if holed(n)]].all()
    with pytest.raises(ArgumentError, match="--run: found no ledger"):
        begin(strips, run=tmp_path)
    score_folder(Detector(default_bundle("dzl")), [strips / "00.png"], tmp_path / "other")
    with pytest.raises(ArgumentError, match="--run: found scores of another bundle"):
        begin(strips, run=tmp_path / "other")


def test_marks_of_images_that_are_gone_stay(photos: Path, begin: MakeSession) -> None:
    client = client_of(begin(photos))
    say(client, 3, "defect", label="hole")
    (photos / "03.png").unlink()
    again = client_of(begin(photos))
    state = again.get("/api/state").json()
    assert state["defect"] == 1 and state["images"] == COUNT - 1 and state["last"]["number"] is None
    assert again.get("/api/next?count=50").json()["rows"]
    assert again.post("/api/undo", json={"version": 1}).json()["number"] is None


def test_a_file_that_goes_while_the_page_is_open(photos: Path, begin: MakeSession) -> None:
    client = client_of(begin(photos))
    (photos / "05.png").unlink()
    assert client.get("/api/image/5").status_code == 422


def test_folders_that_cannot_be_marked(tmp_path: Path, strips: Path, begin: MakeSession) -> None:
    with pytest.raises(DatasetError, match="no folder"):
        begin(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="no image"):
        begin(tmp_path)
    with pytest.raises(ArgumentError, match="--out: found the folder of the images"):
        begin(strips, strips)


def test_marks_inside_the_folder_are_no_images_of_it(photos: Path, begin: MakeSession) -> None:
    client = client_of(begin(photos, photos / "marked"))
    say(client, 0, "defect", shapes=[box(1, 1, 9, 9)])
    assert len(begin(photos, photos / "marked").candidates) == COUNT


def test_every_file_of_the_page_is_served_with_its_policy(client: TestClient) -> None:
    for name in PAGE_FILES:
        answer = client.get(f"/page/{name}")
        assert answer.status_code == 200 and len(answer.content) > 100
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "") and "https://" not in answer.text
    assert client.get("/").text == client.get("/page/page.html").text
