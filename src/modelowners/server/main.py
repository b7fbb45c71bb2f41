"""The server: its routes, and the command that starts it on this machine."""

from __future__ import annotations

import ipaddress
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from modelowners.core.errors import InputError, ModelownersError
from modelowners.core.time import ShiftedClock, parse_duration, parse_instant
from modelowners.server import api
from modelowners.server.answering import site_of
from modelowners.server.forms import read_form
from modelowners.server.guard import Guard
from modelowners.server.live import live
from modelowners.server.pages.changes import changes
from modelowners.server.pages.errors import refused
from modelowners.server.pages.fix import fix, mend
from modelowners.server.pages.fleet import fleet
from modelowners.server.pages.incident import act, incident, postmortem
from modelowners.server.pages.incidents import incidents
from modelowners.server.pages.model import model
from modelowners.server.pages.owners import owners
from modelowners.server.receivers import receive
from modelowners.server.site import ACTING, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from types import FrameType

    import uvicorn
    from starlette.requests import Request
    from starlette.types import ASGIApp

DEFAULT_BIND = "127.0.0.1:8321"
PATIENCE = 3
"""Seconds that open connections are given when the server stops."""

STATIC: Mapping[str, str] = {
    "style.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "bad.svg": "image/svg+xml",
    "odd.svg": "image/svg+xml",
    "mending.svg": "image/svg+xml",
    "good.svg": "image/svg+xml",
    "unknown.svg": "image/svg+xml",
}
"""Every file that is given as it is, and what it is."""


class NotLoopback(InputError):
    """
    Refused to listen on {found}: that is not this machine alone.

    Whoever reaches these pages may act as anybody, for there is no login yet.
    Bind to 127.0.0.1, and reach it from elsewhere by ssh -L {port}:127.0.0.1:{port}.
    """


class BadBind(InputError):
    """Expected an address and a port such as 127.0.0.1:8321, found "{found}"."""


@dataclass(frozen=True, slots=True)
class Bind:
    """An address of this machine, and a port."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Bind:
        """
        Read ``HOST:PORT``.

        Raises
        ------
        BadBind
            If it is not that.
        NotLoopback
            If others could reach it.

        Examples
        --------
        >>> Bind.parse("[::1]:80")
        Bind(host='::1', port=80)
        """
        try:
            parts = urlsplit(f"//{text}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise BadBind(found=text) from None
        if not host or port is None or parts.path or parts.username:
            raise BadBind(found=text)
        if host != "localhost" and not _is_loopback(host):
            raise NotLoopback(found=text, port=port)
        return cls("127.0.0.1" if host == "localhost" else host, port)

    @property
    def hosts(self) -> frozenset[str]:
        """Values of ``Host`` that mean this server."""
        names = {"localhost", "127.0.0.1", "[::1]", self._written}
        bare = names if self.port == 80 else set()  # noqa: PLR2004 - HTTP's own
        return frozenset({f"{name}:{self.port}" for name in names} | bare)

    @property
    def _written(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def __str__(self) -> str:
        return f"http://{self._written}:{self.port}/"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def build(site: Site, *, bind: Bind) -> ASGIApp:
    """
    Make the application.

    Parameters
    ----------
    site : Site
        What all routes share.
    bind : Bind
        Where it will listen, hence which hosts are ours.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        yield
        site.stop()

    app = Starlette(
        routes=[
            Route("/", fleet),
            Route("/fleet.md", fleet),
            Route("/fleet.json", fleet),
            Route("/incidents", incidents),
            Route("/incidents.md", incidents),
            Route("/incidents.json", incidents),
            Route("/incidents/{name}", incident),
            Route("/incidents/{name}/postmortem.md", postmortem),
            Route("/incidents/{name}/fix", fix),
            Route("/incidents/{name}/fix.md", fix),
            Route("/incidents/{name}/fix.json", fix),
            Route("/incidents/{name}/fix/{step}", mend, methods=["POST"]),
            Route("/incidents/{name}/{act}", act, methods=["POST"]),
            Route("/models/{name:path}", model),
            Route("/changes", changes),
            Route("/changes.md", changes),
            Route("/changes.json", changes),
            Route("/owners", owners),
            Route("/owners.md", owners),
            Route("/owners.json", owners),
            Route("/acting", choose, methods=["POST"]),
            Route("/live", live),
            Route("/health", api.health),
            Route("/static/{name}", static),
            Route("/v1/in/{source}", receive, methods=["POST"]),
            Route("/api/incidents/{name}/{act}", api.act, methods=["POST"]),
        ],
        exception_handlers={HTTPException: refused, ModelownersError: refused},
        lifespan=lifespan,
    )
    app.state.site = site
    return Guard(app, hosts=bind.hosts)


