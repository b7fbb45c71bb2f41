"""The generator of faulted worlds: faithful, repeatable, harmless where it says so."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import faults
import lookalikes
import numpy as np
import numpy.typing as npt
import pytest
import worlds
from cases import MODEL, Case, drift_mix, replace_days
from flights import AFTER_DAYS, BEFORE_DAYS, DAY_US, Half, cut

from modelowners.app.demo import training as t

EARLIER_SCORES = {"wrong_version_served"}
"""The older version was served at the log's beginning, too."""

WRITTEN_APART = (
    "no_fault",
    "bad_retrain",
    "duplicated_rows",
    "marked_retries",
    "rows_lost",
    "schema_change",
    "type_change",
)
"""Every way in which a log can be written."""

MakeCase = Callable[[int], Case]


@pytest.fixture
def make_case(half: Half) -> MakeCase:
    """Cut a case with its own chances out of the half year, at noon."""

    def make(seed: int) -> Case:
        onset = datetime.combine(half.quiet[seed], datetime.min.time())
        since = t.micros(onset) + DAY_US // 2
        rows, score = cut(half, datetime.fromtimestamp(since / 1e6, UTC))
        return Case(rows, score, since, np.random.default_rng(seed), half)

    return make


def query(text: str) -> list[tuple[Any, ...]]:
    """Ask DuckDB; of DESCRIBE, name and type."""
    rows = duckdb.connect().execute(text).fetchall()
    return [row[:2] for row in rows] if text.startswith("DESCRIBE") else rows


def same(before: t.Rows, after: t.Rows, chosen: npt.NDArray[Any]) -> bool:
    """Tell whether the chosen rows are equal in every column."""
    return all(
        np.array_equal(
            before[name][chosen],
            after[name][chosen],
            equal_nan=after[name].dtype.kind == "f",
        )
        for name in before
    )


@pytest.mark.parametrize("name", sorted(worlds.KINDS))
def test_nothing_changes_before_the_onset(name: str, make_case: MakeCase) -> None:
    case = make_case(3)
    early = copy.deepcopy(case.rows)
    count = int((~case.after).sum())
    found = worlds.KINDS[name](case)
    kept = np.arange(count)  # the log is in order of time
    assert int((~case.after).sum()) == count
    assert same(early, case.rows, kept)
    if found.score is not None and name not in EARLIER_SCORES:
        assert np.isnan(found.score[:count]).all()
    if found.version is not None and name not in EARLIER_SCORES:
        assert set(found.version[:count]) == {"1"}


@pytest.mark.parametrize("name", sorted(faults.FAULTS))
def test_a_fault_changes_what_it_names_and_nothing_else(
    name: str, half: Half, make_case: MakeCase
) -> None:
    case = make_case(4)
    before = copy.deepcopy(case.rows)
    found = faults.FAULTS[name](case)
    if len(case.rows["late"]) != len(before["late"]) or name == "covariate_shift":
        return
    altered = {n for n in before if not same({n: before[n]}, case.rows, case.after)}
    if name in {"label_fault", "concept_shift"}:
        assert altered == {"late"}
    elif found.columns:
        assert altered == set(found.columns)
    else:
        assert altered == set()
        touched = found.score is not None or found.repeated is not None
        assert touched


@pytest.mark.parametrize("seed", range(8))
def test_units_and_offsets_have_an_exact_inverse(
    seed: int, make_case: MakeCase
) -> None:
    for fault in (faults.unit_or_scale_change, faults.offset):
        case = make_case(seed)
        before = copy.deepcopy(case.rows)
        found = fault(case)
        for column in found.columns:
            old, new = before[column], case.rows[column]
            moved = case.after & (old != new)
            slope, base = np.polyfit(old[moved], new[moved], 1)
            again = (new[moved] - base) / slope
            assert np.allclose(again, old[moved], atol=0.02 * case.spread(column))
            for name, value in found.segment.items():
                assert set(case.rows[name][moved]) == {value}


