from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.bars import (
    Pair,
    Part,
    draw_pairs,
    draw_parts,
    say_plain,
)


def bars(svg: str, name: str) -> list[float]:
    root = ET.fromstring(svg)  # noqa: S314 - we wrote it ourselves
    return [
        float(item.get("width", "nan"))
        for item in root.iter("rect")
        if name in item.get("class", "").split() and item.get("width") != "10"
    ]


def test_bars_are_as_long_as_their_figures() -> None:
    svg = draw_pairs((Pair("a", 0.2, 0.4), Pair("b", 0.1, 0.0)), title="t").svg
    before, after = bars(svg, "before"), bars(svg, "after")
    assert before[0] == pytest.approx(after[0] / 2, abs=0.2)
    assert before[1] == pytest.approx(after[0] / 4, abs=0.2)
    assert after[1] == 0.0


def test_a_small_share_is_still_seen() -> None:
    svg = draw_pairs((Pair("a", 1e-6, 1.0),), title="t").svg
    assert bars(svg, "before") == [0.5]


def test_before_is_drawn_above_after_and_the_legend_says_so() -> None:
    svg = draw_pairs((Pair("a", 0.2, 0.4),), title="t").svg
    assert svg.index("bar before") < svg.index("bar after")
    texts = [item.text for item in ET.fromstring(svg).iter("text")]  # noqa: S314 - ours
    assert texts[:2] == ["before", "after"]
    assert texts[-2:] == ["20 %", "40 %"]


def test_figures_that_are_no_shares_are_said_plainly() -> None:
    figure = draw_pairs((Pair("repair", 0.39, 0.33),), title="t", say=say_plain)
    assert figure.table.rows == (("repair", "0.39", "0.33"),)
    assert "%" not in figure.svg


def test_no_values_are_said_to_be_none() -> None:
    figure = draw_pairs((), title="t")
    assert "no values" in figure.svg
    assert figure.table.rows == ()


def test_a_long_name_is_cut_but_whole_in_the_table() -> None:
    name = "a very long value that nobody could read in a chart"
    figure = draw_pairs((Pair(name, 0.1, 0.2),), title="t")
    assert "a very long val…" in figure.svg
    assert figure.table.rows[0][0] == name


def test_the_rest_is_unexplained() -> None:
    figure = draw_parts((Part("weather", 0.81),), title="t")
    assert figure.table.rows == (("weather", "81 %"), ("unexplained", "19 %"))
    (named,), (rest,) = bars(figure.svg, "part-0"), bars(figure.svg, "rest")
    assert named / (named + rest) == pytest.approx(0.81, abs=0.01)


@given(st.lists(st.floats(0, 1) | st.just(math.nan), max_size=5))
def test_parts_never_leave_the_whole(shares: list[float]) -> None:
    parts = [Part(f"cause {i}", share) for i, share in enumerate(shares)]
    figure = draw_parts(parts, title="t", width=340.0)
    root = ET.fromstring(figure.svg)  # noqa: S314 - we wrote it ourselves
    for item in root.iter("rect"):
        right = float(item.get("x", "nan")) + float(item.get("width", "nan"))
        assert right <= 340.0


def test_shares_above_one_are_scaled_down_together() -> None:
    figure = draw_parts((Part("a", 0.9), Part("b", 0.9)), title="t")
    assert figure.table.rows == (("a", "50 %"), ("b", "50 %"))


def test_hostile_labels_are_words() -> None:
    label = '"><script>x</script>'
    for figure in (
        draw_pairs((Pair(label, 0.1, 0.2),), title=label),
        draw_parts((Part(label, 0.1),), title=label),
    ):
        assert "<script" not in figure.svg
        ET.fromstring(figure.svg)  # noqa: S314 - we wrote it ourselves
