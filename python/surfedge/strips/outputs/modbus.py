"""Modbus TCP: three coils (single bits) and a count, for a controller that stops a line or lights a lamp.

``modbus://controller:502/10?unit=1``: coil 10 inspecting, 11 alarm (until the next coil of strip begins), 12 downgraded
(the grade is not prime); holding registers 10 and 11 number of defects, high word first. Modbus Application Protocol
V1.1b3 (2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult, parse_qs

from surfedge.errors import ArgumentError
from surfedge.strips.messages import Message
from surfedge.strips.outputs.receivers import imported, shown

INSPECTING, ALARM, DOWNGRADED = 0, 1, 2
ANSWER_S = 3.0


class Modbus:
    """A controller. address : its parts; the path is the number of the first coil and register, ?unit= the device."""

    def __init__(self, address: SplitResult) -> None:
        self._module = imported("pymodbus.client", "modbus")
        self._host, self._port = address.hostname, address.port or 502
        first, unit = address.path.strip("/") or "0", parse_qs(address.query).get("unit", ["1"])[-1]
        if not (first.isdecimal() and int(first) <= 65533 and unit.isdecimal() and int(unit) <= 247):
            expected = "modbus://HOST:PORT/COIL?unit=UNIT, coil 0 to 65,533, unit 0 to 247"
            raise ArgumentError("--to", found=shown(address), expected=expected)
        self._first, self._unit = int(first), int(unit)
        self._client: Any = None

    def send(self, messages: Sequence[Message]) -> None:
        """Writes what each message changes, in order; the controller answers every request."""
        client = self._connected()
        for message in messages:
            for coil, value in _changes(message).items():
                self._check(client.write_coil(self._first + coil, value, device_id=self._unit))
        counts = [count for message in messages if (count := _defects(message)) is not None]
        if counts:
            words = [counts[-1] >> 16 & 0xFFFF, counts[-1] & 0xFFFF]
            self._check(client.write_registers(self._first, words, device_id=self._unit))

    def close(self) -> None:
        """Ends the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Any:
        if self._client is None:
            client = self._module.ModbusTcpClient(self._host, port=self._port, timeout=ANSWER_S, retries=0)
            if not client.connect():
                client.close()
                raise ConnectionError("no connection")
            self._client = client
        return self._client

    def _check(self, answer: Any) -> None:
        if answer.isError():
            raise ConnectionError(f"the controller refused: {answer}")


def _changes(message: Message) -> dict[int, bool]:
    """Coils that a message sets or clears."""
    if message.kind == "begun":
        return {DOWNGRADED: False, ALARM: False, INSPECTING: True}
    if message.kind == "alarm":
        return {ALARM: True}
    if message.kind == "graded":
        return {DOWNGRADED: message.body.get("verdict") != "prime", INSPECTING: False}
    return {}


def _defects(message: Message) -> int | None:
    """How many defects the coil has so far, None where a message does not say."""
    if message.kind == "begun":
        return 0
    found = message.body.get({"defect": "defect", "graded": "defects"}.get(message.kind, ""))
    return None if found is None else int(found)
