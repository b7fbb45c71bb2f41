"""Profiles equal a plain NumPy computation, however the log is cut into files."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, TimeWindow
from modelowners.observations.engines.duckdb.engine import DuckDBEngine
from modelowners.observations.engines.duckdb.scan import batches
from modelowners.observations.logs import Claim, Labels, PredictionLog, Task
from modelowners.observations.profiles import (
    EVERYTHING,
    NumericProfile,
    Profile,
    TextProfile,
    merge_numeric,
    merge_outcomes,
    merge_text,
)

# Each example writes files and asks the engine; the slow profile draws more.
few = settings(max_examples=max(8, settings().max_examples // 50))

WEEK = TimeWindow.parse("2026-01-01/2026-01-08")
DAYS = WEEK.split(DAY)
MODEL = asset_id("model:eta")

numbers = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, math.nan, math.inf, -math.inf, 0.1]),
    st.floats(-1e6, 1e6),
)
words = st.one_of(
    st.none(), st.sampled_from(["", "JFK", "jfk", " a ", "007", "(other)", "é😀", "'"])
)
rows = st.lists(
    st.tuples(
        st.integers(0, 7 * 24 * 60 - 1),
        numbers,
        words,
        st.floats(0, 1),
        st.sampled_from([None, 0, 1]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=60,
)
Row = tuple[int, float | None, str | None, float, int | None, int]


def write(path: Path, table: list[Row], *, first: int = 0) -> None:
    """Write rows as Parquet; ids count from `first`."""
    connection = duckdb.connect()
    connection.execute(
        'CREATE TABLE t (id BIGINT, "when" TIMESTAMP, "the ""fare"" 😀" DOUBLE, '
        "word VARCHAR, p DOUBLE, y INTEGER, vendor INTEGER)"
    )
    start = WEEK.start.replace(tzinfo=None)
    values = [
        (first + i, start + timedelta(minutes=m), x, w, p, y, v)
        for i, (m, x, w, p, y, v) in enumerate(table)
    ]
    if values:
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    connection.close()


def log_in(folder: Path) -> PredictionLog:
    return PredictionLog(
        asset=MODEL,
        root=folder,
        source=("*.parquet",),
        columns={"prediction_id": "id", "ts": "when", "score": "p"},
        features=('the "fare" 😀', "word", "vendor"),
        segments=("vendor",),
        task=Task.BINARY,
        labels=Labels(actual="y"),
        upstream=(Claim(asset=asset_id("dataset:one"), rows={"vendor": ("1",)}),),
    )


def profiles_of(log: PredictionLog) -> list[Profile]:
    engine = DuckDBEngine(threads=1)
    return list(engine.profile(log, DAYS, edges=engine.edges(log, WEEK)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


def fresh(folder: Path) -> Path:
    """Give a new folder: Hypothesis asks for many."""
    place = folder / str(len(list(folder.iterdir())))
    place.mkdir()
    return place


@few
@given(table=rows)
def test_exact_parts_equal_numpy(folder: Path, table: list[Row]) -> None:
    place = fresh(folder)
    write(place / "a.parquet", table)
    log = log_in(place)
    engine = DuckDBEngine(threads=1)
    edges = engine.edges(log, WEEK)
    found = {(p.partition, p.window): p for p in engine.profile(log, DAYS, edges=edges)}
    for day, window in enumerate(DAYS):
        inside = [row for row in table if row[0] // 1440 == day]
        profile = found[EVERYTHING, window]
        assert profile.rows.read == profile.rows.kept == len(inside)
        assert profile.hours.sum() == len(inside)
        if not inside:
            continue
        assert profile.outcome is not None
        assert profile.outcome.labelled == sum(r[4] is not None for r in inside)
        check_numbers(profile, [row[1] for row in inside], edges)
        check_words(profile, [row[2] for row in inside])
        check_losses(profile, inside)
        one = [row for row in inside if row[5] == 1]
        claimed = [p for (part, w), p in found.items() if w == window and part.asset]
        assert sum(p.rows.kept for p in claimed) == len(one)


def check_numbers(profile: Profile, values: list[float | None], edges: object) -> None:
    assert isinstance(edges, dict)
    column = profile.columns['the "fare" 😀']
    assert isinstance(column, NumericProfile)
    present = np.array([v for v in values if v is not None])
    finite = present[np.isfinite(present)]
    assert column.nulls == len(values) - len(present)
    assert column.nans == int(np.isnan(present).sum())
    assert column.infinite == int(np.isinf(present).sum())
    assert column.n == len(finite)
    assert column.distinct == len(np.unique(finite))
    assert column.zeros == int((finite == 0).sum())
    assert column.negatives == int((finite < 0).sum())
    assert column.whole == int((finite == np.trunc(finite)).sum())
    if not len(finite):
        assert math.isnan(column.mean)
        return
    assert (column.minimum, column.maximum) == (finite.min(), finite.max())
    scale = max(1.0, float(np.abs(finite).max()))
    assert column.mean == pytest.approx(finite.mean(), abs=1e-9 * scale)
    expected = float(((finite - finite.mean()) ** 2).sum())
    assert column.m2 == pytest.approx(expected, abs=1e-6 * scale**2 * len(finite))
    if (one := edges.get('the "fare" 😀')) is not None:
        places = np.searchsorted(one.values, finite, side="right")
        assert (column.counts == np.bincount(places, minlength=one.n_bins)).all()


def check_words(profile: Profile, values: list[str | None]) -> None:
    column = profile.columns["word"]
    assert isinstance(column, TextProfile)
    present = [v for v in values if v is not None]
    assert (column.n, column.nulls) == (len(present), len(values) - len(present))
    assert column.values == {v: present.count(v) for v in present}
    assert column.distinct == len(set(present))
    assert column.empty == present.count("")
    assert column.blank == sum(v != v.strip() for v in present)
    assert column.digits == sum(v.isdigit() for v in present)
    assert column.longest == max(map(len, present), default=0)


def check_losses(profile: Profile, inside: list[Row]) -> None:
    assert profile.outcome is not None
    known = [(row[3], row[4]) for row in inside if row[4] is not None]
    brier = profile.outcome.losses["brier"]
    assert brier.n == len(known)
    assert brier.total == pytest.approx(sum((p - y) ** 2 for p, y in known))
    error = profile.outcome.losses["error"]
    assert error.total == sum((p >= 0.5) != y for p, y in known)
    clipped = [(min(max(p, 1e-15), 1 - 1e-15), y) for p, y in known]
    expected = -sum(math.log(p if y else 1 - p) for p, y in clipped)
    assert profile.outcome.losses["log_loss"].total == pytest.approx(
        expected, rel=1e-6, abs=1e-9
    )
    assert profile.outcome.score_n.sum() == len(known)
    assert profile.outcome.score_actual.sum() == sum(y for _, y in known)


@few
@given(table=rows, cut=st.integers(0, 60), data=st.data())
def test_any_split_into_files_gives_the_same(
    folder: Path, table: list[Row], cut: int, data: st.DataObject
) -> None:
    whole, split = fresh(folder), fresh(folder)
    write(whole / "a.parquet", table)
    cut = min(cut, len(table))
    names = data.draw(st.permutations(["a", "b"]))
    write(split / f"{names[0]}.parquet", table[:cut])
    write(split / f"{names[1]}.parquet", table[cut:], first=cut)
    one, two = profiles_of(log_in(whole)), profiles_of(log_in(split))
    assert list(map(exact, one)) == list(map(exact, two))


@few
@given(table=rows)
def test_each_file_twice_changes_nothing_but_duplicates(
    folder: Path, table: list[Row]
) -> None:
    once, twice = fresh(folder), fresh(folder)
    for place in (once / "a", twice / "a", twice / "b"):
        write(place.with_suffix(".parquet"), table)
    one, two = profiles_of(log_in(once)), profiles_of(log_in(twice))
    assert list(map(exact, one)) == list(map(exact, two))
    doubled = sum(
        p.rows.dropped.get("duplicate", 0) for p in two if p.partition == EVERYTHING
    )
    assert doubled == len(table)


def exact(profile: Profile) -> object:
    """Give everything about a profile but dropped rows, floats to 9 digits."""
    columns = {
        name: (
            [
                column.n,
                column.nulls,
                column.nans,
                column.infinite,
                column.distinct,
                repr(column.minimum),
                f"{column.mean:.9e}",
                column.counts.tolist(),
            ]
            if isinstance(column, NumericProfile)
            else column
        )
        for name, column in profile.columns.items()
    }
    outcome = profile.outcome
    losses = (
        {n: (s.n, f"{s.total:.9e}") for n, s in outcome.losses.items()}
        if outcome
        else None
    )
    return (
        profile.partition,
        profile.window,
        profile.rows.kept,
        columns,
        losses,
        profile.hours.tolist(),
    )


@few
@given(table=rows)
def test_days_merge_to_the_week(folder: Path, table: list[Row]) -> None:
    place = fresh(folder)
    write(place / "a.parquet", table)
    log = log_in(place)
    engine = DuckDBEngine(threads=1)
    edges = engine.edges(log, WEEK)
    (week,) = [
        p for p in engine.profile(log, [WEEK], edges=edges) if p.partition == EVERYTHING
    ]
    days = [
        p for p in engine.profile(log, DAYS, edges=edges) if p.partition == EVERYTHING
    ]
    number, text, outcome = NumericProfile(), TextProfile(), None
    for day in days:
        if not day.rows.kept:
            continue
        fare, word = day.columns['the "fare" 😀'], day.columns["word"]
        assert isinstance(fare, NumericProfile)
        assert isinstance(word, TextProfile)
        number, text = merge_numeric(number, fare), merge_text(text, word)
        outcome = merge_outcomes(outcome, day.outcome)
    whole = week.columns['the "fare" 😀']
    assert isinstance(whole, NumericProfile)
    assert (number.n, number.nulls, number.whole) == (
        whole.n,
        whole.nulls,
        whole.whole,
    )
    assert (number.counts == whole.counts).all()
    assert text.values == week.columns["word"].values  # type: ignore[union-attr]  # text
    assert outcome is not None
    assert week.outcome is not None
    assert outcome.labelled == week.outcome.labelled


def test_an_empty_window_has_an_empty_profile(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [(5, 1.0, "a", 0.5, 1, 0)])
    log = log_in(tmp_path)
    engine = DuckDBEngine()
    later = TimeWindow.parse("2027-01-01")
    (profile,) = engine.profile(log, [later], edges=engine.edges(log, WEEK))
    assert (profile.rows.read, dict(profile.columns)) == (0, {})


def test_segments_beyond_fifty_values_are_the_rest(tmp_path: Path) -> None:
    table: list[Row] = [(i, 1.0, "a", 0.5, 1, i % 60) for i in range(120)]
    table += [(i, 1.0, "a", 0.5, 1, 0) for i in range(120, 130)]
    write(tmp_path / "a.parquet", table)
    first = [p for p in profiles_of(log_in(tmp_path)) if p.partition.kind == "segment"]
    values = [p.partition.where[0][1] for p in first if p.window == DAYS[0]]
    assert len(values) == 51
    assert "(other)" in values
    assert sum(p.rows.kept for p in first) == 130


def test_batches_are_runs_of_base_windows(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    odd = TimeWindow.parse("2026-01-03T12:00/2026-01-04")
    runs = [list(batch) for batch, _ in batches([*DAYS[:2], odd, *DAYS[4:]], log)]
    assert runs == [list(DAYS[:2]), [odd], list(DAYS[4:])]
    assert [len(b) for b, _ in batches(DAYS, log, limit=3)] == [3, 3, 1]
