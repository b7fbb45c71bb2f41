from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.drawing import (
    Scale,
    canvas,
    element,
    shorten,
    ticks,
    words,
)

wild = st.floats(allow_nan=False, allow_infinity=False)


@given(st.text(), st.text())
def test_any_text_gives_well_formed_svg(label: str, value: str) -> None:
    svg = canvas(
        [element("text", words(label), class_=value)],
        width=10.0,
        height=5.0,
        title=label,
        desc=value,
    )
    found = ET.fromstring(svg)  # noqa: S314 - we wrote it ourselves
    assert found.tag == "svg"
    assert found[0].tag == "title"
    assert found[1].tag == "desc"
    assert (found[2].text or "") == shorten(label)


def test_an_attribute_keeps_a_tenth_of_a_pixel() -> None:
    assert element("line", x1=1 / 3, x2=2.0) == '<line x1="0.3" x2="2"/>'


@given(wild, wild, st.floats(0, 1))
def test_a_scale_stays_within_its_pixels(one: float, other: float, part: float) -> None:
    low, high = sorted((one, other))
    scale = Scale(low, high, 100.0, 20.0)
    value = min(max(low + part * (high / 2 - low / 2) * 2, low), high)
    assert 20.0 - 1e-6 <= scale(value) <= 100.0 + 1e-6


def test_a_scale_without_length_maps_to_its_middle() -> None:
    assert Scale(3.0, 3.0, 0.0, 10.0)(3.0) == 5.0


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e12), st.integers(1, 8))
def test_ticks_lie_within_the_bounds_and_are_not_too_many(
    low: float, span: float, count: int
) -> None:
    high = low + span
    found = ticks(low, high, count)
    room = 1e-6 * max(abs(low), abs(high), span)
    assert all(low - room <= value <= high + room for value in found)
    assert list(found) == sorted(set(found))
    assert len(found) <= count + 2


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0.0, 1.0, (0.0, 0.5, 1.0)),
        (0.0, 10.0, (0.0, 5.0, 10.0)),
        (5.0, 5.0, (5.0,)),
        (0.0, math.inf, (0.0,)),
        (0.0, 5e-324, (0.0,)),
    ],
)
def test_ticks_are_round(low: float, high: float, found: tuple[float, ...]) -> None:
    assert ticks(low, high, 3) == found


@given(st.text(), st.integers(2, 80))
def test_shortened_text_is_short_and_says_that_it_was_cut(
    text: str, limit: int
) -> None:
    told = shorten(text, limit)
    assert len(told) <= limit
    assert told.isprintable()
