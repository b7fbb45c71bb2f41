"""Suggestions: agreement or abstention, on evidence that can be checked by hand."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog.people import Person
from modelowners.catalog.ports import Touch
from modelowners.catalog.suggestions import rank_authors
from modelowners.core.facets import Node
from modelowners.core.time import DAY, parse_instant

AT = parse_instant("2026-06-01")


def touch(who: str, days_ago: float, files: int = 1) -> Touch:
    return Touch(
        email=f"{who}@x.example",
        name=who,
        at=AT - timedelta(days=days_ago),
        files=files,
    )


def test_the_degree_of_authorship_is_the_published_formula() -> None:
    found = rank_authors([touch("bo", 1), touch("ana", 2), touch("ana", 3)], at=AT)
    ana, bo = found.candidates
    assert ana.authorship == pytest.approx(
        3.293 + 1.098 + 2 * 0.164 - 0.321 * math.log(2)
    )
    assert bo.authorship == pytest.approx(3.293 + 0.164 - 0.321 * math.log(3))
    assert (ana.first, bo.first) == (True, False)


def test_where_all_signals_name_one_person_they_agree() -> None:
    found = rank_authors([touch("bo", 1), touch("ana", 2), touch("ana", 3)], at=AT)
    assert found.agreed is not None
    assert found.agreed.author.name == "ana"


def test_where_they_differ_nobody_is_put_first() -> None:
    recent = [touch("bo", 1), touch("bo", 2)]
    old = [touch("ana", 400 + k) for k in range(5)]
    found = rank_authors([*recent, *old], at=AT)
    assert found.agreed is None
    assert [(c.author.name, c.commits, c.recent) for c in found.candidates] == [
        ("ana", 5, 0),
        ("bo", 2, 2),
    ]


def test_a_tie_is_no_agreement() -> None:
    assert rank_authors([touch("bo", 1), touch("ana", 2)], at=AT).agreed is None


def test_what_says_nothing_does_not_count() -> None:
    noise = [
        touch("ana", 1, files=31),
        touch("ci", 2),
        Touch(email="ana@x.example", name="ana", at=AT + DAY, files=1),
    ]
    assert rank_authors(noise, at=AT).candidates == ()
    assert rank_authors([], at=AT).agreed is None


def test_who_left_is_not_suggested() -> None:
    gone = Person(
        name="ana", email=("ana@x.example",), left=AT - DAY, node=Node(None, "f", 1, 1)
    )
    found = rank_authors([touch("bo", 1), touch("ana", 2)], at=AT, people={"ana": gone})
    assert [candidate.author.key for candidate in found.candidates] == ["bo@x.example"]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 900)), max_size=30))
def test_at_most_three_each_once_and_the_agreed_among_them(
    history: list[tuple[str, int]],
) -> None:
    touches = [touch(who, days) for who, days in sorted(history, key=lambda it: it[1])]
    found = rank_authors(touches, at=AT)
    keys = [candidate.author.key for candidate in found.candidates]
    assert len(keys) == len(set(keys)) == min(3, len({who for who, _ in history}))
    if found.agreed is not None:
        assert found.agreed == found.candidates[0]
    assert all(c.recent <= c.commits for c in found.candidates)
