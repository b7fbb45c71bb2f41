"""The engine as other stages use it: shapes, edges, tasks, privacy, implicit parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from modelowners.core.ids import asset_id
from modelowners.core.time import (
    DAY,
    HOUR,
    TimeWindow,
    VirtualClock,
    format_instant,
    parse_instant,
)
from modelowners.observations import profile
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.logs import Claim, Labels, PredictionLog, Task
from modelowners.observations.profiles import (
    EVERYTHING,
    NULL,
    NumericProfile,
    TextProfile,
)
from modelowners.observations.repository import ProfileStore
from modelowners.store.database import Database

MakeLog = Callable[..., PredictionLog]
DAYS = TimeWindow.parse("2026-01-01/2026-01-03").split(DAY)


def test_describes_without_impossible_times(make_log: MakeLog) -> None:
    log = make_log(
        "1.5 AS score, CASE i WHEN 0 THEN TIMESTAMP '1970-01-01' "
        "WHEN 1 THEN TIMESTAMP '2099-01-01' "
        "ELSE TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR END AS at",
        columns={"ts": "at"},
    )
    clock = VirtualClock(parse_instant("2026-06-01"))
    shape = DuckDBEngine(clock=clock).describe(log)
    assert shape.first is not None
    assert shape.last is not None
    assert format_instant(shape.first) == "2026-01-01T02:00:00Z"
    assert format_instant(shape.last) == "2026-01-02T23:00:00Z"
    assert (shape.rows, shape.files) == (48, ("log.parquet",))


def test_edges_are_quantiles_and_columns_without_values_have_none(
    make_log: MakeLog,
) -> None:
    log = make_log(
        "i * 1.5 AS score, i % 10 AS x, NULL::DOUBLE AS nothing, 'a' AS word",
        rows=640,
    )
    edges = DuckDBEngine().edges(log, TimeWindow.parse("2026-01-01/2026-03-01"))
    assert set(edges) == {"score", "x"}
    assert set(range(10)) <= set(edges["x"].values)
    assert DuckDBEngine().edges(log, TimeWindow.parse("2030-01-01")) == {}


def test_an_all_null_column_and_a_constant_are_profiled(make_log: MakeLog) -> None:
    log = make_log("i * 1.5 AS score, NULL::DOUBLE AS nothing, 7 AS always")
    found = profile(log, engine=DuckDBEngine(), windows=DAYS, reference=DAYS[0])
    column = found[0].columns["nothing"]
    assert isinstance(column, NumericProfile)
    assert (column.n, column.nulls, column.distinct) == (0, 24, 0)
    constant = found[0].columns["always"]
    assert isinstance(constant, NumericProfile)
    assert (constant.counts > 0).sum() == 1
    assert constant.m2 == 0


def test_values_of_private_columns_appear_nowhere(make_log: MakeLog) -> None:
    log = make_log(
        "i * 1.5 AS score, 'canary' || i AS name, 424242.5 + i AS salary",
        private=frozenset({"name", "salary"}),
    )
    engine = DuckDBEngine()
    found = profile(log, engine=engine, windows=DAYS, reference=DAYS[0])
    account = engine.account(log)
    assert "salary" not in engine.edges(log, DAYS[0])
    assert "canary" not in repr((found, account))
    assert "424242" not in repr((found, account))
    words = found[0].columns["name"]
    assert isinstance(words, TextProfile)
    assert (words.n, words.other_rows, words.other_values) == (24, 24, 24)


def test_text_features_of_few_values_stand_in_for_segments(make_log: MakeLog) -> None:
    log = make_log(
        "i * 1.5 AS score, 's' || i % 3 AS size, 'u' || i AS person, 'k' AS constant"
    )
    found = profile(log, engine=DuckDBEngine(), windows=DAYS, reference=DAYS[0])
    assert {str(p.partition) for p in found} == {"all", "size=s0", "size=s1", "size=s2"}
    (declared,) = {
        str(p.partition)
        for p in profile(
            replace(log, segments=("constant",)),
            engine=DuckDBEngine(),
            windows=DAYS,
            reference=DAYS[0],
        )
        if p.partition != EVERYTHING
    }
    assert declared == "constant=k"


def test_row_claims_are_profiled_fully(make_log: MakeLog) -> None:
    claim = Claim(asset=asset_id("dataset:a"), rows={"vendor": ("0", "1")})
    log = make_log("i * 1.5 AS score, i % 3 AS vendor, i AS x", upstream=(claim,))
    engine = DuckDBEngine()
    edges = engine.edges(log, DAYS[0])
    found = list(engine.profile(log, DAYS, edges=edges))
    (claimed,) = [p for p in found if p.partition.asset and p.window == DAYS[0]]
    column = claimed.columns["x"]
    assert isinstance(column, NumericProfile)
    assert (claimed.rows.kept, column.n, column.distinct) == (16, 16, 16)
    assert len(column.counts) == edges["x"].n_bins
    assert claimed.edges_version == found[0].edges_version


def test_a_model_without_scores_has_errors_only(make_log: MakeLog) -> None:
    log = make_log(
        "['no', 'yes'][1 + i % 2] AS prediction, ['no', 'yes'][1 + i % 3 // 2] AS y",
        positive="yes",
        labels=Labels(actual="y"),
    )
    engine = DuckDBEngine()
    assert engine.task(log) is Task.BINARY
    first = next(iter(engine.profile(log, DAYS, edges=engine.edges(log, DAYS[0]))))
    assert first.outcome is not None
    assert list(first.outcome.losses) == ["error"]
    assert first.outcome.losses["error"].total == 12
    assert "prediction" in first.columns


def test_truths_and_losses_by_score(make_log: MakeLog) -> None:
    log = make_log(
        "(i % 10) / 10 AS score, CAST(i % 10 > 4 AS INTEGER) AS y",
        labels=Labels(actual="y"),
    )
    engine = DuckDBEngine()
    edges = engine.edges(log, DAYS[0])
    first = next(iter(engine.profile(log, DAYS, edges=edges)))
    assert first.outcome is not None
    score = np.arange(24) % 10 / 10
    places = np.searchsorted(edges["score"].values, score, side="right")
    expected = np.bincount(places, minlength=edges["score"].n_bins + 1)
    assert (first.outcome.score_n == expected).all()
    assert first.outcome.score_actual.sum() == (score > 0.45).sum()
    total = first.outcome.losses["log_loss"].total
    assert np.isclose(first.outcome.score_loss.sum(), total)


def test_versions_and_hours_are_counted(make_log: MakeLog) -> None:
    log = make_log(
        "1.5 AS score, CASE WHEN i % 3 > 0 THEN '1.1' || (i % 3) END AS model_version"
    )
    first = next(iter(DuckDBEngine().profile(log, DAYS, edges={})))
    assert first.versions == {"(null)": 8, "1.11": 8, "1.12": 8}
    assert first.hours.tolist() == [1] * 24


def test_progress_is_told(make_log: MakeLog) -> None:
    told: list[float] = []
    profile(
        make_log("1.5 AS score"),
        engine=DuckDBEngine(),
        windows=DAYS,
        progress=lambda sentence, share: told.append(share),
    )
    assert told == [0.0]


VERSIONED = (
    "i * 1.5 AS score, i % 10 AS x, CASE WHEN i < 30 THEN '1' "
    "WHEN i < 40 THEN '2' END AS v"
)
"""48 rows, one an hour: 30 of version 1, 10 of version 2, 8 that name none."""
BOTH_DAYS = TimeWindow(DAYS[0].start, DAYS[-1].end)


def versioned(make_log: MakeLog) -> PredictionLog:
    columns = {"prediction_id": "id", "model_version": "v"}
    return make_log(VERSIONED, columns=columns)


def test_the_newest_rows_are_counted_by_version(make_log: MakeLog) -> None:
    log, engine = versioned(make_log), DuckDBEngine()
    assert engine.versions(log, BOTH_DAYS, rows=100) == {"1": 30, "2": 10, NULL: 8}
    assert engine.versions(log, BOTH_DAYS, rows=10) == {"2": 2, NULL: 8}
    assert engine.versions(log, DAYS[0], rows=5) == {"1": 5}
    assert engine.versions(log, TimeWindow.parse("2030-01-01"), rows=5) == {}
    late = engine.versions(log, BOTH_DAYS, rows=5, as_of=DAYS[0].end)
    assert late == {"1": 5}


def test_a_log_without_versions_says_so(make_log: MakeLog) -> None:
    assert DuckDBEngine().versions(make_log(VERSIONED), BOTH_DAYS, rows=5) is None


def test_only_the_rows_of_one_version_are_seen(make_log: MakeLog) -> None:
    log = replace(versioned(make_log), version="2")
    engine = DuckDBEngine()
    shape = engine.describe(log)
    assert shape.rows == 10
    assert shape.first == DAYS[1].start + 6 * HOUR
    found = profile(log, engine=engine, windows=DAYS, reference=DAYS[1])
    whole = [one for one in found if one.partition == EVERYTHING]
    assert [one.rows.kept for one in whole if one.rows.kept] == [10]
    assert [dict(one.versions) for one in whole if one.rows.kept] == [{"2": 10}]


@pytest.mark.parametrize("version", ["9", "", "1' OR '1'='1", "%"])
def test_a_version_nobody_served_has_no_row(version: str, make_log: MakeLog) -> None:
    log = replace(versioned(make_log), version=version)
    shape = DuckDBEngine().describe(log)
    assert (shape.rows, shape.first, shape.last) == (0, None, None)


def test_without_a_version_column_no_row_is_known_to_be_of_one(
    make_log: MakeLog,
) -> None:
    log = replace(make_log(VERSIONED), version="1")
    assert DuckDBEngine().describe(log).rows == 0


def test_edges_of_one_version_leave_those_of_all_as_they_are(
    make_log: MakeLog,
) -> None:
    database = Database.open(":memory:")
    store = ProfileStore(lambda: database)
    engine = DuckDBEngine(store=store)
    log = versioned(make_log)
    first = engine.edges(log, BOTH_DAYS)
    engine.edges(replace(log, version="2"), BOTH_DAYS)
    # Asked with another reference: those that exist are kept.
    again = DuckDBEngine(store=store).edges(log, DAYS[0])
    assert {name: one.version for name, one in again.items()} == {
        name: one.version for name, one in first.items()
    }
