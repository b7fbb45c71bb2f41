from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from frame_worlds import numeric, profile, text

from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.observations.profiles import EVERYTHING, Partition, Profile

MakeGrounds = Callable[..., Grounds]
MakeDay = Callable[..., Profile]
NO = Partition("segment", (("country", "NO"),))


def test_a_view_merges_its_windows(grounds: MakeGrounds, day: MakeDay) -> None:
    found = grounds([day(0), day(1), day(2)], days=3)
    view = View(found, EVERYTHING, 1, 3)
    assert view.rows == 40
    numbers = view.numbers("x")
    assert numbers is not None
    assert (numbers.n, numbers.distinct) == (40, None)
    assert view.span is not None
    assert view.span.length.days == 2


def test_an_unknown_column_names_the_nearest(
    grounds: MakeGrounds, day: MakeDay
) -> None:
    view = View(grounds([day(0)], days=1), EVERYTHING, 0, 1)
    with pytest.raises(CannotJudge, match='did you mean "word"'):
        view.column("wrod")


def test_a_column_that_other_windows_have_is_merely_gone(
    grounds: MakeGrounds, day: MakeDay
) -> None:
    later = profile(1, {"word": text(["a"] * 5)})
    assert View(grounds([day(0), later], days=2), EVERYTHING, 1, 2).column("x") is None


def test_the_score_goes_by_its_name_in_the_source(grounds: MakeGrounds) -> None:
    one = profile(0, {"score": numeric(np.array([0.1, 0.9]))})
    found = grounds([one], days=1, private=frozenset({"p"}))
    assert found.column("p") == "score"
    assert found.is_private("p")
    assert found.is_private("score")
    assert not found.is_private("x")


def test_numbers_are_not_text(grounds: MakeGrounds, day: MakeDay) -> None:
    view = View(grounds([day(0)], days=1), EVERYTHING, 0, 1)
    with pytest.raises(CannotJudge, match="holds text; numbers are needed"):
        view.numbers("word")


def test_a_type_that_changes_is_not_merged(grounds: MakeGrounds, day: MakeDay) -> None:
    found = grounds([day(0), day(1, x=text(["1"] * 20))], days=2)
    with pytest.raises(CannotJudge, match="text in some windows, numbers in others"):
        View(found, EVERYTHING, 0, 2).column("x")


def test_rows_of_a_segment(grounds: MakeGrounds, day: MakeDay) -> None:
    segment = profile(0, {"x": numeric(np.zeros(3))}, partition=NO)
    found = grounds([day(0), segment], days=1)
    assert found.partition({}) == EVERYTHING
    assert found.partition({"country": "NO"}) == NO
    # A value nobody saw has no rows; a column nobody divides by is a mistake.
    assert View(found, found.partition({"country": "SE"}), 0, 1).rows == 0
    with pytest.raises(CannotJudge, match='did you mean "country"'):
        found.partition({"cuntry": "NO"})


def test_without_an_engine_nothing_is_asked(grounds: MakeGrounds, day: MakeDay) -> None:
    view = View(grounds([day(0)], days=1), EVERYTHING, 0, 1)
    assert view.common_values("x") is None
