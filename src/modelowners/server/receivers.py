"""Receivers: where other systems post what they know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from modelowners.core.errors import ModelownersError
from modelowners.server.answering import site_of
from modelowners.server.rendering import as_json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

FAILED = 300
"""From this status on nothing was taken in."""

RETRY = "5"
"""Seconds a sender is asked to wait where nothing can be kept now."""


async def receive(request: Request) -> Response:
    """Hand a post to its receiver, which checks who sent it and keeps it."""
    raw = await request.body()
    return await run_in_threadpool(_receive, request, raw)


def _receive(request: Request, raw: bytes) -> Response:
    name = request.path_params["source"]
    site = site_of(request)
    try:
        receiver = site.program().receivers.get(name)
        if receiver is None:
            return as_json({"error": f'No receiver "{name}" is set up.'}, status=404)
        reply = receiver.accept(dict(request.headers), raw)
    except ModelownersError as error:
        # Never 429: some senders repeat only what failed with 5xx.
        answer = as_json({"error": str(error)}, status=503)
        answer.headers["retry-after"] = RETRY
        return answer
    if reply.status < FAILED:
        site.turns.wake()
    answer = as_json(reply.body, status=reply.status)
    answer.headers.update(reply.headers)
    return answer
