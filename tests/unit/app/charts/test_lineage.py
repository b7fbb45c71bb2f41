from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.app.charts.lineage import (
    MAX_LAYER,
    LineageChart,
    Node,
    draw_lineage,
)

CHART = LineageChart(
    nodes=(
        Node("model:eta", "risk", 0),
        Node("dataset:weather", "feeds", -1, guilty=True),
        Node("dataset:fleet", "risk", -1),
        Node("dataset:sensor", "", -2),
        Node("service:maps", "maps", 1),
    ),
    edges=(
        ("dataset:weather", "model:eta"),
        ("dataset:fleet", "model:eta"),
        ("dataset:sensor", "dataset:weather"),
        ("model:eta", "service:maps"),
    ),
)


@pytest.mark.parametrize("narrow", [True, False])
def test_crossings_from_owner_to_owner_stand_out(narrow: bool) -> None:
    svg = draw_lineage(CHART, narrow=narrow).svg
    assert svg.count('class="edge crossing"') == 3
    assert svg.count('class="edge"') == 1
    assert "5 assets, 3 edges cross" in svg


def test_owners_have_hues_and_nobody_has_none() -> None:
    svg = draw_lineage(CHART).svg
    assert "asset owner-0 middle" in svg
    assert svg.count("stripe owner-0") == 2, "one owner, one hue"
    assert "stripe unowned" in svg
    assert svg.count(" guilty") == 1


def test_the_table_names_every_asset_and_its_relation() -> None:
    rows = {row[0]: row[1:] for row in draw_lineage(CHART).table.rows}
    assert rows["dataset:sensor"] == ("made from", "2", "nobody")
    assert rows["model:eta"] == ("itself", "0", "risk")
    assert rows["service:maps"] == ("used by", "1", "maps")


def test_a_long_layer_is_cut_and_says_so_and_keeps_the_guilty() -> None:
    nodes = [Node(f"dataset:{n:02}", "x", -1, guilty=n == 29) for n in range(30)]
    chart = LineageChart(nodes=(Node("model:m", "x", 0), *nodes), edges=())
    figure = draw_lineage(chart)
    assert figure.svg.count('class="stripe') == MAX_LAYER + 1
    assert f"and {30 - MAX_LAYER} more" in figure.svg
    assert " guilty" in figure.svg
    assert len(figure.table.rows) == 31


@given(
    st.dictionaries(
        st.text(max_size=12),
        st.tuples(st.text(max_size=6), st.integers(-3, 3)),
        min_size=1,
        max_size=12,
    ),
    st.booleans(),
)
def test_boxes_never_overlap(found: dict[str, tuple[str, int]], narrow: bool) -> None:
    nodes = tuple(Node(f"dataset:{k}", owner, at) for k, (owner, at) in found.items())
    figure = draw_lineage(LineageChart(nodes=nodes, edges=()), narrow=narrow)
    tree = ET.fromstring(figure.svg)  # noqa: S314 - our own drawing
    boxes = [
        tuple(float(rect.get(side) or "nan") for side in ("x", "y", "width", "height"))
        for rect in tree.iter("rect")
        if (rect.get("class") or "").startswith("asset")
    ]
    for place, (x, y, wide, tall) in enumerate(boxes):
        for left, top, across, down in boxes[place + 1 :]:
            apart = x + wide <= left or left + across <= x
            assert apart or y + tall <= top or top + down <= y
