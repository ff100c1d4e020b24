"""MQTT: a JSON object a message, on the topic PREFIX/COIL/KIND, with quality of service 1 (at least once).

``mqtt://user:password@broker:1883/prefix``, ``mqtts://`` for TLS. MQTT Version 3.1.1, OASIS Standard (2014).
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult, unquote

from surfedge.strips.messages import Message
from surfedge.strips.outputs.receivers import imported

PREFIX = "surfedge"
ANSWER_S = 5.0  # in which a broker has to answer


class Mqtt:
    """A broker. address : its parts; the path is the topics' prefix."""

    def __init__(self, address: SplitResult) -> None:
        self._paho = imported("paho.mqtt.client", "mqtt")
        self._address = address
        self._prefix = unquote(address.path.strip("/")) or PREFIX
        self._client: Any = None

    def send(self, messages: Sequence[Message]) -> None:
        """Publishes all, then waits for the broker's acknowledgements."""
        client = self._connected()
        until = time.monotonic() + ANSWER_S
        sent = [client.publish(self.topic(message), message.json(), qos=1) for message in messages]
        for each in sent:
            each.wait_for_publish(max(0.01, until - time.monotonic()))
            if not each.is_published():
                raise ConnectionError(f"no acknowledgement within {ANSWER_S:g} s")

    def topic(self, message: Message) -> str:
        """Where a message goes; characters that topics reserve become an underscore."""
        coil = re.sub(r"[+#/\x00-\x1f]", "_", message.coil)[:200] or "coil"
        return f"{self._prefix}/{coil}/{message.kind}"

    def close(self) -> None:
        """Ends the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _connected(self) -> Any:
        if self._client is not None and self._client.is_connected():
            return self._client
        self.close()
        paho, address, answer = self._paho, self._address, threading.Event()
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        if address.username:
            client.username_pw_set(unquote(address.username), unquote(address.password or "") or None)
        if address.scheme == "mqtts":
            client.tls_set()
        reasons: list[Any] = []

        def connected(client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
            reasons.append(reason)
            answer.set()

        client.on_connect, client.connect_timeout = connected, ANSWER_S
        client.connect(address.hostname, address.port or (8883 if address.scheme == "mqtts" else 1883), keepalive=30)
        client.loop_start()
        self._client = client
        if not answer.wait(ANSWER_S) or reasons[0].is_failure:
            self.close()
            raise ConnectionError(f"refused: {reasons[0]}" if reasons else f"no answer within {ANSWER_S:g} s")
        return client
