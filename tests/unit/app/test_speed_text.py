from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from speed_worlds import (
    JUNE,
    desk_year,
    fleet,
    measured,
    our_incident,
    timeline,
)

from modelowners.app.lines import text
from modelowners.app.speed_text import COURSES, say_hours, say_spell, tell_speed
from modelowners.core.time import DAY
from modelowners.measurement import report
from modelowners.measurement.speed import Origin
from modelowners.measurement.timelines import Timeline

Golden = Callable[[str, str], None]


def told(ones: list[Timeline], **asked: object) -> str:
    return text(list(tell_speed(measured(ones, **asked).report)))


def test_a_year_of_tickets(golden: Golden) -> None:
    golden("speed_year.txt", told(desk_year()))


def test_one_incident_is_too_few_for_figures_and_shown_step_by_step(
    golden: Golden,
) -> None:
    golden("speed_one.txt", told([our_incident()], as_of=JUNE + DAY))


def test_ownership_with_its_interval(golden: Golden) -> None:
    found = fleet(np.random.default_rng(1), ratio=0.2)
    origin = Origin(
        command="modelowners report speed", seed=7, catalog="sha256:0a1b2c3d"
    )
    made = report(
        found.timelines, found.cohort().asked, origin=origin, starts=found.starts
    )
    golden("speed_ownership.txt", text(list(tell_speed(made))))


def test_nothing_recorded_says_what_to_type(golden: Golden) -> None:
    golden("speed_empty.txt", told([]))


def test_merged_dismissed_and_given_up_are_told() -> None:
    ones = [*desk_year(), timeline("m", fate="merged"), timeline("d", fate="dismissed")]
    given_up = [replace(one, outcome="wont-fix") for one in desk_year(seed=6)[:40]]
    said = told([*ones, *(replace(one, source="b") for one in given_up)])
    assert "not timed: 1 merged, 1 dismissed" in said
    assert "ended by then: fixed" in said
    assert "wont-fix" in said


def test_only_the_newest_courses_are_shown() -> None:
    ones = [our_incident(f"INC-{n}", opened=JUNE + n * DAY) for n in range(COURSES + 2)]
    said = told(ones)
    assert f"STEP BY STEP    the newest {COURSES}" in said
    assert "INC-1 " not in said
    assert f"INC-{COURSES + 1} " in said


def test_foreign_text_cannot_move_the_cursor() -> None:
    hostile = "eta\x1b[31m\u202e\n"
    one = replace(our_incident(), asset=hostile, cause_team=hostile)
    said = told([one])
    assert "\x1b" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0.0, "0 s"), (1 / 3600, "1 s"), (47.9, "47.9 h"), (48.0, "2.0 d")],
)
def test_spells_have_the_unit_a_person_would_use(hours: float, said: str) -> None:
    assert say_spell(hours) == said


def test_hours_of_all_sizes() -> None:
    assert [say_hours(h) for h in (0.0167, 1.0, 199.96, 200.0, 12345.6)] == [
        *("0.02", "1.0", "200.0", "200", "12,346")
    ]
