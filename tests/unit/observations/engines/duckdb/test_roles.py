"""Every column has one role, or is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelowners.core.ids import asset_id
from modelowners.observations.engines.duckdb.roles import (
    MAX_EXTRA,
    MissingColumn,
    NoTime,
    assign,
)
from modelowners.observations.engines.duckdb.sources import Source
from modelowners.observations.logs import Claim, Labels, PredictionLog

LOG = PredictionLog(
    asset=asset_id("model:eta"),
    root=Path(),
    source=("a.parquet",),
    columns={"prediction_id": "id", "ts": "at", "score": "p"},
    labels=Labels(actual="y"),
)
TYPES = {
    "id": "BIGINT",
    "at": "TIMESTAMP",
    "p": "DOUBLE",
    "y": "DOUBLE",
    "fare": "DOUBLE",
    "Vendor": "INTEGER",
    "list": "INTEGER[]",
}
SOURCE = Source(files=(), types=TYPES)


def names(columns: tuple[object, ...]) -> list[str]:
    return [getattr(column, "name", "") for column in columns]


def test_without_features_every_other_column_is_one() -> None:
    roles = assign(LOG, SOURCE)
    assert names(roles.features) == ["fare", "Vendor"]
    assert names(roles.skipped) == ["list"]
    assert roles.label["actual"].name == "y"


def test_a_prefix_makes_features() -> None:
    roles = assign(replace(LOG, feature_prefix="f"), SOURCE)
    assert names(roles.features) == ["fare"]
    assert names(roles.extra) == ["Vendor"]


def test_claimed_columns_are_segments_and_case_does_not_matter() -> None:
    claim = Claim(asset=asset_id("dataset:a"), rows={"vendor": ("1",)})
    log = replace(LOG, features=("fare", "gone"), upstream=(claim,))
    roles = assign(log, SOURCE)
    assert names(roles.segments) == ["Vendor"]
    assert roles.missing == ("gone",)


def test_columns_beyond_the_limit_are_counted() -> None:
    many = {**TYPES, **{f"c{i}": "DOUBLE" for i in range(500)}}
    roles = assign(replace(LOG, features=("fare",)), Source(files=(), types=many))
    assert len(roles.extra) == MAX_EXTRA
    assert roles.uncounted == 501 - MAX_EXTRA
    assert len(roles.profiled) == MAX_EXTRA + 1


def test_what_is_mapped_must_be_there() -> None:
    with pytest.raises(MissingColumn, match=r'no column "farre".*did you mean "fare"'):
        assign(replace(LOG, columns={**LOG.columns, "score": "farre"}), SOURCE)
    with pytest.raises(NoTime, match="columns there: id, at, p"):
        assign(replace(LOG, columns={"score": "p"}), SOURCE)