def test_swapped_twice_is_as_before(make_case: MakeCase) -> None:
    case = make_case(1)
    before = copy.deepcopy(case.rows)
    found = faults.column_swap(case)
    first, second = found.columns
    hit = case.after & (before[first] != case.rows[first])
    assert hit.any()
    assert np.array_equal(case.rows[first][hit], before[second][hit])
    assert np.array_equal(case.rows[second][hit], before[first][hit])


def test_a_clock_shift_turns_the_clock_by_whole_hours(make_case: MakeCase) -> None:
    case = make_case(2)
    before = case.rows["sched_dep"].copy()
    faults.clock_shift(case)
    turned = (case.rows["sched_dep"] - before)[case.after] % 1440
    moved = turned[turned != 0]
    assert len(set(moved)) == 1
    assert moved[0] % 60 == 0
    rows = case.rows
    assert np.allclose(rows["sched_arr"], rows["sched_dep"] + rows["block"])


@pytest.mark.parametrize("seed", range(6))
def test_a_broken_relation_held_in_every_row_before(
    seed: int, make_case: MakeCase
) -> None:
    case = make_case(seed)
    found = faults.relation_broken(case)
    rows = case.rows
    holds = np.isclose(rows["sched_arr"], rows["sched_dep"] + rows["block"])
    assert holds[~case.after].all()
    assert not holds[case.after].all()
    for name, value in found.segment.items():
        assert set(rows[name][~holds]) == {value}


def test_renamed_values_map_back(make_case: MakeCase) -> None:
    for seed in range(6):
        case = make_case(seed)
        before = copy.deepcopy(case.rows)
        found = faults.category_renamed(case)
        column = found.columns[0]
        old, new = before[column][case.after], case.rows[column][case.after]
        pairs = set(zip(old, new, strict=True))
        assert len(pairs) == len(set(old)) == len(set(new))
        assert any(a != b for a, b in pairs)


def test_stale_weather_is_the_weather_of_earlier_days(make_case: MakeCase) -> None:
    case = make_case(0)
    while "behind" not in (found := faults.stale_or_frozen(case)).note:
        case = make_case(int(case.rng.integers(30)))
    back = int(found.note.split()[-3])
    early = case.rows["scored_us"] < case.since_us
    known = set(case.rows["temp"][early])
    first_days = case.after & (
        case.rows["scored_us"] < case.since_us + back * DAY_US - 3600 * t.SECONDS
    )
    assert set(case.rows["temp"][first_days]) <= known


def test_faultless_worlds_hold_the_undisturbed_rows(half: Half) -> None:
    world = worlds.build("no_fault", 2, half)
    rows, score = cut(half, world.onset)
    assert same(rows, world.case.rows, np.ones(len(score), dtype=bool))
    assert np.array_equal(world.score, score)
    assert world.truth["kind"] is None
    assert world.truth["harm"] == 0
    assert not any("guilty" in change["key"] for change in world.changes)


def test_the_same_seed_gives_the_same_bytes(half: Half, tmp_path: Path) -> None:
    for name in ("unit_or_scale_change", "rows_lost", "schema_change"):
        for folder in ("a", "b"):
            worlds.write(worlds.build(name, 3, half), tmp_path / folder)
        files = sorted(p for p in (tmp_path / "a").rglob("*") if p.is_file())
        assert len(files) == BEFORE_DAYS // 7 + AFTER_DAYS // 7 + 4
        for path in files:
            twin = tmp_path / "b" / path.relative_to(tmp_path / "a")
            assert path.read_bytes() == twin.read_bytes(), path


def test_other_seeds_give_other_worlds(half: Half) -> None:
    notes = {worlds.build("offset", seed, half).truth["what"] for seed in range(6)}
    assert len(notes) > 3


def test_written_worlds_read_back_row_by_row(half: Half, tmp_path: Path) -> None:
    for name in WRITTEN_APART:
        world = worlds.build(name, 1, half)
        worlds.write(world, tmp_path)
        truth = json.loads((tmp_path / "truth.json").read_text())
        assert truth["world"] == name
        (logged,) = query(
            "SELECT count(*), count(DISTINCT prediction_id), "
            "max(epoch_us(scored_at)) < "
            f"{t.micros(world.end.replace(tzinfo=None))} FROM "
            f"read_parquet('{tmp_path}/logs/*.parquet', union_by_name = true)"
        )
        again = world.injected.repeated
        repeats = 0 if again is None else len(again)
        assert logged == (len(world.score) + repeats, len(world.score), True)


