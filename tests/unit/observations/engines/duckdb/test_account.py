"""An account names the fate of every row; read is kept plus dropped, always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from modelowners.core.ids import asset_id
from modelowners.core.time import TimeWindow, parse_instant
from modelowners.observations.accounts import Account
from modelowners.observations.engines.duckdb.account import account
from modelowners.observations.engines.duckdb.session import open_session
from modelowners.observations.logs import Claim, Labels, PredictionLog
from modelowners.observations.profiles import NumericProfile

MakeLog = Callable[..., PredictionLog]
FIRST_DAY = TimeWindow.parse("2026-01-01/2026-01-02")
NEVER = TimeWindow.parse("2030-01-01/2030-01-02")


def told(log: PredictionLog, window: TimeWindow | None = None) -> Account:
    found = account(open_session(log), window)
    assert found.read == found.kept + sum(one.rows for one in found.dropped.values())
    return found


def test_every_row_has_one_fate(make_log: MakeLog) -> None:
    log = make_log(
        "CASE WHEN i % 8 = 7 THEN i - 1 ELSE i END AS name, i / 48 AS score, "
        "CASE WHEN i = 3 THEN NULL ELSE TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR END "
        "AS at",
        columns={"prediction_id": "name", "ts": "at", "score": "score"},
    )
    found = told(log)
    assert found.read == 48
    assert found.dropped["duplicate"].rows == 6
    assert found.differing_duplicates == 6
    assert sum(one.rows for one in found.dropped.values()) == 7
    for one in found.dropped.values():
        assert one.file == "log.parquet"
    assert min(one.row for one in found.dropped.values()) == 3


def test_a_window_counts_its_rows_only(make_log: MakeLog) -> None:
    log = make_log("i / 48 AS score")
    found = told(log, FIRST_DAY)
    assert (found.read, found.kept, found.weight) == (24, 24, 24.0)
    assert found.first == FIRST_DAY.start
    assert found.last == FIRST_DAY.end - timedelta(hours=1)


def test_a_window_without_rows_is_an_account_too(make_log: MakeLog) -> None:
    found = told(make_log("i / 48 AS score, 'a' AS word, 1.5 AS x"), NEVER)
    assert (found.read, found.kept, found.weight) == (0, 0, 0.0)
    assert (found.first, found.last, found.extremes) == (None, None, ())


def test_labels_are_counted_and_when_they_are_due(make_log: MakeLog) -> None:
    labels = Labels(actual="y", delay=timedelta(days=7))
    log = make_log(
        "i / 48 AS score, CASE WHEN i % 3 > 0 THEN i % 2 END AS y", labels=labels
    )
    found = told(log)
    assert (found.has_labels, found.labelled) == (True, 32)
    assert found.labels_due == parse_instant("2026-01-09T23:00Z")
    bare = told(replace(log, labels=None))
    assert (bare.has_labels, bare.labelled, bare.labels_due) == (False, 0, None)


def test_rows_claimed_and_unclaimed_add_up(make_log: MakeLog) -> None:
    claims = (
        Claim(asset=asset_id("dataset:a"), rows={"vendor": ("0", "1")}),
        Claim(asset=asset_id("dataset:b"), rows={"vendor": ("2",)}),
        Claim(asset=asset_id("dataset:c"), features=("x",)),
    )
    log = make_log("i / 48 AS score, i % 4 AS vendor, 1 AS x", segments=("vendor",))
    found = told(replace(log, upstream=claims))
    assert dict(found.claims) == {"dataset:a": 24, "dataset:b": 12}
    assert found.unclaimed == 12
    assert told(log).unclaimed == 0, "where nobody claims rows, none is unclaimed"


def test_an_absurd_value_is_named_with_its_row(make_log: MakeLog) -> None:
    log = make_log(
        "i / 9999 AS score, CASE WHEN i = 4321 THEN -1e9 ELSE i % 100 END AS x, "
        "CASE WHEN i = 17 THEN 1e300 ELSE i % 7 END AS salary, 5 AS same",
        rows=9_999,
        private=frozenset({"salary"}),
    )
    (one,) = told(log).extremes
    assert (one.column, one.value, one.prediction_id) == ("x", -1e9, "4321")
    assert (one.low, one.high) == (0.0, 99.0)
    assert one.ts == parse_instant("2026-01-01") + timedelta(hours=4_321)


@pytest.mark.parametrize(
    ("stored", "part"),
    [
        ("TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR", "have no zone and were read as"),
        ("TIMESTAMPTZ '2026-01-01 00:00+00' + INTERVAL (i) HOUR", ""),
        ("1767225600 + i * 3600", "are numbers"),
        ("strftime(TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR, '%xT%XZ')", ""),
        (
            "'2026-01-02' || ['T01:00:00Z', ' 01:00:00'][1 + i % 2]",
            "24 of 48 times have no zone",
        ),
    ],
)
def test_how_times_were_read_is_said(make_log: MakeLog, stored: str, part: str) -> None:
    if "%x" in stored:
        stored = stored.replace("%xT%XZ", "%Y-%m-%dT%H:%M:%SZ")
    log = make_log(
        f"i / 48 AS score, {stored} AS at",
        columns={"prediction_id": "id", "ts": "at", "score": "score"},
        timezone="Europe/Madrid",
    )
    note = told(log).zone_note
    assert part in note
    assert bool(note) is bool(part)
    assert "Madrid" in note or not part or "numbers" in part


def test_whole_numbers_beyond_a_doubles_reach_are_told(make_log: MakeLog) -> None:
    log = make_log("i / 48 AS score, 9007199254740993 + i AS big, i AS small")
    assert told(log).inexact == ("big",)


def test_a_declared_type_that_is_not_the_stored_one_is_told(make_log: MakeLog) -> None:
    log = make_log("i / 48 AS score, (i || '.5') AS x", feature_types={"x": "double"})
    found = told(log)
    assert set(found.type_differs) == {"x"}
    column = found.columns["x"]
    assert isinstance(column, NumericProfile)
    assert (column.n, column.failed) == (48, 0)


def test_what_was_known_then_is_what_is_told(make_log: MakeLog) -> None:
    log = make_log(
        "i / 48 AS score, 1 AS y, TIMESTAMP '2026-02-01' + INTERVAL (i) DAY AS seen",
        labels=Labels(actual="y", logged_at="seen"),
    )
    session = open_session(log)
    then = account(session, None, as_of=parse_instant("2026-02-10T12:00Z"))
    assert (then.kept, then.labelled) == (48, 10)
    assert account(session, None).labelled == 48
