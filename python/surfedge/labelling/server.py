"""The label page served to a browser: on this computer alone, or with a token to others."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from surfedge.detector import Detector
from surfedge.errors import ArgumentError, EngineError, require
from surfedge.scoring import claimed, make_folder

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8710


def serve(
    detector: Detector,
    folder: Path,
    out: Path,
    *,
    run: Path | None = None,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    tell: Callable[[str, str], None] = lambda url, token: None,
) -> None:
    """Serves the page until it is stopped by Ctrl-C or a polite kill.

    folder : of the images. out : of the marks. run : a folder that surfedge score left, whose scores are taken.
    host : address to listen on; beyond this computer every request needs a token, made anew each time. port : 0 takes
    any that is free. tell : gets the address to open, and the token, "" for none, once the server listens.

    Raises EngineError where the extra is missing, ArgumentError for an address that cannot be listened on, DatasetError
    for a folder without images, OutputError where `out` cannot be written or another process marks there.
    """
    require_server()
    import uvicorn

    from surfedge.labelling.application import application
    from surfedge.labelling.candidates import Candidates
    from surfedge.labelling.guard import Guard, is_loopback
    from surfedge.labelling.session import Session

    token = "" if is_loopback(host) else secrets.token_urlsafe(24)
    candidates = Candidates(folder, out)  # before anything is written
    make_folder(out)
    with _listening(host, port) as listener, claimed(out):
        session = Session(detector, candidates, out, run)
        guarded = Guard(application(session), host, token)
        quiet: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False}
        config = uvicorn.Config(guarded, lifespan="off", ws="none", timeout_graceful_shutdown=2, **quiet)
        session.scores.start()
        tell(_address(host, listener.getsockname()[1], token), token)
        try:
            with suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[listener])
        finally:
            session.scores.stop()


def require_server() -> None:
    """Raises EngineError, saying what to install, where the extra `serve` is missing."""
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise EngineError(
            "label",
            found=f"no {' and no '.join(missing)}",
            expected="the extra of the label page",
            remedy="pip install 'surfedge[serve]'",
        )


def _listening(host: str, port: int) -> socket.socket:
    require("--port", port, 0 <= port <= 65_535, "0 to 65,535", "0 takes any that is free")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=64)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArgumentError(
            "--host or --port",
            found=f"{host}:{port} ({reason})",
            expected="an address of this computer with a free port",
            remedy="--port 0 takes any that is free",
        ) from error


def _address(host: str, port: int, token: str) -> str:
    shown = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    name = f"[{shown}]" if ":" in shown else shown
    return f"http://{name}:{port}/" + (f"?token={token}" if token else "")
