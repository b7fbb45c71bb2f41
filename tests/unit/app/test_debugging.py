from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_worlds import DAYS, FEATURES, MIDNIGHT, ONSET, OWNERSHIP, write_log

from modelowners.app.debugging import (
    NothingLogged,
    TooLittleLogged,
    debug,
    plan_windows,
)
from modelowners.app.framing import Plan
from modelowners.app.investigation import Investigation
from modelowners.app.settings import Settings
from modelowners.app.wiring import Program
from modelowners.core.ids import asset_id
from modelowners.core.time import (
    DAY,
    TimeWindow,
    VirtualClock,
    parse_instant,
)
from modelowners.detection.findings import HarmState
from modelowners.diagnosis.causes import CauseKind
from modelowners.ledger.changes import Change, ChangeKind, Source
from modelowners.observations.logs import Labels, PredictionLog
from modelowners.observations.questions import LogShape

FIRST = parse_instant("2026-01-01T06:00Z")


def log(
    *, reference: TimeWindow | None = None, delay: timedelta = timedelta(0)
) -> PredictionLog:
    return PredictionLog(
        asset=asset_id("model:late"),
        root=Path(),
        source=("logs/*.parquet",),
        columns={},
        labels=Labels(actual="late", delay=delay),
        reference=reference,
        place="modelowners.yaml:7",
    )


def shape(days: float) -> LogShape:
    """Give the look of a log that begins on New Year's morning."""
    last = MIDNIGHT + days * DAY - timedelta(minutes=1)
    return LogShape(columns={}, rows=99, first=FIRST, last=last, files=("a.parquet",))


def planned(
    days: float,
    *,
    window: str | None = None,
    as_of: str | None = None,
    told: PredictionLog | None = None,
) -> Plan:
    return plan_windows(
        told or log(),
        shape(days),
        window=TimeWindow.parse(window) if window else None,
        as_of=parse_instant(as_of) if as_of else None,
    )


def test_a_long_log_is_tested_on_its_last_four_weeks() -> None:
    plan = planned(181)
    end = MIDNIGHT + 181 * DAY
    assert plan.test == TimeWindow(end - 28 * DAY, end)
    assert plan.reference == TimeWindow(end - 56 * DAY, end - 28 * DAY)
    assert plan.windows[0].start == plan.test.start - 91 * DAY
    assert plan.windows[-1].end == end
    assert plan.why == "the 28 days before the window"
    assert plan.labelled_until == len(plan.windows)


def test_a_young_log_keeps_two_thirds_for_what_is_usual() -> None:
    plan = planned(30)
    assert plan.test.start == MIDNIGHT + 20 * DAY
    assert plan.reference == TimeWindow(MIDNIGHT, MIDNIGHT + 20 * DAY)
    assert plan.windows[0].start == MIDNIGHT


def test_an_asked_window_is_widened_to_whole_base_windows() -> None:
    plan = planned(181, window="2026-04-01T10:00Z/2026-04-11T10:00Z")
    assert str(plan.test) == "2026-04-01T00:00:00Z/2026-04-12T00:00:00Z"
    assert plan.windows[-1].end == plan.test.end


def test_an_asked_window_ends_with_the_log() -> None:
    plan = planned(100, window="2026-04-01/2026-09-01")
    assert plan.test.end == MIDNIGHT + 100 * DAY


def test_a_declared_reference_is_held_against_however_old() -> None:
    declared = TimeWindow.parse("2026-01-05/2026-01-25")
    plan = planned(181, told=log(reference=declared))
    assert (plan.reference, plan.why) == (declared, "declared")
    assert plan.windows[0].start == declared.start


def test_what_was_not_known_then_is_not_looked_at() -> None:
    plan = planned(181, as_of="2026-04-10T15:00Z", told=log(delay=3 * DAY))
    assert plan.test.end == parse_instant("2026-04-10")
    assert len(plan.windows) - plan.labelled_until == 3


def test_a_log_that_stops_at_noon_has_no_window_of_that_day() -> None:
    assert planned(181.5).test.end == MIDNIGHT + 181 * DAY
    assert planned(181.9).test.end == MIDNIGHT + 182 * DAY


