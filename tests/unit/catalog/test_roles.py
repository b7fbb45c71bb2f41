"""Roles: exactly one accountable person, and a reason for every skip."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from modelowners.catalog.files import Catalog
from modelowners.catalog.owners import Status
from modelowners.catalog.roles import (
    Chain,
    change_points,
    circular_plans,
    falls_back,
    resolve,
)
from modelowners.core.ids import asset_id
from modelowners.core.time import parse_instant

Load = Callable[[str], Catalog]
FRAUD = asset_id("model:risk/fraud")


def test_the_examples_answer_is_the_documented_one(
    catalog_of: Load, example: str
) -> None:
    found = resolve(catalog_of(example), FRAUD, parse_instant("2026-12-21T09:00Z"))
    assert (found.status, found.tier, found.team) == (Status.OWNED, 1, "risk-ml")
    cover = parse_instant("2026-12-24T17:00Z")
    assert (found.accountable.person, found.accountable.until) == ("bo", cover)
    assert found.accountable.why == (
        "lead ana away through 2027-01-03",
        "asset deputy bo",
    )
    assert (found.responder.person, found.responder.until) == ("bo", cover)
    assert found.responder.why == ("shift 7 of segment 2026-11-02",)
    assert found.consult == ("feeds",)
    assert [(s.after, s.role, s.person) for s in found.escalation] == [
        (timedelta(0), "oncall", "bo"),
        (timedelta(minutes=15), "lead", "bo"),
        (timedelta(minutes=45), "ml oncall", "eli"),
        (timedelta(minutes=60), "ml lead", "eli"),
    ]
    assert found.verified_on == parse_instant("2026-09-01")
    assert found.stale


@pytest.mark.parametrize(
    ("at", "accountable", "responder", "why"),
    [
        ("2026-11-24T12:00Z", "ana", "bo", "shift 3 of segment 2026-11-02"),
        (
            "2026-12-20T12:00Z",
            "bo",
            "bo",
            "shift 6 of segment 2026-11-02: ana away through 2027-01-03",
        ),
        (
            "2026-12-25T12:00Z",
            "cy",
            "cy",
            "shift 7 of segment 2026-11-02: bo, covered by cy",
        ),
        ("2027-01-04T08:59Z", "ana", "ana", "shift 8 of segment 2026-11-02"),
        ("2027-01-04T09:00Z", "ana", "bo", "shift 0 of segment 2027-01-04"),
        ("2026-10-01T12:00Z", "ana", "ana", "no rotation yet"),
    ],
)
def test_shifts_leave_and_cover(
    catalog_of: Load,
    example: str,
    at: str,
    accountable: str,
    responder: str,
    why: str,
) -> None:
    found = resolve(catalog_of(example), FRAUD, parse_instant(at))
    assert found.accountable.person == accountable
    assert found.responder.person == responder
    assert found.responder.why[0] == why


WORLD = """\
version: 1
people:
  ana: {email: a@x.example, manager: eli}
  bo: {email: b@x.example}
  eli: {email: e@x.example, manager: flo}
  flo: {email: f@x.example, manager: ana}
  gus: {email: g@x.example}
teams:
  top: {lead: gus}
  mid: {lead: eli, parent: top}
  low: {lead: ana, deputy: bo, parent: mid}
  solo: {lead: ana, escalate: [lead, 10m, deputy, 20m, manager, bo]}
owns:
  model:low: {owner: low, deputy: flo}
  model:solo: {owner: solo}
  model:own: {owner: ana, deputy: bo}
  model:free: {owner: none, reason: x}
  "model:tier*": {tier: 1}
