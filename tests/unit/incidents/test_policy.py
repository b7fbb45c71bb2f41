"""Policy: every act against every set of relations."""

from __future__ import annotations

import itertools

import pytest

from modelowners.incidents.incident import Act
from modelowners.incidents.policy import ALLOWED, Deed, Relation, allowed, needed

M, H, A, C, F = (
    Relation.MEMBER,
    Relation.HOLDER,
    Relation.ASSET_ROLE,
    Relation.CAUSE_ROLE,
    Relation.FIX_ROLE,
)
SUFFICE: dict[Act | Deed, set[Relation]] = {
    Act.ACK: {M},
    Act.NOTE: {M},
    Act.ASSIGN: {M},
    Act.MERGE: {M},
    Act.UNMERGE: {M},
    Act.REOPEN: {M},
    Act.NOT_MINE: {H},
    Act.CONFIRM_CAUSE: {H, C},
    Act.MITIGATE: {H, A, C},
    Act.RESOLVE: {H, A, C},
    Act.DISMISS: {H, A},
    Act.SNOOZE: {H, A},
    Act.SEVERITY: {H, A},
    Deed.FIX: {F},
}
EVERY_SET = [
    frozenset(chosen)
    for size in range(len(Relation) + 1)
    for chosen in itertools.combinations(Relation, size)
]


@pytest.mark.parametrize("act", list(SUFFICE))
@pytest.mark.parametrize("held", EVERY_SET, ids=lambda held: "+".join(sorted(held)))
def test_the_matrix(act: Act | Deed, held: frozenset[Relation]) -> None:
    may = M in held and bool(held & SUFFICE[act])
    assert allowed(act, held) == may
    # Break-glass waives the relation to the asset, for a fix alone.
    breaks = act is Deed.FIX and M in held
    assert allowed(act, held, break_glass=True) == (may or breaks)


def test_every_act_has_a_rule_and_words_for_its_refusal() -> None:
    assert set(ALLOWED) == {*Act, *Deed} == set(SUFFICE)
    assert all("may" in needed(act) for act in SUFFICE)


@pytest.mark.parametrize("act", list(SUFFICE))
def test_whoever_left_may_do_nothing(act: Act | Deed) -> None:
    assert not allowed(act, {H, A, C, F}, break_glass=True)
