"""The page of owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelowners.app.views.owners import show_owners
from modelowners.server.answering import Leaf, give, site_of, split

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def owners(request: Request) -> Response:
    """Give every team and what it answers for."""
    page = show_owners(site_of(request).program())
    leaf = Leaf(
        name="owners",
        section="owners",
        title="Owners",
        tone="good",
        page=page,
        path="/owners",
    )
    return give(request, leaf, suffix=split(request.url.path)[1])
