"""Checks on a real log through the engine: what is found, since when, and what not."""

from __future__ import annotations

from pathlib import Path

import pytest
from check_worlds import CheckWorld

from modelowners.core.time import parse_instant
from modelowners.detection.checks import KINDS
from modelowners.detection.checks.results import Verdict


@pytest.fixture
def world(tmp_path: Path) -> CheckWorld:
    return CheckWorld(tmp_path)


def section(*checks: str) -> str:
    return "checks:\n" + "\n".join(f"  - {check}" for check in checks)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_passes_on_a_sound_log(
    kind: str, world: CheckWorld
) -> None:
    world.write()
    lines = "\n".join(f"  {line}" for line in KINDS[kind].example.splitlines())
    found = world.check(f"checks:\n{lines}")
    assert found
    assert {one.verdict for one in found} == {Verdict.PASS}, found
    assert all(one.since is None and one.expected for one in found)


BROKEN = [
    ("not_null: tenure", "nullif(tenure, 3) as tenure", "null in 9 of 100"),
    ("between: {column: monthly, max: 68}", "monthly as monthly", "2 of 100"),
    ("between: {column: monthly, min: 20}", "monthly - 1 as monthly", "2 of 100"),
    (
        "relation: yearly = 12 * monthly ± 0.01",
        "case when id % 10 = 0 then yearly + 5 else yearly end as yearly",
        "broken in 10 of 100",
    ),
    ("relation: yearly <= monthly", "yearly as yearly", "broken in 100 of 100"),
    ("accepted_values: {column: tenure, values: [1, 2]}", "tenure as tenure", "82 of"),
    ("unique: email", "'same' as email", "99 of 100 rows"),
    ("metric: log_loss <= 0.2", "p as p", "log_loss 0.256526"),
    ("metric: accuracy > 1", "p as p", "accuracy 1 (1 to 1)"),
]


@pytest.mark.parametrize(("check", "alter", "said"), BROKEN)
def test_a_broken_log_fails(
    check: str, alter: str, said: str, world: CheckWorld
) -> None:
    world.write(alter=alter)
    (found,) = world.check(section(check))
    assert found.verdict is Verdict.FAIL, found
    assert said in found.found
    assert found.since is not None


@pytest.mark.parametrize(
    ("check", "alter"),
    [
        ("not_null: tenure", "nullif(tenure, 3) as tenure"),
        ("accepted_values: {column: tenure, values: [1, 2, 3]}", "9 as tenure"),
        ("between: {column: tenure, max: 12}", "99 as tenure"),
        ("relation: yearly = 12 * monthly", "yearly + 1 as yearly"),
        ("volume: {at_least: 101}", "tenure as tenure"),
    ],
)
def test_since_is_the_first_window_of_the_failure(
    check: str, alter: str, world: CheckWorld
) -> None:
    value, name = alter.split(" as ")
    late = f"case when made >= '2026-04-08' then {value} else {name} end as {name}"
    healthy = "least(tenure, 3) as tenure" if "values" in check else ""
    world.write(alter=healthy or late)
    if healthy:
        late = (
            f"case when made >= '2026-04-08' then 9 else least(tenure, 3) end as {name}"
        )
        world.write(alter=late)
    (found,) = world.check(section(check))
    assert found.verdict is Verdict.FAIL
    if "volume" in check:
        assert found.since == parse_instant("2026-03-02")
    else:
        assert found.since == parse_instant("2026-04-08")


def test_an_empty_day_is_no_data_and_never_a_pass(world: CheckWorld) -> None:
    world.write(where="made < '2026-04-09'")
    found = world.verdicts(
        section(
            "not_null: tenure",
            "unique: prediction_id",
            "accepted_values: {column: channel, values: [app]}",
            "between: {column: monthly, min: 0}",
            "relation: yearly = 12 * monthly",
            "volume: {at_least: 1}",
            "volume: {within: 50 %}",
            "freshness: 1d",
        ),
        as_of="2026-04-11",
    )
    assert found == {
        "not_null tenure": "no data",
        "unique prediction_id": "no data",
        "accepted_values channel": "no data",
        "between monthly": "no data",
        "relation yearly": "no data",
        "volume rows": "fail",
        "freshness last row": "fail",
    }


