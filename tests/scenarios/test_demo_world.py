"""The demo's world itself: the declared fault does harm, its absence does none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from modelowners.app.demo.world import World

pytestmark = pytest.mark.slow

DAILY = """
SELECT scored_at::DATE AS day,
    avg(if(late = 1, -ln(score), -ln(1 - score))) AS loss
FROM read_parquet('{folder}/logs/late-arrival/*.parquet')
JOIN read_parquet('{folder}/outcomes/late-arrival/*.parquet') USING (prediction_id)
WHERE scored_at >= TIMESTAMPTZ '2013-10-01' AND scored_at < TIMESTAMPTZ '2013-11-26'
GROUP BY day ORDER BY day
"""


def z_of_the_change(folder: Path) -> tuple[float, float]:
    """Give the change of the mean daily loss at the onset, and in standard errors."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    days = [row[1] for row in con.execute(DAILY.format(folder=folder)).fetchall()]
    before, after = days[:28], days[29:]
    means = [sum(part) / len(part) for part in (before, after)]
    errors = [
        sum((day - mean) ** 2 for day in part) / (len(part) - 1) / len(part)
        for part, mean in zip((before, after), means, strict=True)
    ]
    change = means[1] - means[0]
    return change, change / sum(errors) ** 0.5


def test_the_fault_is_a_symptom_and_the_undisturbed_world_has_none(
    make_demo: Callable[..., World],
) -> None:
    change, z = z_of_the_change(make_demo().folder)
    assert change > 0.07
    assert z > 3
    calm, calm_z = z_of_the_change(make_demo(fault=False).folder)
    assert abs(calm) < 0.04
    assert abs(calm_z) < 1.5


def test_the_twins_differ_in_temperatures_and_scores_since_the_onset_only(
    make_demo: Callable[..., World],
) -> None:
    faulty, calm = make_demo(), make_demo(fault=False)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    (told,) = con.execute(
        "SELECT count(*), min(scored_at) >= TIMESTAMPTZ '2013-10-29 14:00Z', "
        "max(abs((a.temp - 32) * 5 / 9 - b.temp)) < 0.01, "
        "bool_and(a.humid IS NOT DISTINCT FROM b.humid) FROM read_parquet("
        f"'{calm.folder}/logs/late-arrival/*.parquet') a JOIN read_parquet("
        f"'{faulty.folder}/logs/late-arrival/*.parquet') b USING "
        "(prediction_id, scored_at) WHERE a.temp IS DISTINCT FROM b.temp"
    ).fetchall()
    assert told[0] > 20_000
    assert told[1:] == (True, True, True)


def test_the_registry_misses_most_rows_of_two_airlines(
    make_demo: Callable[..., World],
) -> None:
    about = json.loads((make_demo(fault=False).folder / "about.json").read_text())
    missing = about["facts"]["registry_missing"]
    assert {name for name, share in missing.items() if share > 0.5} == {"AA", "MQ"}
