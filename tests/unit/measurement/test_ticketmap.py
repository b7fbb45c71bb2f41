from __future__ import annotations

import pytest
from ticket_worlds import COLUMNS, STATES, form, node

from modelowners.core.errors import BadFacet
from modelowners.measurement.ticketmap import (
    SOURCE,
    BadMap,
    NoColumn,
    Shape,
    read_map,
)


def test_a_whole_map() -> None:
    found = form(asset=["system", "part"], time_format="%d.%m.%Y", source="snow")
    assert (found.shape, found.id, found.team) == (Shape.STATES, "n", ("team",))
    assert found.done == {"Resolved", "Closed"}
    assert found.nulls == {"?", ""}
    assert (found.asset, found.source) == (("system", "part"), "snow")
    assert str(found.timezone) == "UTC"


def test_what_is_not_named_has_its_default() -> None:
    found = form(fixed=None, order=None, nulls=None)
    assert (found.fixed, found.order, found.source) == (None, None, SOURCE)
    assert found.nulls == {""}


def test_the_columns_it_reads() -> None:
    assert set(form().columns()) == set(COLUMNS)
    changes = form(
        **{"shape": "changes", "field": "what", "from": "old", "to": "new"}, order=None
    )
    assert set(changes.columns()) == {
        "n",
        "at",
        "opened",
        "fixed",
        "what",
        "old",
        "new",
    }


def test_places_are_found_and_misses_named() -> None:
    assert form().places(COLUMNS)["team"] == 6
    with pytest.raises(NoColumn, match=r'no column "team"; did you mean "teams"') as no:
        form().places([*COLUMNS[:-1], "teams"])
    assert "map.yaml" in str(no.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shape": None}, 'lacks "shape"'),
        ({"shape": "rows"}, 'unknown shape "rows"'),
        ({"id": None}, 'lacks "id", which the shape "states" needs'),
        ({"at": None}, 'lacks "at"'),
        ({"shape": "changes"}, 'lacks "field"'),
        ({"shape": "summary"}, '"team" names 2 column(s)'),
        ({"team": ["a", "b"]}, '"team" names 1 column(s)'),
        ({"done": None}, "say which states mean fixed"),
        ({"timezone": "Mars/Olympus"}, 'unknown time zone "Mars/Olympus"'),
        ({"timezone": "../etc/passwd"}, "unknown time zone"),
    ],
)
def test_what_cannot_be_used_is_refused_and_said(
    changes: dict[str, object], said: str
) -> None:
    with pytest.raises(BadMap) as refused:
        form(**changes)
    assert said in str(refused.value)
    assert "map.yaml" in str(refused.value)


def test_an_unknown_key_is_named_with_its_nearest() -> None:
    with pytest.raises(BadFacet, match=r'"opend"; did you mean "opened"'):
        form(opend="x")


def test_a_map_is_a_mapping() -> None:
    with pytest.raises(BadFacet, match="expected a mapping"):
        read_map(node(["shape"]))


def test_the_example_keys_are_known() -> None:
    assert read_map(node(STATES)).shape is Shape.STATES
