"""Clients of the label page's server, and what they say to it."""

from __future__ import annotations

import warnings
from typing import Any

from surfedge.labelling.application import application
from surfedge.labelling.guard import Guard
from surfedge.labelling.session import Session

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it recommends another client than the one that everybody has
    from starlette.testclient import TestClient


def client_of(session: Session, host: str = "127.0.0.1", token: str = "", name: str = "127.0.0.1:8710") -> TestClient:
    """A client of the whole application, guard included, that speaks to it under the host `name`."""
    return TestClient(Guard(application(session), host, token), base_url=f"http://{name}", follow_redirects=False)


def say(client: TestClient, number: int, verdict: str, version: int = 0, **more: Any) -> Any:
    """The answer to a mark: a verdict on an image whose mark was seen as `version`."""
    return client.post(f"/api/image/{number}", json={"version": version, "verdict": verdict, **more})
