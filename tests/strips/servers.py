"""Servers of other makers, each in a thread of its own: what a coil's messages are sent to."""

from __future__ import annotations

import asyncio
import importlib
import random
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import pytest

FIRST = {
    "CreationTime": (datetime(2026, 1, 1), "DateTime"),
    "ResultState": (0, "Int32"),
    "IsPartial": (False, "Boolean"),
    "IsSimulated": (False, "Boolean"),
}
NAMES = (
    "CreationTime",
    "ResultState",
    "IsPartial",
    "IsSimulated",
    "PartId",
    "JobId",
    "InternalRecipeId",
    "ResultContent",
    "ResultId",
)


def free_port() -> int:
    """A port that nobody listens on, below those that systems give to whoever connects: a server that comes back to it
    must find it free."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as asked, suppress(OSError):
            asked.bind(("127.0.0.1", port))
            return port
    raise AssertionError("100 ports are in use")


@contextmanager
def served(begin: Callable[[], Coroutine[Any, Any, Callable[[], Coroutine[Any, Any, Any]]]]) -> Iterator[Any]:
    """Runs `begin` in a loop of a thread of its own, and what it returns at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        end = asyncio.run_coroutine_threadsafe(begin(), loop).result(20)
        try:
            yield loop
        finally:
            asyncio.run_coroutine_threadsafe(end(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


@contextmanager
def broker(port: int) -> Iterator[None]:
    """An MQTT broker (amqtt) that takes anybody."""
    amqtt = pytest.importorskip("amqtt.broker")

    async def begin() -> Any:
        anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
        listener = {"type": "tcp", "bind": f"127.0.0.1:{port}"}
        running = amqtt.Broker({"listeners": {"default": listener}, "plugins": anonymous})
        await running.start()
        return running.shutdown

    with served(begin):
        yield


DEFECT_FIELDS = {
    "Kind": "String",
    "Number": "UInt32",
    "Coil": "String",
    "XM": "Double",
    "YMm": "Double",
    "Length_mm": "Float",
    "Severity": "Float",
    "Defect": "Int64",
    "Picture": "ByteString",
}
OPTIONAL_FIELDS = {"Label": "LocalizedText", "Verdict": "String", "Inspector": "String"}


async def _structures(asyncua: Any, server: Any, space: int) -> dict[str, tuple[Any, Any]]:
    """(data type, first value) of a result's variables that are structures, as a plant declares them."""
    structures = importlib.import_module("asyncua.common.structures104")

    def field(name: str, kind: str, optional: bool = False) -> Any:
        return structures.new_struct_field(name, getattr(asyncua.ua.VariantType, kind), optional=optional)

    named = [field("Id", "String"), field("Description", "LocalizedText", optional=True)]
    name_type, _ = await structures.new_struct(server, space, "ResultIdDataType", named)
    told = [field(name, kind) for name, kind in DEFECT_FIELDS.items()]
    told += [field(name, kind, optional=True) for name, kind in OPTIONAL_FIELDS.items()]
    defect_type, _ = await structures.new_struct(server, space, "SurfaceDefectDataType", told)
    await server.load_data_type_definitions()
    first = {"ResultId": (name_type, False), "PartId": (name_type, False), "ResultContent": (defect_type, True)}
    classes = asyncua.ua.extension_objects_by_datatype
    return {
        name: (kind.nodeid, [classes[kind.nodeid]()] if is_array else classes[kind.nodeid]())
        for name, (kind, is_array) in first.items()
    }


@contextmanager
def opcua_server(port: int, seen: list[tuple[str, Any]], is_structured: bool = False) -> Iterator[str]:
    """An OPC UA server (asyncua) with the variables of a result; what is written goes to `seen`. Yields its address.

    is_structured : names and content are structures, and not texts."""
    asyncua = pytest.importorskip("asyncua")

    class Seen:
        def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
            seen.append((names[node], value))

    names: dict[Any, str] = {}

    async def begin() -> Any:
        server = asyncua.Server()
        await server.init()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/plant/")
        server.set_security_policy([asyncua.ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace("http://opcfoundation.org/UA/MachineVision")
        node = server.nodes.objects
        for name in ("VisionSystem", "ResultManagement", "Results", "Result"):
            node = await node.add_object(space, name)
        structures = await _structures(asyncua, server, space) if is_structured else {}
        for name in NAMES:
            first, kind = FIRST.get(name, ("", "String"))
            of_type = asyncua.ua.VariantType[kind]
            if name in structures:
                declared, first = structures[name]
                variable = await node.add_variable(space, name, first, datatype=declared)
                if isinstance(first, list):
                    await variable.write_value_rank(asyncua.ua.ValueRank.OneDimension)
            else:
                variable = await node.add_variable(space, name, first, of_type)
            await variable.set_writable()
            names[variable] = name
        await server.start()
        subscription = await server.create_subscription(5, Seen())
        await subscription.subscribe_data_change(list(names), queuesize=100_000)
        return server.stop

    with served(begin):
        yield f"opc.tcp://127.0.0.1:{port}/plant/"


@contextmanager
def modbus_server(port: int) -> Iterator[Any]:
    """A Modbus TCP server (pymodbus); yields a client of it that reads."""
    servers = pytest.importorskip("pymodbus.server")
    data = pytest.importorskip("pymodbus.simulator")
    clients = pytest.importorskip("pymodbus.client")
    bits = data.SimData(0, count=100, values=[False], datatype=data.DataType.BITS)
    words = data.SimData(0, count=100, values=0, datatype=data.DataType.REGISTERS)
    device = data.SimDevice(1, simdata=([bits], [bits], [words], [words]))

    async def begin() -> Any:
        server = servers.ModbusTcpServer(device, address=("127.0.0.1", port))
        await server.serve_forever(background=True)
        return server.shutdown

    with served(begin), clients.ModbusTcpClient("127.0.0.1", port=port) as reader:
        yield reader
