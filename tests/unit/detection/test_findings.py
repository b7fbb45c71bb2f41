from __future__ import annotations

from dataclasses import replace

import pytest
from frame_worlds import MODEL, START
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.time import DAY, Onset, TimeWindow
from modelowners.detection.findings import (
    CLASS_OF,
    Finding,
    FindingClass,
    Harm,
    HarmState,
    gather,
)
from modelowners.detection.shifts import Shift
from modelowners.detection.streams import Statistic, StreamKey
from modelowners.observations.profiles import EVERYTHING, Partition

TEST = TimeWindow(START + 50 * DAY, START + 64 * DAY)
HARM = Harm(HarmState.MEASURED, 0.08)
OSLO = Partition("segment", (("city", "Oslo"),))


def shift(
    statistic: Statistic,
    column: str | None = None,
    *,
    size: float = 6.0,
    day: int = 55,
    alarm: bool = True,
    partition: Partition = EVERYTHING,
) -> Shift:
    at = START + day * DAY
    return Shift(
        key=StreamKey(partition, column, statistic),
        before=0.1,
        after=0.4,
        size=size,
        onset=Onset(at, at, at + DAY),
        index=day,
        alarm=alarm,
        level=2.0,
    )


def gathered(*shifts: Shift, loss: str | None = "log_loss") -> tuple[Finding, ...]:
    return gather(MODEL, shifts, loss=loss, harm=HARM, under_test=TEST)


def test_columns_that_moved_together_are_one_finding() -> None:
    (found,) = gathered(
        shift(Statistic.MEAN, "temp", size=5.0),
        shift(Statistic.SPREAD, "dew", size=9.0),
        shift(Statistic.MEDIAN, "temp", size=7.0),
    )
    assert found.columns == ("dew", "temp")
    assert (found.kind, found.subject) == (FindingClass.DRIFT, "spread")
    assert (found.score, found.before, found.after) == (9.0, 0.1, 0.4)
    assert found.harm == HARM


def test_other_days_rows_and_classes_are_findings_of_their_own() -> None:
    found = gathered(
        shift(Statistic.MEAN, "temp"),
        shift(Statistic.MEAN, "temp", day=60),
        shift(Statistic.MEAN, "temp", partition=OSLO),
        shift(Statistic.NULL_SHARE, "temp"),
        shift(Statistic.FAILED_SHARE, "temp"),
    )
    assert len(found) == 5
    quality = [f for f in found if f.kind is FindingClass.QUALITY]
    assert {f.subject for f in quality} == {"null_share", "failed_share"}
    assert all(f.broken for f in quality)
    assert not any(f.broken for f in found if f.kind is FindingClass.DRIFT)


def test_performance_comes_first_and_bears_the_name_of_the_loss() -> None:
    loud = shift(Statistic.MEAN, "temp", size=40.0)
    found = gathered(loud, shift(Statistic.LOSS, size=4.0))
    assert [f.subject for f in found] == ["log_loss", "mean"]
    assert found[0].unit == "log_loss"
    assert found[0].columns == ()
    nameless = gathered(shift(Statistic.LOSS), loss=None)
    assert nameless[0].subject == "loss"


def test_mere_movement_and_older_stories_are_no_findings() -> None:
    quiet = shift(Statistic.MEAN, "temp", alarm=False)
    old = shift(Statistic.MEAN, "temp", day=40)
    assert gathered(quiet, old) == ()


def test_an_onset_interval_that_reaches_into_the_test_counts() -> None:
    edge = shift(Statistic.MEAN, "temp", day=49)
    at_the_start = replace(edge, onset=Onset(*(START + d * DAY for d in (49, 48, 50))))
    assert gathered(at_the_start) == ()
    inside = replace(edge, onset=Onset(*(START + d * DAY for d in (49, 48, 51))))
    assert len(gathered(inside)) == 1


def test_the_same_trouble_keeps_its_id_while_it_grows_and_its_onset_moves() -> None:
    (first,) = gathered(shift(Statistic.NULL_SHARE, "temp", size=5.0, day=55))
    (later,) = gathered(shift(Statistic.NULL_SHARE, "temp", size=9.0, day=56))
    assert first.id == later.id
    assert first.id.startswith("fnd")


def test_other_trouble_has_another_id() -> None:
    (base,) = gathered(shift(Statistic.NULL_SHARE, "temp"))
    others = [
        replace(base, columns=("dew",)),
        replace(base, subject="failed_share"),
        replace(base, partition=OSLO),
        replace(base, kind=FindingClass.CHECK),
    ]
    assert len({base.id, *(one.id for one in others)}) == 5


moves = st.builds(
    shift,
    st.sampled_from(Statistic),
    st.sampled_from(["temp", "dew", None]),
    size=st.floats(2.5, 50.0),
    day=st.integers(40, 63),
    alarm=st.booleans(),
    partition=st.sampled_from([EVERYTHING, OSLO]),
)


@given(st.lists(moves, max_size=12), st.data())
def test_gathering_is_free_of_order_and_loses_no_alarm(
    drawn: list[Shift], data: st.DataObject
) -> None:
    found = gathered(*drawn)
    other = gathered(*data.draw(st.permutations(drawn)))
    assert [(f.kind, f.partition, f.columns, f.score) for f in other] == [
        (f.kind, f.partition, f.columns, f.score) for f in found
    ]
    wanted = {
        (CLASS_OF.get(s.key.statistic, FindingClass.DRIFT), s.key.partition)
        for s in drawn
        if s.alarm and s.onset.high > TEST.start
    }
    assert {(f.kind, f.partition) for f in found} == wanted
    scores = [f.score for f in found if f.kind is not FindingClass.PERFORMANCE]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("state", list(HarmState))
def test_harm_is_passed_on_as_it_was_judged(state: HarmState) -> None:
    harm = Harm(state, 0.1 if state is HarmState.MEASURED else None)
    moved = shift(Statistic.MEAN, "temp")
    (found,) = gather(MODEL, [moved], loss=None, harm=harm, under_test=TEST)
    assert found.harm is harm


def test_a_finding_is_over_once_the_last_of_its_figures_is() -> None:
    early = TimeWindow(START + 57 * DAY, START + 58 * DAY)
    late = TimeWindow(START + 59 * DAY, START + 60 * DAY)
    one = replace(shift(Statistic.MEAN, "temp"), ends=early)
    other = replace(shift(Statistic.SPREAD, "dew"), ends=late)
    (over,) = gathered(one, other)
    assert over.ends == late
    (lasting,) = gathered(one, shift(Statistic.SPREAD, "dew"))
    assert lasting.ends is None
    assert over.id == lasting.id
