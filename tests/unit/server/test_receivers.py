"""Posts of other systems: handed to their receiver, never lost quietly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from modelowners.app.wiring import Program
from modelowners.core.errors import StateError
from modelowners.incidents.ports import Reply

if TYPE_CHECKING:
    from page_desks import PageDesk

PATH = "/v1/in/pager"


@dataclass
class Receiver:
    """Keeps what it is given, or fails."""

    taken: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    failure: StateError | None = None

    def accept(self, headers: Mapping[str, str], raw: bytes) -> Reply:
        if self.failure:
            raise self.failure
        self.taken.append((headers, raw))
        return Reply(202, {"kept": "7"}, {"x-receipt": "7"})


@pytest.fixture
def receiver(desk: PageDesk, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    del desk
    made = Receiver()
    monkeypatch.setattr(Program, "receivers", {"pager": made})
    return made


def test_a_post_is_handed_over_as_it_came(desk: PageDesk, receiver: Receiver) -> None:
    sent = {"authorization": "Bearer x", "content-type": "application/json"}
    answer = desk.client.ask("POST", PATH, headers=sent, body=b'{"a": 1}')
    assert answer.status == 202
    assert answer.json() == {"kept": "7"}
    assert answer.headers["x-receipt"] == "7"
    ((headers, raw),) = receiver.taken
    assert raw == b'{"a": 1}'
    assert headers["authorization"] == "Bearer x"
    assert desk.site.turns._woken.is_set(), "the loop looks soon"


def test_what_cannot_be_kept_is_to_be_sent_again(
    desk: PageDesk, receiver: Receiver
) -> None:
    receiver.failure = StateError(place="x", why="the disk is full", remedy="Free some")
    answer = desk.client.ask("POST", PATH, body=b"{}")
    assert answer.status == 503
    assert answer.headers["retry-after"]
    assert not desk.site.turns._woken.is_set()


def test_nobody_listens_there(desk: PageDesk, receiver: Receiver) -> None:
    del receiver
    answer = desk.client.ask("POST", "/v1/in/nobody", body=b"{}")
    assert answer.status == 404


def test_it_cannot_be_read_from(desk: PageDesk, receiver: Receiver) -> None:
    assert desk.client.get(PATH).status == 405
    assert receiver.taken == []
