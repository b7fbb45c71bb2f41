from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.hours import (
    Lane,
    Share,
    Stretch,
    draw_hours,
    draw_lanes,
)

STYLES = ("detected", "acked", "resolved")
LANE = Lane("INC-1 eta", (Stretch("acked", 0, 2), Stretch("resolved", 2, 5)), "5 h")


def widths(svg: str, style: str) -> list[float]:
    found = re.findall(rf'<rect class="hours {style}"[^>]* width="([\d.]+)"', svg)
    return [float(width) for width in found]


def test_parts_are_as_wide_as_their_share() -> None:
    shares = [Share("a", "x", 0.25), Share("none", "y", 0.0), Share("b", "z", 0.75)]
    figure = draw_hours(shares, width=400.0)
    assert widths(figure.svg, "x")[0] == 99.0
    assert widths(figure.svg, "z")[0] == 299.0
    assert widths(figure.svg, "y") == []
    assert figure.table.rows == (("a", "25 %"), ("b", "75 %"))


def test_a_lane_shows_each_stretch_in_its_shade() -> None:
    figure = draw_lanes([LANE], STYLES)
    drawn = [width for width in widths(figure.svg, "step-1") if width != 11]
    assert len(drawn) == 1
    assert figure.table.rows == (
        ("INC-1 eta", "acked", "0", "2"),
        ("INC-1 eta", "resolved", "2", "5"),
    )
    assert "until acked: 2 h" in figure.svg


def test_the_legend_names_only_what_is_drawn() -> None:
    svg = draw_lanes([Lane("a", (Stretch("acked", 0, 1),), "1 h")], STYLES).svg
    assert "until acked" in svg
    assert "until resolved" not in svg


def test_a_lane_without_stretches_keeps_its_name() -> None:
    assert "INC-2" in draw_lanes([Lane("INC-2", (), "0 s")], STYLES).svg


@pytest.mark.parametrize("width", [328.0, 720.0])
def test_foreign_names_are_escaped_and_cut(width: float) -> None:
    hostile = Lane("<script>" * 20, LANE.stretches, "<b>")
    svg = draw_lanes([hostile], STYLES, width=width).svg
    assert "<script>" not in svg
    assert "<b>" not in svg


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_the_bar_is_never_wider_than_its_frame(values: list[float]) -> None:
    total = sum(values) or 1.0
    shares = [Share(str(n), f"s{n}", value / total) for n, value in enumerate(values)]
    svg = draw_hours(shares, width=300.0).svg
    drawn = re.findall(r'x="([\d.]+)" y="0" width="([\d.]+)"', svg)
    assert all(float(x) + float(width) <= 301 for x, width in drawn)
