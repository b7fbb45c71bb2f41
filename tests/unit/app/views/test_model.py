"""A model's page: who answers, what was claimed, how it went, what it is made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from incident_worlds import GUILTY, MODEL, NOON, ONSET_AT
from page_desks import PageDesk

from modelowners.app.card import Claim
from modelowners.app.views.model import ModelPage, show_model
from modelowners.ledger.changes import ChangeKind, Source

if TYPE_CHECKING:
    import pytest

BARE = """\
version: 1
people: {ana: {email: ana@acme.example}}
owns:
  model:eta: {owner: ana}
"""


def show(desk: PageDesk) -> ModelPage:
    return show_model(desk.program(), desk.site.readings, MODEL)


def test_who_answers_and_why(desk: PageDesk) -> None:
    page = show(desk)
    roles = {role.name: role for role in page.roles}
    assert roles["Accountable"].person == "ana"
    assert roles["Accountable"].why
    assert page.owner == "risk"
    assert page.declared.startswith("modelowners.yaml:")
    assert page.runbook == "docs/eta.md"
    assert page.escalation is not None


def test_a_sick_model_says_its_incident(desk: PageDesk) -> None:
    page = show(desk)
    assert page.standing.word == "hurt"
    assert page.sentence.startswith("eta has been wrong more often")
    assert [line.id for line in page.incidents] == ["INC-1"]


def test_a_healthy_one_says_until_when(quiet: PageDesk) -> None:
    page = show(quiet.still())
    assert page.standing.word == "well"
    assert page.sentence == "Nothing of it is worse up to 6 Mar 2026; ana is asked now."


def test_the_metric_shows_changes_and_incidents(desk: PageDesk) -> None:
    desk.world.clock.at = NOON
    page = show(desk)
    assert page.metric is not None
    assert page.drift is not None
    assert page.moved[0].title == "temp before and after"
    assert len(page.moved) == 1, "columns that hardly moved are not drawn"


def test_changes_of_what_it_is_made_from_are_listed(desk: PageDesk) -> None:
    (line,) = show(desk).changes
    assert (line.id, line.asset, line.who) == (GUILTY.id, "dataset:weather", "di")


def test_decisions_are_kept_apart(desk: PageDesk) -> None:
    decision = replace(
        GUILTY,
        kind=ChangeKind.DECISION,
        asset=MODEL,
        what="Log loss, because ranks are not read",
        source=Source("record", "cli", "d1"),
        occurred_at=ONSET_AT,
    )
    desk.world.ledger.append([decision])
    page = show(desk)
    assert [line.what for line in page.decisions] == [decision.what]
    assert decision.id not in {line.id for line in page.changes}


def test_lineage_names_owners_and_the_guilty(desk: PageDesk) -> None:
    page = show(desk)
    assert page.lineage is not None
    rows = {row[0]: row[3] for row in page.lineage.wide.table.rows}
    assert rows == {
        "dataset:weather": "feeds",
        "dataset:fleet": "fleet",
        "model:eta": "risk",
    }
    assert "guilty" in page.lineage.wide.svg


def test_claims_stand_beside_their_verdicts(
    desk: PageDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = (
        Claim(name="loss", kind="claim", verdict="fail", expected="< 1", found="2"),
        Claim(
            name="age",
            kind="claim",
            verdict="pass",
            expected="< 1",
            found="0",
            where={"vendor": "2"},
            since=NOON,
        ),
        Claim(name="x", kind="claim", verdict="skip", expected="", found="no labels"),
    )
    monkeypatch.setattr(desk.site.readings, "claims", lambda *rest: claims)
    page = show(desk)
    told = [(c.name, c.verdict, c.where) for c in page.claims]
    assert told == [
        ("loss", "broken", ""),
        ("age", "holds", "vendor 2"),
        ("x", "not tested", ""),
    ]
    assert page.claims[1].since is not None


def test_without_a_log_it_says_how_to_declare_one(tmp_path: Path) -> None:
    page = show(PageDesk(tmp_path, BARE).still())
    assert page.standing.word == "no log"
    assert "predictions" in page.silent
    drawn = (page.metric, page.drift, page.lineage, page.segments, page.versions)
    assert drawn == (None,) * 5


def test_a_log_that_cannot_be_read_is_said(quiet: PageDesk) -> None:
    page = show(quiet)
    assert page.standing.word == "not seen"
    assert page.silent in page.sentence


def test_segments_and_versions(desk: PageDesk) -> None:
    page = show(desk)
    assert page.segments is not None
    assert page.segments.rows[0][0] == "origin=JFK"
    assert page.name == "eta"
