from __future__ import annotations

from speed_worlds import JUNE, cohort, timeline

from modelowners.core.time import HOUR, Onset
from modelowners.measurement.courses import MOST, courses
from modelowners.measurement.timelines import OURS, Step

STEPS = {
    Step.DETECTED: JUNE,
    Step.ACKED: JUNE + 2 * HOUR,
    Step.CAUSE_CONFIRMED: JUNE + 6 * HOUR,
    Step.RESOLVED: JUNE + 5 * HOUR,
}


def test_each_step_with_its_intervals_and_nothing_imputed() -> None:
    began = Onset(JUNE - HOUR, JUNE - 2 * HOUR, JUNE)
    one = timeline("INC-1", source=OURS, steps=STEPS, asset="model:eta", began=began)
    (course,) = courses(cohort([one]))
    assert (course.incident, course.model, course.team) == (
        "INC-1",
        "model:eta",
        "feeds",
    )
    assert (course.began_low, course.began_high) == (JUNE - 2 * HOUR, JUNE)
    assert [taken.step for taken in course.steps] == list(Step)
    told = {t.step: (t.since_detected_h, t.since_previous_h) for t in course.steps}
    assert told[Step.DETECTED] == (0, None)
    assert told[Step.ACKED] == (2, 2)
    assert told[Step.RESOLVED] == (5, 3)
    # Recorded after the fix: the step before it is the fix.
    assert told[Step.CAUSE_CONFIRMED] == (6, 1)
    assert told[Step.FIX_STARTED] == (None, None)
    assert (course.hours, course.open) == (5, False)


def test_an_open_one_says_so() -> None:
    one = timeline("INC-1", source=OURS, hours=None, steps={Step.DETECTED: JUNE})
    (course,) = courses(cohort([one]))
    assert course.open
    assert (course.began_low, course.began_high) == (None, None)


def test_imports_have_no_steps() -> None:
    assert courses(cohort([timeline()])) == ()


def test_only_the_newest_are_shown() -> None:
    ones = [
        timeline(f"INC-{n}", source=OURS, opened=JUNE + n * HOUR)
        for n in range(MOST + 3)
    ]
    assert [course.incident for course in courses(cohort(ones))] == [
        f"INC-{n}" for n in range(3, MOST + 3)
    ]
