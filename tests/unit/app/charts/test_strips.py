from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.strips import Strip, StripChart, draw_strips
from modelowners.core.time import DAY, TimeWindow, parse_instant

START = parse_instant("2026-06-01")
SPANS = tuple(
    TimeWindow(START + 7 * n * DAY, START + 7 * (n + 1) * DAY) for n in range(4)
)


def test_a_strip_a_column_with_its_figures_as_a_table() -> None:
    chart = StripChart(
        spans=SPANS,
        strips=(Strip("temp", (0.0, 0.1, math.nan, 0.9)), Strip("wind", (0.0,) * 4)),
        reference=SPANS[0],
        onset=START + 21 * DAY,
    )
    figure = draw_strips(chart)
    assert figure.svg.count('class="area moved"') == 2
    assert 'class="reference"' in figure.svg
    assert "since 22 Jun 2026" in figure.svg
    assert figure.table.header == ("span", "temp", "wind")
    assert [row[1] for row in figure.table.rows] == ["0", "0.1", "unknown", "0.9"]


def test_an_onset_outside_is_not_drawn() -> None:
    strips = (Strip("a", (0.1,) * 4),)
    chart = StripChart(spans=SPANS, strips=strips, onset=START - DAY)
    assert 'class="onset"' not in draw_strips(chart).svg


def test_names_are_only_text() -> None:
    strips = (Strip("<script>\x1b", (0.5,) * 4),)
    svg = draw_strips(StripChart(spans=SPANS, strips=strips)).svg
    assert "<script>" not in svg
    assert "\x1b" not in svg


@given(
    st.lists(
        st.lists(st.floats(0, 1) | st.just(math.nan), min_size=4, max_size=4),
        max_size=5,
    ),
    st.sampled_from([328.0, 720.0]),
)
def test_areas_stay_in_their_rows(rows: list[list[float]], width: float) -> None:
    strips = tuple(Strip(f"c{n}", tuple(row)) for n, row in enumerate(rows))
    figure = draw_strips(StripChart(spans=SPANS, strips=strips), width=width)
    tree = ET.fromstring(figure.svg)  # noqa: S314 - our own drawing
    height = float(tree.get("height") or "nan")
    for path in tree.iter("path"):
        numbers = [
            float(part)
            for pair in (path.get("d") or "").strip("MZ").split("L")
            for part in pair.split()
        ]
        assert all(math.isfinite(n) for n in numbers)
        assert max(numbers[1::2]) <= height
        assert min(numbers[1::2]) >= 0


@pytest.mark.parametrize("width", [328.0, 720.0])
def test_no_strip_is_a_chart_too(width: float) -> None:
    assert draw_strips(StripChart(spans=SPANS, strips=()), width=width).table.rows
