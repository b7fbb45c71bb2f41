"""What routes share: the ownership file as it is now, who acts, what has changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from incident_worlds import OWNERSHIP

from modelowners.app.handling import Request, perform
from modelowners.catalog.problems import BadCatalog
from modelowners.incidents.incident import Act

if TYPE_CHECKING:
    from page_desks import PageDesk


def rewrite(desk: PageDesk, text: str) -> None:
    place = desk.folder / "modelowners.yaml"
    before = place.stat()
    place.write_text(text, encoding="utf-8")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))


def test_the_file_is_read_once_while_it_stays(desk: PageDesk) -> None:
    assert desk.site.program().catalog is desk.site.program().catalog


def test_an_edit_is_seen_by_the_next_request(desk: PageDesk) -> None:
    assert "zoe" not in desk.site.program().catalog.people
    rewrite(
        desk, OWNERSHIP.replace("people:\n", "people:\n  zoe: {email: z@a.example}\n")
    )
    assert "zoe" in desk.site.program().catalog.people


def test_a_broken_edit_leaves_the_last_good_one(desk: PageDesk) -> None:
    good = desk.site.program().catalog
    rewrite(desk, "version: 1\nowns: [")
    assert desk.site.program().catalog is good
    assert desk.site.trouble
    assert desk.client.get("/health").status == 503
    assert "last good state" in desk.client.get("/owners").text
    rewrite(desk, OWNERSHIP)
    assert desk.site.program().catalog is not good
    assert desk.site.trouble == ""


def test_a_broken_file_at_the_start_refuses(desk: PageDesk) -> None:
    rewrite(desk, "version: 1\nowns: [")
    desk.site._base = None
    with pytest.raises(BadCatalog):
        desk.site.program()


def test_who_acts_is_chosen_else_as_set(desk: PageDesk) -> None:
    assert desk.site.person("bo") == "bo"
    assert desk.site.person("mallory") is None
    assert desk.site.person(None) is None
    assert desk.site.program("bo").acting.person == "bo"


def test_the_stamp_moves_with_events_and_turns(desk: PageDesk) -> None:
    first = desk.site.stamp
    assert first == desk.site.stamp
    perform(desk.world, Request(incident="INC-1", actor="cy"), Act.ACK, {})
    second = desk.site.stamp
    assert second != first


def test_stopping_ends_streams_and_turns(desk: PageDesk) -> None:
    desk.site.stop()
    assert desk.site.stopping.is_set()
    answer = desk.client.get("/live")
    assert (answer.status, answer.body) == (200, b"")
