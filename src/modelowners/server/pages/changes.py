"""The page of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelowners.app.views.changes import show_changes
from modelowners.server.answering import Leaf, give, site_of, split
from modelowners.server.pages.fleet import LETTERS, number

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def changes(request: Request) -> Response:
    """Give the changes of all assets, or of one and what it is made from."""
    asked = request.query_params
    page = show_changes(
        site_of(request).program(),
        asset=asked.get("asset", "")[:LETTERS],
        page=number(asked.get("page")),
    )
    leaf = Leaf(
        name="changes",
        section="changes",
        title="Changes",
        tone="good",
        page=page,
        path="/changes",
    )
    return give(request, leaf, suffix=split(request.url.path)[1])
