"""Answers are small, and a relation reads as a person would write it."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from modelowners.observations import questions
from modelowners.observations.profiles import EVERYTHING
from modelowners.observations.questions import QUANTILE_LEVELS, Identity, Slice


def test_levels_are_even_symmetric_and_inside_0_to_1() -> None:
    assert len(QUANTILE_LEVELS) == 39
    assert QUANTILE_LEVELS[19] == 0.5
    steps = {round(b - a, 9) for a, b in itertools.pairwise(QUANTILE_LEVELS)}
    assert steps == {0.025}
    mirrored = [round(1 - level, 3) for level in reversed(QUANTILE_LEVELS)]
    assert list(QUANTILE_LEVELS) == mirrored


@pytest.mark.parametrize(
    ("form", "terms", "constant", "text"),
    [
        ("sum", ((1.0, "fare"), (1.0, "tip")), 0.0, "bill = fare + tip"),
        ("sum", ((1.0, "fare"), (-1.0, "rebate")), 0.0, "bill = fare - rebate"),
        ("sum", ((1.0, "fare"),), 0.5, "bill = fare + 0.5"),
        ("sum", ((1.0, "fare"),), -2.0, "bill = fare - 2"),
        ("sum", ((-1.0, "rebate"),), 0.0, "bill = - rebate"),
        ("product", ((1.0, "price"), (1.0, "n")), 0.0, "bill = price * n"),
        ("order", ((1.0, "paid"),), 0.0, "bill <= paid"),
        ("key", ((1.0, "shop"),), 0.0, "shop determines bill"),
        ("sum", ((1.0, "it's"), (1.0, 'a "b"')), 0.0, 'bill = it\'s + a "b"'),
    ],
)
def test_an_identity_in_words(
    form: str, terms: tuple[tuple[float, str], ...], constant: float, text: str
) -> None:
    assert str(Identity(form=form, target="bill", terms=terms, constant=constant)) == (
        text
    )


def test_identities_are_values() -> None:
    one = Identity(form="order", target="a", terms=((1.0, "b"),))
    assert one == Identity(form="order", target="a", terms=((1.0, "b"),))
    assert one != dataclasses.replace(one, held=0.99)
    assert len({one, dataclasses.replace(one)}) == 1


def test_answers_cannot_be_changed_by_who_receives_them() -> None:
    answers = [
        thing
        for thing in vars(questions).values()
        if isinstance(thing, type) and dataclasses.is_dataclass(thing)
    ]
    assert len(answers) >= 10
    for answer in answers:
        made = object.__new__(answer)
        for field in dataclasses.fields(answer):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(made, field.name, None)
        assert "__slots__" in vars(answer)


def test_a_slice_speaks_of_all_rows_unless_told() -> None:
    found = Slice(
        where=(("city", "b"),),
        rows_before=1,
        rows_after=2,
        loss_before=0.1,
        loss_after=0.2,
    )
    assert found.partition == EVERYTHING
