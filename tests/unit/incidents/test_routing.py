"""Routing: to the owner of the cause, where it is sure enough whose that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import FLEET, WEATHER, cause

from modelowners.diagnosis.causes import Cause, CauseKind
from modelowners.incidents.routing import (
    AHEAD,
    SURE,
    Candidate,
    Rule,
    candidates,
    route,
    route_on,
)
from modelowners.incidents.tenures import Holder

ETA = Holder("risk", "ana")
FEEDS = Holder("feeds", "cy")
FLEETERS = Holder("fleet", "fay")


def feeds(probability: float, **fields: object) -> Cause:
    return cause(probability, **fields)  # type: ignore[arg-type]  # by name


def fleet(probability: float) -> Cause:
    return cause(probability, team="fleet", person="fay", asset=FLEET)


@pytest.mark.parametrize(
    ("causes", "team", "rule"),
    [
        ([feeds(0.9)], "feeds", Rule.CAUSE_OWNER),
        ([feeds(0.6)], "feeds", Rule.CAUSE_OWNER),
        ([feeds(0.59)], "risk", Rule.SYMPTOM_OWNER),
        ([feeds(0.35), feeds(0.35)], "feeds", Rule.CAUSE_OWNER),
        ([feeds(0.35), fleet(0.25), feeds(0.3)], "feeds", Rule.CAUSE_OWNER),
        ([feeds(0.5), fleet(0.45)], "risk", Rule.SYMPTOM_OWNER),
        ([feeds(0.65), fleet(0.5)], "risk", Rule.SYMPTOM_OWNER),
        ([feeds(0.7), fleet(0.5)], "feeds", Rule.CAUSE_OWNER),
        ([feeds(0.9, kind=CauseKind.COVARIATE_SHIFT)], "risk", Rule.SYMPTOM_OWNER),
        ([feeds(0.9, kind=CauseKind.CONCEPT_SHIFT)], "risk", Rule.SYMPTOM_OWNER),
        ([feeds(0.9, kind=CauseKind.UNKNOWN)], "risk", Rule.SYMPTOM_OWNER),
        ([feeds(0.9, team=None, person=None)], "risk", Rule.UNOWNED_CAUSE),
        ([], "risk", Rule.SYMPTOM_OWNER),
    ],
)
def test_the_table(causes: list[Cause], team: str, rule: Rule) -> None:
    decided = route(causes, symptom=ETA)
    assert (decided.to.team, decided.rule) == (team, rule)


def test_the_symptoms_owner_is_told_when_another_is_paged() -> None:
    assert route([feeds(0.9)], symptom=ETA).notes == (ETA,)


def test_nobody_is_told_twice_where_cause_and_symptom_have_one_owner() -> None:
    own = cause(0.9, team="risk", person="ana")
    decided = route([own], symptom=ETA)
    assert (decided.to, decided.notes) == (ETA, ())


def test_candidates_are_told_when_it_is_not_sure() -> None:
    assert route([feeds(0.5), fleet(0.45)], symptom=ETA).notes == (FEEDS, FLEETERS)


def test_the_decision_keeps_its_probability_and_candidates() -> None:
    decided = route([feeds(0.35), feeds(0.35), fleet(0.1)], symptom=ETA)
    assert decided.probability == pytest.approx(0.7)
    assert decided.candidates[0].plain() == {
        "team": "feeds",
        "person": "cy",
        "probability": 0.7,
    }


def test_a_refuser_never_receives_it_again_and_is_not_copied() -> None:
    decided = route([feeds(0.9)], symptom=ETA, refused={"team:feeds"})
    assert (decided.to, decided.notes) == (ETA, ())


def test_what_a_refuser_had_does_not_make_the_next_look_surer() -> None:
    decided = route([feeds(0.6), fleet(0.35)], symptom=ETA, refused={"team:feeds"})
    assert decided.to == ETA


owners = st.sampled_from(
    [("feeds", "cy"), ("fleet", "fay"), (None, "di"), (None, None)]
)
shares = st.lists(st.tuples(owners, st.floats(0, 1)), max_size=6)


@st.composite
def rankings(draw: st.DrawFn) -> list[Cause]:
    found = draw(shares)
    total = sum(p for _, p in found) or 1.0
    scale = draw(st.floats(0.1, 1)) / max(total, 1.0)
    return [
        cause(p * scale, team=team, person=person, asset=WEATHER)
        for (team, person), p in found
    ]


@given(rankings(), st.sets(st.sampled_from(["team:feeds", "team:fleet", "person:di"])))
def test_laws_of_routing(causes: list[Cause], refused: set[str]) -> None:
    decided = route(causes, symptom=ETA, refused=refused)
    assert decided.to.known
    assert decided.to.key not in refused
    assert not {holder.key for holder in decided.notes} & refused
    if decided.rule is Rule.CAUSE_OWNER:
        assert decided.probability is not None
        assert decided.probability >= SURE - 1e-6
        others = [
            c.probability for c in decided.candidates if c.holder.key != decided.to.key
        ]
        assert all(decided.probability - p >= AHEAD - 1e-6 for p in others)
    total = sum(c.probability for c in candidates(causes))
    known = [c for c in causes if c.owner.team or c.owner.person]
    assert total == pytest.approx(sum(c.probability for c in known))


@given(st.permutations([feeds(0.3), fleet(0.2), feeds(0.25)]))
def test_the_order_of_causes_does_not_change_the_owner(causes: list[Cause]) -> None:
    assert candidates(causes)[0].holder == FEEDS
    assert route(causes, symptom=ETA).to == ETA


RANKED = [Candidate(FEEDS, 0.7), Candidate(FLEETERS, 0.2)]


def test_a_refusal_goes_to_the_next_candidate_then_to_the_symptoms_owner() -> None:
    first = route_on(RANKED, symptom=ETA, refused={"team:feeds"})
    assert first is not None
    assert (first.to, first.rule) == (FLEETERS, Rule.NEXT_CANDIDATE)
    second = route_on(RANKED, symptom=ETA, refused={"team:feeds", "team:fleet"})
    assert second is not None
    assert (second.to, second.rule) == (ETA, Rule.SYMPTOM_OWNER)


def test_after_two_refusals_a_manager_decides() -> None:
    boss = Holder(None, "eli")
    refused = {"team:feeds", "team:fleet"}
    decided = route_on(RANKED, symptom=ETA, refused=refused, arbiters=[boss])
    assert decided is not None
    assert (decided.to, decided.rule) == (boss, Rule.AFTER_TWO_TOSSES)


def test_a_manager_who_refused_is_passed_over() -> None:
    refused = {"team:feeds", "team:fleet", "person:eli"}
    arbiters = [Holder(None, "eli"), Holder(None, "ana")]
    decided = route_on(RANKED, symptom=ETA, refused=refused, arbiters=arbiters)
    assert decided is not None
    assert decided.to.person == "ana"


def test_when_everyone_refused_nobody_is_left() -> None:
    refused = {"team:feeds", "team:fleet", "team:risk"}
    assert route_on(RANKED, symptom=ETA, refused=refused) is None
