"""What is kept names what it was made from, and a failing cache costs no answer."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from modelowners.core.errors import StateError
from modelowners.core.time import DAY, TimeWindow, parse_instant
from modelowners.observations.engines.duckdb import caching
from modelowners.observations.engines.duckdb.caching import (
    Fingerprints,
    Kept,
    fingerprint,
    mapping_version,
)
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.engines.duckdb.scan import scan
from modelowners.observations.engines.duckdb.session import open_session
from modelowners.observations.engines.duckdb.sources import LogFile
from modelowners.observations.logs import Labels, PredictionLog
from modelowners.observations.profiles import Profile
from modelowners.observations.records import pack_outcomes, pack_rows
from modelowners.observations.repository import ProfileStore
from modelowners.store.database import Database

MakeLog = Callable[..., PredictionLog]
DAYS = TimeWindow.parse("2026-01-01/2026-01-03").split(DAY)
ELSEWHERE = TimeWindow.parse("2026-03-01/2026-03-02")
SELECT = "(i % 10) / 10 AS score, i % 2 AS y, ['a', NULL][1 + i % 2] AS w"


@pytest.fixture
def store() -> Iterator[ProfileStore]:
    with Database.open(":memory:") as database:
        yield ProfileStore(lambda: database)


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the windows of every read of rows."""
    seen: list[int] = []

    def counted(*args: object, **options: object) -> Iterator[Profile]:
        seen.append(len(args[1]))  # type: ignore[arg-type]  # the windows
        return scan(*args, **options)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(caching, "scan", counted)
    return seen


def read(log: PredictionLog, store: ProfileStore | None) -> tuple[bytes, bytes]:
    engine = DuckDBEngine(store=store, threads=1)
    edges = engine.edges(log, DAYS[0])
    found = list(engine.profile(log, DAYS, edges=edges))
    return pack_rows(found), pack_outcomes(found)


def test_kept_windows_are_not_read_again_and_say_the_same(
    make_log: MakeLog, store: ProfileStore, scans: list[int]
) -> None:
    log = make_log(SELECT, labels=Labels(actual="y"))
    fresh = read(log, None)
    assert read(log, store) == fresh
    scans.clear()
    assert read(log, store) == fresh
    assert scans == []


def test_a_file_that_changed_is_read_again(
    make_log: MakeLog, store: ProfileStore, scans: list[int]
) -> None:
    log = make_log(SELECT, labels=Labels(actual="y"))
    read(log, store)
    make_log(SELECT.replace("i % 2 AS y", "1 AS y"))
    stamp = (log.root / "log.parquet").stat().st_mtime_ns + 10**9
    os.utime(log.root / "log.parquet", ns=(stamp, stamp))
    scans.clear()
    again = read(log, store)
    assert sum(scans) == len(DAYS)
    assert again[1] == read(log, None)[1]


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        ({"place": "other.yaml:3:5"}, False),
        ({"reference": ELSEWHERE}, False),
        ({"root": Path("elsewhere")}, False),
        ({"private": frozenset({"w"})}, True),
        ({"features": ("w",)}, True),
        ({"timezone": "Europe/Madrid"}, True),
        ({"segments": ("w",)}, True),
        ({"threshold": 0.4}, True),
    ],
)
def test_a_mapping_is_named_by_what_it_means(
    make_log: MakeLog, change: dict[str, object], *, matters: bool
) -> None:
    log = make_log(SELECT)
    changed = replace(log, **change)  # type: ignore[arg-type]  # fields by name
    assert (mapping_version(changed) != mapping_version(log)) is matters


def test_private_columns_in_any_order_are_one_mapping(make_log: MakeLog) -> None:
    names = [f"c{i}" for i in range(40)]
    one, other = (
        replace(make_log(SELECT), private=frozenset(some))
        for some in (names, reversed(names))
    )
    assert mapping_version(one) == mapping_version(other)


def test_files_are_named_by_path_size_and_time() -> None:
    def file(name: str = "a", size: int = 1, mtime_ns: int = 1) -> LogFile:
        return LogFile(path=name, name=name, size=size, mtime_ns=mtime_ns, csv=False)

    named = {
        fingerprint([]),
        fingerprint([file()]),
        fingerprint([file(), file("b")]),
        fingerprint([file(size=2)]),
        fingerprint([file(mtime_ns=2)]),
        fingerprint([file()], "edges"),
    }
    assert len(named) == 6
    assert fingerprint([file("b"), file()]) == fingerprint([file(), file("b")])


def test_a_window_that_no_file_reaches_into_depends_on_none(make_log: MakeLog) -> None:
    session = open_session(make_log(SELECT))
    prints = Fingerprints.of(session, "edges")
    (here, there), away = map(prints.rows, DAYS), prints.rows(ELSEWHERE)
    assert here == there == fingerprint(session.source.files, "edges")
    assert away == fingerprint([], "edges")


def test_a_csv_may_reach_into_every_window(make_log: MakeLog) -> None:
    log = make_log(SELECT)
    (log.root / "a.csv").write_text("id,ts,score\n1,2026-01-01T00:00:00,0.5\n")
    session = open_session(replace(log, source=("a.csv",)))
    prints = Fingerprints.of(session, "edges")
    assert prints.rows(ELSEWHERE) == prints.rows(DAYS[0]) != fingerprint([], "edges")


def test_times_of_a_zone_reach_a_day_further(make_log: MakeLog) -> None:
    log = make_log(SELECT, timezone="Pacific/Auckland")
    prints = Fingerprints.of(open_session(log), "edges")
    before = TimeWindow(DAYS[0].start - DAY, DAYS[0].start)
    assert prints.rows(before) == prints.rows(DAYS[0])


def test_a_state_that_fails_is_asked_once_and_the_answer_stands(
    make_log: MakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    opened = []

    def broken() -> Database:
        opened.append(1)
        raise StateError(place="state.db", why="it is locked", remedy="Try again")

    log = make_log(SELECT, labels=Labels(actual="y"))
    with caplog.at_level(logging.WARNING):
        assert read(log, ProfileStore(broken)) == read(log, None)
    assert opened == [1]
    assert [r.message for r in caplog.records] == ["profiles.not_kept"]


def test_without_a_cache_nothing_is_asked() -> None:
    def never(_: object) -> str:
        raise AssertionError

    assert Kept(None).attempt(never, "otherwise") == "otherwise"


def test_what_may_still_become_known_is_not_kept(
    make_log: MakeLog, store: ProfileStore, scans: list[int]
) -> None:
    labels = Labels(actual="y", delay=timedelta(days=30))
    log = make_log(SELECT, labels=labels)
    engine = DuckDBEngine(store=store, threads=1)
    edges = engine.edges(log, DAYS[0])
    early, late = parse_instant("2026-01-20"), parse_instant("2026-03-01")

    def labelled(at: str) -> list[int]:
        known = {"early": early, "late": late}[at]
        found = engine.profile(log, DAYS, edges=edges, as_of=known)
        return [
            p.outcome.labelled for p in found if p.outcome and not p.partition.where
        ]

    assert labelled("early") == [0, 0]
    assert labelled("late") == [24, 24], "a kept empty outcome would say none"
    scans.clear()
    assert labelled("late") == [24, 24]
    assert scans == []
    assert labelled("early") == [0, 0], "nor is the future told to the past"
