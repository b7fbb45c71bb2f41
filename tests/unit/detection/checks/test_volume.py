from __future__ import annotations

from collections.abc import Callable

import pytest

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node
from modelowners.detection.checks.grounds import CannotJudge, Grounds, View
from modelowners.detection.checks.results import Verdict
from modelowners.detection.checks.volume import Volume, read
from modelowners.observations.profiles import EVERYTHING, Profile, TextProfile

MakeGrounds = Callable[..., Grounds]
MakeDay = Callable[..., Profile]


@pytest.fixture
def counted(grounds: MakeGrounds) -> Callable[[list[int]], Grounds]:
    """Grounds of days with these many rows."""
    from frame_worlds import profile  # noqa: PLC0415

    def make(rows: list[int]) -> Grounds:
        days = [
            profile(d, {"w": TextProfile()}, rows=n) for d, n in enumerate(rows) if n
        ]
        return grounds(days, days=len(rows))

    return make


Counted = Callable[[list[int]], Grounds]


@pytest.mark.parametrize(
    ("rule", "rows", "verdict"),
    [
        (Volume(at_least=100), 100, Verdict.PASS),
        (Volume(at_least=100), 99, Verdict.FAIL),
        (Volume(at_least=1), 0, Verdict.FAIL),
        (Volume(at_most=100), 101, Verdict.FAIL),
        (Volume(at_least=5, at_most=7), 6, Verdict.PASS),
        (Volume(at_least=5, at_most=7), 4, Verdict.FAIL),
    ],
)
def test_rows_keep_within_limits(
    rule: Volume, rows: int, verdict: Verdict, counted: Counted
) -> None:
    judged = rule.judge(View(counted([rows]), EVERYTHING, 0, 1))
    assert judged.verdict is verdict
    assert judged.found == f"{rows} rows"


def test_a_weekend_is_judged_by_weekends(counted: Counted) -> None:
    weeks = [1000, 1000, 1000, 1000, 1000, 100, 100] * 8
    weeks[36] = 300  # the one bad Tuesday
    found, rule = counted(weeks), Volume(within=0.5)
    verdicts = [
        rule.judge(View(found, EVERYTHING, i, i + 1)).verdict for i in range(21, 56)
    ]
    assert [i + 21 for i, v in enumerate(verdicts) if v is Verdict.FAIL] == [36]


def test_an_empty_day_is_no_usual_day(counted: Counted) -> None:
    judged = Volume(within=0.5).judge(
        View(counted([50] * 28 + [0]), EVERYTHING, 28, 29)
    )
    assert judged.verdict is Verdict.FAIL
    assert judged.found == "0 rows; usual are 50 (median of its weekdays)"


def test_a_young_log_is_judged_by_all_its_days(counted: Counted) -> None:
    rule = Volume(within=0.5)
    judged = rule.judge(View(counted([50] * 4), EVERYTHING, 3, 4))
    assert judged.found == "50 rows; usual are 50 (median of all windows before)"
    with pytest.raises(CannotJudge, match="2 windows before say nothing"):
        rule.judge(View(counted([50] * 3), EVERYTHING, 2, 3))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "found none"),
        ({"at_least": -1}, "expected a number of rows"),
        ({"at_least": 9, "at_most": 3}, "`at_least` of at most 3, found 9"),
        ({"within": "150 %"}, "expected a share"),
        (100, "expected a mapping"),
        ({"least": 3}, 'did you mean "at_least"'),
    ],
)
def test_bad_forms_are_refused(
    value: object, said: str, located: Callable[[object], Node]
) -> None:
    with pytest.raises(BadFacet) as caught:
        read(located(value))
    assert said in str(caught.value)


def test_all_limits_are_said() -> None:
    rule = Volume(at_least=1, at_most=9_000, within=0.5)
    assert rule.expected == (
        "at least 1 rows, at most 9,000 rows, rows within 50 % of usual"
    )
