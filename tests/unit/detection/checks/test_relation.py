from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.detection.checks.relation import ROUNDING, Relation, parse, read
from modelowners.observations.profiles import EVERYTHING, Profile
from modelowners.observations.questions import Identity

Located = Callable[[object], Node]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "total = fare + extra ± 0.01",
            Identity(
                form="sum",
                target="total",
                terms=((1.0, "fare"), (1.0, "extra")),
                tolerance=0.01,
            ),
        ),
        (
            "net=gross-2.5*tax - off * 3 +1 +- 1e-3",
            Identity(
                form="sum",
                target="net",
                terms=((1.0, "gross"), (-2.5, "tax"), (-3.0, "off")),
                constant=1.0,
                tolerance=0.001,
            ),
        ),
        (
            'total = price * "unit count" +/- 2',
            Identity(
                form="product",
                target="total",
                terms=((1.0, "price"), (1.0, "unit count")),
                tolerance=2.0,
            ),
        ),
        (
            "start <= end",
            Identity(
                form="order", target="start", terms=((1.0, "end"),), tolerance=ROUNDING
            ),
        ),
        (
            "end >= start + 5",
            Identity(
                form="order",
                target="start",
                terms=((1.0, "end"),),
                constant=-5.0,
                tolerance=ROUNDING,
            ),
        ),
        (
            "x = -y",
            Identity(form="sum", target="x", terms=((-1.0, "y"),), tolerance=ROUNDING),
        ),
    ],
)
def test_a_relation_is_read(said: str, wanted: Identity, located: Located) -> None:
    assert parse(located(said)) == wanted


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("total", "expected a relation"),
        ("total = ", "expected a relation"),
        ("total = fare extra", "expected a relation"),
        ("total = fare +", "expected a relation"),
        ("total = fare ± much", "expected a relation"),
        ("a + b = c", "expected a relation"),
        ("a = b / c", "expected a relation"),
        ("a = 5", "`between` takes numbers"),
        ("a <= 5", "`between` takes numbers"),
        ("a <= b * c", 'a product is compared with "="'),
        ("a = b * c + d", "expected one product"),
        ("a >= b + c", "the other way round"),
        ("a = b ± 1 ± 2", "expected a relation"),
        ("; drop table log", "expected a relation"),
    ],
)
def test_what_is_no_relation_is_refused(said: str, why: str, located: Located) -> None:
    with pytest.raises(BadFacet) as caught:
        parse(located(said))
    assert why in str(caught.value)


WEIGHTS = st.integers(-99, 99).filter(bool)
NAMES = st.sampled_from(["a", "b_2", "odd name", "d.e"])


@given(st.lists(st.tuples(WEIGHTS, NAMES), min_size=1, max_size=5))
def test_a_sum_reads_back(terms: list[tuple[int, str]]) -> None:
    shown = " ".join(
        f'{"-" if w < 0 else "+"} {abs(w)} * "{name}"' for w, name in terms
    )
    found = parse(Node(f"t = {shown}", "f", 1, 1))
    assert found.terms == tuple((float(w), name) for w, name in terms)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(said: str) -> None:
    try:
        found = parse(Node(said, "f", 1, 1))
    except BadFacet:
        return
    assert found.terms


def test_a_share_may_break_it(located: Located) -> None:
    (rule,) = read(located({"form": "a  =  b", "at_most": "1 %"}))
    assert rule.expected == "a = b in all but 1 %"
    with pytest.raises(BadFacet, match="expected `form:`"):
        read(located({"at_most": "1 %"}))


def test_without_an_answer_nothing_is_told(
    grounds: Callable[..., Grounds], day: Callable[..., Profile], located: Located
) -> None:
    view = View(grounds([day(0)], days=1), EVERYTHING, 0, 1)
    with pytest.raises(CannotJudge, match="not all of x, word are numbers"):
        Relation("x = word", parse(located("x = word"))).judge(view)
    with pytest.raises(CannotJudge, match='no column "y"'):
        Relation("x = y", parse(located("x = y"))).judge(view)
