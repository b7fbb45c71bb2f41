from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.framing import count_labelled, last_end
from modelowners.core.ids import asset_id
from modelowners.core.time import DAY, HOUR, TimeWindow, parse_instant
from modelowners.observations.logs import Labels, PredictionLog

MAY = TimeWindow.parse("2026-05-01/2026-05-11")


@pytest.mark.parametrize(
    ("last", "grain", "end"),
    [
        ("2026-05-03T23:59", DAY, "2026-05-04"),
        ("2026-05-03T19:12", DAY, "2026-05-04"),
        ("2026-05-03T19:11", DAY, "2026-05-03"),
        ("2026-05-03T10:50", HOUR, "2026-05-03T11:00"),
    ],
)
def test_a_window_counts_once_it_is_nearly_full(
    last: str, grain: timedelta, end: str
) -> None:
    assert last_end(parse_instant(last), grain) == parse_instant(end)


@given(st.integers(0, 40), st.integers(0, 40))
def test_labels_are_due_their_delay_after_the_window(delay: int, known: int) -> None:
    log = PredictionLog(
        asset=asset_id("model:eta"),
        root=Path(),
        source=("a.csv",),
        columns={},
        labels=Labels(actual="late", delay=delay * DAY),
    )
    found = count_labelled(log, MAY.split(DAY), MAY.start + known * DAY)
    assert found == min(max(known - delay, 0), 10)
