"""The answer's nouns."""

from __future__ import annotations

from modelowners.catalog.owners import Duty, Owner, Ownership, Status
from modelowners.core.ids import asset_id
from modelowners.core.time import parse_instant


def ownership(owner: Owner | None) -> Ownership:
    return Ownership(
        asset=asset_id("model:a"),
        at=parse_instant("2026-06-01"),
        status=Status.OWNED if owner else Status.UNOWNED,
        owner=owner,
        declared=None,
        tier=2,
        accountable=Duty(None),
        responder=Duty(None),
    )


def test_only_a_team_is_a_team() -> None:
    assert ownership(Owner("team", "risk")).team == "risk"
    assert ownership(Owner("person", "ana")).team is None
    assert ownership(None).team is None


def test_states_are_the_documented_words() -> None:
    assert {status.value for status in Status} == {
        "owned",
        "owner-inactive",
        "unowned",
        "deliberately-unowned",
        "unknown-before",
    }


def test_what_nobody_verified_is_stale() -> None:
    assert ownership(None).stale
