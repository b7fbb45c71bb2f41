"""The fleet: the worst first, a sentence that counts, filters that filter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import MODEL, NOON
from page_desks import PageDesk

from modelowners.app.views.fleet import PAGE, Filter, FleetPage, show_fleet
from modelowners.app.views.reading import Glance
from modelowners.core.ids import AssetId

MANY = """\
version: 1
people:
  ana: {email: ana@acme.example}
  bo: {email: bo@acme.example, left: 2026-06-12}
owns:
"""


def fleet(desk: PageDesk, **wanted: object) -> FleetPage:
    filter_ = Filter(**wanted)  # type: ignore[arg-type]  # by name
    return show_fleet(desk.program(), desk.site.readings, desk.site.roster, filter_)


def many(folder: Path, count: int, owner: str = "ana") -> PageDesk:
    lines = [
        f"  model:m{i:04}: {{owner: {owner}, tier: {i % 3 + 1}, "
        "predictions: {source: logs/*.csv}}"
        for i in range(count)
    ]
    return PageDesk(folder, MANY + "\n".join(lines) + "\n")


def test_a_hurt_model_is_said_and_shown(desk: PageDesk) -> None:
    page = fleet(desk)
    assert page.sentence == "1 of 1 model hurts."
    assert page.tone == "bad"
    (row,) = page.rows
    assert (row.name, row.owner, row.oncall, row.incident) == (
        "eta",
        "risk",
        "ana",
        "INC-1",
    )
    assert row.standing.word == "hurt"


def test_a_mended_model_is_well_again(desk: PageDesk) -> None:
    desk.recover()
    desk.site.readings.glances[MODEL] = Glance(at=NOON)
    page = fleet(desk)
    assert page.sentence == "None of 1 model hurts."
    assert page.rows[0].incident == ""
    assert page.rows[0].standing.word == "well"


def test_before_the_first_look_nothing_is_claimed(quiet: PageDesk) -> None:
    (row,) = fleet(quiet).rows
    assert row.standing.word == "not looked at yet"
    assert (row.spark, row.metric, row.unlabelled, row.seen) == ("", "", "", None)


def test_what_a_look_saw_is_drawn_and_worded(quiet: PageDesk) -> None:
    seen = Glance(
        at=NOON,
        metric="log_loss",
        values=(0.3, 0.31, 0.45),
        before=0.3,
        unlabelled=0.02,
        drifts=2,
    )
    quiet.site.readings.glances[MODEL] = seen
    (row,) = fleet(quiet).rows
    assert row.metric == "log loss 0.45, was 0.3"
    assert row.unlabelled == "2 %"
    assert row.note == "2 inputs moved without harm"
    assert row.spark.startswith("<svg")
    assert row.standing.word == "well"


def test_a_model_nobody_could_look_at_is_not_called_well(quiet: PageDesk) -> None:
    quiet.site.readings.glances[MODEL] = Glance(at=NOON, error="no such file")
    page = fleet(quiet)
    assert page.rows[0].standing.word == "not seen"
    assert page.rows[0].note == "no such file"
    assert "1 could not be looked at" in page.sentence


def test_who_leaves_next_week_is_counted(tmp_path: Path) -> None:
    page = fleet(many(tmp_path, 3, owner="bo"))
    assert page.sentence.endswith("; 3 have no reachable owner next week.")


def test_without_models_the_next_command_is_named(tmp_path: Path) -> None:
    page = fleet(PageDesk(tmp_path, MANY + "  dataset:x: {owner: ana}\n"))
    assert page.sentence == "No model is declared yet."
    assert page.empty == "modelowners init"
    assert page.rows == ()


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> PageDesk:
    return many(tmp_path_factory.mktemp("big"), 2 * PAGE + 7)


def test_pages_hold_every_model_once(big: PageDesk) -> None:
    pages = [fleet(big, page=number) for number in (1, 2, 3)]
    names = [row.name for page in pages for row in page.rows]
    assert len(names) == len(set(names)) == pages[0].total == 2 * PAGE + 7
    assert [page.pages for page in pages] == [3, 3, 3]


@given(number=st.integers(-5, 10**6))
def test_any_page_number_gives_a_page(big: PageDesk, number: int) -> None:
    page = fleet(big, page=number)
    assert 1 <= page.filter.page <= page.pages
    assert page.rows


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"tier": "1"}, 36),
        ({"owner": "ana"}, 107),
        ({"owner": "nobody"}, 0),
        ({"q": "M001"}, 10),
        ({"state": "not looked at yet"}, 107),
        ({"state": "hurt"}, 0),
        ({"tier": "1", "q": "m0000"}, 1),
    ],
)
def test_filters_narrow(big: PageDesk, wanted: dict[str, str], count: int) -> None:
    assert fleet(big, **wanted).shown == count
    assert fleet(big, **wanted).total == 107


def test_the_worst_come_first(big: PageDesk) -> None:
    last = AssetId("model:m0106")
    big.site.readings.glances[last] = Glance(at=NOON, error="gone")
    assert fleet(big).rows[0].path == "m0106"
    del big.site.readings.glances[last]


def test_the_sentence_counts_all_models_whatever_is_filtered(desk: PageDesk) -> None:
    assert fleet(desk, state="well").sentence == fleet(desk).sentence
    assert fleet(desk, state="well").rows == ()
