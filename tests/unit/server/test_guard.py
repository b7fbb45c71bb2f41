from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_client import HOST, ORIGIN, Client
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from modelowners.server.guard import HEADERS, MAX_BODY, Guard, is_own

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body, and headers of its own."""
    length = 0
    while True:
        message = await receive()
        length += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    answer = PlainTextResponse(
        str(length), headers={"x-content-type-options": "whatever", "x-own": "1"}
    )
    await answer(scope, receive, send)


@pytest.fixture
def client() -> Client:
    return Client(Guard(echo, hosts=[HOST]))


def test_a_body_arrives_whole(client: Client) -> None:
    body = b"x" * 200_000
    answer = client.ask("POST", "/", headers={"origin": ORIGIN}, body=body)
    assert (answer.status, answer.text) == (200, "200000")


def test_a_body_of_just_the_limit_is_let_through(client: Client) -> None:
    body = b"x" * MAX_BODY
    assert client.ask("POST", "/", headers={"origin": ORIGIN}, body=body).status == 200
    over = client.ask("POST", "/", headers={"origin": ORIGIN}, body=body + b"x")
    assert over.status == 413


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30, "1e3"])
def test_a_stated_length_that_is_none_does_no_harm(client: Client, length: str) -> None:
    sent = {"origin": ORIGIN, "content-length": length}
    assert client.ask("POST", "/", headers=sent, body=b"abc").status in {200, 413}


def test_ours_replace_the_applications_headers(client: Client) -> None:
    answer = client.get("/")
    assert answer.headers.getlist("x-content-type-options") == ["nosniff"]
    assert answer.headers["x-own"] == "1"
    assert answer.headers["cache-control"] == "no-store"


def test_reading_needs_no_origin(client: Client) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        assert client.ask(method, "/").status == 200
    for method in ("POST", "PUT", "PATCH", "DELETE", "PROPFIND"):
        assert client.ask(method, "/").status == 403


def test_inbound_posts_bring_no_origin(client: Client) -> None:
    assert client.ask("POST", "/v1/in/alertmanager", body=b"{}").status == 200
    assert client.ask("POST", "/v1/inside", body=b"{}").status == 403


def test_anything_but_http_is_passed_on() -> None:
    import anyio  # noqa: PLC0415 - only here

    seen: list[str] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        seen.append(scope["type"])

    guard = Guard(note, hosts=[HOST])
    anyio.run(guard, {"type": "lifespan"}, None, None)  # type: ignore[arg-type]  # unread
    assert seen == ["lifespan"]


@given(
    origin=st.sampled_from([None, ORIGIN, ORIGIN.upper(), "null", "http://evil"])
    | st.text(max_size=20),
    site=st.sampled_from([None, "same-origin", "same-site", "cross-site", "none", ""]),
)
def test_only_our_own_pages_may_change_something(
    origin: str | None, site: str | None
) -> None:
    pairs = [(b"host", HOST.encode())]
    if origin is not None:
        pairs.append((b"origin", origin.encode("latin-1", "replace")))
    if site is not None:
        pairs.append((b"sec-fetch-site", site.encode()))
    ours = origin is not None and origin.lower() == ORIGIN
    assert is_own(Headers(raw=pairs)) == (ours and site in {None, "same-origin"})


def test_two_origins_are_none() -> None:
    twice = [(b"host", HOST.encode()), *[(b"origin", ORIGIN.encode())] * 2]
    assert not is_own(Headers(raw=twice))


def test_two_hosts_are_refused(client: Client) -> None:
    del client
    assert set(HEADERS) >= {"content-security-policy", "referrer-policy"}
    assert HEADERS["referrer-policy"] != "no-referrer", "Origin would be null"
