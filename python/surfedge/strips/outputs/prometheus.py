"""Figures of a coil for Prometheus: text with OpenMetrics names at ``http://HOST:PORT/metrics`` while the coil runs.

``prometheus://127.0.0.1:9464``. OpenMetrics 1.0 (2020): counters end in _total, units stand in the names, the last line
is "# EOF".
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult

from surfedge.errors import ArgumentError
from surfedge.strips.outputs.courier import Delivery
from surfedge.strips.outputs.receivers import shown

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PORT = 9464
FIGURES = {  # (kind, unit, help) of a figure by its name
    "length": ("gauge", "meters", "Length of the coil that has passed"),
    "inspected": ("counter", "square_meters", "Area that was judged"),
    "not_inspected": ("counter", "square_meters", "Area that was not inspected"),
    "in_doubt": ("counter", "square_meters", "Area judged on implausible images"),
    "defects": ("counter", "", "Defects found"),
    "alarms": ("counter", "", "Alarms raised"),
    "late_lines": ("counter", "", "Lines that came too late"),
    "backward_lines": ("counter", "", "Lines taken while the strip ran back"),
}


class MetricsPage:
    """Serves until it is closed; raises ArgumentError where the address cannot be listened on."""

    def __init__(self, address: SplitResult) -> None:
        self._text = b"# EOF\n"

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805  # the handler is not the page
                is_there = handler.path.split("?")[0] in ("/metrics", "/")
                body = self._text if is_there else b"see /metrics\n"
                handler.send_response(200 if is_there else 404)
                handler.send_header("Content-Type", CONTENT_TYPE if is_there else "text/plain; charset=utf-8")
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing: a library does not print."""

        host, port = address.hostname or "127.0.0.1", PORT if address.port is None else address.port
        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            found = f"{shown(address)}: {error.strerror or error}"
            raise ArgumentError("--to", found=found, expected="an address to listen on") from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def show(self, coil: str, figures: Mapping[str, float], deliveries: Sequence[Delivery] = ()) -> None:
        """The page from now on."""
        self._text = "".join(f"{line}\n" for line in open_metrics(coil, figures, deliveries)).encode(
            "utf-8", "backslashreplace"
        )

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def open_metrics(coil: str, figures: Mapping[str, float], deliveries: Sequence[Delivery] = ()) -> Iterator[str]:
    """The lines of a page.

    >>> list(open_metrics("4711", {"defects": 3}))[2:4]
    ['surfedge_coil_defects_total{coil="4711"} 3', '# EOF']
    """
    for name, (kind, unit, words) in FIGURES.items():
        if name in figures:
            metric = f"surfedge_coil_{name}" + (f"_{unit}" if unit else "")
            yield from _family(metric, kind, unit, words, [({"coil": coil}, figures[name])])
    for name, kind, words in (
        ("waiting", "gauge", "Messages that a receiver has not acknowledged"),
        ("delivered", "counter", "Messages acknowledged in this run"),
        ("failures", "counter", "Attempts to deliver that failed"),
    ):
        rows = [({"coil": coil, "receiver": each.address}, getattr(each, name)) for each in deliveries]
        if rows:
            yield from _family(f"surfedge_messages_{name}", kind, "", words, rows)
    yield "# EOF"


def _family(
    metric: str, kind: str, unit: str, words: str, rows: Sequence[tuple[Mapping[str, str], float]]
) -> Iterator[str]:
    yield f"# HELP {metric} {words}."
    yield f"# TYPE {metric} {kind}"
    if unit:
        yield f"# UNIT {metric} {unit}"
    for labels, value in rows:
        told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{metric}{'_total' if kind == 'counter' else ''}{{{told}}} {value:.12g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
