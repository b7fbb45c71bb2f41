"""The mapping moves with the model, and not with what it is asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from question_worlds import AFTER, BEFORE, BOTH, World, is_after, open_world, texts

from modelowners.core.time import TimeWindow
from modelowners.observations.engines.duckdb.mapping import mapping
from modelowners.observations.engines.duckdb.surrogate import surrogate
from modelowners.observations.profiles import Floats
from modelowners.observations.questions import Surrogate

N = 4_000
FEATURES = ("warmth", 'the "plan"')
EMPTY = TimeWindow.parse("2027-01-01/2027-01-02")
Table = dict[str, npt.NDArray[np.generic]]


def inputs() -> Table:
    rng = np.random.default_rng(31)
    plans = np.array(["basic", "plus", "pro"], object)
    return {
        "warmth": rng.normal(60, 15, N),
        'the "plan"': plans[rng.integers(0, 3, N)],
    }


def answers(table: Table) -> Floats:
    """What the model says to these inputs."""
    warmth = np.nan_to_num(table["warmth"].astype(np.float64), nan=60.0)
    return np.asarray(0.1 * warmth + (table['the "plan"'] == "pro"), np.float64)


def distances(
    folder: Path, table: Table, scores: Floats, *windows: TimeWindow
) -> Floats:
    """Learn the stand-in from the windows before, and ask it about some."""
    where = open_world(folder, {**table, "score": scores}, labelled=False)
    return mapping(
        where.connection,
        where.canonical,
        surrogate=learned(where),
        windows=windows or (BEFORE, AFTER),
    )


def learned(where: World) -> Surrogate:
    found = surrogate(where.connection, where.canonical, BEFORE, columns=FEATURES)
    assert found is not None
    return found


def test_inputs_that_move_leave_the_mapping(tmp_path: Path) -> None:
    table, late = inputs(), is_after(N)
    warmth = table["warmth"].astype(np.float64)
    # Within what was seen: nobody knows a model beyond that.
    table["warmth"] = np.where(late, 70 + 0.3 * (warmth - 60), warmth)
    table['the "plan"'][late & (np.arange(N) % 2 == 0)] = "pro"
    before, after = distances(tmp_path, table, answers(table))
    assert after < 1.2 * before + 0.05


@pytest.mark.parametrize("change", ["offset", "slope", "one plan"])
def test_a_changed_model_moves_it_at_equal_inputs(tmp_path: Path, change: str) -> None:
    table, late = inputs(), is_after(N)
    scores = answers(table)
    pro = table['the "plan"'] == "pro"
    moved = {
        "offset": scores + 1.0,
        "slope": scores * 1.3,
        "one plan": scores - 2.0 * pro,
    }[change]
    before, after = distances(tmp_path, table, np.where(late, moved, scores))
    assert after > 3 * before
    assert after > 0.5


def test_the_distance_is_the_size_of_the_change(tmp_path: Path) -> None:
    table, late = inputs(), is_after(N)
    scores = np.where(late, answers(table) + 5.0, answers(table))
    before, after = distances(tmp_path, table, scores)
    assert after == pytest.approx(5.0, abs=0.1)
    assert before < 0.1


def test_a_window_of_fewer_than_ten_rows_is_not_judged(tmp_path: Path) -> None:
    step = BOTH.length / N
    nine = TimeWindow(AFTER.start, AFTER.start + 9 * step)
    ten = TimeWindow(nine.end, nine.end + 10 * step)
    table = inputs()
    found = distances(tmp_path, table, answers(table), BEFORE, nine, ten, EMPTY)
    assert np.isfinite(found).tolist() == [True, False, True, False]


def test_a_window_of_no_row_alone_is_nan(tmp_path: Path) -> None:
    table = inputs()
    assert np.isnan(distances(tmp_path, table, answers(table), EMPTY)).all()


def test_broken_inputs_and_outputs_give_no_nan(tmp_path: Path) -> None:
    table = inputs()
    scores = answers(table)
    scores[::7] = np.nan
    scores[1::7] = np.inf
    table["warmth"][2::7] = np.nan
    table["warmth"][3::7] = -np.inf
    table['the "plan"'][4::7] = texts(None)[0]
    found = distances(tmp_path, table, scores)
    assert np.isfinite(found).all()


def test_the_order_of_rows_is_nothing(tmp_path: Path) -> None:
    table = inputs() | {"score": answers(inputs())}
    first = open_world(tmp_path / "a", table)
    stand_in = learned(first)
    found = [
        mapping(w.connection, w.canonical, surrogate=stand_in, windows=(BEFORE, AFTER))
        for w in (first, open_world(tmp_path / "b", table, shuffle=3))
    ]
    assert found[0].tolist() == found[1].tolist()


def test_a_stand_in_of_columns_that_went_away_says_nothing(tmp_path: Path) -> None:
    table = inputs() | {"score": answers(inputs())}
    stand_in = learned(open_world(tmp_path / "a", table))
    gone = open_world(tmp_path / "b", {"other": np.arange(N) * 1.0})
    ask = (gone.connection, gone.canonical)
    assert np.isnan(mapping(*ask, surrogate=stand_in, windows=(BEFORE,))).all()
    assert mapping(*ask, surrogate=stand_in, windows=()).shape == (0,)