def static(request: Request) -> Response:
    """Give one of our own files; there are no others."""
    name = request.path_params["name"]
    if name not in STATIC:
        return PlainTextResponse("Not found.\n", 404)
    headers = {"cache-control": "no-cache"}
    return Response(_static(name), media_type=STATIC[name], headers=headers)


@cache
def _static(name: str) -> bytes:
    folder = files("modelowners.server") / "static"
    if name == "style.css":
        # The report's sheet holds the variables and the charts; ours follows.
        shared = files("modelowners.app") / "templates" / name
        return shared.read_bytes() + (folder / "pages.css").read_bytes()
    return (folder / name).read_bytes()


async def choose(request: Request) -> Response:
    """Remember who acts, and go back to the page."""
    form = await read_form(request)
    person, back = form.get("person", ""), form.get("back", "/")
    known = site_of(request).program().catalog.people
    safe = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = RedirectResponse(back if safe else "/", status_code=303)
    if person in known:
        answer.set_cookie(ACTING, person, httponly=True, samesite="strict")
    return answer


@click.command("serve")
@click.option(
    "--bind",
    metavar="HOST:PORT",
    default=DEFAULT_BIND,
    show_default=True,
    help="An address of this machine; any other is refused.",
)
@click.option(
    "--interval",
    metavar="D",
    default="1m",
    show_default=True,
    help="How long to wait between two looks: 30s, 5m, 1h.",
)
@click.option(
    "--as-of",
    metavar="T",
    help="Set the clock to T first, for a world of the past such as the demo's.",
)
@click.pass_context
def serve(ctx: click.Context, bind: str, interval: str, as_of: str | None) -> int:
    """
    Serve the pages on this machine; `watch` runs inside.

    Ends on Ctrl-C, once the look under way is done.
    """
    from modelowners.app.settings import Settings  # noqa: PLC0415 - --help is light

    options = ctx.find_root().obj or {}
    where = Bind.parse(bind)
    settings = Settings.read(
        file=options.get("file"), state=options.get("state"), user=options.get("user")
    )
    site = Site(
        settings,
        clock=ShiftedClock(parse_instant(as_of)) if as_of else None,
        interval=parse_duration(interval),
    )
    site.program()
    click.echo(f"Pages at {where}  Stop with Ctrl-C.", err=True)
    try:
        run(site, where)
    except KeyboardInterrupt:
        click.echo("Stopped; what was seen and told is kept.", err=True)
    return 0


def run(site: Site, bind: Bind) -> None:
    """
    Serve until the process is told to stop.

    Parameters
    ----------
    site : Site
        What to serve; its loop begins here.
    bind : Bind
        Where.
    """
    site.turns.begin()
    listener(site, bind).run()


def listener(site: Site, bind: Bind) -> uvicorn.Server:
    """
    Make what listens, not yet listening.

    Parameters
    ----------
    site : Site
        What to serve.
    bind : Bind
        Where.
    """
    import uvicorn  # noqa: PLC0415 - only where it serves

    class Listener(uvicorn.Server):
        """Ends open streams first, so that nothing waits for them."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            site.stopping.set()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        build(site, bind=bind),
        host=bind.host,
        port=bind.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    return Listener(config)
