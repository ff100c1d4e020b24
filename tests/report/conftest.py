"""The browser for the report's tests."""

from __future__ import annotations

from browser import Page, browser

__all__ = ["Page", "browser"]
