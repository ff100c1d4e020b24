"""Messages of a coil to real servers: each of them once, in order, whoever was gone in between."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest

from strips.coils import TILE, Simple, coil, write_images
from strips.servers import broker, free_port, modbus_server, opcua_server
from surfedge.cli import main
from surfedge.errors import ArgumentError
from surfedge.strips import CoilSummary, Roll, Rule, strip
from surfedge.strips.outputs.receivers import parsed, receiver_of, without_password

pytestmark = pytest.mark.filterwarnings("ignore")  # of the servers, which are other people's

ROLLS = (Roll("pinch roll", 60, 70),)
RULES = (Rule("roll marks", "hold", periodic=True, count=5),)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("told") / "4711", coil(4000))


def run(source: Any, out: Path, *to: str, patience_s: float = 10.0, **more: Any) -> CoilSummary:
    settings = {"pixel_size_mm": 0.5, "tile_lines": TILE, "rolls": ROLLS, "rules": RULES, **more}
    return strip(Simple(), source, out, to=to, patience_s=patience_s, **settings)  # type: ignore[arg-type]


@contextmanager
def listening(port: int) -> Iterator[list[tuple[str, dict]]]:
    """What a second client of the broker hears: (topic, message)."""
    paho = pytest.importorskip("paho.mqtt.client")
    heard: list[tuple[str, dict]] = []
    ready = threading.Event()
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="listener", clean_session=True)
    client.on_connect = lambda *_: client.subscribe("mill/#", qos=1)
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda client, data, message: heard.append((message.topic, json.loads(message.payload)))
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert ready.wait(10)
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def wait_for(count: int, heard: list, name: str = "") -> None:
    until = time.monotonic() + 10
    while sum(not name or each[0] == name for each in heard) < count and time.monotonic() < until:
        time.sleep(0.02)


def check(heard: list[dict], summary: CoilSummary) -> None:
    """Each message once and in order: begun, every defect, alarms, the grade."""
    numbers = [message["number"] for message in heard]
    assert numbers == sorted(set(numbers))
    kinds = [message["kind"] for message in heard]
    assert kinds[0] == "begun" and kinds[-1] == "graded" and kinds.count("begun") == kinds.count("graded") == 1
    assert [m["defect"] for m in heard if m["kind"] == "defect"] == list(range(1, summary.defects + 1))
    assert sum(kind == "alarm" for kind in kinds) == len(summary.alarms) >= 2
    assert heard[-1]["verdict"] == summary.verdict == "hold" and heard[-1]["series"][0]["suspects"]
    assert all(message["coil"] == "4711" and "bundle" in message for message in heard)


def test_mqtt(images: Path, tmp_path: Path) -> None:
    port = free_port()
    with broker(port), listening(port) as heard:
        summary = run(images, tmp_path, f"mqtt://127.0.0.1:{port}/mill")
        wait_for(summary.deliveries[0]["delivered"], heard)
        check([message for _, message in heard], summary)
        assert {topic for topic, _ in heard} == {f"mill/4711/{kind}" for kind in ("begun", "defect", "alarm", "graded")}
        assert summary.deliveries[0]["waiting"] == summary.deliveries[0]["failures"] == 0
        run(images, tmp_path, f"mqtt://127.0.0.1:{port}/mill")  # concluded again: nothing new to say
        time.sleep(0.1)
        assert len(heard) == summary.deliveries[0]["delivered"]


def test_a_broker_that_is_gone_loses_nothing(images: Path, tmp_path: Path) -> None:
    """It leaves in the middle of the coil and comes back in the next run; the outbox is empty then."""
    port, address = free_port(), "mqtt://line:secret@127.0.0.1:{}/mill"
    heard: list[dict] = []
    gone = threading.Event()
    with suppress(OSError), broker(port), listening(port) as first:

        def seen(item: object) -> None:
            if len(first) > 3 and not gone.is_set():
                gone.set()
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(images, tmp_path, address.format(port), seen=seen, patience_s=0.5)
        heard += [message for _, message in first]
    assert gone.is_set() and heard
    summary = run(images, tmp_path, address.format(port), patience_s=0.3)
    (told,) = summary.deliveries
    assert told["waiting"] > 0 and told["failures"] > 0 and "secret" not in told["address"] and told["error"]
    assert "secret" not in (tmp_path / "coil.sqlite").read_bytes().decode("latin1")
    with broker(port), listening(port) as second:
        summary = run(images, tmp_path, address.format(port))
        (told,) = summary.deliveries
        wait_for(told["delivered"], second)
        heard += [message for _, message in second]
        assert told["waiting"] == 0 and told["error"] == ""
    check(list({message["number"]: message for message in heard}.values()), summary)
    db = sqlite3.connect(tmp_path / "coil.sqlite")
    assert db.execute("SELECT COUNT(*) FROM outbox").fetchone() == (0,)
    db.close()


def test_opc_ua(images: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, Any]] = []
    with opcua_server(free_port(), seen) as address:
        summary = run(images, tmp_path, address)
        wait_for(summary.deliveries[0]["delivered"] + 1, seen, "ResultId")
    content = [json.loads(value) for name, value in seen if name == "ResultContent" and value]
    check(content, summary)
    ids = [value for name, value in seen if name == "ResultId" and value]
    assert ids == [f"4711/{message['number']}" for message in content]
    last = dict(seen)
    assert (last["ResultState"], last["IsPartial"], last["PartId"]) == (1, False, "4711")


def test_opc_ua_structures(images: Path, tmp_path: Path) -> None:
    """A server that declares types of its own gets them, field by field, by name."""
    seen: list[tuple[str, Any]] = []
    with opcua_server(free_port(), seen, is_structured=True) as address:
        summary = run(images, tmp_path, address)
        assert summary.deliveries[0]["failures"] == 0
        wait_for(summary.deliveries[0]["delivered"] + 1, seen, "ResultId")
    told = [value[0] for name, value in seen if name == "ResultContent" and value[0].Kind]
    defects = [each for each in told if each.Kind == "defect"]
    assert [each.Defect for each in defects] == list(range(1, summary.defects + 1))
    db = sqlite3.connect(tmp_path / "coil.sqlite")
    rows = db.execute("SELECT x_m, y_mm, severity FROM defects ORDER BY number").fetchall()
    db.close()
    assert [(each.XM, each.YMm) for each in defects] == [row[:2] for row in rows]
    assert [each.Severity for each in defects] == pytest.approx([row[2] for row in rows], rel=1e-6)
    assert {each.Coil for each in told} == {"4711"} and all(each.Length_mm > 0 for each in defects)
    assert told[-1].Kind == "graded" and told[-1].Verdict == "hold" and told[-1].Inspector is None
    ids = [value.Id for name, value in seen if name == "ResultId" and value.Id]
    assert ids == [f"4711/{each.Number}" for each in told]
    assert dict(seen)["PartId"].Id == "4711"


def test_modbus(images: Path, tmp_path: Path) -> None:
    port = free_port()
    with modbus_server(port) as reader:
        states = []
        address = f"modbus://127.0.0.1:{port}/10"
        summary = run(images, tmp_path, address, seen=lambda _: states.append(reader.read_coils(10).bits[0]))
        assert reader.read_coils(10, count=3).bits[:3] == [False, True, True] and True in states
        assert reader.read_holding_registers(10, count=2).registers == [0, summary.defects]
        assert summary.deliveries[0]["waiting"] == 0
        with pytest.raises(ArgumentError, match="65,533"):
            run(images, tmp_path / "other", f"modbus://127.0.0.1:{port}/x")


def test_prometheus(images: Path, tmp_path: Path) -> None:
    pytest.importorskip("paho.mqtt.client", reason='pip install "surfedge[mqtt]"')
    port = free_port()
    pages: list[tuple[str, str]] = []

    def seen(item: object) -> None:
        if len(pages) < 40:
            with urlopen(f"http://127.0.0.1:{port}/metrics") as page:
                pages.append((page.headers["Content-Type"], page.read().decode()))

    summary = run(images, tmp_path, f"prometheus://127.0.0.1:{port}", "mqtt://127.0.0.1:1/x", seen=seen, patience_s=0.0)
    kind, text = pages[-1]
    assert kind.startswith("application/openmetrics-text") and text.endswith("# EOF\n")
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(figures['surfedge_coil_length_meters{coil="4711"}']) == pytest.approx(summary.length_m, rel=0.2)
    assert int(figures['surfedge_coil_defects_total{coil="4711"}']) > 0
    assert int(figures['surfedge_messages_failures_total{coil="4711",receiver="mqtt://127.0.0.1:1/x"}']) >= 0
    for name in (line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")):
        assert f"# HELP {name} " in text
    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://127.0.0.1:{port}/metrics")


def test_a_hostile_name_reaches_everybody(images: Path, tmp_path: Path) -> None:
    name = 'co+il/#"\n\\ \udce9<b>'
    port, other = free_port(), free_port()
    pages: list[str] = []

    def seen(_: object) -> None:
        if len(pages) < 3:
            with urlopen(f"http://127.0.0.1:{other}/metrics") as page:
                pages.append(page.read().decode())

    with broker(port), listening(port) as heard:
        to = (f"mqtt://127.0.0.1:{port}/mill", f"prometheus://127.0.0.1:{other}")
        summary = run(images, tmp_path, *to, name=name, seen=seen, parquet=True)
        wait_for(summary.deliveries[0]["delivered"], heard)
    assert {topic.split("/")[1] for topic, _ in heard} == {'co_il__"_\\ \\udce9<b>'}
    assert heard[-1][1]["coil"] == name and summary.deliveries[0]["failures"] == 0
    labels = {line[line.index("{") :].rpartition(" ")[0] for line in pages[-1].splitlines() if "coil=" in line}
    assert '{coil="co+il/#\\"\\n\\\\ \\udce9<b>"}' in labels
    assert "<b>" not in (tmp_path / "coil.html").read_text(errors="replace").partition("</title>")[0]


def test_what_a_library_logs_stays_off_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pymodbus.client", reason='pip install "surfedge[modbus]"')
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as without a test's, where Python's last resort prints
    with pytest.raises(ConnectionError):
        receiver_of(parsed("modbus://127.0.0.1:1/0")).send([])
    said = capsys.readouterr()
    assert said.err == said.out == ""


@pytest.mark.parametrize("address", ["", "mqtt://", "http://host", "mqtt://host:port", "mqtt://host:0", "broker"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(ArgumentError, match="--to"):
        parsed(address)


def test_a_password_is_not_shown() -> None:
    assert without_password("mqtt://a:b@c@host/x") == "mqtt://a:***@host/x"
    assert without_password("mqtt://host:1883/x") == "mqtt://host:1883/x"


def test_the_command_says_what_waits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("paho.mqtt.client", reason='pip install "surfedge[mqtt]"')
    view = np.random.default_rng(0).normal(128, 5, (6000, 240)).clip(1, 255).astype(np.uint8)
    for line in range(200, 5800, 800):
        view[line : line + 12, 60:72] //= 4
    images = write_images(tmp_path / "lines", view)
    wanted = ["strip", str(images), "--out", str(tmp_path / "out"), "--pixel-size", "0.5", "--tile-lines", "512"]
    assert main([*wanted, "--to", "mqtt://127.0.0.1:1/x", "--patience", "0.1"]) == 1
    said = capsys.readouterr()
    assert "messages wait" in said.err and "ALARM" in said.out
    assert main([*wanted, "--to", "smoke://signal"]) == 2
