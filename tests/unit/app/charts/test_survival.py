from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.survival import draw_survival
from modelowners.measurement.survival import kaplan_meier

PATH = re.compile(r'class="line line-before" d="([^"]+)"')


def heights(svg: str) -> list[float]:
    found = PATH.search(svg)
    assert found is not None
    return [float(place.split()[1]) for place in re.split("[ML]", found[1]) if place]


def test_the_picture_and_its_table() -> None:
    curve = kaplan_meier([0.5, 5.0, 5.0, 50.0], [True, True, True, False])
    figure = draw_survival(curve, cap=336)
    assert figure.table.header == ("after", "not yet fixed", "95 % limits")
    rows = {name: left for name, left, _ in figure.table.rows}
    assert (rows["10 min"], rows["1 h"], rows["1 d"]) == ("100 %", "75 %", "25 %")
    assert "Half are fixed by 5 h, nine tenths by no time seen yet." in figure.svg
    assert "cap 14 d" in figure.svg


def test_a_band_is_drawn_where_the_limits_are_known() -> None:
    one = kaplan_meier([2.0], [True])
    assert 'class="interval"' not in draw_survival(one, cap=24).svg
    many = kaplan_meier([1.0, 2.0, 3.0], [True, True, True])
    assert 'class="interval"' in draw_survival(many, cap=24).svg


def test_many_times_make_a_short_path() -> None:
    hours = np.exp(np.random.default_rng(1).normal(2, 3, 30_000))
    figure = draw_survival(kaplan_meier(hours, np.ones(30_000, bool)), cap=336)
    assert len(figure.svg) < 120_000


@given(
    st.lists(st.tuples(st.floats(1e-4, 1e6), st.booleans()), min_size=1, max_size=40)
)
def test_a_staircase_only_goes_down(found: list[tuple[float, bool]]) -> None:
    fixed = [done for _, done in found]
    fixed[0] = True
    curve = kaplan_meier([hours for hours, _ in found], fixed)
    for width in (328.0, 720.0):
        y = heights(draw_survival(curve, cap=336, width=width).svg)
        # SVG's y grows downward.
        assert y == sorted(y)