def test_nothing_logged_says_where_it_looked() -> None:
    none = LogShape(columns={}, rows=0, first=None, last=None, files=())
    with pytest.raises(NothingLogged, match=r"0 file\(s\) match logs/\*\.parquet"):
        plan_windows(log(), none, window=None, as_of=None)
    with pytest.raises(NothingLogged, match=r"modelowners\.yaml:7") as told:
        planned(181, as_of="2025-12-31")
    assert "2025-12-31 00:00 UTC" in str(told.value)


@pytest.mark.parametrize(
    ("days", "window"),
    [
        (6, None),
        (181, "2026-01-04/2026-02-01"),
        (60, "2026-06-01/2026-06-28"),
    ],
)
def test_too_little_before_the_window_is_refused_with_what_to_do(
    days: int, window: str | None
) -> None:
    with pytest.raises(TooLittleLogged, match="At least 5 are needed") as told:
        planned(days, window=window)
    assert "--from" in str(told.value)


@given(
    days=st.floats(9, 400),
    start=st.integers(6, 300),
    length=st.integers(1, 60),
    asked=st.booleans(),
)
def test_a_plan_has_whole_windows_without_gaps(
    days: float, start: int, length: int, *, asked: bool
) -> None:
    begin = MIDNIGHT + start * DAY
    window = TimeWindow(begin, begin + length * DAY) if asked else None
    try:
        plan = plan_windows(log(), shape(days), window=window, as_of=None)
    except TooLittleLogged:
        assert days < 10 or (asked and start + 1 >= days)
        return
    gaps = zip(plan.windows, plan.windows[1:], strict=False)
    assert all(a.end == b.start and a.length == DAY for a, b in gaps)
    assert plan.windows[-1].end == plan.test.end
    assert plan.reference.end <= plan.test.start
    assert plan.windows[0].start <= plan.reference.start
    assert plan.test.length <= (length if asked else 28) * DAY


# One small world, end to end: degrees Celsius become Fahrenheit one afternoon.


def change(
    key: str, asset: str, what: str, *, hours: float, kind: ChangeKind = ChangeKind.CODE
) -> Change:
    at = ONSET + timedelta(hours=hours)
    return Change(
        kind=kind,
        asset=asset_id(asset),
        what=what,
        source=Source("record", "tests", key),
        recorded_at=at,
        occurred_at=at,
    )


GUILTY = change("1", "dataset:weather", "Report temp in Fahrenheit", hours=-1)
INNOCENT = (
    change("2", "dataset:orders", "Tidy the exports", hours=-2),
    change("3", "model:late", "Log in JSON", hours=-30, kind=ChangeKind.CONFIG),
    change("4", "dataset:weather", "Update the client", hours=-300),
    change("5", "dataset:weather", "Add a test", hours=100),
)


def run(folder: Path, *, broken: bool) -> Program:
    write_log(folder / "log.parquet", broken=broken)
    file = folder / "modelowners.yaml"
    file.write_text(OWNERSHIP, encoding="utf-8")
    program = Program(
        Settings(file, folder / "state"), VirtualClock(MIDNIGHT + DAYS * DAY)
    )
    program.ledger.append([GUILTY, *INNOCENT])
    return program


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = run(tmp_path_factory.mktemp("sick"), broken=True)
    yield program
    program.database.close()


@pytest.fixture(scope="module")
def found(sick: Program) -> Investigation:
    return debug(sick, asset_id("model:late"))


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Investigation]:
    program = run(tmp_path_factory.mktemp("calm"), broken=False)
    yield debug(program, asset_id("model:late"))
    program.database.close()


def test_the_unit_is_named_with_its_column_and_moment(found: Investigation) -> None:
    cause = found.verdict
    assert cause is not None
    assert cause.kind is CauseKind.UNIT_OR_SCALE_CHANGE
    assert (cause.asset, cause.columns) == ("dataset:weather", ("temp",))
    assert cause.segment == {}
    assert cause.onset.low <= ONSET <= cause.onset.high
    assert cause.probability > 0.9
    assert any("ahrenheit" in e.text or "1.8" in e.text for e in cause.evidence)


