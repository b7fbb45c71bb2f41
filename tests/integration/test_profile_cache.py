"""Kept profiles equal a fresh read after any change of the log, and after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, TimeWindow, parse_instant
from modelowners.observations.engines.duckdb import caching
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.engines.duckdb.scan import scan
from modelowners.observations.logs import Labels, PredictionLog, Task
from modelowners.observations.profiles import Edges, Profile
from modelowners.observations.records import pack_outcomes, pack_rows
from modelowners.observations.repository import ProfileStore
from modelowners.store.database import Database

WINDOWS = TimeWindow.parse("2026-01-01/2026-01-05").split(DAY)
LATER = parse_instant("2026-06-01")


def log_in(folder: Path) -> PredictionLog:
    return PredictionLog(
        asset=asset_id("model:eta"),
        root=folder,
        source=("log/*.parquet",),
        columns={"prediction_id": "id", "ts": "ts", "score": "p"},
        features=("x", "w"),
        segments=("w",),
        task=Task.BINARY,
        labels=Labels(
            actual="y", source="labels/*.parquet", key_column="id", logged_at="seen"
        ),
    )


def write_day(folder: Path, day: int, *, seed: int = 0, rows: int = 40) -> None:
    path = folder / "log" / f"{day}.parquet"
    copy(
        path,
        f"SELECT {day} * 1000 + i AS id, TIMESTAMP '2026-01-01' + INTERVAL ({day}) DAY "
        f"+ INTERVAL (i * 7) MINUTE AS ts, (i * 37 % 100) / 100.0 AS p, "
        f"CASE WHEN i % 9 = {seed % 9} THEN NULL ELSE i * {seed + 1}.5 END AS x, "
        f"'w' || (i % 3) AS w FROM range({rows}) t(i)",
    )


def write_labels(folder: Path, name: int, *, until: int, flip: int = 0) -> None:
    copy(
        folder / "labels" / f"{name}.parquet",
        f"SELECT d * 1000 + i AS id, (i + {flip}) % 2 AS y, "
        f"TIMESTAMP '2026-02-01' + INTERVAL ({name}) DAY AS seen "
        f"FROM range({until}) t(d), range(40) u(i)",
    )


def copy(path: Path, select: str) -> None:
    path.parent.mkdir(exist_ok=True)
    connection = duckdb.connect()
    connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    connection.close()
    # Files written within one tick of the clock would look alike to a person too.
    stamp = path.stat().st_mtime_ns + next(_TICKS)
    os.utime(path, ns=(stamp, stamp))


_TICKS = iter(range(0, 10**15, 10**6))


def ask(
    log: PredictionLog, edges: dict[str, Edges], store: ProfileStore | None
) -> bytes:
    found = list(
        DuckDBEngine(store=store, threads=1).profile(log, WINDOWS, edges=edges)
    )
    return packed(found)


def packed(profiles: list[Profile]) -> bytes:
    return pack_rows(profiles) + pack_outcomes(profiles)


class Turns(RuleBasedStateMachine):
    """Files come, change and go; after each turn the kept equals the fresh."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(_FOLDERS.pop())
        for day in range(2):
            write_day(self.folder, day)
        write_labels(self.folder, 0, until=1)
        self.log = log_in(self.folder)
        self.database = Database.open(self.folder / "state.db")
        self.edges = dict(DuckDBEngine(threads=1).edges(self.log, WINDOWS[0]))

    @rule(day=st.integers(0, 3), seed=st.integers(0, 5))
    def add_or_replace(self, day: int, seed: int) -> None:
        write_day(self.folder, day, seed=seed)

    @rule(day=st.integers(1, 3))
    def delete(self, day: int) -> None:
        (self.folder / "log" / f"{day}.parquet").unlink(missing_ok=True)

    @rule(day=st.integers(1, 3))
    def truncate(self, day: int) -> None:
        path = self.folder / "log" / f"{day}.parquet"
        if path.exists():
            path.write_bytes(path.read_bytes()[:40])

    @rule(name=st.integers(0, 2), until=st.integers(1, 4), flip=st.integers(0, 1))
    def label(self, name: int, until: int, flip: int) -> None:
        write_labels(self.folder, name, until=until, flip=flip)

    @invariant()
    def kept_equals_fresh(self) -> None:
        store = ProfileStore(lambda: self.database)
        fresh = ask(self.log, self.edges, None)
        assert ask(self.log, self.edges, store) == fresh
        assert ask(self.log, self.edges, store) == fresh

    def teardown(self) -> None:
        self.database.close()


_FOLDERS: list[str] = []


def test_turns_over_a_changing_log(tmp_path: Path) -> None:
    runs = settings().max_examples // 10
    for i in range(runs * 4):
        (tmp_path / str(i)).mkdir()
        _FOLDERS.append(str(tmp_path / str(i)))
    Turns.TestCase.settings = settings(max_examples=runs, stateful_step_count=6)
    Turns.TestCase().runTest()


