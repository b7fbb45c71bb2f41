"""A held window answers as the files do, as of the instant it was held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from modelowners.core.time import TimeWindow, VirtualClock, parse_instant
from modelowners.observations.engines.duckdb import canonical
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.logs import Labels, PredictionLog, Task
from modelowners.observations.profiles import EVERYTHING
from modelowners.observations.questions import Identity

MakeLog = Callable[..., PredictionLog]
Ask = Callable[[DuckDBEngine, PredictionLog], object]
WHOLE = TimeWindow.parse("2026-01-01/2026-01-21")
BEFORE = TimeWindow.parse("2026-01-01/2026-01-11")
AFTER = TimeWindow.parse("2026-01-11/2026-01-21")
SUM = Identity(form="sum", target="c", terms=((1.0, "a"), (1.0, "b")), tolerance=0.01)
SELECT = (
    "(i * 37 % 101) / 101.0 AS a, (i * 53 % 97) / 97.0 AS b, "
    "(i * 37 % 101) / 101.0 + (i * 53 % 97) / 97.0 + (i > 400)::INT AS c, "
    "['n', 'it''s', NULL][1 + i % 3] AS site, "
    "2.0 * (i * 37 % 101) / 101.0 AS score, "
    "(i % 7) / 7.0 AS y, TIMESTAMP '2026-01-01' + INTERVAL (i + 48) HOUR AS seen"
)
QUESTIONS: dict[str, Ask] = {
    "contrast": lambda engine, log: engine.contrast(
        log, ["a", "site"], before=BEFORE, after=AFTER, partition=EVERYTHING
    ),
    "identities": lambda engine, log: engine.identities(log, BEFORE),
    "relation": lambda engine, log: engine.relation(log, [SUM], [BEFORE, AFTER]),
    "lagged": lambda engine, log: engine.lagged(
        log, ["a"], windows=WHOLE.split(timedelta(days=1)), lags=[1, 7]
    ),
    "slices": lambda engine, log: engine.slices(log, before=BEFORE, after=AFTER),
    "surrogate": lambda engine, log: engine.surrogate(log, BEFORE, columns=["a", "b"]),
}


@pytest.fixture
def log(make_log: MakeLog) -> PredictionLog:
    return make_log(
        SELECT,
        rows=480,
        features=("a", "b", "c", "site"),
        segments=("site",),
        task=Task.REGRESSION,
        labels=Labels(actual="y", logged_at="seen"),
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_held_window_gives_the_answers_of_the_files(
    log: PredictionLog, question: str
) -> None:
    ask = QUESTIONS[question]
    holding = DuckDBEngine(threads=1)
    holding.hold(log, WHOLE)
    assert repr(ask(holding, log)) == repr(ask(DuckDBEngine(threads=1), log))


def test_questions_beyond_the_held_window_read_the_files(log: PredictionLog) -> None:
    holding, plain = DuckDBEngine(threads=1), DuckDBEngine(threads=1)
    holding.hold(log, AFTER)
    (held,), (read,) = (
        [
            one
            for one in engine.relation(log, [SUM], [BEFORE, AFTER])
            if one.partition == EVERYTHING
        ]
        for engine in (holding, plain)
    )
    assert held.rows.tolist() == read.rows.tolist() == [240, 240]


def rows_held(engine: DuckDBEngine, log: PredictionLog) -> int:
    counted = engine.relation(log, [SUM], [AFTER])
    return int(next(c for c in counted if c.partition == EVERYTHING).rows[0])


def labelled(engine: DuckDBEngine, log: PredictionLog) -> int:
    truth = Identity(form="order", target="actual", terms=((1.0, "a"),))
    counted = engine.relation(log, [truth], [AFTER])
    return int(next(c for c in counted if c.partition == EVERYTHING).rows[0])


def test_as_of_hides_the_labels_that_came_later(log: PredictionLog) -> None:
    engine = DuckDBEngine(threads=1)
    engine.hold(log, WHOLE)
    assert labelled(engine, log) == 240
    # Row i is of hour i, and its label of hour i + 48.
    engine.hold(log, WHOLE, as_of=parse_instant("2026-01-16T00:00Z"))
    assert labelled(engine, log) == 360 - 48 - 240 + 1
    engine.hold(log, WHOLE)
    assert labelled(engine, log) == 240, "another hold, another knowledge"


def test_as_of_hides_the_rows_that_were_logged_later(make_log: MakeLog) -> None:
    log = make_log(
        f"{SELECT}, TIMESTAMP '2026-01-01' + INTERVAL (i + 24) HOUR AS written",
        rows=480,
        columns={"prediction_id": "id", "logged_at": "written"},
        task=Task.REGRESSION,
    )
    engine = DuckDBEngine(threads=1)
    engine.hold(log, WHOLE, as_of=parse_instant("2026-01-16T00:00Z"))
    assert rows_held(engine, log) == 360 - 24 - 240 + 1


def test_more_rows_than_are_worth_holding_are_left_where_they_are(
    log: PredictionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canonical, "_HELD_ROWS", 100)
    engine = DuckDBEngine(threads=1)
    engine.hold(log, WHOLE, as_of=parse_instant("2026-01-16T00:00Z"))
    assert "held" not in str(
        engine.session(log).connection.execute("SHOW TABLES").fetchall()
    )
    assert labelled(engine, log) == 360 - 48 - 240 + 1, "as of is kept all the same"


def test_an_empty_window_can_be_held(log: PredictionLog) -> None:
    engine = DuckDBEngine(threads=1)
    engine.hold(log, TimeWindow.parse("2030-01-01/2030-02-01"))
    assert rows_held(engine, log) == 240


def test_a_log_is_opened_anew_when_its_future_has_come(log: PredictionLog) -> None:
    clock = VirtualClock(parse_instant("2026-01-11T00:00Z"))
    engine = DuckDBEngine(threads=1, clock=clock)
    first = engine.session(log)
    assert engine.account(log, AFTER).kept == 1, "and the others cannot be yet"
    assert engine.account(log).dropped["future_timestamp"].rows == 239
    engine.hold(log, WHOLE)
    clock.advance(timedelta(days=10))
    assert engine.session(log) is not first
    assert engine.account(log, AFTER).kept == 240
    assert rows_held(engine, log) == 240, "what was held before is forgotten"


def test_a_few_minutes_reopen_nothing(log: PredictionLog) -> None:
    clock = VirtualClock(parse_instant("2026-02-01"))
    engine = DuckDBEngine(threads=1, clock=clock)
    first = engine.session(log)
    clock.advance(timedelta(minutes=4))
    assert engine.session(log) is first
    assert DuckDBEngine(threads=1).session(log).now is None


def test_the_least_used_of_many_logs_is_closed(log: PredictionLog) -> None:
    engine = DuckDBEngine(threads=1)
    logs = [replace(log, threshold=0.1 * i) for i in range(5)]
    opened = [engine.session(one) for one in logs]
    assert engine.session(logs[4]) is opened[4]
    assert engine.session(logs[0]) is not opened[0]