"""


def away(text: str, *people: str) -> str:
    entries = ", ".join(
        f"{{who: {who}, from: 2026-01-01, through: 2026-12-31}}" for who in people
    )
    return f"{text}calendar: {{away: [{entries}]}}\n"


@pytest.mark.parametrize(
    ("asset", "gone", "person"),
    [
        ("model:low", (), "ana"),
        ("model:low", ("ana",), "flo"),
        ("model:low", ("ana", "flo"), "bo"),
        ("model:low", ("ana", "flo", "bo"), "eli"),
        ("model:low", ("ana", "flo", "bo", "eli"), "gus"),
        ("model:low", ("ana", "flo", "bo", "eli", "gus"), None),
        ("model:solo", ("ana",), "eli"),
        ("model:solo", ("ana", "eli"), "flo"),
        ("model:own", ("ana",), "bo"),
        ("model:own", ("ana", "bo"), "eli"),
    ],
)
def test_candidates_come_in_order(
    catalog_of: Load, asset: str, gone: tuple[str, ...], person: str | None
) -> None:
    catalog = catalog_of(away(WORLD, *gone))
    found = resolve(catalog, asset_id(asset), parse_instant("2026-06-01"))
    assert found.accountable.person == person
    skipped = [why for why in found.accountable.why if "away" in why]
    assert len(skipped) == len(gone)
    expected = Status.OWNED if person else Status.OWNER_INACTIVE
    assert found.status is expected
    if person is None:
        assert found.escalation == ()


def test_a_role_nobody_fills_is_dropped_with_the_wait_after_it(
    catalog_of: Load,
) -> None:
    found = resolve(
        catalog_of(WORLD), asset_id("model:solo"), parse_instant("2026-06-01")
    )
    assert [(s.after.seconds // 60, s.role, s.person) for s in found.escalation] == [
        (0, "lead", "ana"),
        (10, "manager", "eli"),
        (10, "bo", "bo"),
    ]


def test_no_owner_is_said_as_what_it_is(catalog_of: Load) -> None:
    catalog, at = catalog_of(WORLD), parse_instant("2026-06-01")
    free = resolve(catalog, asset_id("model:free"), at)
    unknown = resolve(catalog, asset_id("model:tiers"), at)
    assert (free.status, free.owner) == (Status.DELIBERATELY_UNOWNED, None)
    assert (unknown.status, unknown.tier) == (Status.UNOWNED, 1)
    assert (unknown.accountable.person, unknown.escalation) == (None, ())


def test_an_owner_who_left_is_inactive_though_the_deputy_answers(
    catalog_of: Load,
) -> None:
    catalog = catalog_of(
        WORLD.replace("manager: eli}", "manager: eli, left: 2026-05-01}")
    )
    before = resolve(catalog, asset_id("model:low"), parse_instant("2026-04-30"))
    after = resolve(catalog, asset_id("model:low"), parse_instant("2026-05-01"))
    assert (before.status, before.accountable.person) == (Status.OWNED, "ana")
    assert before.accountable.until == parse_instant("2026-05-01")
    assert (after.status, after.accountable.person) == (Status.OWNER_INACTIVE, "flo")
    assert after.accountable.why[0] == "lead ana left 2026-05-01"


def test_plans_that_lead_back_are_cut_and_named(catalog_of: Load) -> None:
    catalog = catalog_of("""\
version: 1
people: {ana: {email: a@x.example}, bo: {email: b@x.example}}
teams:
  one: {lead: ana, escalate: [lead, 5m, team:two]}
  two: {lead: bo, escalate: [lead, 5m, team:one]}
  end: {lead: bo, escalate: [team:one]}
owns: {model:a: {owner: one}, model:e: {owner: end}}
""")
    assert circular_plans(catalog.organisation) == ("one", "two")
    found = resolve(catalog, asset_id("model:e"), parse_instant("2026-06-01"))
    assert [(s.role, s.person) for s in found.escalation] == [
        ("one lead", "ana"),
        ("two lead", "bo"),
    ]


def test_change_points_are_inside_and_ordered(catalog_of: Load, example: str) -> None:
    org = catalog_of(example).organisation
    chain = Chain("team", "risk-ml", "bo")
    start, end = parse_instant("2026-12-15"), parse_instant("2027-01-05")
    found = list(change_points(org, chain, start, end))
    assert [f"{at:%m-%dT%H}" for at in found] == [
        "12-19T23", "12-21T09", "12-24T17", "12-26T08", "12-28T09",
        "01-03T23", "01-04T09",
    ]  # fmt: skip
    assert falls_back(org, chain, parse_instant("2026-12-20"))
    assert not falls_back(org, chain, parse_instant("2026-12-25T12:00Z"))
    assert not falls_back(org, Chain("person", "ana"), parse_instant("2026-12-25"))
