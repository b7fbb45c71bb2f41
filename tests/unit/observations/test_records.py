"""Records give back every profile to the last bit."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.ids import asset_id
from modelowners.core.time import TimeWindow, parse_instant
from modelowners.observations.binning import place_edges
from modelowners.observations.profiles import (
    LossSums,
    NumericProfile,
    OutcomeProfile,
    Partition,
    Profile,
    RowCounts,
    TextProfile,
)
from modelowners.observations.records import (
    pack_edges,
    pack_outcomes,
    pack_rows,
    pack_value,
    unpack_edges,
    unpack_outcomes,
    unpack_rows,
    unpack_value,
)

floats = st.floats(allow_nan=True, allow_infinity=True)
counts = st.lists(st.integers(0, 2**62), max_size=5).map(
    lambda n: np.array(n, np.int64)
)


@given(
    low=floats,
    mean=floats,
    binned=counts,
    words=st.dictionaries(st.text(), st.integers(0, 9)),
    total=floats,
)
def test_profiles_survive(
    low: float,
    mean: float,
    binned: np.ndarray[tuple[int], np.dtype[np.int64]],
    words: dict[str, int],
    total: float,
) -> None:
    profile = Profile(
        asset=asset_id("model:eta"),
        partition=Partition("rows", (("vendor", "1|2"),), "dataset:feed"),
        window=TimeWindow.parse("2026-06-01"),
        edges_version="v",
        rows=RowCounts(
            read=3,
            kept=2,
            dropped={"duplicate": 1},
            weight=2.5,
            first=parse_instant("2026-06-01T01:00"),
        ),
        columns={
            "n": NumericProfile(
                n=1, minimum=low, mean=mean, counts=binned, distinct=None
            ),
            "t": TextProfile(n=1, values=words, distinct=4),
        },
        versions={"(null)": 2},
        outcome=OutcomeProfile(
            labelled=2,
            losses={"error": LossSums(2, total, total)},
            score_n=binned,
            score_actual=np.array([total]),
        ),
    )
    (rows,) = unpack_rows(pack_rows([profile]))
    outcome = unpack_outcomes(pack_outcomes([profile]))[profile.partition]
    assert pack_rows([rows]) == pack_rows([profile])
    assert repr(rows.columns) == repr(profile.columns)
    assert rows.rows == profile.rows
    assert (rows.window, rows.partition) == (profile.window, profile.partition)
    assert rows.outcome is not None
    assert rows.outcome.labelled == 0
    assert repr(outcome) == repr(profile.outcome)


def test_edges_survive() -> None:
    edges = place_edges([0.1, 0.2, math.pi], 0.0, 1e9)
    found = unpack_edges(pack_edges({"it's": edges}))["it's"]
    assert found.version == edges.version
    assert (found.values == edges.values).all()


def test_plain_values_survive() -> None:
    window = TimeWindow.parse("2026-06-01")
    assert unpack_value(pack_value(window), TimeWindow) == window
