from __future__ import annotations

import dataclasses
import math
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.metric import (
    LEFT,
    MAX_MARKS,
    MAX_ROWS,
    RIGHT,
    Band,
    Mark,
    MetricChart,
    draw_metric,
)
from modelowners.app.investigation import Investigation, Point, Series
from modelowners.core.time import DAY, HOUR, Onset, TimeWindow, parse_instant

START = parse_instant("2026-06-01")


@pytest.fixture
def chart(late_arrival: Investigation) -> MetricChart:
    symptom = late_arrival.diagnosis.symptom
    assert symptom is not None
    assert late_arrival.series is not None
    return MetricChart(
        series=late_arrival.series,
        reference=late_arrival.diagnosis.reference.window,
        before=symptom.before,
        onset=symptom.onset,
        marks=(
            Mark(symptom.onset.at - 3 * DAY, "innocent"),
            Mark(symptom.onset.at - HOUR, "guilty", guilty=True),
        ),
    )


def drawing(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - we wrote it ourselves


def of_class(svg: str, name: str) -> list[ET.Element]:
    return [
        item for item in drawing(svg).iter() if name in item.get("class", "").split()
    ]


def numbers(path: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?[\d.]+", path)]


def days(values: list[float], *, step: timedelta = DAY) -> Series:
    points = tuple(
        Point(
            window=TimeWindow(START + i * step, START + (i + 1) * step),
            value=value,
            low=value - 1,
            high=value + 1,
            rows=10,
        )
        for i, value in enumerate(values)
    )
    return Series(metric="mae", points=points)


def test_every_part_is_drawn_once(chart: MetricChart) -> None:
    svg = draw_metric(chart).svg
    for name in ("reference", "level", "onset-band", "onset", "guilty"):
        assert len(of_class(svg, name)) == 1, name
    assert len(of_class(svg, "mark")) == 2
    # The window without value parts the line and its interval in two.
    assert len(of_class(svg, "interval")) == 2
    assert len(of_class(svg, "line-before")) == 2
    assert len(of_class(svg, "line-after")) == 1


def test_what_came_after_the_onset_starts_at_the_onset_line(
    chart: MetricChart,
) -> None:
    svg = draw_metric(chart).svg
    (onset,) = of_class(svg, "onset")
    x = float(onset.get("x1", "nan"))
    (after,) = of_class(svg, "line-after")
    day = (720 - RIGHT - LEFT) / 61
    assert abs(numbers(after.get("d", ""))[0] - x) <= day
    befores = [numbers(item.get("d", "")) for item in of_class(svg, "line-before")]
    assert all(value <= x + day for path in befores for value in path[::2])


def test_worse_is_drawn_higher(chart: MetricChart) -> None:
    svg = draw_metric(chart).svg
    (after,) = of_class(svg, "line-after")
    (level,) = of_class(svg, "level")
    ys = numbers(after.get("d", ""))[1::2]
    assert max(ys) < float(level.get("y1", "nan"))


def test_the_band_spans_the_onset_interval(chart: MetricChart) -> None:
    assert chart.onset is not None
    wide = dataclasses.replace(chart.onset, low=chart.onset.at - 5 * DAY)
    (band,) = of_class(
        draw_metric(dataclasses.replace(chart, onset=wide)).svg, "onset-band"
    )
    day = (720 - RIGHT - LEFT) / 61
    assert float(band.get("width", "0")) == pytest.approx(5 * day, abs=1)


def test_the_drawing_names_metric_onset_and_guilty_change(chart: MetricChart) -> None:
    figure = draw_metric(chart)
    assert figure.title == "log loss, 1 Sep to 31 Oct 2026"
    desc = drawing(figure.svg)[1].text
    assert desc == (
        "The level before was 0.31. It began between 04:00 and 07:00 UTC on "
        "12 Oct 2026. The change 12 Oct 2026 05:00 UTC: guilty."
    )


def test_the_table_has_a_row_for_each_window(chart: MetricChart) -> None:
    table = draw_metric(chart).table
    assert table.header == ("window", "log loss", "95 % interval", "rows")
    assert len(table.rows) == 61
    assert table.rows[0][0] == "1 Sep 2026"
    assert table.rows[20] == ("21 Sep 2026", "unknown", "unknown", "0")


def test_a_long_series_has_a_short_table_over_the_same_time() -> None:
    figure = draw_metric(MetricChart(series=days([1.0] * 1_000)))
    assert len(figure.table.rows) <= MAX_ROWS
    assert figure.table.rows[0][0].startswith("1 Jun ")
    assert len(figure.svg) < 20_000


def test_of_many_changes_the_guilty_one_is_kept_and_painted_last() -> None:
    marks = [Mark(START + i * HOUR, f"change {i}") for i in range(40)]
    marks.append(Mark(START + 41 * HOUR, "it", guilty=True))
    svg = draw_metric(MetricChart(series=days([1.0] * 5), marks=tuple(marks))).svg
    drawn = of_class(svg, "mark")
    assert len(drawn) == MAX_MARKS
    assert "guilty" in drawn[-1].get("class", "")


def test_what_lies_outside_the_time_shown_is_left_out() -> None:
    late = START + 400 * DAY
    chart = MetricChart(
        series=days([1.0, 2.0]),
        reference=TimeWindow(late, late + DAY),
        onset=Onset(late, late, late),
        marks=(Mark(late, "late"),),
    )
    svg = draw_metric(chart).svg
    for name in ("reference", "onset", "onset-band", "mark"):
        assert of_class(svg, name) == []


def test_a_lone_window_is_a_dot() -> None:
    svg = draw_metric(MetricChart(series=days([1.0]))).svg
    assert len(of_class(svg, "dot")) == 1


def test_a_lone_window_after_the_onset_is_seen() -> None:
    at = START + 2 * DAY
    chart = MetricChart(series=days([1.0, 1.0, 5.0]), onset=Onset(at, at, at))
    svg = draw_metric(chart).svg
    assert [item.get("class") for item in of_class(svg, "line-after")] == [
        "dot line-after"
    ]


def test_a_series_without_any_value_still_draws_its_axes() -> None:
    figure = draw_metric(MetricChart(series=days([math.nan] * 4)))
    assert of_class(figure.svg, "axis")
    assert of_class(figure.svg, "line") == []


@pytest.mark.parametrize(
    ("step", "label"),
    [(HOUR, "06:00"), (DAY, "15 Jun"), (30 * DAY, "2026")],
)
def test_the_time_axis_suits_its_span(step: timedelta, label: str) -> None:
    svg = draw_metric(MetricChart(series=days([1.0, 2.0] * 15, step=step))).svg
    labels = [item.text or "" for item in of_class(svg, "label")]
    assert any(label in text for text in labels)


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=1, max_size=30),
    st.sampled_from([340.0, 720.0]),
)
def test_any_values_stay_within_the_drawing(values: list[float], width: float) -> None:
    svg = draw_metric(MetricChart(series=days(values)), width=width).svg
    assert "nan" not in svg
    assert "inf" not in svg
    for item in of_class(svg, "line"):
        path = numbers(item.get("d", ""))
        assert all(0 <= x <= width for x in path[::2])
        assert all(0 <= y <= 240 for y in path[1::2])


