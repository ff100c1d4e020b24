"""OPC UA: the variables of a result as OPC 40100-1 "Machine Vision" names them, written into a plant's server.

``opc.tcp://server:4840#VisionSystem/ResultManagement/Results/Result``: behind # the path of browse names, below
Objects, of the node that holds the variables; any namespace. OPC 40100-1, Release 1.00 (2019), 9.1 ResultType and 12.18
ResultStateDataType. ResultId and ResultContent have to be there, others are written where the server has them. ResultId
is written last: who subscribes to it finds the rest complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import SplitResult, unquote, urlunsplit

from surfedge.strips.messages import Message
from surfedge.strips.outputs.receivers import imported

PATH = "VisionSystem/ResultManagement/Results/Result"
NEEDED = ("ResultContent", "ResultId")
COMPLETED, PROCESSING = 1, 2  # ResultStateDataType
ANSWER_S = 10.0


class OpcUa:
    """A server. address : its parts; the fragment is the path of the node."""

    def __init__(self, address: SplitResult) -> None:
        self._sync = imported("asyncua.sync", "opcua")
        self._ua = imported("asyncua", "opcua").ua
        self._path = unquote(address.fragment) or PATH
        self._url = urlunsplit(address._replace(fragment="", netloc=address.netloc.rpartition("@")[2]))
        self._user = unquote(address.username or ""), unquote(address.password or "")
        self._client: Any = None
        self._variables: dict[str, Any] = {}

    def send(self, messages: Sequence[Message]) -> None:
        """Writes message after message; the server acknowledges every write."""
        self._connect()
        for message in messages:
            values = self._values(message)
            for name in (*(each for each in values if each != "ResultId"), "ResultId"):
                if name in self._variables:
                    self._variables[name].write_value(values[name])

    def close(self) -> None:
        """Ends the session."""
        client, self._client, self._variables = self._client, None, {}
        if client is not None:
            client.disconnect()

    def _values(self, message: Message) -> dict[str, Any]:
        """Variant by the name of a component of ResultType."""
        ua, coil, is_last = self._ua, message.coil, message.kind == "graded"
        return {
            "CreationTime": ua.Variant(datetime.now(timezone.utc), ua.VariantType.DateTime),
            "ResultState": ua.Variant(COMPLETED if is_last else PROCESSING, ua.VariantType.Int32),
            "IsPartial": ua.Variant(not is_last, ua.VariantType.Boolean),
            "IsSimulated": ua.Variant(False, ua.VariantType.Boolean),
            "PartId": ua.Variant(coil, ua.VariantType.String),
            "JobId": ua.Variant(coil, ua.VariantType.String),
            "InternalRecipeId": ua.Variant(str(message.body.get("bundle", "")), ua.VariantType.String),
            "ResultContent": ua.Variant(message.json(), ua.VariantType.String),
            "ResultId": ua.Variant(f"{coil}/{message.number}", ua.VariantType.String),
        }

    def _connect(self) -> None:
        if self._client is not None:
            return
        client = self._sync.Client(self._url, timeout=ANSWER_S)
        if self._user[0]:
            client.set_user(self._user[0])
            client.set_password(self._user[1])
        try:
            client.connect()
        except BaseException:
            client.tloop.stop()
            raise
        self._client = client
        node = client.nodes.objects
        for name in self._path.strip("/").split("/"):
            node = self._children(node).get(name)
            if node is None:
                raise LookupError(f"{self._path}: no {name}")
        self._variables = self._children(node)
        if missing := [name for name in NEEDED if name not in self._variables]:
            raise LookupError(f"{self._path}: no {', '.join(missing)}")

    def _children(self, node: Any) -> dict[str, Any]:
        """By browse name, whatever the namespace."""
        return {child.read_browse_name().Name: child for child in node.get_children()}
