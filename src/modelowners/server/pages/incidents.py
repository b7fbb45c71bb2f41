"""The list of incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelowners.app.views.incidents import show_incidents
from modelowners.server.answering import Leaf, give, site_of, split
from modelowners.server.pages.fleet import number

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def incidents(request: Request) -> Response:
    """Give the incidents that are not over, or all of them."""
    asked = request.query_params
    page = show_incidents(
        site_of(request).program(),
        everything=asked.get("state") == "all",
        page=number(asked.get("page")),
    )
    leaf = Leaf(
        name="incidents",
        section="incidents",
        title="Incidents",
        tone=page.tone,
        page=page,
        path="/incidents",
    )
    return give(request, leaf, suffix=split(request.url.path)[1])
