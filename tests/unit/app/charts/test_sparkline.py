from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.sparkline import BLOCKS, draw_sparkline


@given(st.lists(st.floats(-1e100, 1e100) | st.just(math.nan), max_size=60))
def test_one_block_a_value_higher_for_more(values: list[float]) -> None:
    drawn = draw_sparkline(values)
    assert len(drawn) == len(values)
    known = [(v, b) for v, b in zip(values, drawn, strict=True) if not math.isnan(v)]
    assert all(block in BLOCKS for _, block in known)
    heights = [BLOCKS.index(block) for _, block in sorted(known)]
    assert heights == sorted(heights)
    assert drawn.count(" ") == len(values) - len(known)


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([1.0, 1.0], "▁▁"),
        ([math.inf, 0.0, 1.0], " ▁█"),
        ([math.nan], " "),
        ([-1.7e308, 0.0, 1.7e308], "▁▅█"),
        ([0.0, 5e-324], "▁▁"),
    ],
)
def test_edges(values: list[float], drawn: str) -> None:
    assert draw_sparkline(values) == drawn
