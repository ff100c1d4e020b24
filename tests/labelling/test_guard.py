"""Requests of whoever is not the page: other hosts, other sites, other computers, and what means nothing."""

from __future__ import annotations

import json

import pytest

from labelling.clients import TestClient, client_of, say
from surfedge.labelling.application import MAX_BODY_BYTES
from surfedge.labelling.session import Session


def test_other_hosts_are_not_answered(session: Session) -> None:
    for name in ("evil.example", "127.0.0.1.evil.example:8710", "192.168.0.5", "localhost.evil"):
        assert client_of(session, name=name).get("/api/state").status_code == 421
    for name in ("localhost:1", "127.0.0.1", "[::1]:8710", "LOCALHOST"):
        assert client_of(session, name=name).get("/api/state").status_code == 200


def test_pages_of_other_sites_change_nothing(client: TestClient) -> None:
    body = json.dumps({"version": 0, "verdict": "good"})
    json_type = {"content-type": "application/json"}
    for headers in (
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {**json_type, "origin": "https://evil.example"},
        {**json_type, "origin": "null"},
        {**json_type, "sec-fetch-site": "cross-site"},
    ):
        assert client.post("/api/image/0", content=body, headers=headers).status_code == 403
    own = {**json_type, "origin": "http://127.0.0.1:8710", "sec-fetch-site": "same-origin"}
    assert client.post("/api/image/0", content=body, headers=own).status_code == 200


def test_beyond_this_computer_every_request_needs_the_token(session: Session) -> None:
    client = client_of(session, "0.0.0.0", "sesame", "192.168.0.5:8710")
    for address in ("/", "/api/state", "/picture/0/image", "/page/main.js", "/?token=wrong", "/api/state?token=sesame"):
        assert client.get(address).status_code == 401, address
    assert client.get("/api/state", headers={"authorization": "Bearer sesame"}).status_code == 200
    assert client.get("/api/state", headers={"authorization": "Bearer sésame".encode("latin-1")}).status_code == 401
    entered = client.get("/?token=sesame")
    assert entered.status_code == 303 and entered.headers["location"] == "/"
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    assert client.get("/api/state").status_code == 200  # by the cookie
    assert client_of(session, "0.0.0.0", "sesame", "evil.example").get("/?token=sesame").status_code == 421


def test_requests_that_mean_nothing(client: TestClient) -> None:
    for body in (
        b"",
        b"[]",
        b"{",
        b'{"version": "1"}',
        b'{"version": 0, "verdict": 3}',
        b'{"version": 0, "shapes": {}}',
    ):
        answer = client.post("/api/image/0", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, body
    assert say(client, 0, "defect", label="../../x").status_code == 400
    assert say(client, 0, "defect", shapes=[{"kind": "disk"}]).status_code == 400
    large = json.dumps({"version": 0, "verdict": "good", "label": "x" * MAX_BODY_BYTES})
    assert client.post("/api/image/0", content=large, headers={"content-type": "application/json"}).status_code == 413
    assert client.get("/api/state").json()["last"] is None


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/image/99", 400),
        ("/api/image/-1", 404),
        ("/api/image/../../etc/passwd", 404),
        ("/picture/0/nothing", 404),
        ("/page/../application.py", 404),
        ("/page/%2e%2e%2fapplication.py", 404),
        ("/page/application.py", 404),
        ("/api/next?count=x", 400),
        ("/api/next?count=9999999999", 400),
        ("/api/next?without=1,b", 400),
        ("/api/images?show=secrets", 400),
        ("/etc/passwd", 404),
    ],
)
def test_addresses_that_lead_nowhere(client: TestClient, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status and "error" in answer.json()
