"""Forms: what a page's form sends, read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.requests import Request

ENCODED = "application/x-www-form-urlencoded"
MAX_FIELDS = 64
MAX_VALUE = 4096
"""Bytes of a field's value."""


def media_of(request: Request) -> str:
    """Give the type of a request's body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_form(request: Request) -> dict[str, str]:
    """
    Read the fields of a form; of two with one name the last counts.

    Parameters
    ----------
    request : Request
        A post from a page.

    Raises
    ------
    HTTPException
        415 if it is no form, 400 if it cannot be read, 413 if a value is too long.
    """
    if media_of(request) != ENCODED:
        raise HTTPException(415, f"Expected a form, {ENCODED}.")
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise HTTPException(400, "The form cannot be read.") from None
    if any(len(value.encode()) > MAX_VALUE for _, value in pairs):
        raise HTTPException(413, f"A field is longer than {MAX_VALUE:,} bytes.")
    return dict(pairs)
