from __future__ import annotations

import math
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.spark import HEIGHT, WIDTH, draw_spark


def test_two_values_and_the_level_before() -> None:
    svg = draw_spark([0.3, 0.4], metric="log_loss", before=0.3, hurt=True)
    assert 'class="level"' in svg
    assert "line-after" in svg
    assert "log loss of the last 2 windows" in svg
    assert "Last 0.4, before 0.3." in svg


def test_less_than_two_values_are_no_line() -> None:
    assert draw_spark([], metric="m", before=None, hurt=False) == ""
    assert draw_spark([1.0, math.nan], metric="m", before=1.0, hurt=False) == ""


@given(
    values=st.lists(st.floats(allow_nan=True), max_size=60),
    before=st.none() | st.floats(),
    metric=st.text(max_size=20),
)
def test_whatever_it_is_given_it_draws_within_its_frame(
    values: list[float], before: float | None, metric: str
) -> None:
    svg = draw_spark(values, metric=metric, before=before, hurt=False)
    if not svg:
        return
    tree = ET.fromstring(svg)  # noqa: S314 - our own drawing
    for circle in tree.iter("circle"):
        assert -0.1 <= float(circle.get("cx") or "nan") <= WIDTH + 0.1
        assert -0.1 <= float(circle.get("cy") or "nan") <= HEIGHT + 0.1
