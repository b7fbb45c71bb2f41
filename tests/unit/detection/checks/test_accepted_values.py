from __future__ import annotations

from collections.abc import Callable

import pytest
from frame_worlds import text

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.detection.checks.accepted_values import AcceptedValues, read
from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.detection.checks.results import Verdict
from modelowners.observations.profiles import EVERYTHING, Profile, TextProfile

MakeGrounds = Callable[..., Grounds]
MakeDay = Callable[..., Profile]


@pytest.fixture
def seen(grounds: MakeGrounds, day: MakeDay) -> Callable[..., View]:
    """A view of one day in which `word` is as given."""

    def make(word: TextProfile, **more: object) -> View:
        return View(grounds([day(0, word=word)], days=1, **more), EVERYTHING, 0, 1)

    return make


def test_other_values_are_counted_and_named_commonest_first(
    seen: Callable[..., View],
) -> None:
    view = seen(text(["a"] * 14 + ["c"] * 2 + ["d"] * 4))
    judged = AcceptedValues("word", ("a", "b")).judge(view)
    assert judged.verdict is Verdict.FAIL
    assert judged.found == "6 of 20 rows (30.0 %) hold another value: d, c"
    assert judged.examples == ("d", "c")
    allowed = AcceptedValues("word", ("a",), 0.3).judge(view)
    assert allowed.verdict is Verdict.PASS


def test_nulls_and_unused_values_do_no_harm(seen: Callable[..., View]) -> None:
    judged = AcceptedValues("word", ("a", "z")).judge(seen(text(["a"] * 5, nulls=15)))
    assert (judged.verdict, judged.examples) == (Verdict.PASS, ())


def test_at_most_twenty_examples_are_kept(seen: Callable[..., View]) -> None:
    many = text([f"v{i:04}" for i in range(900)])
    assert len(AcceptedValues("word", ("a",)).judge(seen(many)).examples) == 20


def test_values_too_rare_to_be_kept_are_bounded(seen: Callable[..., View]) -> None:
    rare = TextProfile(
        n=30, distinct=5, values={"a": 20}, other_rows=10, other_values=4
    )
    assert AcceptedValues("word", ("a",)).judge(seen(rare)).verdict is Verdict.FAIL
    hidden = AcceptedValues("word", ("a", "b", "c", "d", "e"))
    with pytest.raises(CannotJudge, match="not kept by name"):
        hidden.judge(seen(rare))


def test_private_values_are_not_looked_at(seen: Callable[..., View]) -> None:
    view = seen(text(["a"]), private=frozenset({"word"}))
    with pytest.raises(CannotJudge, match="is private"):
        AcceptedValues("word", ("b",)).judge(view)


def test_a_column_of_nulls_holds_no_value(seen: Callable[..., View]) -> None:
    with pytest.raises(CannotJudge, match="holds no value"):
        AcceptedValues("word", ("a",)).judge(seen(TextProfile(nulls=20)))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"column": "x", "values": []}, "an empty list"),
        ({"column": "x"}, "expected `values:`"),
        ("x", "expected a mapping"),
    ],
)
def test_bad_forms_are_refused(
    value: object, said: str, located: Callable[[object], Node]
) -> None:
    with pytest.raises(BadFacet, match=said):
        read(located(value))


def test_a_long_list_is_shortened_for_people() -> None:
    rule = AcceptedValues("x", tuple("abcdefgh"), 0.01)
    assert rule.expected == "x one of a, b, c, d, e, f and 2 more in all but 1 %"
