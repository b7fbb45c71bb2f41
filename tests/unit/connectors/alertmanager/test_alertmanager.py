"""The section of the ownership file, and what it sets up."""

from __future__ import annotations

import pytest
from incident_worlds import NOON, World, read_catalog

from modelowners.connectors.alertmanager import (
    boards,
    check_section,
    read_boards,
    read_tokens,
    receiver,
)
from modelowners.connectors.alertmanager.alerts import AlertBoard
from modelowners.connectors.alertmanager.posts import Alertmanager
from modelowners.connectors.transport import Outside
from modelowners.core.errors import BadFacet
from modelowners.core.facets import Node

OWNERS = """\
version: 1
people:
  ana: {email: ana@acme.example}
teams:
  risk: {lead: ana, members: [ana]}
owns:
  model:eta: {owner: risk}
"""


def node(value: object) -> Node:
    if isinstance(value, dict):
        return Node({k: node(v) for k, v in value.items()}, "modelowners.yaml", 9, 3)
    if isinstance(value, list):
        return Node([node(one) for one in value], "modelowners.yaml", 9, 3)
    assert isinstance(value, str)
    return Node(value, "modelowners.yaml", 9, 3)


def test_tokens_and_boards_are_read() -> None:
    assert read_tokens(node({"token": "${A}"})) == ("${A}",)
    assert read_tokens(node({"token": ["${A}", "file:b"]})) == ("${A}", "file:b")
    assert read_tokens(node({"show": "http://a"})) == ()
    assert read_boards(node({"token": "${A}"})) == ()
    urls = ["http://a:9093/", "https://b", "${URL}"]
    assert read_boards(node({"show": urls})) == ("http://a:9093", "https://b", "${URL}")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({}, "needs token, show, or both"),
        ({"token": []}, "expected one token, or two"),
        ({"token": ["${A}", "${B}", "${C}"]}, "expected one token, or two"),
        ({"token": "mo_canary"}, "must not stand"),
        ({"tokens": "${A}"}, 'unknown key "tokens"'),
        ({"show": "alertmanager:9093"}, "expected http:// or https://"),
        ({"show": ["http://a", "ftp://b"]}, 'found "ftp://b"'),
    ],
)
def test_a_bad_section_is_refused_at_its_place(value: object, why: str) -> None:
    with pytest.raises(BadFacet, match=why) as refused:
        check_section(node(value))
    assert "modelowners.yaml:9:3" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_the_file_sets_up_what_it_names(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("alertmanager")
    world = World(read_catalog(folder, OWNERS))
    way, spool = Outside(), world.inbox
    assert receiver(world.catalog, way, spool) is None
    assert boards(world.catalog, way) == ()
    section = "connectors:\n  alertmanager: {token: '${A}', show: http://a}\n"
    both = read_catalog(folder, OWNERS + section)
    assert isinstance(receiver(both, way, spool), Alertmanager)
    assert boards(both, way) == (AlertBoard("http://a", way),)
    section = "connectors:\n  alertmanager: {show: http://a}\n"
    only = read_catalog(folder, OWNERS + section)
    assert receiver(only, way, spool) is None
    assert boards(only, way)[0].show((), at=NOON) == 0
