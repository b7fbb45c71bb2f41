"""Servers: a site on a free port of this machine, and the Chromium that visits it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modelowners.server.main import Bind, listener
from modelowners.server.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

PATIENCE = 20.0
"""Seconds that a server is given to start and to end."""

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "no Chromium on the path; on Debian: apt-get install chromium"
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """Give the path of the system's Chromium; browsers are never downloaded."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


def launch(playwright: Playwright, program: str) -> Browser:
    """Start it, silent but for what pages ask."""
    return playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve a site; its turns are taken by hand."""
    bind = Bind("127.0.0.1", free_port())
    server = listener(site, bind)
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + PATIENCE
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.02)
    try:
        yield str(bind).rstrip("/")
    finally:
        site.stopping.set()
        server.should_exit = True
        thread.join(PATIENCE)
    assert not thread.is_alive()


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