@pytest.fixture
def world(tmp_path: Path, place: str) -> Iterator[tuple[PredictionLog, ProfileStore]]:
    for day in range(4):
        write_day(tmp_path, day)
    write_labels(tmp_path, 0, until=4)
    with Database.open(place) as database:
        yield log_in(tmp_path), ProfileStore(lambda: database)


def scanned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], bool]]:
    """Note which days are read from now on, and whether with their columns."""
    seen: list[tuple[list[int], bool]] = []
    real = scan

    def spy(session: object, windows: list[TimeWindow], **rest: object) -> object:
        days = [window.start.day for window in windows]
        seen.append((days, bool(rest["columns"])))
        return real(session, windows, **rest)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(caching, "scan", spy)
    return seen


def test_only_what_changed_is_read(
    world: tuple[PredictionLog, ProfileStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, store = world
    edges = dict(DuckDBEngine().edges(log, WINDOWS[0]))
    seen = scanned(monkeypatch)
    ask(log, edges, store)
    assert seen == [([1, 2, 3, 4], True)]
    seen.clear()
    ask(log, edges, store)
    assert seen == []
    write_day(log.root, 2, seed=3)
    ask(log, edges, store)
    assert seen == [([3], True)]
    seen.clear()
    write_labels(log.root, 1, until=1, flip=1)
    ask(log, edges, store)
    assert seen == [([1, 2, 3, 4], False)]


def test_what_was_not_known_then_is_not_answered_from_what_is_kept(
    world: tuple[PredictionLog, ProfileStore],
) -> None:
    log, store = world
    edges = dict(DuckDBEngine().edges(log, WINDOWS[0]))
    ask(log, edges, store)
    engine = DuckDBEngine(store=store)
    then = WINDOWS[1].start + timedelta(hours=1)
    found = list(engine.profile(log, WINDOWS, edges=edges, as_of=then))
    everything = [p for p in found if not p.partition.where]
    assert [p.rows.kept for p in everything] == [40, 9, 0, 0]
    assert all(p.outcome is not None and not p.outcome.labelled for p in everything)
    later = list(engine.profile(log, WINDOWS, edges=edges, as_of=LATER))
    assert packed(later) == ask(log, edges, None)


def test_a_state_that_fails_costs_time_only(
    world: tuple[PredictionLog, ProfileStore],
) -> None:
    log, _ = world
    edges = dict(DuckDBEngine().edges(log, WINDOWS[0]))
    broken = ProfileStore(lambda: Database.open("/proc/nowhere/state.db"))
    assert ask(log, edges, broken) == ask(log, edges, None)


def test_edges_stay_as_they_were_first(
    world: tuple[PredictionLog, ProfileStore],
) -> None:
    log, store = world
    first = DuckDBEngine(store=store).edges(log, WINDOWS[0])
    write_day(log.root, 0, seed=5)
    again = DuckDBEngine(store=store).edges(log, WINDOWS[0])
    assert {n: e.version for n, e in first.items()} == {
        n: e.version for n, e in again.items()
    }


def test_killed_at_any_commit_the_next_run_gives_the_same(
    tmp_path: Path, place: str
) -> None:
    for day in range(4):
        write_day(tmp_path, day)
    write_labels(tmp_path, 0, until=4)
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from pathlib import Path
        import test_profile_cache as world
        from modelowners.observations.engines.duckdb import caching
        from modelowners.observations.engines.duckdb.engine import DuckDBEngine
        caching._COMMITTED = 1
        log = world.log_in(Path({str(tmp_path)!r}))
        database = world.Database.open({place!r})
        store = world.ProfileStore(lambda: database)
        edges = DuckDBEngine(store=store).edges(log, world.WINDOWS[0])
        engine = DuckDBEngine(store=store, threads=1)
        for profile in engine.profile(log, world.WINDOWS, edges=edges):
            if profile.window == world.WINDOWS[int(sys.argv[1])]:
                os.kill(os.getpid(), signal.SIGKILL)
        """)
    )
    log = log_in(tmp_path)
    edges = dict(DuckDBEngine().edges(log, WINDOWS[0]))
    fresh = ask(log, edges, None)
    for at in (0, 2):
        done = subprocess.run([sys.executable, str(script), str(at)], check=False)
        assert done.returncode == -signal.SIGKILL
        with Database.open(place) as database:
            store = ProfileStore(lambda: database)
            span = TimeWindow(WINDOWS[0].start, WINDOWS[-1].end)
            kept = store.find(log.asset, caching.mapping_version(log), span)
            assert len(kept) == 2 * (at + 1)
            if at:
                assert ask(log, edges, store) == fresh
