"""Who may talk to the server: the right Host, a token beyond this computer, no other site's pages; and what browsers
are told to refuse.

A page on the web can make a browser ask 127.0.0.1, also under a name of its own that it points there (DNS rebinding):
hence only known hosts are answered, and changes only where the page itself asks for them.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is this computer's own alone.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """Around the application `app`, listening on `host`. token : what requests must carry, "" for none.

    The token comes once in the address (?token=...), which sets a cookie and is taken off the address again; programs
    send ``Authorization: Bearer TOKEN``.
    """

    def __init__(self, app: ASGIApp, host: str, token: str = "", names: Iterable[str] = ()) -> None:
        self._app, self._host, self._token = app, host, token
        self._names = {name.casefold() for name in (*LOOPBACK, host, *names)}
        if not is_loopback(host):
            self._names |= {socket.gethostname().casefold(), socket.getfqdn().casefold()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await (refused or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that may not go on, None for one that may."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_known(host):
            return PlainTextResponse("surfedge label: this Host is not answered; use the address it printed", 421)
        if scope["method"] not in ("GET", "HEAD") and not _is_own(headers, host, scope["scheme"]):
            return PlainTextResponse("surfedge label: changes come from its own page only", 403)
        if not self._token or self._has_token(headers):
            return None
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token", "")
        if scope["method"] == "GET" and scope["path"] == "/" and self._is_token(given):
            answer = RedirectResponse("/", 303)
            # Lax: a link from a chat opens the page; changes need more than a cookie.
            answer.set_cookie(self._cookie(scope), self._token, httponly=True, samesite="lax", path="/")
            return answer
        return PlainTextResponse("surfedge label: open the address with the token that it printed", 401)

    def _is_known(self, host: str) -> bool:
        name = _without_port(host).casefold()
        if name in self._names:
            return True
        if is_loopback(self._host):
            return False
        try:  # an address is not a name that could be pointed elsewhere
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _has_token(self, headers: Headers) -> bool:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer" and self._is_token(bearer.strip()):
            return True
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        return any(self._is_token(each.value) for name, each in cookies.items() if name.startswith(_COOKIE))

    def _is_token(self, given: str) -> bool:
        """Compared in a time that does not tell how much of it is right."""
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token.encode())

    @staticmethod
    def _cookie(scope: Scope) -> str:
        """Cookies know no ports: two servers on one computer take different names."""
        server = scope.get("server") or ("", 0)
        return f"{_COOKIE}{server[1]}"


_COOKIE = "surfedge-label-"


def _without_port(host: str) -> str:
    """The host alone.

    >>> _without_port("localhost:80"), _without_port("[::1]:80")
    ('localhost', '::1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_own(headers: Headers, host: str, scheme: str) -> bool:
    """Whether the page that asks for a change is this server's own: no form, no script of another site can say so."""
    is_json = headers.get("content-type", "").partition(";")[0].strip() == "application/json"
    origin = headers.get("origin")
    is_here = origin is None or origin == f"{scheme}://{host}"
    return is_json and is_here and headers.get("sec-fetch-site", "same-origin") == "same-origin"
