"""Tenures: always exactly one, tosses told from hand-offs."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import NOON

from modelowners.incidents.tenures import (
    NOBODY,
    TOSSES,
    Holder,
    Reason,
    Tenure,
    hand_over,
)

FIRST = Tenure(holder=Holder("a", "x"), start=NOON, rule="r", by="loop")
moves = st.lists(
    st.tuples(st.integers(-5, 50), st.sampled_from(list(Reason))), max_size=8
)


@given(moves)
def test_hand_overs_leave_neither_gap_nor_overlap(
    steps: list[tuple[int, Reason]],
) -> None:
    tenures: tuple[Tenure, ...] = (FIRST,)
    for number, (minutes, reason) in enumerate(steps):
        start = tenures[-1].start + timedelta(minutes=minutes)
        following = Tenure(
            holder=Holder(f"t{number}", None), start=start, rule="r", by="loop"
        )
        tenures = hand_over(tenures, following, reason=reason.value)
    assert tenures[0].start == NOON
    assert tenures[-1].end is None
    for one, two in itertools.pairwise(tenures):
        assert one.end == two.start
        assert one.reason is not None


def test_a_tenure_of_no_length_vanishes_unless_it_was_refused() -> None:
    following = Tenure(holder=Holder("b", None), start=NOON, rule="r", by="loop")
    assert hand_over((FIRST,), following, reason="load") == (following,)
    kept, now = hand_over((FIRST,), following, reason="not-mine")
    assert kept.tossed
    assert now == following


@pytest.mark.parametrize("reason", list(Reason))
def test_tosses_are_two_reasons(reason: Reason) -> None:
    ended = Tenure(
        holder=NOBODY, start=NOON, end=NOON, rule="r", by="l", reason=reason.value
    )
    assert ended.tossed == (reason in TOSSES)
    assert {r.value for r in TOSSES} == {"not-mine", "bad-route"}


@pytest.mark.parametrize(
    ("holder", "key", "text"),
    [
        (Holder("feeds", "cy"), "team:feeds", "cy (feeds)"),
        (Holder("feeds", None), "team:feeds", "feeds"),
        (Holder(None, "cy"), "person:cy", "cy"),
        (NOBODY, "nobody", "nobody"),
    ],
)
def test_a_holder_counts_as_its_team(holder: Holder, key: str, text: str) -> None:
    assert (holder.key, str(holder)) == (key, text)
    assert Holder.read(holder.plain()) == holder
    assert holder.known == (holder != NOBODY)


@pytest.mark.parametrize("junk", [None, 3, "cy", [], {"team": 3}])
def test_junk_reads_as_nobody(junk: object) -> None:
    assert Holder.read(junk) == NOBODY