def test_its_owner_and_nobody_else_upstream_would_be_told(
    found: Investigation,
) -> None:
    (cause, *_) = found.diagnosis.causes
    assert (cause.owner.team, cause.owner.person) == ("forecasters", "ines")
    told = {n.person: n.role for n in found.diagnosis.notified_would_be}
    assert told == {"ines": "owner of the cause", "mia": "symptom, note"}
    assert {"model:late", "dataset:weather"} <= set(found.ownership)


def test_the_change_that_did_it_is_matched_and_shown_with_its_neighbours(
    found: Investigation,
) -> None:
    (cause, *_) = found.diagnosis.causes
    matched = found.change_of(cause)
    assert matched is not None
    assert matched.what == GUILTY.what
    assert {c.what for c in found.changes.values()} >= {GUILTY.what, INNOCENT[0].what}


def test_the_symptom_is_the_loss_and_its_series_shows_it(found: Investigation) -> None:
    symptom, series = found.diagnosis.symptom, found.series
    assert symptom is not None
    assert series is not None
    assert (symptom.metric, symptom.state) == ("log_loss", "measured")
    assert symptom.ci[0] > symptom.before
    assert series.metric == "log_loss"
    assert len(series.points) == DAYS
    split = next(i for i, p in enumerate(series.points) if ONSET in p.window)
    before = np.mean([p.value for p in series.points[:split]])
    after = np.mean([p.value for p in series.points[split + 1 :]])
    assert after - before == pytest.approx(symptom.after - symptom.before, rel=0.3)
    assert all(p.low < p.value < p.high and p.rows > 0 for p in series.points)


def test_the_column_is_shown_before_and_after(found: Investigation) -> None:
    contrast = found.contrasts[1]
    assert contrast.column == "temp"
    wanted = 1.8 * contrast.before.mean + 32
    assert contrast.after.mean == pytest.approx(wanted, abs=6)
    assert set(found.contrasts) <= {c.rank for c in found.diagnosis.causes}


def test_a_look_at_drift_alone_ranks_the_columns(found: Investigation) -> None:
    (loudest, *rest) = found.drift_ranking
    assert (loudest.column, loudest.team) == ("temp", "forecasters")
    assert {d.column for d in rest} <= set(FEATURES)
    assert all(0 <= d.score <= loudest.score <= 1 for d in rest)


def test_findings_carry_the_measured_harm(found: Investigation) -> None:
    symptom = found.diagnosis.symptom
    assert symptom is not None
    assert found.findings
    for one in found.findings:
        assert one.harm.state is HarmState.MEASURED
        assert one.harm.amount == pytest.approx(symptom.after - symptom.before)
    assert any("temp" in one.columns for one in found.findings)


def test_the_undisturbed_twin_has_no_symptom_no_cause_and_tells_nobody(
    calm: Investigation,
) -> None:
    assert calm.healthy
    assert calm.verdict is None
    assert calm.diagnosis.notified_would_be == ()
    assert calm.contrasts == {}
    assert calm.series is not None


def test_before_the_onset_nothing_was_known(sick: Program) -> None:
    early = debug(sick, asset_id("model:late"), as_of=ONSET - 2 * DAY)
    assert early.healthy
    assert GUILTY.what not in {c.what for c in early.changes.values()}
    assert early.as_of == ONSET - 2 * DAY


def test_progress_goes_from_nothing_to_done(sick: Program) -> None:
    told: list[tuple[str, float]] = []
    debug(
        sick,
        asset_id("model:late"),
        as_of=ONSET - 2 * DAY,
        progress=lambda text, done: told.append((text, done)),
    )
    shares = [done for _, done in told]
    assert (shares[0], told[-1]) == (0.0, ("done", 1.0))
    assert all(0 <= done <= 1 for done in shares)


def test_a_source_nobody_could_read_then_is_named(
    found: Investigation, tmp_path: Path
) -> None:
    assert found.notes == ()
    program = run(tmp_path, broken=True)
    program.ledger.failed("mlflow", "prod", at=ONSET, why="connection refused")
    told = debug(program, asset_id("model:late"))
    program.database.close()
    assert told.notes == ("mlflow (prod): never read",)
    assert told.diagnosis == found.diagnosis
