from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from frame_worlds import frame, numeric, profile

from modelowners.detection.frames import Frame
from modelowners.diagnosis.weaknesses import standing_weaknesses
from modelowners.observations.profiles import EVERYTHING, OTHER, Partition, Profile

HISTORY, TEST = 10, 4
ROWS = 80
COLUMNS = ("seats", "year")


def carrier(name: str) -> Partition:
    return Partition("segment", (("carrier", name),))


def world(
    missing: Mapping[tuple[str, str], float],
    *,
    losses: Mapping[str, float] | None = None,
    since: int = 0,
    rows: int = ROWS,
) -> Frame:
    """Give a frame of three airlines; a share of a column's rows is missing."""
    rng = np.random.default_rng(3)
    names = ("AA", "MQ", "UA", OTHER)
    days: list[Profile] = []
    for day in range(HISTORY + TEST):
        gone = {
            (name, column): int(rows * missing.get((name, column), 0.02))
            if day >= since
            else 0
            for name in names
            for column in COLUMNS
        }
        whole = {
            column: sum(gone[name, column] for name in names) for column in COLUMNS
        }
        parts = [
            (carrier(name), rows, {c: gone[name, c] for c in COLUMNS}) for name in names
        ]
        parts.append((EVERYTHING, rows * len(names), whole))
        for partition, n, nulls in parts:
            where = dict(partition.where).get("carrier", "")
            level = (losses or {}).get(where, 0.5)
            days.append(
                profile(
                    day,
                    {
                        c: numeric(rng.normal(size=n - nulls[c]), nulls=nulls[c])
                        for c in COLUMNS
                    },
                    partition=partition,
                    losses=np.full(n, level),
                )
            )
    return frame(days, history=HISTORY, test=TEST)


def texts(found: Frame, loss: str | None = "log_loss") -> list[str]:
    return [e.text for e in standing_weaknesses(found, loss)]


def test_a_registry_that_never_covered_two_airlines_is_told_once() -> None:
    gaps = {(name, column): 0.9 for name in ("AA", "MQ") for column in COLUMNS}
    (told,) = texts(world(gaps))
    assert told.startswith("seats, year are missing in 90 % of the rows with")
    assert "carrier=AA or carrier=MQ" in told
    assert "(elsewhere 1.2 %)" in told


def test_one_column_is_told_in_the_singular_and_others_apart() -> None:
    told = texts(world({("AA", "seats"): 0.95, ("MQ", "year"): 0.7}))
    assert [t.split(" missing")[0] for t in told] == ["seats is", "year is"]


def test_what_is_missing_everywhere_or_nowhere_is_no_weakness() -> None:
    everywhere = {(n, "seats"): 0.9 for n in ("AA", "MQ", "UA", OTHER)}
    assert texts(world(everywhere)) == []
    assert texts(world({})) == []
    assert texts(world({("AA", "seats"): 0.4})) == []


def test_what_began_in_the_test_is_news_and_no_standing_weakness() -> None:
    assert texts(world({("AA", "seats"): 0.9}, since=HISTORY)) == []


def test_the_rest_is_no_slice() -> None:
    assert texts(world({(OTHER, "seats"): 0.9})) == []


def test_a_slice_of_few_rows_says_nothing() -> None:
    assert texts(world({("AA", "seats"): 0.9}, rows=10)) == []


def test_slices_that_were_always_badly_served_are_listed_worst_first() -> None:
    found = world({}, losses={"AA": 0.8, "MQ": 1.5})
    told = standing_weaknesses(found, "log_loss")
    assert [e.value for e in told] == [pytest.approx(1.5), pytest.approx(0.8)]
    assert all(e.before == pytest.approx(0.5) for e in told)
    assert "carrier=MQ" in told[0].text


def test_without_labels_no_slice_is_called_badly_served() -> None:
    assert texts(world({}, losses={"MQ": 1.5}), loss=None) == []
