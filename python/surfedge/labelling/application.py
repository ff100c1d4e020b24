"""What the page can ask the server for; pages and pictures as they lie in the package, everything else as JSON."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from surfedge.errors import ArgumentError, ImageError, SurfedgeError
from surfedge.labelling.marked_set import OutdatedError
from surfedge.labelling.session import Session
from surfedge.scoring import OutputError

_KINDS = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_SCRIPTS = "server shapes stage closer drawing work panel classes list marking keys main"
PAGE_FILES = ("page.html", "page.css", "stage.css", *(f"{name}.js" for name in _SCRIPTS.split()))
MAX_BODY_BYTES = 4 << 20
_CODES = ((OutdatedError, 409), (OutputError, 507), (ImageError, 422), (ArgumentError, 400), (SurfedgeError, 500))
Handler = Callable[[Request], Awaitable[Response]]


def application(session: Session) -> Starlette:
    """The ASGI application around a session, without its Guard."""

    async def state(request: Request) -> Response:
        return await _answer(session.state)

    async def proposals(request: Request) -> Response:
        count, without = _number(request, "count", 12), _numbers(request, "without")
        return await _answer(lambda: {"rows": session.next(count, without), "state": session.state()})

    async def rows(request: Request) -> Response:
        query = request.query_params
        first, count = _number(request, "first", 0), _number(request, "count", 60)
        return await _answer(lambda: session.rows(query.get("show", "all"), query.get("text", ""), first, count))

    async def image(request: Request) -> Response:
        return await _answer(lambda: session.details(request.path_params["number"]))

    async def picture(request: Request) -> Response:
        x, y, width, height = (_number(request, name, 0) for name in ("x", "y", "width", "height"))
        number, kind, box = request.path_params["number"], request.path_params["kind"], (x, y, width, height)
        return await _answer(lambda: _picture(session, number, kind, box))

    async def mark(request: Request) -> Response:
        version, verdict, label, shapes = _asked(await _body(request))
        return await _answer(lambda: session.mark(request.path_params["number"], version, verdict, label, shapes))

    async def undo(request: Request) -> Response:
        version, *_ = _asked(await _body(request))
        return await _answer(lambda: session.undo(version))

    return Starlette(
        routes=[
            Route("/", _page_file),
            Route("/page/{name:str}", _page_file),
            Route("/api/state", state),
            Route("/api/next", proposals),
            Route("/api/images", rows),
            Route("/api/image/{number:int}", image),
            Route("/api/image/{number:int}", mark, methods=["POST"]),
            Route("/api/undo", undo, methods=["POST"]),
            Route("/picture/{number:int}/{kind:str}", picture),
        ],
        exception_handlers={SurfedgeError: _refused, HTTPException: _refused},
    )


async def _page_file(request: Request) -> Response:
    name = request.path_params.get("name", "page.html")
    if name not in PAGE_FILES:
        raise HTTPException(404)
    text = (files("surfedge.labelling") / "page" / name).read_bytes()
    return Response(text, headers={"content-type": _KINDS[name.rpartition(".")[2]]})


async def _answer(question: Callable[[], Any]) -> Response:
    """The answer to a question that may take long, as JSON unless it is a Response already."""
    answer = await run_in_threadpool(question)
    return answer if isinstance(answer, Response) else _json(answer)


def _json(values: Any, status: int = 200) -> Response:
    """ASCII: names of files may hold what UTF-8 cannot."""
    return Response(json.dumps(values, allow_nan=False), status, media_type="application/json")


async def _refused(request: Request, error: Exception) -> Response:
    """Every refusal as JSON that says why."""
    if isinstance(error, HTTPException):
        return _json({"error": error.detail}, error.status_code)
    status = next((code for kind, code in _CODES if isinstance(error, kind)), 500)
    more = {"mark": error.current.to_dict()} if isinstance(error, OutdatedError) else {}
    return _json({"error": str(error), **more}, status)


def _picture(session: Session, number: int, kind: str, box: tuple[int, int, int, int]) -> Response:
    if kind == "thumb":
        data = session.thumb(number)
    elif kind == "part":
        data = session.part(number, box)
    else:
        view = session.view(number)
        data = {"image": view.image, "map": view.map}.get(kind, b"")
    if not data:
        raise HTTPException(404)
    return Response(data, media_type="image/webp", headers={"cache-control": "private, max-age=60"})


async def _body(request: Request) -> dict[str, Any]:
    """The JSON object that a request carries; raises ArgumentError for anything else."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY_BYTES:
            raise HTTPException(413, f"found more than {MAX_BODY_BYTES:,} bytes; mark with fewer strokes")
    try:
        values = json.loads(data)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ArgumentError("request", found="no JSON object", expected="one")
    return values


def _asked(body: dict[str, Any]) -> tuple[int, str, str, list[Any]]:
    """Version, verdict, class and shapes of a request; raises ArgumentError where one is of another kind."""
    version, verdict, label, shapes = (
        body.get("version"),
        body.get("verdict", ""),
        body.get("label", ""),
        body.get("shapes", []),
    )
    if (
        type(version) is not int
        or not isinstance(verdict, str)
        or not isinstance(label, str)
        or type(shapes) is not list
    ):
        raise ArgumentError("request", found="other values", expected="version, verdict, label, shapes")
    return version, verdict, label, shapes


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or len(text) > 9:
        raise ArgumentError(name, found=repr(text)[:80], expected="a whole number of 0 or more")
    return int(text)


def _numbers(request: Request, name: str) -> list[int]:
    text = request.query_params.get(name, "")
    parts = [part for part in text.split(",") if part][:10_000]
    if not all(part.isdecimal() and len(part) <= 9 for part in parts):
        raise ArgumentError(name, found=repr(text)[:80], expected="whole numbers with commas between")
    return [int(part) for part in parts]
