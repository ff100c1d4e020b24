"""Who is told of a coil while it runs, by the scheme of an address; a new kind is a file and a line here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit, urlunsplit

from surfedge.errors import ArgumentError
from surfedge.registry import resolve
from surfedge.strips.messages import Message

RECEIVERS = {
    "mqtt": "surfedge.strips.outputs.mqtt:Mqtt",
    "mqtts": "surfedge.strips.outputs.mqtt:Mqtt",
    "opc.tcp": "surfedge.strips.outputs.opcua:OpcUa",
    "modbus": "surfedge.strips.outputs.modbus:Modbus",
}
PROMETHEUS = "prometheus"  # is asked rather than told
SCHEMES = (*RECEIVERS, PROMETHEUS)


class Receiver(Protocol):
    """Another program that takes messages; connected when there is something to send."""

    def __init__(self, address: SplitResult) -> None: ...

    def send(self, messages: Sequence[Message]) -> None:
        """Returns when the other side has acknowledged all; any exception means that it may lack some."""

    def close(self) -> None:
        """Ends the connection, where there is one; `send` makes another."""


def parsed(address: str) -> SplitResult:
    """An address taken apart; raises ArgumentError for a scheme that is none of SCHEMES, or no host or port."""
    try:
        parts = urlsplit(address)
        is_right = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, is_right = urlsplit(""), False
    if parts.scheme not in SCHEMES or not is_right:
        expected = ", ".join(f"{scheme}://HOST:PORT" for scheme in SCHEMES)
        raise ArgumentError("--to", found=without_password(address), expected=expected)
    return parts


def receiver_of(parts: SplitResult) -> Receiver:
    """The receiver at an address; raises ArgumentError where its extra is not installed."""
    receiver: Receiver = resolve(RECEIVERS, parts.scheme, "receiver")(parts)
    return receiver


def without_password(address: str) -> str:
    """An address as it may be shown and kept.

    >>> without_password("mqtt://line:secret@broker:1883/mill")
    'mqtt://line:***@broker:1883/mill'
    """
    before, at, host = address.rpartition("@")
    scheme, colon, user = before.partition("://")
    if not at or not colon or ":" not in user:
        return address
    return f"{scheme}://{user.partition(':')[0]}:***@{host}"


def imported(module: str, extra: str) -> ModuleType | Any:
    """A module of an extra; raises ArgumentError with the command that installs it.

    What it logs goes where the program that uses us wants it, and else nowhere: Python would print it on the terminal.
    """
    logging.getLogger(module.partition(".")[0]).addHandler(logging.NullHandler())
    try:
        return import_module(module)
    except ImportError as error:
        remedy = f'pip install "surfedge[{extra}]"'
        raise ArgumentError("--to", found=f"no {module}", expected=f"the extra {extra}", remedy=remedy) from error


def shown(parts: SplitResult) -> str:
    """`without_password` of an address taken apart."""
    return without_password(urlunsplit(parts))
