"""OPC UA: the variables of a result as OPC 40100-1 "Machine Vision" names them, written into a plant's server.

``opc.tcp://server:4840#VisionSystem/ResultManagement/Results/Result``: behind # the path of browse names, below
Objects, of the node that holds the variables; any namespace. OPC 40100-1, Release 1.00 (2019), 9.1 ResultType and 12.18
ResultStateDataType. ResultId and ResultContent have to be there, others are written where the server has them. ResultId
is written last: who subscribes to it finds the rest complete. A variable that the server declares with a structure
(ResultIdDataType, a plant's own type of a defect) is written as one, see `surfedge.strips.outputs.opcua_values`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import SplitResult, unquote, urlunsplit

from surfedge.strips.messages import Message
from surfedge.strips.outputs.opcua_values import Declared, declared, variant
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
        self._declared: dict[str, Declared] = {}

    def send(self, messages: Sequence[Message]) -> None:
        """Writes message after message; the server acknowledges every write."""
        self._connect()
        for message in messages:
            values = self._values(message)
            for name in (*(each for each in values if each != "ResultId"), "ResultId"):
                if name in self._variables:
                    kind, plain, fields = values[name]
                    self._variables[name].write_value(variant(self._ua, self._declared[name], kind, plain, fields))

    def close(self) -> None:
        """Ends the session."""
        client, self._client, self._variables = self._client, None, {}
        if client is not None:
            client.disconnect()

    def _values(self, message: Message) -> dict[str, tuple[str, Any, dict[str, Any]]]:
        """By the name of a component of ResultType: plain type, value, and the fields where it is a structure."""
        coil, is_last = message.coil, message.kind == "graded"
        texts = {
            "PartId": coil,
            "JobId": coil,
            "InternalRecipeId": str(message.body.get("bundle", "")),
            "ResultId": f"{coil}/{message.number}",
        }
        content = {**message.body, "coil": coil, "number": message.number, "kind": message.kind}
        return {
            "CreationTime": ("DateTime", datetime.now(timezone.utc), {}),
            "ResultState": ("Int32", COMPLETED if is_last else PROCESSING, {}),
            "IsPartial": ("Boolean", not is_last, {}),
            "IsSimulated": ("Boolean", False, {}),
            "ResultContent": ("String", message.json(), content),
            **{name: ("String", text, {"id": text}) for name, text in texts.items()},
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
        self._declared = declared(client, self._ua, self._variables)

    def _children(self, node: Any) -> dict[str, Any]:
        """By browse name, whatever the namespace."""
        return {child.read_browse_name().Name: child for child in node.get_children()}
