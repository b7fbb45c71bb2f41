"""
The guard in front of every route: hosts, origins, sizes, and headers on all answers.

It is the outermost layer, so that errors of everything behind it carry the
same headers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

INBOUND = "/v1/in/"
"""Where other systems post: they bring a token instead of an origin."""

MAX_BODY = 1024 * 1024
MAX_INBOUND = 8 * 1024 * 1024
READS = frozenset({"GET", "HEAD", "OPTIONS"})

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: forms would then be sent with `Origin: null`.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""On every answer, whatever it is."""


class Guard:
    """
    Lets through what may reach the application.

    Parameters
    ----------
    app : ASGIApp
        What it stands in front of.
    hosts : collection of str
        Values of ``Host`` that are ours, in lower case, with their port.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _with_headers(send)
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None and scope["method"] not in READS:
            limit = MAX_INBOUND if scope["path"].startswith(INBOUND) else MAX_BODY
            body = await _whole(receive, headers, limit)
            if body is None:
                refusal = _say(413, f"The body is larger than {limit:,} bytes.")
            else:
                receive = _again(body, receive)
        if refusal is not None:
            await refusal(scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) != 1 or host not in self._hosts:
            known = ", ".join(sorted(self._hosts))
            return _say(421, f"This server answers only to: {known}.")
        if scope["method"] in READS or scope["path"].startswith(INBOUND):
            return None
        return None if is_own(headers) else _say(403, _FOREIGN)


_FOREIGN = (
    "Refused: the request does not come from one of this server's own pages. "
    "A browser sends Origin and Sec-Fetch-Site; another client sends "
    "Origin: http://HOST with the Host it asks."
)


def is_own(headers: Headers) -> bool:
    """
    Tell whether a request that changes something comes from a page of ours.

    Parameters
    ----------
    headers : Headers
        Of a request whose host is ours.

    Returns
    -------
    bool
        True if its one ``Origin`` is the host it asks, and the browser, where
        it says so at all, calls it of the same origin.

    Examples
    --------
    >>> ours = {"host": "localhost:8321", "origin": "http://localhost:8321"}
    >>> is_own(Headers(ours))
    True
    >>> is_own(Headers({**ours, "sec-fetch-site": "cross-site"}))
    False
    """
    origins = headers.getlist("origin")
    own = f"http://{headers.get('host', '').lower()}"
    site = headers.getlist("sec-fetch-site")
    return [o.lower() for o in origins] == [own] and site in ([], ["same-origin"])


def _say(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            _complete(message)
        await send(message)

    return sending


def _complete(message: Message) -> None:
    kept = [
        (name, value)
        for name, value in message.get("headers") or ()
        if name.decode("latin-1").lower() not in HEADERS
    ]
    ours = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in HEADERS.items()]
    if not any(name.lower() == b"cache-control" for name, _ in kept):
        ours.append((b"cache-control", b"no-store"))
    message["headers"] = [*kept, *ours]


async def _whole(receive: Receive, headers: Headers, limit: int) -> bytes | None:
    """Read a body up to a limit; None where it is larger."""
    stated = headers.get("content-length", "0")
    if stated.isdigit() and int(stated) > limit:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving
