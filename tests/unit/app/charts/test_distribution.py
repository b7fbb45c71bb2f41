from __future__ import annotations

import dataclasses
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.distribution import draw_distribution, value_pairs
from modelowners.app.investigation import Investigation
from modelowners.observations.questions import QUANTILE_LEVELS, Contrast, Side


@pytest.fixture
def temp(late_arrival: Investigation) -> Contrast:
    return late_arrival.contrasts[1]


@pytest.fixture
def wind(late_arrival: Investigation) -> Contrast:
    return late_arrival.contrasts[2]


def of_class(svg: str, name: str) -> list[ET.Element]:
    root = ET.fromstring(svg)  # noqa: S314 - we wrote it ourselves
    return [item for item in root.iter() if name in item.get("class", "").split()]


def outline(svg: str, name: str) -> list[tuple[float, float]]:
    (area,) = [item for item in of_class(svg, "area") if name in item.get("class", "")]
    flat = [float(found) for found in re.findall(r"-?[\d.]+", area.get("d", ""))]
    return list(zip(flat[::2], flat[1::2], strict=True))


def sampled(values: list[float], *, nulls: int = 0) -> Side:
    data = np.array(values)
    return Side(
        rows=len(values) + nulls,
        n=len(values),
        nulls=nulls,
        quantiles=np.quantile(data, QUANTILE_LEVELS),
        mean=float(data.mean()),
        sd=float(data.std()),
        minimum=float(data.min()),
        maximum=float(data.max()),
        distinct=len(set(values)),
    )


def heights(svg: str, name: str) -> list[float]:
    path = outline(svg, name)
    base = path[0][1]
    # Each bin is a step of two points; the last point closes the outline.
    return [base - y for _, y in path[1:-1:2]]


def test_colder_values_stand_further_left(temp: Contrast) -> None:
    svg = draw_distribution(temp).svg
    peaks = {}
    for name in ("before", "after"):
        found = heights(svg, name)
        peaks[name] = found.index(max(found))
    assert peaks["after"] < peaks["before"]


def test_both_sides_share_one_axis_and_one_height(temp: Contrast) -> None:
    same = dataclasses.replace(temp, after=temp.before)
    svg = draw_distribution(same).svg
    assert heights(svg, "before") == pytest.approx(heights(svg, "after"))


def test_the_labels_say_which_side_is_which(temp: Contrast) -> None:
    figure = draw_distribution(temp)
    texts = [item.text or "" for item in of_class(figure.svg, "label")]
    assert "before: median 57, 10,000 rows" in texts
    assert "after: median 13.9, 10,000 rows" in texts
    assert figure.title == "temp before and after"
    rows = {row[0]: row[1:] for row in figure.table.rows}
    assert rows["mean"] == ("57", "13.9")
    assert rows["50 % are below"] == ("57", "13.9")


def test_nulls_are_said_in_words_and_table(temp: Contrast) -> None:
    nulls = dataclasses.replace(temp.after, n=6_000, nulls=4_000)
    figure = draw_distribution(dataclasses.replace(temp, after=nulls))
    assert "40 % null" in figure.svg
    rows = {row[0]: row[1:] for row in figure.table.rows}
    assert rows["null"] == ("0 %", "40 %")


def test_a_value_held_by_many_rows_is_one_high_bin() -> None:
    spread = [float(v) for v in range(100)]
    filled = [float(v) for v in range(60)] + [0.5] * 40
    contrast = Contrast(
        column="c", numeric=True, before=sampled(spread), after=sampled(filled)
    )
    after = heights(draw_distribution(contrast).svg, "after")
    assert after.index(max(after)) == 0
    assert max(after) > 5 * sorted(after)[-2]


def test_one_far_value_does_not_press_everything_flat() -> None:
    plain = [float(v) for v in range(100)]
    wild = [*plain[:-1], 400_000.0]
    contrast = Contrast(
        column="fare", numeric=True, before=sampled(plain), after=sampled(wild)
    )
    figure = draw_distribution(contrast)
    assert sum(height > 1 for height in heights(figure.svg, "after")) > 20
    rows = {row[0]: row[1:] for row in figure.table.rows}
    assert rows["greatest"] == ("99", "400,000")


def test_text_is_drawn_by_value_with_null_as_its_own(wind: Contrast) -> None:
    figure = draw_distribution(wind)
    assert figure.table.header == ("value", "before", "after")
    assert figure.table.rows == (
        ("calm", "70 %", "38 %"),
        ("gale", "30 %", "48 %"),
        ("storm", "0 %", "10 %"),
        ("(null)", "0 %", "5 %"),
    )


def test_numbers_of_few_values_are_drawn_in_their_order(wind: Contrast) -> None:
    def few(values: dict[str, int]) -> Side:
        return dataclasses.replace(
            wind.before, values=values, rows=100, n=100, nulls=0, distinct=3
        )

    contrast = Contrast(
        column="stops",
        numeric=True,
        before=few({"0": 90, "10": 6, "2": 4}),
        after=few({"2": 80, "10": 20}),
    )
    labels = [pair.label for pair in value_pairs(contrast)]
    assert labels == ["0", "2", "10"]


def test_values_beyond_the_limit_are_joined(wind: Contrast) -> None:
    many = {f"v{i:02}": 100 - i for i in range(20)}
    side = dataclasses.replace(
        wind.before, values=many, rows=sum(many.values()), n=sum(many.values())
    )
    contrast = dataclasses.replace(wind, before=side, after=side)
    pairs = value_pairs(contrast, limit=5)
    assert [pair.label for pair in pairs] == [
        "v00",
        "v01",
        "v02",
        "v03",
        "v04",
        "(other)",
    ]
    assert sum(pair.before for pair in pairs) == pytest.approx(1.0)


def test_an_empty_side_is_drawn_as_nothing(wind: Contrast) -> None:
    nobody = dataclasses.replace(wind.before, rows=0, n=0, values={}, distinct=0)
    pairs = value_pairs(dataclasses.replace(wind, after=nobody))
    assert [pair.after for pair in pairs] == [0.0, 0.0]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=40, max_size=80),
    st.lists(st.floats(-1e6, 1e6), min_size=40, max_size=80),
)
def test_any_numbers_give_shares_that_fit_the_drawing(
    before: list[float], after: list[float]
) -> None:
    contrast = Contrast(
        column="c", numeric=True, before=sampled(before), after=sampled(after)
    )
    figure = draw_distribution(contrast)
    assert "nan" not in figure.svg
    for item in of_class(figure.svg, "area"):
        flat = [float(found) for found in re.findall(r"-?[\d.]+", item.get("d", ""))]
        assert all(0 <= x <= 340 for x in flat[::2])
        assert all(0 <= y <= 240 for y in flat[1::2])


def test_hostile_values_are_words(hostile: Investigation) -> None:
    figure = draw_distribution(hostile.contrasts[1])
    assert "<script" not in figure.svg
    assert figure.table.rows[0][0].startswith("<script>")
    assert "\x1b" not in figure.table.rows[0][0]
