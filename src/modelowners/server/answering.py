"""Answering: the way from a request to a page in the form that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from modelowners import __version__
from modelowners.app.views.shell import Heartbeat, Shell
from modelowners.server.rendering import as_html, as_json, as_markdown
from modelowners.server.site import ACTING, Site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

TWINS = (".md", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """
    A page about to be given.

    Parameters
    ----------
    name : str
        Of its template.
    section : str
        Entry of the navigation.
    title, tone : str
        For the browser's tab.
    page : object
        Its values.
    path : str
        Its own path, without suffix.
    """

    name: str
    section: str
    title: str
    tone: str
    page: object
    path: str


def site_of(request: Request) -> Site:
    """Give the site a request came to."""
    site: Site = request.app.state.site
    return site


def acting(request: Request) -> str | None:
    """Say who acts in a request; None where that is not known."""
    return site_of(request).person(request.cookies.get(ACTING))


def split(text: str) -> tuple[str, str]:
    """
    Part a path from the suffix of a twin.

    Examples
    --------
    >>> split("INC-1.md"), split("eta-1.2")
    (('INC-1', '.md'), ('eta-1.2', ''))
    """
    for suffix in TWINS:
        if text.endswith(suffix):
            return text.removesuffix(suffix), suffix
    return text, ""


def give(
    request: Request,
    leaf: Leaf,
    *,
    suffix: str = "",
    status: int = 200,
    refusal: str = "",
) -> Response:
    """
    Answer with a page, or with one of its twins.

    Parameters
    ----------
    request : Request
        What was asked.
    leaf : Leaf
        The page.
    suffix : str
        ``.md``, ``.json`` or empty.
    status : int
        Of HTTP.
    refusal : str
        Why what was asked was not done.
    """
    if suffix == ".json":
        return as_json(leaf.page)
    shell = surround(request, leaf, refusal=refusal)
    if suffix == ".md":
        return as_markdown(leaf.name, leaf.page, shell)
    return as_html(leaf.name, leaf.page, shell, status=status)


def surround(request: Request, leaf: Leaf, *, refusal: str = "") -> Shell:
    """Give what stands around a page."""
    site = site_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    path = quote(leaf.path)
    return Shell(
        version=__version__,
        here=f"{path}{query}" if request.method == "GET" else path,
        twin=path if path != "/" else "/fleet",
        section=leaf.section,
        title=leaf.title,
        tone=leaf.tone,
        acting=acting(request) or "",
        people=tuple(sorted(site.program().catalog.people)),
        heartbeat=_heartbeat(site),
        refusal=refusal,
        stamp=site.stamp,
    )


def _heartbeat(site: Site) -> Heartbeat:
    if site.trouble:
        text = f"Shown as of its last good state: {site.trouble}"
        return Heartbeat(text=text, tone="bad")
    return site.turns.heartbeat()
