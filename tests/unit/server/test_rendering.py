"""A page's values in three forms; foreign text is only text in each of them."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, nodes
from markupsafe import Markup

from modelowners.app.charts.drawing import Figure, Table
from modelowners.app.views.changes import ChangesPage
from modelowners.app.views.fix import FixPage
from modelowners.app.views.fleet import FleetPage
from modelowners.app.views.incident import IncidentPage
from modelowners.app.views.incidents import IncidentsPage
from modelowners.app.views.model import ModelPage
from modelowners.app.views.owners import OwnersPage
from modelowners.app.views.shell import Shell
from modelowners.server.pages.errors import ErrorPage
from modelowners.server.rendering import (
    MARKDOWN,
    _html,
    _markdown,
    _marked_down,
    document,
)

PAGES = {
    "changes": ChangesPage,
    "error": ErrorPage,
    "fix": FixPage,
    "fleet": FleetPage,
    "incident": IncidentPage,
    "incidents": IncidentsPage,
    "model": ModelPage,
    "owners": OwnersPage,
}
ONLY_FOR = {
    # Buttons are pressed, and twins have none.
    "incident": {"model_path", "headline"},
}


def read_by(environment: Environment, name: str) -> set[str]:
    """Names of attributes that a template and what it takes in read of `page`."""
    loader = environment.loader
    assert loader is not None
    source = loader.get_source(environment, name)[0]
    tree = environment.parse(source)
    found = {
        node.attr
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name == "page"
    }
    for node in tree.find_all((nodes.Include, nodes.FromImport, nodes.Extends)):
        assert isinstance(node, nodes.Include | nodes.FromImport | nodes.Extends)
        if isinstance(node.template, nodes.Const):
            found |= read_by(environment, str(node.template.value))
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_template_reads_what_its_page_declares_and_all_of_it(name: str) -> None:
    declared = {field.name for field in dataclasses.fields(PAGES[name])}
    read = read_by(_html(), f"{name}.html")
    assert read <= declared
    unread = declared - read - ONLY_FOR.get(name, set()) - {"tone"}
    assert unread == set(), f"{name}.html leaves out what was gathered for it"


@pytest.mark.parametrize("name", PAGES)
def test_a_twin_reads_nothing_else(name: str) -> None:
    declared = {field.name for field in dataclasses.fields(PAGES[name])}
    assert read_by(_markdown(), f"{name}.md") <= declared


def test_every_page_is_declared_here() -> None:
    names = _html().list_templates(extensions=["md"])
    assert {name.removesuffix(".md") for name in names} - {"words"} == set(PAGES)


def test_the_shell_is_read_whole() -> None:
    environment = _html()
    loader = environment.loader
    assert loader is not None
    source = loader.get_source(environment, "base.html")[0]
    for field in dataclasses.fields(Shell):
        assert f"shell.{field.name}" in source


def templates() -> Iterator[tuple[str, str]]:
    environment = _html()
    assert environment.loader is not None
    for name in environment.list_templates(extensions=["html"]):
        yield name, environment.loader.get_source(environment, name)[0]


@pytest.mark.parametrize(("name", "source"), list(templates()), ids=lambda v: v[:16])
def test_templates_keep_the_policy(name: str, source: str) -> None:
    """Nothing in line, nothing foreign, and nothing let through but drawings."""
    if name in {"report.html", "speed.html"}:
        return  # files of their own, with a policy of their own
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", source)
    assert not re.search(r"https?://", source)
    assert "| safe" not in source
    filters = set(re.findall(r"\|\s*([a-z_]+)", source)) - {"join"}
    assert filters <= {"drawing", "urlencode", "capitalize", "length", "replace"}


@given(st.text())
def test_markdown_escapes_what_would_be_read(text: str) -> None:
    told = str(_marked_down(text))
    assert "\n" not in told
    bare = re.sub(r"\\(.)", "", told)
    assert not MARKDOWN.search(bare)
    assert re.sub(r"\\(.)", r"\1", told) == " ".join(text.split())


def test_markdown_lets_through_what_was_escaped_before() -> None:
    assert _marked_down(Markup("a\\*")) == "a\\*"
    assert _marked_down(None) is None


class Kind(enum.StrEnum):
    ONE = "one"


@dataclasses.dataclass(frozen=True)
class Leaf:
    kind: Kind
    figure: Figure
    numbers: tuple[float, ...]
    names: dict[str, object]


def test_json_is_json_and_drawings_are_tables() -> None:
    figure = Figure("<svg/>", "title", Table(("a",), (("1",),)))
    leaf = Leaf(Kind.ONE, figure, (1.5, float("nan"), 2), {"x": None, "y": True})
    told = json.loads(json.dumps(document(leaf), allow_nan=False))
    assert told == {
        "kind": "one",
        "figure": {"title": "title", "table": {"header": ["a"], "rows": [["1"]]}},
        "numbers": [1.5, None, 2],
        "names": {"x": None, "y": True},
    }


@pytest.mark.parametrize("page", PAGES.values())
def test_pages_cannot_be_altered(page: type) -> None:
    assert page.__dataclass_params__.frozen  # type: ignore[attr-defined]  # a dataclass
    assert inspect.getdoc(page)
