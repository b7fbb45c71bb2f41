"""The page of all models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelowners.app.views.fleet import Filter, show_fleet
from modelowners.app.views.standing import HURT
from modelowners.server.answering import Leaf, give, site_of, split

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

LETTERS = 200


def fleet(request: Request) -> Response:
    """Give the models that the query asks for, the worst first."""
    site = site_of(request)
    asked = request.query_params
    names = ("owner", "tier", "state", "q")
    texts = {name: asked.get(name, "")[:LETTERS] for name in names}
    wanted = Filter(**texts, page=number(asked.get("page")))
    page = show_fleet(site.program(), site.readings, site.roster, wanted)
    leaf = Leaf(
        name="fleet",
        section="fleet",
        title="▲ Fleet" if page.tone == HURT.tone else "Fleet",
        tone=page.tone,
        page=page,
        path="/",
    )
    return give(request, leaf, suffix=split(request.url.path)[1])


def number(text: str | None) -> int:
    """
    Read a page's number; anything else is the first.

    Examples
    --------
    >>> number("3"), number("x"), number("-1"), number(None)
    (3, 1, 1, 1)
    """
    usable = text is not None and text.isascii() and text.isdigit()
    return min(max(int(text[:9]), 1), 10**6) if text and usable else 1
