"""A real Chromium on a real server; where it is absent, that is said aloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from page_servers import INSTALL, find_chromium, launch, serving
from page_visitors import Visitor
from page_worlds import CHURN, PageWorld, in_seconds
from playwright.sync_api import Browser, BrowserContext, sync_playwright


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """
    Start the system's Chromium.

    For one module: while playwright runs, its event loop stands in this thread,
    and no other module's tests could start one of their own.
    """
    found = find_chromium()
    if found is None:
        pytest.skip(INSTALL)
    with sync_playwright() as started:
        browser = launch(started, found)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Open pages, each in a profile of its own."""
    contexts: list[BrowserContext] = []

    def make(base: str, **options: Any) -> Visitor:  # noqa: ANN401 - as playwright has it
        contexts.append(chromium.new_context(base_url=base, **options))
        return Visitor.of(contexts[-1], base)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def serve() -> Iterator[Callable[[PageWorld], str]]:
    """Serve worlds until the test ends."""
    with ExitStack() as running:
        yield lambda world: running.enter_context(serving(world.site))


@pytest.fixture(scope="session")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a world with an open incident, for pages that are only looked at."""
    made = PageWorld(tmp_path_factory.mktemp("sick") / "world")
    made.pass_days(50)
    made.break_feed(CHURN, in_seconds, "Meter talk time in seconds", "uma")
    made.pass_days(5)
    made.look()
    with serving(made.site) as base:
        yield base


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    """Give one model that is well."""
    made = PageWorld(tmp_path / "world")
    made.pass_days(50)
    return made
