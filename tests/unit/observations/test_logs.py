"""Which upstream claim covers a finding: rows with columns, rows, columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelowners.core.ids import asset_id
from modelowners.observations.logs import PRIMARY_LOSS, Claim, PredictionLog, Task

BOTH = Claim(asset=asset_id("dataset:both"), features=("fare",), rows={"v": ("1",)})
ROWS = Claim(asset=asset_id("dataset:rows"), rows={"v": ("1", "2")})
COLUMN = Claim(asset=asset_id("dataset:column"), features=("fare", "tip"))
TWO = Claim(asset=asset_id("dataset:two"), rows={"v": ("9",), "city": ("a|b", "c")})


def claimed(
    column: str | None, rows: dict[str, str] | None, *claims: Claim
) -> str | None:
    log = PredictionLog(
        asset=asset_id("model:eta"),
        root=Path(),
        source=("a.csv",),
        columns={},
        upstream=claims,
    )
    found = log.claim_for(column, rows)
    return found.asset.removeprefix("dataset:") if found else None


@pytest.mark.parametrize("claims", [(BOTH, ROWS, COLUMN), (COLUMN, ROWS, BOTH)])
@pytest.mark.parametrize(
    ("column", "rows", "whose"),
    [
        ("fare", {"v": "1"}, "both"),
        ("fare", {"v": "2"}, "rows"),
        ("fare", {"v": "3"}, "column"),
        ("fare", None, "column"),
        ("fare", {}, "column"),
        ("fare", {"other": "1"}, "column"),
        ("tip", {"v": "1"}, "rows"),
        (None, {"v": "1"}, "rows"),
        (None, {"v": "1|2"}, "rows"),
        (None, {"v": "1|3"}, None),
        (None, None, None),
        ("nobody's", None, None),
        ("nobody's", {"v": "3"}, None),
    ],
)
def test_the_closest_claim_wins_in_any_order(
    claims: tuple[Claim, ...],
    column: str | None,
    rows: dict[str, str] | None,
    whose: str | None,
) -> None:
    assert claimed(column, rows, *claims) == whose


@pytest.mark.parametrize(
    ("rows", "whose"),
    [
        ({"v": "9", "city": "c"}, "two"),
        ({"v": "9", "city": "a|b"}, "two"),
        ({"v": "9"}, None),
        ({"v": "9", "city": "a"}, None),
    ],
)
def test_several_columns_mean_and(rows: dict[str, str], whose: str | None) -> None:
    assert claimed(None, rows, TWO) == whose


def test_of_two_equal_claims_the_first_declared_wins() -> None:
    twin = Claim(asset=asset_id("dataset:twin"), features=("tip",))
    assert claimed("tip", None, COLUMN, twin) == "column"
    assert claimed("tip", None, twin, COLUMN) == "twin"


def test_nothing_claimed_is_nobodys() -> None:
    assert claimed("fare", {"v": "1"}) is None
    assert claimed("fare", None, Claim(asset=asset_id("dataset:idle"))) is None


def test_every_task_has_a_primary_loss() -> None:
    assert set(PRIMARY_LOSS) == set(Task)
