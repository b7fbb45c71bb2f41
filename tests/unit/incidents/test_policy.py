"""Policy: every act against every set of relations."""

from __future__ import annotations

import itertools

import pytest

from modelowners.incidents.incident import Act
from modelowners.incidents.policy import ALLOWED, Relation, allowed, needed

M, H, A, C = (
    Relation.MEMBER,
    Relation.HOLDER,
    Relation.ASSET_ROLE,
    Relation.CAUSE_ROLE,
)
SUFFICE = {
    Act.ACK: {M},
    Act.NOTE: {M},
    Act.ASSIGN: {M},
    Act.NOT_MINE: {H},
    Act.CONFIRM_CAUSE: {H, C},
    Act.RESOLVE: {H, A, C},
}
EVERY_SET = [
    frozenset(chosen)
    for size in range(len(Relation) + 1)
    for chosen in itertools.combinations(Relation, size)
]


@pytest.mark.parametrize("act", list(Act))
@pytest.mark.parametrize("held", EVERY_SET, ids=lambda held: "+".join(sorted(held)))
def test_the_matrix(act: Act, held: frozenset[Relation]) -> None:
    assert allowed(act, held) == (M in held and bool(held & SUFFICE[act]))


def test_every_act_has_a_rule_and_words_for_its_refusal() -> None:
    assert set(ALLOWED) == set(Act)
    assert all("may" in needed(act) for act in Act)


@pytest.mark.parametrize("act", list(Act))
def test_whoever_left_may_do_nothing(act: Act) -> None:
    assert not allowed(act, {H, A, C})
