from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.phrases import (
    clean,
    say_between,
    say_day,
    say_figure,
    say_instant,
    say_metric,
    say_segment,
    say_share,
    say_window,
    short,
)
from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow, parse_instant

instants = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)


@given(st.text())
def test_clean_text_is_one_printable_line(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(clean(text)) == clean(text)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), min_size=1))
def test_ordinary_words_pass_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\r\n\tb", "a b"),
        ("a\u2028b", "a b"),
        ("\ud800", "\\ud800"),
        ("\x00", "\\x00"),
        ("  a  ", "a"),
    ],
)
def test_marks_that_move_a_cursor_are_shown_as_text(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-10-12", "12 Oct 2026"),
        ("2026-10-12T06:05Z", "12 Oct 2026 06:05 UTC"),
        ("2026-10-12T00:00:07Z", "12 Oct 2026 00:00 UTC"),
        ("2026-10-12T06:00+02:00", "12 Oct 2026 04:00 UTC"),
    ],
)
def test_an_instant_says_utc_where_it_says_a_time(text: str, said: str) -> None:
    assert say_instant(parse_instant(text)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-06-01", "1 Jun 2026"),
        ("2026-06-01/2026-07-01", "1 Jun to 30 Jun 2026"),
        ("2025-12-01/2026-02-01", "1 Dec 2025 to 31 Jan 2026"),
        ("2026-06-01T06:00Z/2026-06-02", "1 Jun 2026 06:00 UTC to 1 Jun 2026"),
        ("2026-06-01/2026-06-01T06:00Z", "1 Jun to 1 Jun 2026 06:00 UTC"),
    ],
)
def test_a_window_names_its_last_day(text: str, said: str) -> None:
    assert say_window(TimeWindow.parse(text)) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("2026-10-12", "2026-10-12", "at 12 Oct 2026"),
        ("2026-10-11", "2026-10-13", "between 11 Oct 2026 and 13 Oct 2026"),
        (
            "2026-10-12T05:00Z",
            "2026-10-12T07:30Z",
            "between 05:00 and 07:30 UTC on 12 Oct 2026",
        ),
    ],
)
def test_bounds_read_as_a_person_would_say_them(low: str, high: str, said: str) -> None:
    assert say_between(parse_instant(low), parse_instant(high)) == said


@given(instants)
def test_months_are_english_whatever_the_locale(at: datetime) -> None:
    names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    assert say_day(at) == f"{at.day} {names[4 * at.month - 4 : 4 * at.month - 1]}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "unknown"),
        (math.nan, "unknown"),
        (-math.inf, "unknown"),
        (0.0, "0"),
        (0.000123456, "0.000123"),
        (999.4, "999"),
        (1234.6, "1,235"),
        (-40_000.0, "-40,000"),
        (1.7e308, "1.7e+308"),
    ],
)
def test_a_figure_has_three_digits_that_say_something(
    value: float | None, said: str
) -> None:
    assert say_figure(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0 %"),
        (0.0004, "under 0.1 %"),
        (0.9996, "over 99.9 %"),
        (0.004, "0.4 %"),
        (0.5, "50 %"),
        (0.995, "99.5 %"),
        (1.0, "100 %"),
        (None, "unknown"),
        (math.nan, "unknown"),
    ],
)
def test_a_share_keeps_apart_what_is_nearly_all_from_all(
    value: float | None, said: str
) -> None:
    assert say_share(value) == said


def test_a_segment_is_named_in_the_order_of_its_columns() -> None:
    assert say_segment({"b": "2", "a": "1"}) == " for a 1 and b 2"
    assert say_segment({}) == ""


@pytest.mark.parametrize(
    ("metric", "said"),
    [("log_loss", "log loss"), ("my_cost", "my cost"), ("x\x1b", "x\\x1b")],
)
def test_a_metric_has_a_name(metric: str, said: str) -> None:
    assert say_metric(metric) == said


@pytest.mark.parametrize(
    ("asset", "name"),
    [("dataset:a/b:c", "a/b:c"), ("odd", "odd"), ("model:", "model:")],
)
def test_a_short_name_drops_the_kind_only(asset: str, name: str) -> None:
    assert short(AssetId(asset)) == name
