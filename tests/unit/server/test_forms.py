from __future__ import annotations

from urllib.parse import urlencode

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request

from modelowners.server.forms import ENCODED, MAX_FIELDS, MAX_VALUE, read_form


def read(body: bytes, media: str = ENCODED) -> dict[str, str]:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", media.encode())]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    return anyio.run(read_form, request)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30), max_size=6))
def test_what_a_browser_sends_comes_back(fields: dict[str, str]) -> None:
    encodable = {
        k.encode("utf-8", "replace").decode(): v.encode("utf-8", "replace").decode()
        for k, v in fields.items()
    }
    assert read(urlencode(encodable).encode()) == encodable


def test_parameters_of_the_type_do_not_matter() -> None:
    assert read(b"a=1", f"{ENCODED.upper()}; charset=utf-8") == {"a": "1"}


def test_the_last_of_two_counts() -> None:
    assert read(b"a=1&a=2") == {"a": "2"}


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"a=1", "text/plain", 415),
        (b"a=1", "", 415),
        (b"{}", "application/json", 415),
        (b"a=%ff%fe", ENCODED, 400),
        (b"\xff", ENCODED, 400),
        (b"&".join([b"a=1"] * (MAX_FIELDS + 1)), ENCODED, 400),
        (b"a=" + b"x" * (MAX_VALUE + 1), ENCODED, 413),
    ],
)
def test_anything_else_is_refused(body: bytes, media: str, status: int) -> None:
    with pytest.raises(HTTPException) as refused:
        read(body, media)
    assert refused.value.status_code == status