def test_a_dropped_column_is_gone_from_the_files(half: Half, tmp_path: Path) -> None:
    world = worlds.build("schema_change", 0, half)
    worlds.write(world, tmp_path)
    (column,) = world.injected.columns
    names = {
        path.name: {name for name, _ in query(f"DESCRIBE SELECT * FROM '{path}'")}
        for path in sorted((tmp_path / "logs").glob("*.parquet"))
    }
    first, *_, last = names.values()
    assert column in first
    assert column not in last
    assert len(first - last) == 1


def test_a_changed_type_is_text_that_the_model_could_not_read(
    half: Half, tmp_path: Path
) -> None:
    world = worlds.build("type_change", 0, half)
    worlds.write(world, tmp_path)
    (column,) = world.injected.columns
    last = max((tmp_path / "logs").glob("*.parquet"))
    assert dict(query(f"DESCRIBE SELECT * FROM '{last}'"))[column] == "VARCHAR"
    assert np.isnan(world.case.rows[column][world.case.after]).all()


def test_harm_is_the_models_own(half: Half) -> None:
    world = worlds.build("default_fill", 5, half)
    case = world.case
    rows = {n: v[case.after] for n, v in case.rows.items()}
    assert np.array_equal(world.score[case.after], half.model.score(rows))
    assert world.truth["harm"] >= worlds.LEAST_HARM


def test_the_guilty_entry_comes_before_the_onset_on_the_broken_asset(
    half: Half,
) -> None:
    found = 0
    for seed in range(12):
        world = worlds.build("offset", seed, half)
        guilty = [c for c in world.changes if c["key"] == world.truth["change"]]
        assert len(world.changes) == 8 + len(guilty)
        for change in guilty:
            at = datetime.fromisoformat(change["occurred_at"])
            assert 0 < (world.onset - at).total_seconds() <= 36_000
            assert change["asset"] == world.truth["asset"]
        found += len(guilty)
    assert 4 <= found < 12


def test_days_are_replaced_whole_and_on_their_weekday(make_case: MakeCase) -> None:
    case = make_case(5)
    half = case.half
    replace_days(case, lambda h, rows: float(h.rows["temp"][rows].mean()), share=0.2)
    moved = t.select(case.rows, case.after)
    assert (moved["scored_us"] < case.since_us + AFTER_DAYS * DAY_US).all()
    # The made-up weekday changes at midnight, the replaced days at noon.
    expected = moved["scored_us"] // DAY_US % 7 + 1
    assert np.array_equal(moved["weekday"], expected)
    usual = np.nanmean(half.rows["temp"])
    assert moved["temp"].mean() > usual
    assert len(set(moved["prediction_id"])) == len(moved["prediction_id"])


def test_a_drift_of_the_mix_keeps_rows_whole(make_case: MakeCase) -> None:
    case = make_case(6)
    n, mean = len(case.score), case.rows["seats"][case.after].mean()
    pairs = set(zip(case.rows["seats"], case.rows["late"], strict=True))
    drift_mix(case, "seats", since_us=case.since_us, share=0.6)
    assert len(case.score) == n
    assert case.rows["seats"][case.after].mean() > mean + 2
    known = {p for p in pairs if p[1] == p[1]}
    after = zip(case.rows["seats"], case.rows["late"], strict=True)
    assert {p for p in after if p[1] == p[1]} <= known


def test_lookalikes_say_what_they_are_not() -> None:
    for name, make in lookalikes.LOOKALIKES.items():
        assert make.__doc__, name
    assert MODEL in worlds.OWNERS
    text = worlds.ownership()
    for asset in worlds.OWNERS:
        assert text.count(f"\n  {asset}:") == 1
