"""The JSON interface: acts on incidents, and whether the server is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.concurrency import run_in_threadpool

from modelowners import __version__
from modelowners.core.errors import ModelownersError
from modelowners.server.acts import Asked, ask, revision_of, status_of
from modelowners.server.answering import acting, site_of
from modelowners.server.forms import media_of
from modelowners.server.rendering import as_json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from modelowners.incidents.incident import Incident


async def act(request: Request) -> Response:
    """
    Do what a JSON body asks of an incident.

    ``If-Match`` names the revision it builds on (412 if that is past),
    ``Idempotency-Key`` this very request (409 if it had another body).
    """
    if media_of(request) != "application/json":
        return _refuse(415, "Send application/json.")
    try:
        body = await request.body()
        fields = msgspec.json.decode(body or b"{}", type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _refuse(400, f"Expected a JSON object of texts: {error}")
    return await run_in_threadpool(_act, request, fields)


def _act(request: Request, fields: dict[str, str]) -> Response:
    person = fields.pop("as", None) or acting(request)
    try:
        asked = Asked(
            incident=request.path_params["name"],
            act=request.path_params["act"],
            arguments=fields,
            revision=revision_of(request.headers.get("if-match")),
            key=request.headers.get("idempotency-key", ""),
        )
        after = ask(site_of(request).program(person), asked, person=person)
    except ModelownersError as error:
        return _refuse(status_of(error), str(error))
    answer = as_json(brief(after))
    answer.headers["etag"] = f'"{after.revision}"'
    return answer


def brief(incident: Incident) -> dict[str, object]:
    """Give where an incident stands, and what may be done next."""
    return {
        "id": incident.id,
        "revision": incident.revision,
        "state": incident.state.value,
        "severity": incident.severity.value,
        "holder": incident.holder.plain(),
        "available": [act.value for act in incident.available],
    }


def health(request: Request) -> Response:
    """Say whether the state can be read and the loop is on time."""
    site = site_of(request)
    beat = site.turns.heartbeat()
    stamp = site.stamp
    answer = {
        "version": __version__,
        "loop": beat.text,
        "well": beat.tone != "bad" and not site.trouble,
        "stamp": stamp,
    }
    return as_json(answer, status=200 if answer["well"] else 503)


def _refuse(status: int, why: str) -> Response:
    return as_json({"error": why}, status=status)
