from __future__ import annotations

import dataclasses
import gzip
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from investigation_strategies import investigations

from modelowners.app import report
from modelowners.app.documents import template
from modelowners.app.investigation import Investigation
from modelowners.app.report import MAX_DIFF_LINES, Page, lay_out, lay_out_diff, render
from modelowners.core.evidence import Evidence
from modelowners.diagnosis.causes import Cause, CauseKind

VOID = {"meta", "br", "hr", "img", "input", "link", "wbr"}
WORLDS = ["late_arrival", "undecided", "healthy", "hostile"]


class Outline(HTMLParser):
    """Collects elements, attributes and text; insists that elements nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.unlabelled: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def outline(investigation: Investigation) -> Outline:
    found = Outline()
    found.feed(render(investigation))
    found.close()
    assert found.open == []
    return found


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Outline:
    return outline(request.getfixturevalue(request.param))


everywhere = pytest.mark.parametrize("page", WORLDS, indirect=True)


def test_the_page_is_the_one_reviewed(
    late_arrival: Investigation, golden: Callable[[str, str], None]
) -> None:
    golden("late_arrival.html", render(late_arrival))


@everywhere
def test_the_page_asks_for_nothing_and_runs_nothing(page: Outline) -> None:
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "iframe", "object", "link", "form", "base"}
    for _, attributes in page.elements:
        assert not {"src", "srcset", "style", "action"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    policy = next(a for a in page.all("meta") if "http-equiv" in a)
    assert (policy["content"] or "").startswith("default-src 'none'")


@pytest.mark.parametrize("world", WORLDS)
def test_the_style_sheet_fetches_nothing(
    world: str, request: pytest.FixtureRequest
) -> None:
    styles = re.findall(
        r"<style>(.*?)</style>", render(request.getfixturevalue(world)), re.DOTALL
    )
    assert len(styles) == 1
    assert "url(" not in styles[0]
    assert "@import" not in styles[0]
    assert "prefers-color-scheme: dark" in styles[0]
    assert "@media print" in styles[0]


def test_every_variable_used_is_set_in_both_themes(
    late_arrival: Investigation,
) -> None:
    style = render(late_arrival).split("<style>")[1].split("</style>")[0]
    used = set(re.findall(r"var\((--\w+)\)", style))
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    for block in blocks[:2]:
        assert used <= set(re.findall(r"(--\w+):", block))


def test_every_class_of_a_drawing_has_a_colour(late_arrival: Investigation) -> None:
    written = render(late_arrival)
    style, body = written.split("</style>")
    drawings = "".join(re.findall(r"<svg.*?</svg>", body, re.DOTALL))
    classes = {
        name
        for group in re.findall(r'class="([^"]+)"', drawings)
        for name in group.split()
    }
    assert not [name for name in classes if f".{name}" not in style]
    assert not re.search(r'(fill|stroke|style|color)="', drawings)


@everywhere
def test_the_page_can_be_read_without_seeing_it(page: Outline) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        if label := attributes.get("aria-labelledby"):
            assert label in ids
    drawings = page.all("svg")
    assert all(a["role"] == "img" and a["aria-label"] for a in drawings)
    assert len(page.all("title")) >= 1 + len(drawings)
    assert len(page.all("desc")) == len(drawings)


@everywhere
def test_every_figure_has_its_table(page: Outline) -> None:
    assert len(page.all("figcaption")) == len(page.all("figure"))
    assert len(page.all("table")) >= len(page.all("figure"))


@everywhere
def test_headings_skip_no_level(page: Outline) -> None:
    levels = [int(name[1]) for name, _ in page.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


@pytest.mark.parametrize("world", WORLDS)
def test_the_page_is_small_and_its_bytes_stable(
    world: str, request: pytest.FixtureRequest
) -> None:
    investigation = request.getfixturevalue(world)
    written = render(investigation)
    assert len(written.encode()) < 100_000
    assert len(gzip.compress(written.encode())) < 20_000
    assert render(investigation) == written


def test_a_year_of_windows_and_a_huge_diff_stay_below_the_limit(
    late_arrival: Investigation,
) -> None:
    assert late_arrival.series is not None
    series = dataclasses.replace(
        late_arrival.series, points=late_arrival.series.points * 20
    )
    cause = late_arrival.diagnosis.causes[0]
    change = late_arrival.change_of(cause)
    assert change is not None
    huge = dataclasses.replace(change, diff_text="+ a line of text\n" * 10_000)
    changes = {huge.id: huge}
    written = render(dataclasses.replace(late_arrival, series=series, changes=changes))
    assert len(written.encode()) < 100_000
    assert f"… and {10_000 - MAX_DIFF_LINES} more lines" in written


@settings(max_examples=20)
@given(investigations())
def test_any_investigation_has_a_whole_page(investigation: Investigation) -> None:
    written = render(investigation)
    found = outline(investigation)
    assert len(found.all("h1")) == 1
    assert "nan" not in " ".join(
        str(value)
        for name, attributes in found.elements
        if name in {"rect", "path", "line", "circle", "text"}
        for key, value in attributes.items()
        if key != "class"
    )
    body = written.split("</style>")[1]
    assert all(c.isprintable() or c == "\n" for c in body)


def test_hostile_words_come_back_as_words(hostile: Investigation) -> None:
    written = render(hostile)
    assert "<script" not in written
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert "alert('x')" in outline(hostile).text
    assert not re.search(r"alert\('x'\)[^<]*\"[^<>]*=", written.split("</style>")[1])


def test_the_page_says_what_the_headline_says(late_arrival: Investigation) -> None:
    shown = outline(late_arrival).text
    assert "weather sends temp in °C instead of °F. Ask wes of weather-feed." in shown
    assert "cause found" in shown
    assert "no scorer: repair estimated from a stand-in" in shown
    assert 'units = "metric"' in shown
    assert "declared at modelowners.yaml:12" in shown
    assert "the fleet registry misses most rows of MQ" in shown


def test_before_and_after_are_never_exchanged(late_arrival: Investigation) -> None:
    (cause, _) = lay_out(late_arrival).causes
    assert cause.column is not None
    rows = {row[0]: row[1:] for row in cause.column.table.rows}
    assert cause.column.table.header == ("figure", "before", "after")
    assert rows["mean"] == ("57", "13.9")
    assert "before: median 57," in cause.column.svg
    assert "after: median 13.9," in cause.column.svg
    drawn = cause.evidence[1].bars
    assert drawn is not None
    assert drawn.table.header == ("value", "as it is", "undone")
    assert drawn.table.rows == (("loss", "0.39", "0.33"),)


def test_the_difference_marks_what_came_and_went(late_arrival: Investigation) -> None:
    change = lay_out(late_arrival).change
    assert change is not None
    tones = {line.text: line.tone for line in change.diff}
    assert tones["--- a/weather.toml"] == tones["+++ b/weather.toml"] == ""
    assert tones['-units = "imperial"'] == "removed"
    assert tones['+units = "metric"'] == "added"
    assert change.values is not None
    assert change.values.rows == (("units", "imperial", "metric"),)


def test_a_difference_keeps_its_blanks() -> None:
    text = "-    url = a\n+\turl  =  b\n \x1b[31m"
    assert [line.text for line in lay_out_diff(text)] == [
        "-    url = a",
        "+   url  =  b",
        " \\x1b[31m",
    ]


def test_a_named_cause_without_change_says_so(late_arrival: Investigation) -> None:
    unheard = dataclasses.replace(late_arrival, changes={})
    assert "No recorded change fits the onset." in outline(unheard).text
    assert "No recorded change" not in outline(late_arrival).text


def test_drift_stands_open_where_nothing_speaks_against_it(
    late_arrival: Investigation,
) -> None:
    causes = tuple(
        dataclasses.replace(cause, against=())
        for cause in late_arrival.diagnosis.causes
    )
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=causes)
    shown = outline(dataclasses.replace(late_arrival, diagnosis=diagnosis)).text
    assert "What drift alone would have said" in shown
    assert "What it is not" not in shown


def test_an_unknown_page_names_no_change_and_asks_two_questions(
    undecided: Investigation,
) -> None:
    page = lay_out(undecided)
    assert page.change is None
    assert len(page.questions) == 2
    assert page.causes_title == "Suspects"
    assert not any(cause.named for cause in page.causes)
    assert "cause unknown" in outline(undecided).text


def test_a_healthy_page_alarms_nobody(healthy: Investigation) -> None:
    page = lay_out(healthy)
    assert page.state.tone == "good"
    assert not page.questions
    assert not page.causes
    assert "Why it is theirs" not in outline(healthy).text


def test_an_interrupted_page_says_so(healthy: Investigation) -> None:
    page = lay_out(dataclasses.replace(healthy, interrupted=True))
    assert page.state == report.State("stopped early", "bad")


@pytest.mark.parametrize(
    ("value", "before", "figures", "drawn"),
    [
        (None, None, "", False),
        (0.5, None, "(0.5)", False),
        (0.5, float("nan"), "(0.5)", False),
        (-1.0, 2.0, "(2 → -1)", False),
        (0.5, 0.25, "", True),
        (float("inf"), 0.1, "", False),
    ],
)
def test_only_figures_that_can_be_bars_are_drawn(
    late_arrival: Investigation,
    cause_of: Callable[..., Cause],
    value: float | None,
    before: float | None,
    figures: str,
    drawn: bool,
) -> None:
    cause = cause_of(
        CauseKind.OFFSET, evidence=(Evidence("signature", "text", value, before),)
    )
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(cause,))
    page = lay_out(dataclasses.replace(late_arrival, diagnosis=diagnosis))
    (statement,) = page.causes[0].evidence
    assert (statement.figures, statement.bars is not None) == (figures, drawn)


def test_the_template_reads_what_the_page_declares_and_all_of_it() -> None:
    environment = template("report.html").environment
    assert environment.loader is not None
    text, _, _ = environment.loader.get_source(environment, "report.html")
    read = set(re.findall(r"page\.(\w+)", text))
    assert read == {field.name for field in dataclasses.fields(Page)}


@pytest.mark.parametrize("kind", CauseKind)
def test_every_kind_has_a_page(
    kind: CauseKind, late_arrival: Investigation, cause_of: Callable[..., Cause]
) -> None:
    diagnosis = dataclasses.replace(late_arrival.diagnosis, causes=(cause_of(kind),))
    shown = outline(dataclasses.replace(late_arrival, diagnosis=diagnosis))
    assert kind.value in shown.text
