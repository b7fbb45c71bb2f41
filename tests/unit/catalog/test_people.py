"""People, teams and calendar: who can be reached when, and every refusal's place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from modelowners.catalog.files import Catalog
from modelowners.core.time import parse_instant

Problems = Callable[[str], list[str]]
Load = Callable[[str], Catalog]

PEOPLE = "version: 1\npeople:\n  ana: {email: ana@x.example, tz: Europe/Madrid}\n"

MARK = "▸"
"""Stands in a text where its problem is expected to be."""

REFUSALS = [
    ("people: ▸[ana]", "MO004 error expected a mapping, found a list"),
    ("people: {ana: ▸3}", 'MO004 error expected a mapping, found "3"'),
    (
        "people: {ana: {▸mail: x}}",
        'MO003 error unknown key "mail"; did you mean "email"?',
    ),
    (
        "people: {ana: {email: ▸ana}}",
        'MO004 error expected an e-mail address, found "ana"',
    ),
    ("people: {ana: {email: [a@x, ▸{b: c}]}}", "MO004 error expected text, found a"),
    ("people: {ana: {tz: ▸Madrid}}", 'MO104 error unknown time zone "Madrid"'),
    (
        "people: {ana: {active: ▸yes}}",
        'MO004 error expected true or false, found "yes"',
    ),
    ("people: {ana: {left: ▸soon}}", "MO004 error expected a date or time"),
    ("people: {ana: {manager: ▸bo}}", 'MO102 error unknown person "bo"'),
    ("teams: {t: ▸{members: []}}", 'MO004 error team "t" has no lead'),
    ("teams: {t: {lead: ▸bo}}", 'MO102 error unknown person "bo"'),
]

TEAM_REFUSALS = [
    ("notify: [▸slack]", "MO004 error expected a sink such as"),
    ("hours: ▸9-17", "MO004 error expected hours such as Mon-Fri 09:00-18:00"),
    ("hours: ▸Mon-Fri 18:00-09:00", "MO004 error hours end before they start"),
    ("hours: ▸Mon-Fri 09:00-24:30", "MO004 error expected a time such as 09:00"),
    ("parent: ▸u", 'MO102 error unknown team "u"'),
    ("oncall: ▸{ics: x}", "MO004 error expected a list of segments"),
    ("oncall: [▸{every: 1w, order: [ana]}]", "MO004 error a segment without from:"),
    (
        "oncall: [{from: 2026-01-01, every: ▸1m, order: [ana]}]",
        "MO004 error expected a length such as 1w or 3d",
    ),
    (
        "oncall: [{from: 2026-01-01, every: 1w, order: ▸[]}]",
        "MO004 error an empty order",
    ),
    (
        "oncall: [{from: 2026-01-01, every: 1w, order: [▸bo]}]",
        'MO102 error unknown person "bo"',
    ),
    (
        (
            "oncall: [{from: 2026-01-01, every: 1w, order: ana}, "
            "▸{from: 2026-01-01, every: 1w, order: ana}]"
        ),
        "MO004 error this segment does not start after the one before it",
    ),
    ("escalate: [▸boss]", 'MO102 error unknown target "boss"'),
    ("escalate: [▸team:u]", 'MO102 error unknown team "u"'),
    ("escalate: ▸[]", "MO004 error an empty plan"),
]

CALENDAR_REFUSALS = [
    ("away: ▸{who: ana}", "MO004 error expected a list of entries"),
    (
        "away: [▸{from: 2026-01-01, to: 2026-01-02}]",
        "MO004 error an entry without who:",
    ),
    (
        "away: [{who: ▸bo, from: 2026-01-01, to: 2026-01-02}]",
        'MO102 error unknown person "bo"',
    ),
    ("away: [▸{who: ana, from: 2026-01-01}]", "MO004 error an entry needs from:"),
    (
        "away: [▸{who: ana, from: 2026-01-01, to: 2026-01-02, through: 2026-01-03}]",
        "MO004 error an entry needs from: and one of",
    ),
    (
        "away: [{who: ana, from: 2026-01-02, to: ▸2026-01-01}]",
        "MO004 error it ends before it starts",
    ),
    (
        "away: [{who: ana, from: 2026-01-02, through: ▸2026-01-03 10:00}]",
        "MO004 error expected a day",
    ),
    (
        "cover: [▸{who: ana, from: 2026-01-01, to: 2026-01-02}]",
        "MO004 error a cover without by:",
    ),
    ("▸holidays: []", 'MO003 error unknown key "holidays"'),
]

TEXTS = [
    *[(f"version: 1\n{text}", refusal) for text, refusal in REFUSALS],
    *[
        (f"{PEOPLE}teams:\n  t:\n    lead: ana\n    {text}", refusal)
        for text, refusal in TEAM_REFUSALS
    ],
    *[(f"{PEOPLE}calendar:\n  {text}", refusal) for text, refusal in CALENDAR_REFUSALS],
]


@pytest.mark.parametrize(("text", "refusal"), TEXTS)
def test_every_refusal_names_line_and_column(
    text: str, refusal: str, problems_of: Problems
) -> None:
    before = text[: text.index(MARK)].split("\n")
    problems = problems_of(text.replace(MARK, ""))
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"{len(before)}:{len(before[-1]) + 1} {refusal}")


def test_leave_is_in_the_persons_own_time(catalog_of: Load, example: str) -> None:
    org = catalog_of(example).organisation
    first, last = parse_instant("2026-12-19T23:00Z"), parse_instant("2027-01-03T23:00Z")
    tick = timedelta(seconds=1)
    assert org.unavailable("ana", first - tick) is None
    assert org.unavailable("ana", first) == "away through 2027-01-03"
    assert org.unavailable("ana", last - tick) == "away through 2027-01-03"
    assert org.unavailable("ana", last) is None
    assert org.bounds("ana") == {first, last}


def test_a_cover_holds_only_while_the_coverer_is_there(
    catalog_of: Load, example: str
) -> None:
    at = parse_instant("2026-12-25T12:00Z")
    assert catalog_of(example).organisation.cover("bo", at) == "cy"
    both = example.replace(
        "through: 2027-01-03}]",
        "through: 2027-01-03}, {who: cy, from: 2026-12-25, through: 2026-12-25}]",
    )
    assert catalog_of(both).organisation.cover("bo", at) is None


def test_who_left_or_is_not_active_is_gone(catalog_of: Load) -> None:
    org = catalog_of(
        "version: 1\npeople:\n"
        "  flo: {email: f@x.example, left: 2026-10-31, tz: Europe/Oslo}\n"
        "  gus: {email: g@x.example, active: false}\n"
    ).organisation
    left = parse_instant("2026-10-30T23:00Z")
    assert not org.people["flo"].is_gone(left - timedelta(seconds=1))
    assert org.people["flo"].is_gone(left)
    assert org.unavailable("flo", left) == "left 2026-10-31"
    assert org.bounds("flo") == {left}
    assert org.unavailable("gus", left) == "is not active"


def test_one_address_or_many(catalog_of: Load, example: str) -> None:
    people = catalog_of(example).people
    assert people["ana"].email == ("ana@acme.example",)
    assert people["cy"].email == ("cy@acme.example", "cy@old.example")


def test_a_team_without_a_zone_keeps_its_leads_time(catalog_of: Load) -> None:
    text = (
        f"{PEOPLE}teams:\n  one: {{lead: ana}}\n  two: {{lead: ana, tz: Asia/Tokyo}}\n"
    )
    zones = {name: str(team.tz) for name, team in catalog_of(text).teams.items()}
    assert zones == {"one": "Europe/Madrid", "two": "Asia/Tokyo"}
