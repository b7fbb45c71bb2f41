"""The page that says why something was not given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from modelowners.core.errors import ModelownersError
from modelowners.server.acts import status_of
from modelowners.server.answering import Leaf, give
from modelowners.server.rendering import as_json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What went wrong: the status of HTTP, its name, and why."""

    status: int
    name: str
    why: str


NAMES = {
    400: "That cannot be done",
    404: "There is no such page",
    405: "That is not how to ask for it",
    503: "The state cannot be used",
}


def refused(request: Request, error: Exception) -> Response:
    """Say why a request was refused, as a page or as JSON, as it was asked."""
    status, why = _told(error)
    page = ErrorPage(status, NAMES.get(status, "Refused"), why)
    asked = request.url.path
    if asked.startswith(("/api/", "/v1/")) or asked.endswith(".json"):
        return as_json({"error": why}, status=status)
    leaf = Leaf(
        name="error", section="", title=page.name, tone="unknown", page=page, path="/"
    )
    return give(request, leaf, status=status)


def _told(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    status = status_of(error) if isinstance(error, ModelownersError) else 500
    return status, str(error)
