"""Live: tells open pages by server-sent events that there is something new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import anyio
from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from starlette.requests import Request

    from modelowners.server.site import Site

EVERY = 1.0
"""Seconds between two looks at the stamp; one look is one indexed row."""
QUIET = 15
"""Looks without news before a comment keeps the connection open."""


async def live(request: Request) -> StreamingResponse:
    """Stream the stamp: once at the start, and whenever it changes."""
    return StreamingResponse(
        _stamps(request, request.app.state.site),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


async def _stamps(request: Request, site: Site) -> AsyncIterator[str]:
    told, quiet = "", 0
    while not site.stopping.is_set() and not await request.is_disconnected():
        stamp = await anyio.to_thread.run_sync(lambda: site.stamp)
        quiet += 1
        if stamp != told:
            told, quiet = stamp, 0
            yield f"data: {stamp}\n\n"
        elif quiet >= QUIET:
            quiet = 0
            yield ": still here\n\n"
        await anyio.sleep(EVERY)
