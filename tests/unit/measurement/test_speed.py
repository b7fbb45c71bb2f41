"""The report: what it says, what it withholds, and what it refuses altogether."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speed_worlds import JUNE, cohort, timeline

from modelowners.cli.output import plain
from modelowners.core.time import DAY, HOUR
from modelowners.measurement import report
from modelowners.measurement.cohorts import Question
from modelowners.measurement.speed import Origin, SpeedReport, curve_of, time_to_fix
from modelowners.measurement.timelines import OURS, Timeline

ORIGIN = Origin(command="modelowners report speed", seed=7)


def made(ones: list[Timeline], **asked: object) -> SpeedReport:
    question = Question(**{"as_of": JUNE + 365 * DAY, **asked})  # type: ignore[arg-type]  # by name
    return report(ones, question, origin=ORIGIN)


def some(n: int, **fields: object) -> list[Timeline]:
    return [
        timeline(str(i), opened=JUNE + i * HOUR, hours=1.0 + i % 9, **fields)  # type: ignore[arg-type]  # by name
        for i in range(n)
    ]


def keys(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    if isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def as_json(found: SpeedReport) -> Mapping[str, object]:
    shown = plain(found)
    assert isinstance(shown, Mapping)
    return shown


def test_the_shape_of_the_json() -> None:
    found = as_json(made(some(30)))
    assert list(found) == [
        *("as_of", "tau_h", "counts", "flags", "hours", "time_to_fix", "routing"),
        *("same_team", "ownership", "what_if", "courses", "not_said", "reproduce"),
    ]
    json.dumps(found, allow_nan=False)


def test_counts() -> None:
    ones = [
        timeline("1"),
        timeline("2", hours=None),
        timeline("3", opened=JUNE + 360 * DAY),
        timeline("4", fate="merged"),
        timeline("5", fate="dismissed"),
    ]
    assert dataclasses.asdict(made(ones).counts) == {
        "incidents": 3,
        "open": 1,
        "mature": 2,
        "mature_open": 1,
        "merged": 1,
        "dismissed": 1,
    }


def test_no_median_below_five_fixed_and_no_mean_below_twenty() -> None:
    four, five, twenty = (time_to_fix(cohort(some(n))) for n in (4, 5, 20))
    assert (four.median_h, four.median_ci, four.p90_h) == (None, None, None)
    assert set(four.reasons) == {"median_h", "p90_h", "rmst_h"}
    assert five.median_h == 3.0
    assert five.rmst_h is None
    assert five.reasons["rmst_h"] == "too few to say; 5 fixed, 20 are needed"
    assert twenty.rmst_h is not None
    assert twenty.reasons == {}


def test_a_share_that_is_not_reached_says_so() -> None:
    ones = [*some(5), *[timeline(f"o{i}", hours=None) for i in range(5)]]
    found = time_to_fix(cohort(ones))
    assert found.median_h == 9.0 or found.median_h is not None
    assert found.p90_h is None
    assert "open" in found.reasons["p90_h"]


def test_a_mean_needs_someone_followed_to_the_cap() -> None:
    ones = [*some(25), timeline("o", opened=JUNE + HOUR, hours=None)]
    found = time_to_fix(cohort(ones, as_of=JUNE + 100 * HOUR))
    assert found.rmst_h is None
    assert found.reasons["rmst_h"] == "no incident was followed to the cap"


def test_giving_up_is_no_fix_and_competes() -> None:
    ones = [*some(20), *some(20, outcome="wont-fix", source="other")]
    found = time_to_fix(cohort(ones))
    assert found.fixed == 20
    assert found.outcomes == pytest.approx({"fixed": 0.5, "wont-fix": 0.5})
    assert time_to_fix(cohort(some(20))).outcomes == {}


def test_the_curve_is_the_one_that_is_reported() -> None:
    chosen = cohort(some(20))
    curve = curve_of(chosen)
    assert curve is not None
    assert time_to_fix(chosen).median_h in curve.times.tolist()
    assert curve_of(cohort(some(4))) is None


@pytest.mark.parametrize(
    "refused",
    ["mttr", "mean", "person", "per_toss", "toss_cost", "owned_ratio", "before_after"],
)
def test_no_refused_figure_has_a_place_in_the_report(refused: str) -> None:
    found = made([*some(300), *some(5, source=OURS)])
    assert [key for key in keys(as_json(found)) if refused in key] == []


def test_what_is_refused_is_named_with_its_reason() -> None:
    refused = {one.what: one.why for one in made(some(3)).not_said}
    assert set(refused) == {
        *("cost per toss", "owned/unowned ratio", "before/after ratio"),
        *("persons", "MTTR"),
    }
    assert all(refused.values())


def test_every_point_has_its_interval() -> None:
    found = made(some(300))
    assert (found.time_to_fix.median_h is None) == (found.time_to_fix.median_ci is None)
    assert found.routing.kept is not None
    assert found.routing.ci is not None
    assert found.time_to_fix.rmst_h is not None
    assert found.time_to_fix.rmst_ci is not None


def test_persons_are_kept_out() -> None:
    found = made(some(30, persons=("Jane Roe",)))
    assert "Jane Roe" not in json.dumps(as_json(found))


pairs = st.lists(
    st.tuples(st.floats(0.01, 2000), st.booleans(), st.sampled_from(["a", "b", None])),
    max_size=60,
)


@given(pairs)
def test_every_withheld_number_has_a_reason_and_every_report_is_json(
    found: list[tuple[float, bool, str | None]],
) -> None:
    ones = [
        timeline(str(n), teams=(team,), hours=hours if fixed else None)
        for n, (hours, fixed, team) in enumerate(found)
    ]
    whole = made(ones)
    fix = whole.time_to_fix
    for name in ("median_h", "p90_h", "rmst_h"):
        assert (getattr(fix, name) is None) == (name in fix.reasons)
    assert (whole.routing.kept is None) == ("kept" in whole.routing.reasons)
    assert (whole.what_if.low is None) == ("low" in whole.what_if.reasons)
    for ratio in (whole.same_team.total, whole.same_team.after_arrival):
        assert (ratio.ratio is None) == (ratio.reason is not None)
    assert (whole.ownership.ratio is None) <= (whole.ownership.reason is not None)
    json.dumps(as_json(whole), allow_nan=False)


@given(pairs)
def test_the_same_again_is_equal_to_the_byte(
    found: list[tuple[float, bool, str | None]],
) -> None:
    ones = [
        timeline(str(n), teams=(team,), hours=hours if fixed else None)
        for n, (hours, fixed, team) in enumerate(found)
    ]
    first, second = (json.dumps(as_json(made(o))) for o in (ones, ones[::-1]))
    assert first == second
