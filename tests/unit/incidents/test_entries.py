"""Entries: numbered, folded in, and turned into notices for the right people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import GUILTY, NOON, OWNERSHIP, cause, read_catalog, sighting

from modelowners.catalog.files import Catalog
from modelowners.core.ids import IncidentId
from modelowners.incidents import assemble, open_incident
from modelowners.incidents.entries import Commit, Entry, Tell
from modelowners.incidents.events import Draft
from modelowners.incidents.incident import Incident
from modelowners.incidents.notices import NoticeKind, address_book
from modelowners.incidents.refusals import NoHistory, OutOfOrder
from modelowners.incidents.tenures import Holder

INC = IncidentId("INC-4")
FEEDS = Holder("feeds", "cy")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return read_catalog(tmp_path)


def made(catalog: Catalog, *entries: Entry, before: Incident | None = None) -> Commit:
    book = address_book(catalog.organisation, sinks=("console", "file", "email"))
    return assemble(before, entries, incident=INC, book=book, at=NOON)


def opening(catalog: Catalog) -> tuple[Entry, ...]:
    seen = sighting(catalog, cause(0.9, change=GUILTY), changes=[GUILTY])
    return open_incident(seen)


def noted(*tells: Tell, at: timedelta = timedelta(0)) -> Entry:
    return Entry(Draft(kind="noted", occurred_at=NOON + at, key="k"), tells)


def test_events_are_numbered_without_gaps(catalog: Catalog) -> None:
    first = made(catalog, *opening(catalog))
    assert [event.n for event in first.events] == [1, 2, 3, 4]
    assert first.expected == 0
    second = made(catalog, noted(), before=first.after)
    assert [event.n for event in second.events] == [5]
    assert (second.expected, second.after.revision) == (4, 5)


def test_a_key_is_bound_to_the_revision_it_was_decided_on(catalog: Catalog) -> None:
    first = made(catalog, *opening(catalog))
    second = made(catalog, noted(), before=first.after)
    third = made(catalog, noted(), before=second.after)
    assert second.events[0].key != third.events[0].key
    assert made(catalog, noted(), before=first.after).events == second.events


def test_a_packet_is_made_where_the_holder_changes(catalog: Catalog) -> None:
    first = made(catalog, *opening(catalog))
    assert first.packet is not None
    assert made(catalog, noted(), before=first.after).packet is None


def test_a_first_entry_must_open(catalog: Catalog) -> None:
    with pytest.raises(NoHistory):
        made(catalog, noted())


@pytest.mark.parametrize(("minutes", "refused"), [(5, False), (6, True)])
def test_the_future_is_refused(catalog: Catalog, minutes: int, refused: bool) -> None:
    first = made(catalog, *opening(catalog))
    late = noted(at=timedelta(minutes=minutes))
    if not refused:
        assert made(catalog, late, before=first.after).events
        return
    with pytest.raises(OutOfOrder, match="future"):
        made(catalog, late, before=first.after)


def test_a_page_tells_what_why_and_what_to_type(catalog: Catalog) -> None:
    first = made(catalog, *opening(catalog))
    page = Tell(FEEDS, "di", NoticeKind.PAGE, "You are asked as oncall")
    (mail, _) = made(catalog, noted(page), before=first.after).deliveries
    assert str(mail.address) == "email:di@acme.example"
    assert mail.notice.to == "di (feeds)"
    assert mail.notice.title == f"INC-4 sev3: {first.after.headline}"
    assert mail.notice.lines == (
        "You are asked as oncall",
        "Began between 2026-06-08T05:00:00Z and 2026-06-08T07:00:00Z",
        "- values fit 0.5556 x - 17.78",
        f"Change {GUILTY.id}: Switch to the metric feed",
        "See: modelowners incident show INC-4",
        "Take it: modelowners incident ack INC-4",
        "Not yours: modelowners incident not-mine INC-4 --reason WHY",
    )


def test_a_note_asks_for_nothing(catalog: Catalog) -> None:
    first = made(catalog, *opening(catalog))
    note = Tell(FEEDS, None, NoticeKind.NOTE, "For your information")
    lines = made(catalog, noted(note), before=first.after).deliveries[0].notice.lines
    assert lines[-1] == "See: modelowners incident show INC-4"


def test_one_address_hears_of_an_event_once(catalog: Catalog) -> None:
    first = made(catalog, *opening(catalog))
    tell = Tell(FEEDS, None, NoticeKind.NOTE, "x")
    found = made(catalog, noted(tell, tell), before=first.after).deliveries
    assert len({delivery.address for delivery in found}) == len(found) == 2


def test_who_cannot_be_told_for_want_of_a_sink_is_said(tmp_path: Path) -> None:
    text = OWNERSHIP.replace('"file:feeds.jsonl"', '"slack:#feeds"')
    catalog = read_catalog(tmp_path, text)
    first = made(catalog, *opening(catalog))
    tell = Tell(FEEDS, None, NoticeKind.NOTE, "x")
    (mail,) = made(catalog, noted(tell), before=first.after).deliveries
    assert mail.notice.lines[-1] == "Not told, for want of such a sink: slack"
