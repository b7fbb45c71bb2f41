from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from speed_worlds import JUNE, desk_year, fleet, measured, our_incident, timeline

from modelowners.app.speed import Measured
from modelowners.app.speed_page import FLAG_WHY, lay_out, render
from modelowners.core.time import DAY
from modelowners.measurement import report
from modelowners.measurement.flags import Code
from modelowners.measurement.speed import Origin

VOID = {"meta", "br", "link", "img"}
HOSTILE = "<script>alert('x')</script>\"&\x1b[31m"


class Wellformed(HTMLParser):
    """Counts tags, and fails where one is closed that was not opened last."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_page_is_whole_and_asks_for_nothing() -> None:
    page = render(measured([*desk_year(), our_incident()]))
    seen = Wellformed(page).seen
    assert {"script", "img", "link", "iframe"} & set(seen) == set()
    assert re.findall(r"(?:href|src)=\"(?!#)", page) == []
    assert "default-src 'none'" in page
    assert seen.count("svg") == 6  # three pictures, each wide and narrow
    assert seen.count("h1") == 1


def test_every_picture_has_its_table_and_its_words() -> None:
    page = render(measured([*desk_year(), our_incident()]))
    assert page.count("<desc>") == page.count("<svg")
    assert page.count("The same as a table") == 3


def test_the_same_report_gives_the_same_bytes() -> None:
    made = measured(desk_year())
    assert render(made) == render(made)


def test_the_page_says_what_the_terminal_says() -> None:
    page = lay_out(measured(desk_year()))
    titles = [section.title for section in page.sections]
    assert titles == ["Routing", "Time to fix", "Ownership", "What if"]
    kept = page.sections[0].items[0]
    assert kept.value.endswith(" %")
    assert kept.interval.startswith("[")
    assert all(item.value or item.said for s in page.sections for item in s.items)


def test_one_incident_has_its_lane_and_no_statistics() -> None:
    page = lay_out(measured([our_incident()], as_of=JUNE + DAY))
    assert page.hours is None
    assert page.hours_lines[0].startswith("Too few to say")
    assert page.steps is not None
    assert page.step_table.header == ("step", "INC-1")
    told = {row[0]: row[1] for row in page.step_table.rows}
    assert told["fix started"] == "+ 6.0 h"
    assert told["cause confirmed"] == "not recorded"
    assert {item.value for section in page.sections for item in section.items} == {""}


def test_ownership_has_its_figures() -> None:
    found = fleet(np.random.default_rng(1), ratio=0.2)
    asked = found.cohort().asked
    made = report(
        found.timelines, asked, origin=Origin(command="c", seed=7), starts=found.starts
    )
    page = lay_out(Measured(report=made, timelines=found.timelines, asked=asked))
    effect, smallest = page.sections[2].items
    assert effect.value.endswith("x")
    assert effect.said == "inside-model difference"
    assert "models changed" in smallest.said


def test_without_statistics_the_steps_come_first() -> None:
    few = render(measured([our_incident()], as_of=JUNE + DAY))
    assert few.index('id="steps"') < few.index('id="hours"')
    many = render(measured([*desk_year(), our_incident()]))
    assert many.index('id="hours"') < many.index('id="steps"')


def test_nothing_recorded_still_makes_a_page() -> None:
    Wellformed(render(measured([])))


def test_hostile_text_stays_text() -> None:
    one = replace(
        our_incident(), id=HOSTILE, asset=HOSTILE, cause_team=HOSTILE, outcome=HOSTILE
    )
    page = render(measured([one, timeline(HOSTILE, teams=(HOSTILE,))]))
    assert "<script" not in page
    assert "\x1b" not in page
    Wellformed(page)


def test_every_flag_has_its_words() -> None:
    assert set(FLAG_WHY) == set(Code)


@given(
    st.lists(st.tuples(st.floats(0.001, 5000), st.booleans()), min_size=1, max_size=30)
)
def test_whatever_the_hours_the_page_is_whole(found: list[tuple[float, bool]]) -> None:
    ones = [
        timeline(str(n), hours=hours if fixed else None)
        for n, (hours, fixed) in enumerate(found)
    ]
    page = render(measured(ones))
    Wellformed(page)
    assert not re.search(r"\bnan\b", page)
