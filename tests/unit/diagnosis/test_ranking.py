from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.ids import AssetId
from modelowners.core.time import Onset, parse_instant
from modelowners.diagnosis.attribution import Place
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.hypotheses import Hypothesis
from modelowners.diagnosis.matching import Match
from modelowners.diagnosis.ranking import (
    UNKNOWN_SHARE,
    load_weights,
    rank,
    score,
)
from modelowners.ledger.changes import Change, ChangeKind, Source

AT = parse_instant("2026-06-10")
PLACE = Place(asset=AssetId("dataset:weather"), level="source", why="", sure=1.0)
CHANGE = Change(
    kind=ChangeKind.CODE,
    asset=PLACE.asset,
    what="convert",
    source=Source("git", "feeds", "1"),
    recorded_at=AT,
    occurred_at=AT,
)
KINDS = [kind for kind in CauseKind if kind is not CauseKind.UNKNOWN]
unit = st.floats(0.0, 1.0)


def ledger(fit: float) -> Match:
    return Match(CHANGE, fit, timedelta(0), names_column=False)


@st.composite
def hypotheses(draw: st.DrawFn, column: str = "x") -> Hypothesis:
    lead = Suspect(
        kind=draw(st.sampled_from(KINDS)),
        columns=(column,),
        onset=Onset(AT, AT, AT),
        strength=draw(unit),
        size=draw(st.floats(0.0, 50.0)),
    )
    fit = draw(st.none() | unit)
    return Hypothesis(
        lead=lead,
        members=(lead,),
        place=PLACE,
        share=draw(st.none() | unit),
        match=None if fit is None else ledger(fit),
        counter=draw(unit),
        time=draw(unit),
    )


@st.composite
def stories(draw: st.DrawFn) -> list[Hypothesis]:
    """One to five rival stories, each about a column of its own."""
    return [draw(hypotheses(f"c{i}")) for i in range(draw(st.integers(1, 5)))]


def probability(ranked: list[Hypothesis], column: str) -> float:
    return next(h.probability for h in ranked if h.columns == (column,))


def better(one: Hypothesis, figure: str, by: float) -> Hypothesis:
    """Give the same story with more of one figure that speaks for it."""
    match figure:
        case "strength":
            more = min(one.lead.strength + by, 1.0)
            return replace(one, lead=replace(one.lead, strength=more))
        case "size":
            return replace(one, lead=replace(one.lead, size=one.lead.size + 10 * by))
        case "share":
            known = UNKNOWN_SHARE if one.share is None else one.share
            return replace(one, share=min(known + by, 1.0))
        case "ledger":
            fit = one.match.fit if one.match is not None else 0.0
            return replace(one, match=ledger(min(fit + by, 1.0)))
        case "time":
            return replace(one, time=min(one.time + by, 1.0))
        case _:
            return replace(one, counter=max(one.counter - by, 0.0))


@pytest.mark.parametrize(
    "figure", ["strength", "size", "share", "ledger", "time", "counter"]
)
@given(rivals=stories(), by=unit)
def test_what_speaks_for_a_story_never_makes_it_less_likely(
    figure: str, rivals: list[Hypothesis], by: float
) -> None:
    before = rank(rivals)
    after = rank([better(rivals[0], figure, by), *rivals[1:]])
    assert probability(after, "c0") >= probability(before, "c0") - 1e-12
    for rival in rivals[1:]:
        (column,) = rival.columns
        assert probability(after, column) <= probability(before, column) + 1e-12


@given(rivals=stories())
def test_probabilities_leave_room_for_the_unknown(rivals: list[Hypothesis]) -> None:
    found = [h.probability for h in rank(rivals)]
    assert all(0 <= p <= 1 for p in found)
    assert sum(found) < 1 + 1e-12
    assert found == sorted(found, reverse=True)


@given(rivals=stories(), data=st.data())
def test_the_order_of_asking_changes_nothing(
    rivals: list[Hypothesis], data: st.DataObject
) -> None:
    other = rank(data.draw(st.permutations(rivals)))
    for one in rank(rivals):
        found = probability(other, one.columns[0])
        assert found == pytest.approx(one.probability, abs=1e-12)


@given(rivals=stories(), other=hypotheses("other"))
def test_one_more_story_makes_no_other_likelier(
    rivals: list[Hypothesis], other: Hypothesis
) -> None:
    alone, beside = rank(rivals), rank([*rivals, other])
    for one in alone:
        assert probability(beside, one.columns[0]) <= one.probability + 1e-12


@given(one=hypotheses())
def test_a_score_is_log_odds_against_the_unknown(one: Hypothesis) -> None:
    (found,) = rank([one])
    weights = load_weights()
    assert found.score == score(one, weights)
    assert (found.probability > 0.5) == (found.score > weights.unknown)


def test_nothing_is_ranked_as_nothing() -> None:
    assert rank([]) == []


def certain(
    kind: CauseKind,
    *,
    share: float | None = None,
    counter: float = 0.0,
    time: float = 1.0,
) -> Hypothesis:
    lead = Suspect(
        kind=kind, columns=("x",), onset=Onset(AT, AT, AT), strength=1.0, size=20.0
    )
    return Hypothesis(
        lead=lead,
        members=(lead,),
        place=PLACE,
        share=share,
        counter=counter,
        time=time,
    )


def test_a_proof_that_explains_the_harm_is_nearly_sure_and_its_refutation_is_not() -> (
    None
):
    (sure,) = rank([certain(CauseKind.OFFSET, share=1.0)])
    assert sure.probability > 0.95
    (refuted,) = rank([certain(CauseKind.OFFSET, share=0.0, counter=1.0, time=0.0)])
    assert refuted.probability < 0.5


def test_at_equal_proof_the_world_comes_after_a_broken_input() -> None:
    weights = load_weights()
    broken = score(certain(CauseKind.MISSING_VALUES), weights)
    assert score(certain(CauseKind.CONCEPT_SHIFT), weights) < broken
    assert score(certain(CauseKind.COVARIATE_SHIFT), weights) < broken


def test_equals_stand_in_a_fixed_order() -> None:
    twins = [
        replace(certain(CauseKind.OFFSET), place=replace(PLACE, asset=AssetId(name)))
        for name in ("dataset:b", "dataset:a")
    ]
    assert [h.place.asset for h in rank(twins)] == ["dataset:a", "dataset:b"]


def test_the_weights_name_kinds_that_exist_and_keep_their_signs() -> None:
    weights = load_weights()
    assert set(weights.prior) <= {kind.value for kind in CauseKind}
    falling = {"counter", "intercept"}
    for name, weight in weights.weights.items():
        assert (weight < 0) == (name in falling), name
