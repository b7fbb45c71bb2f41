"""The child process of the demo, part by part, on a handful of made-up rows."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.demo import training as t

ONSET = datetime(2013, 10, 29, 14)  # noqa: DTZ001 - the script's own form
HOUR_US = 3_600 * t.SECONDS


def flights(n: int = 48) -> dict[str, np.ndarray]:
    """One flight an hour, across the onset."""
    rng = np.random.default_rng(0)
    rows: dict[str, np.ndarray] = {
        name: np.round(rng.normal(50, 10, n), 1) for name in t.FEATURES
    }
    rows |= {name: rng.choice(["AA", "B6", ""], n) for name in t.TEXTS}
    start = t.micros(ONSET) - n // 2 * HOUR_US
    rows["scored_us"] = start + np.arange(n) * HOUR_US
    rows["prediction_id"] = np.array([f"f{k:02}" for k in range(n)])
    rows["late"] = (rng.random(n) < 0.5).astype(float)
    rows["late"][3] = np.nan
    return rows


def test_temperatures_turn_to_celsius_at_the_onset_and_nothing_else_does() -> None:
    rows = flights()
    faulty = t.to_celsius(rows, t.micros(ONSET))
    after = rows["scored_us"] >= t.micros(ONSET)
    assert after.sum() == 24
    for name in rows:
        if name in t.TEMPERATURES:
            assert np.array_equal(faulty[name][~after], rows[name][~after])
            back = faulty[name][after] * 9 / 5 + 32
            assert np.allclose(back, rows[name][after], atol=0.01)
        else:
            assert faulty[name] is rows[name]


def test_a_model_takes_unseen_and_missing_texts_alike() -> None:
    rows = flights(400)
    late = np.where(rows["carrier"] == "AA", 1.0, 0.0)
    model = t.LateModel().fit(rows, late, rounds=5)
    strange = {**rows, "carrier": np.full(400, "ZZ")}
    missing = {**rows, "carrier": np.full(400, "")}
    assert np.array_equal(model.score(strange), model.score(missing))
    scores = model.score(rows)
    assert scores[late == 1].mean() > scores[late == 0].mean() + 0.2
    assert np.array_equal(scores, np.round(scores, 6))


def test_log_loss_is_the_textbooks_and_nan_without_a_label() -> None:
    late = np.array([1.0, 0.0, np.nan])
    found = t.log_loss(late, np.array([0.8, 0.8, 0.8]))
    assert found[:2] == pytest.approx([-np.log(0.8), -np.log(0.2)])
    assert np.isnan(found[2])


@given(st.lists(st.floats(-50, 50), min_size=30, max_size=60))
def test_psi_is_nothing_at_home_and_never_negative(values: list[float]) -> None:
    column = np.array(values)
    assert t.psi(column, column) == pytest.approx(0)
    assert t.psi(column, column + 30) >= 0


def test_psi_grows_with_the_shift_and_sees_missing_values() -> None:
    column = np.random.default_rng(0).normal(0, 1, 4_000)
    small, large = (t.psi(column, column + step) for step in (0.2, 1.0))
    assert 0 < small < large
    gone = np.where(np.arange(4_000) % 2 == 0, np.nan, column)
    assert t.psi(column, gone) > t.LOUD
    words = np.where(column > 0, "AA", "B6")
    assert t.psi(words, words) == pytest.approx(0)
    assert t.psi(words, np.full(4_000, "AA")) > t.LOUD


def test_the_loudest_column_comes_first() -> None:
    rows = flights(24 * 60)
    start = date(2013, 10, 29)
    loud = rows["scored_us"] >= t.micros(start)
    rows["humid"][loud] += 100
    ranked = t.rank_drift(rows, start=start, days_after=14)
    assert ranked[0][0] == "humid"
    assert [size for _, size in ranked] == sorted((s for _, s in ranked), reverse=True)


def test_a_log_has_a_file_a_day_with_nulls_and_utc_times(tmp_path: Path) -> None:
    rows = flights()
    rows["temp"][5] = np.nan
    con = duckdb.connect()
    con.execute("SET TimeZone = 'America/New_York'")
    t.write_log(rows, np.full(48, 0.25), folder=tmp_path, con=con)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"2013-10-{day}.parquet" for day in (28, 29, 30)]
    (told,) = con.execute(
        "SELECT count(*), count(temp), count(*) FILTER (carrier = ''), "
        "count(*) FILTER (carrier IS NULL), min(epoch_us(scored_at)), "
        f"any_value(model_version) FROM '{tmp_path}/*.parquet'"
    ).fetchall()
    blank = int((rows["carrier"] == "").sum())
    assert told == (48, 47, 0, blank, int(rows["scored_us"][0]), "1")


def test_micros_count_from_1970_in_utc() -> None:
    assert t.micros(date(1970, 1, 2)) == 86_400 * t.SECONDS
    assert t.micros(datetime(1970, 1, 1, 1, tzinfo=UTC)) == HOUR_US


def test_figures_are_measured_on_both_sides_of_the_onset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(t, "SCORED_FROM", date(2013, 9, 20))
    monkeypatch.setattr(t, "SCORED_TO", date(2013, 11, 20))
    rows = flights(24 * 80)
    rows["scored_us"] -= 10 * 24 * HOUR_US
    faulty = t.to_celsius(rows, t.micros(ONSET))
    plain = np.full(len(rows["late"]), 0.1)
    found = t.measure(rows, faulty, (plain, plain + 0.3), onset=ONSET)
    assert found["log_loss"] == {
        "before": 0.1,
        "after_undisturbed": 0.1,
        "after_faulty": 0.4,
        "days_after": t.SYMPTOM_DAYS,
    }
    drift = found["drift"]
    assert isinstance(drift, list)
    assert {drift[0]["column"], drift[1]["column"]} == set(t.TEMPERATURES)
    assert found["onset"] == "2013-10-29T14:00:00Z"


def test_nothing_of_ours_imports_the_child_process(root: Path) -> None:
    for path in (root / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {f"{node.module}.{alias.name}" for alias in node.names}
                assert "modelowners.app.demo.training" not in {node.module, *names}, (
                    path
                )
