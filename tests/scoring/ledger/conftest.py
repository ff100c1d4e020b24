"""Connections to a ledger, watched."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """All connections that are opened from now on, in their order."""
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def watched(*given: Any, **named: Any) -> sqlite3.Connection:
        connections.append(connect(*given, **named))
        return connections[-1]

    monkeypatch.setattr(sqlite3, "connect", watched)
    return connections
