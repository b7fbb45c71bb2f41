"""The page of an incident's fix, and applying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from modelowners.app.fixing import apply_fix, undo_fix
from modelowners.app.views.fix import show_fix
from modelowners.core.errors import ModelownersError
from modelowners.incidents.refusals import NoIncident, Stale
from modelowners.server.acts import revision_of, status_of
from modelowners.server.answering import Leaf, acting, give, site_of, split
from modelowners.server.forms import read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from modelowners.app.wiring import Program


def fix(request: Request) -> Response:
    """Give the plan of what would mend an incident, and what was done."""
    return give(
        request,
        _leaf(request, request.path_params["name"]),
        suffix=split(request.url.path)[1],
    )


async def mend(request: Request) -> Response:
    """Apply the plan, or take the last one back, as whoever acts."""
    form = await read_form(request)
    return await run_in_threadpool(_mend, request, form.get("n", ""))


def _mend(request: Request, stated: str) -> Response:
    name, step = request.path_params["name"], request.path_params["step"]
    program = site_of(request).program(acting(request))
    try:
        _check(program, name, revision_of(stated))
        if step == "undo":
            undo_fix(program, name)
        else:
            apply_fix(program, name)
    except ModelownersError as error:
        leaf = _leaf(request, name)
        return give(request, leaf, status=status_of(error), refusal=str(error))
    return RedirectResponse(f"/incidents/{name}/fix", status_code=303)


def _check(program: Program, name: str, expected: int | None) -> None:
    """
    Refuse to act on an incident that has moved on since the page was made.

    Raises
    ------
    Stale
        If it has.
    """
    incident = program.incidents.get(name)
    if expected is not None and incident.revision != expected:
        raise Stale(incident=incident.id, found=incident.revision, expected=expected)


def _leaf(request: Request, name: str) -> Leaf:
    """
    Gather the page.

    Raises
    ------
    HTTPException
        404 if there is no such incident.
    """
    who = acting(request)
    try:
        page = show_fix(site_of(request).program(who), name, acting=who)
    except NoIncident as error:
        raise HTTPException(404, str(error)) from None
    return Leaf(
        name="fix",
        section="incidents",
        title=f"Fix {page.id}",
        tone=page.standing.tone,
        page=page,
        path=f"/incidents/{page.id}/fix",
    )
