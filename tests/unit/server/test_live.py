from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from starlette.requests import Request

from modelowners.app.handling import Request as Act_
from modelowners.app.handling import perform
from modelowners.incidents.incident import Act
from modelowners.server import live as module
from modelowners.server.live import _stamps

if TYPE_CHECKING:
    from page_desks import PageDesk


async def connected() -> dict[str, object]:
    """Tell nothing: the browser is still there."""
    await anyio.sleep(3600)
    return {"type": "http.disconnect"}


def listen(desk: PageDesk, count: int, between: object = None) -> list[str]:
    """Take the first few messages; do something after the first."""

    async def take() -> list[str]:
        request = Request({"type": "http", "headers": []}, connected)
        told = []
        async for message in _stamps(request, desk.site):
            told.append(message)
            if callable(between) and len(told) == 1:
                between()
            if len(told) == count:
                break
        return told

    return anyio.run(take)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.0)


def test_the_stamp_is_told_at_once(desk: PageDesk) -> None:
    assert listen(desk, 1) == [f"data: {desk.site.stamp}\n\n"]


def test_news_are_told(desk: PageDesk) -> None:
    def act() -> None:
        perform(desk.world, Act_(incident="INC-1", actor="cy"), Act.ACK, {})

    first, second = listen(desk, 2, act)
    assert first != second
    assert second == f"data: {desk.site.stamp}\n\n"


def test_without_news_the_connection_is_kept_open(
    desk: PageDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUIET", 2)
    assert listen(desk, 2)[1] == ": still here\n\n"


def test_it_ends_when_the_server_stops(desk: PageDesk) -> None:
    told = listen(desk, 99, desk.site.stopping.set)
    assert len(told) == 1