def test_levels_before_and_since_carry_their_figures(chart: MetricChart) -> None:
    svg = draw_metric(dataclasses.replace(chart, before=0.31, after=0.39)).svg
    lines = {one.get("class"): one for one in of_class(svg, "level")}
    before, since = lines["level"], lines["level since"]
    assert float(since.get("x1", "nan")) > float(before.get("x1", "nan"))
    assert float(since.get("y1", "nan")) < float(before.get("y1", "nan"))
    assert [one.text for one in of_class(svg, "level-label")] == ["0.31", "0.39"]


def test_without_an_onset_there_is_no_level_since(chart: MetricChart) -> None:
    drawn = draw_metric(dataclasses.replace(chart, onset=None, after=0.39)).svg
    assert of_class(drawn, "since") == []


def test_incidents_are_bands_named_and_those_that_last_stand_out(
    chart: MetricChart,
) -> None:
    first = chart.series.points[0].window.start
    bands = (
        Band(first + 3 * DAY, first + 8 * DAY, "INC-1"),
        Band(first + 40 * DAY, None, "INC-2"),
        Band(first - 90 * DAY, first - 80 * DAY, "INC-0"),
    )
    svg = draw_metric(dataclasses.replace(chart, bands=bands)).svg
    classes = [band.get("class") for band in of_class(svg, "incident-band")]
    assert classes == ["incident-band", "incident-band open"]
    assert "INC-2" in svg
    assert "INC-0" not in svg
