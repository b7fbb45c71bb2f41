"""The page of one incident, and what is done from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from modelowners.app import retrospect
from modelowners.app.views.incident import show_incident
from modelowners.core.errors import ModelownersError
from modelowners.incidents.refusals import NoIncident
from modelowners.server.acts import Asked, ask, status_of
from modelowners.server.answering import Leaf, acting, give, site_of, split
from modelowners.server.forms import read_form

if TYPE_CHECKING:
    from starlette.requests import Request


def incident(request: Request) -> Response:
    """Give one incident's page."""
    name, suffix = split(request.path_params["name"])
    return give(request, _leaf(request, name), suffix=suffix)


def postmortem(request: Request) -> Response:
    """
    Give an incident's postmortem as Markdown, to be gone on with by people.

    Raises
    ------
    HTTPException
        404 if there is no such incident.
    """
    name = request.path_params["name"]
    try:
        found = retrospect.recall(site_of(request).program(), name)
    except NoIncident as error:
        raise HTTPException(404, str(error)) from None
    text = retrospect.to_markdown(found)
    return Response(text, media_type="text/markdown; charset=utf-8")


async def act(request: Request) -> Response:
    """Do what a form asks, and give the page again."""
    return await run_in_threadpool(_act, request, await read_form(request))


def _act(request: Request, fields: dict[str, str]) -> Response:
    name, wanted = request.path_params["name"], request.path_params["act"]
    person = acting(request)
    try:
        asked = Asked.of_form(name, wanted, fields)
        ask(site_of(request).program(person), asked, person=person)
    except ModelownersError as error:
        leaf = _leaf(request, name)
        return give(request, leaf, status=status_of(error), refusal=str(error))
    return RedirectResponse(f"/incidents/{name}", status_code=303)


def _leaf(request: Request, name: str) -> Leaf:
    """
    Gather an incident's page.

    Raises
    ------
    HTTPException
        404 if there is no such incident.
    """
    site = site_of(request)
    try:
        page = show_incident(
            site.program(), site.readings, name, acting=acting(request)
        )
    except NoIncident as error:
        raise HTTPException(404, str(error)) from None
    return Leaf(
        name="incident",
        section="incidents",
        title=f"{page.standing.shape} {page.id} {page.title}",
        tone=page.standing.tone,
        page=page,
        path=f"/incidents/{page.id}",
    )