def test_a_log_without_any_row_is_no_data(world: CheckWorld) -> None:
    world.write(where="false")
    found = world.check(section("not_null: tenure", "volume: {at_least: 1}"))
    assert [one.state for one in found] == ["no data", "fail"]
    assert found[0].found == "no data: no row in the log"


def test_what_cannot_run_is_skipped_with_its_reason(world: CheckWorld) -> None:
    world.write()
    found = world.check(
        section(
            "not_null: tenur",
            "between: {column: channel, min: 0}",
            "relation: channel = country",
            "metric: mae <= 3",
            "{not_null: tenure, where: {cuntry: NO}}",
            "accepted_values: {column: email, values: [a]}",
        )
    )
    assert {one.verdict for one in found} == {Verdict.SKIP}
    reasons = [one.found for one in found]
    assert 'did you mean "tenure"' in reasons[0]
    assert "holds text" in reasons[1]
    assert "not all of channel, country are numbers" in reasons[2]
    assert "mae is no metric of a binary model" in reasons[3]
    assert 'did you mean "country"' in reasons[4]
    assert "is private" in reasons[5]
    assert not any(one.no_data for one in found)


def test_private_values_are_never_shown(world: CheckWorld) -> None:
    world.write(alter="'same' as email")
    (found,) = world.check(section("unique: email"))
    assert found.verdict is Verdict.FAIL
    assert found.examples == ()
    assert "same" not in found.found


def test_a_segment_is_judged_alone(world: CheckWorld) -> None:
    world.write(alter="case when country = 'NO' then null else tenure end as tenure")
    found = world.check(
        section(
            "{not_null: tenure, where: {country: NO}}",
            "{not_null: tenure, where: {country: ES}}",
            "{relation: yearly = 12 * monthly, where: {country: NO}}",
            "{not_null: tenure, where: {country: SE}}",
        )
    )
    assert [one.state for one in found] == ["fail", "pass", "pass", "no data"]
    assert found[0].found == "null in 50 of 50 rows (100.0 %)"
    assert found[2].found == "holds in 50 rows"


def test_a_longer_window_looks_further_back(world: CheckWorld) -> None:
    world.write(
        alter="case when made::date = '2026-04-06' then null else tenure end as tenure"
    )
    day, week = world.check(
        section("not_null: tenure", "{not_null: tenure, window: 7d, name: week}")
    )
    assert (day.state, week.state) == ("pass", "fail")
    assert week.found == "null in 100 of 700 rows (14.3 %)"
    assert week.since == parse_instant("2026-04-06")


def test_as_of_looks_at_what_was_known_then(world: CheckWorld) -> None:
    world.write(
        alter="case when made >= '2026-04-08' then null else tenure end as tenure"
    )
    entry = section("not_null: tenure", "relation: yearly = 12 * monthly", "unique: id")
    then = world.check(entry, as_of="2026-04-08")
    assert [one.state for one in then] == ["pass", "pass", "pass"]
    assert [one.state for one in world.check(entry)] == ["fail", "pass", "pass"]


def test_many_failing_rows_leave_at_most_twenty_examples(world: CheckWorld) -> None:
    world.write(rows=5_000, days=3, alter="'v' || id as channel, made as made")
    (found,) = world.check(section("accepted_values: {column: channel, values: [app]}"))
    assert found.verdict is Verdict.FAIL
    assert len(found.examples) == 20


CLAIMS = """\
expect:
  metric: {log_loss: "<= 0.5"}
  range: {p: [0, 0.5]}
  weak:
    - {segment: country=ES, why: a new market}
    - {segment: country=NO, limit: log_loss <= 0.1}
    - {segment: country=SE}
  seasonal: weekly
"""


def test_claims_hold_are_broken_or_are_not_tested(world: CheckWorld) -> None:
    weekdays = "extract(dow from made) between 1 and 5 or slot < 20"
    world.write(where=weekdays.replace("slot", "id % 100"))
    assert world.verdicts(CLAIMS) == {
        "promised log_loss": "pass",
        "range of p": "fail",
        "weak where country=ES": "pass",
        "weak where country=NO": "fail",
        "weak where country=SE": "no data",
        "weekly rhythm": "pass",
    }
