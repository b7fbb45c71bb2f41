from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ticket_worlds import COLUMNS, Rows, form, states

from modelowners.core.time import HOUR, parse_instant
from modelowners.measurement import read_tickets
from modelowners.measurement.ports import Cell
from modelowners.measurement.ticketmap import NoColumn
from modelowners.measurement.tickets import Fault, Reading
from modelowners.measurement.timelines import FixedBy, Hold

DAY = "2026-06-01"
OPENED = parse_instant(DAY)


def row(
    n: str, k: int, hour: str, state: str = "New", team: str = "?", fixed: str = ""
) -> Sequence[Cell]:
    return (n, str(k), f"{DAY}T{hour}", DAY, fixed, state, team)


def read(*cells: Sequence[Cell], **changes: object) -> Reading:
    return read_tickets(states(*cells), form(**changes))


def test_a_ticket_is_put_together_from_its_rows() -> None:
    found = read(
        row("1", 0, "01:00", team="desk"),
        row("2", 0, "01:30", team="feeds"),
        row("1", 1, "02:00"),
        row("1", 2, "03:00", team="feeds"),
        row("1", 3, "05:00", "Resolved", "feeds"),
        row("1", 4, "09:00", "Closed", "feeds"),
    )
    one, two = found.timelines
    assert one.holds == (Hold("desk", OPENED), Hold("feeds", OPENED + 3 * HOUR))
    assert (one.fixed, one.fixed_by) == (OPENED + 5 * HOUR, FixedBy.STATE_CHANGE)
    assert one.last_at == OPENED + 9 * HOUR
    assert (two.fixed, two.holder) == (None, "feeds")
    assert (found.rows, found.faults, found.lost) == (6, {}, 0)


def test_a_stated_fix_wins_over_states() -> None:
    stated = f"{DAY}T04:00"
    found = read(
        row("1", 0, "01:00", team="desk", fixed=stated),
        row("1", 1, "06:00", "Resolved", "feeds", fixed=stated),
    )
    (one,) = found.timelines
    assert (one.fixed, one.fixed_by) == (OPENED + 4 * HOUR, FixedBy.STATED)
    assert one.holder == "desk", "a move after the fix is none"


def test_only_the_last_unbroken_run_of_done_counts() -> None:
    found = read(
        row("1", 0, "01:00", "Resolved"),
        row("1", 1, "02:00", "Active"),
        row("1", 2, "03:00", "Resolved"),
        row("1", 3, "04:00", "Closed"),
    )
    assert found.timelines[0].fixed == OPENED + 3 * HOUR
    reopened = read(row("1", 0, "01:00", "Resolved"), row("1", 1, "02:00", "Active"))
    assert reopened.timelines[0].fixed is None


def test_nobody_holds_it_until_a_team_is_named_and_a_blank_changes_nothing() -> None:
    found = read(
        row("1", 0, "01:00"),
        row("1", 1, "02:00", team="desk"),
        row("1", 2, "03:00", team=""),
    )
    assert found.timelines[0].holds == (
        Hold(None, OPENED),
        Hold("desk", OPENED + 2 * HOUR),
    )


def test_a_move_is_never_earlier_than_the_one_before() -> None:
    found = read(
        row("1", 0, "01:00", team="a"),
        row("1", 1, "05:00", team="b"),
        row("1", 2, "02:00", team="c"),
    )
    starts = [hold.start for hold in found.timelines[0].holds]
    assert starts == sorted(starts)


def test_without_an_order_time_orders_and_without_an_opening_the_first_row() -> None:
    cells = [row("1", 0, "03:00", team="b"), row("1", 9, "01:00", team="a")]
    (one,) = read(*cells, order=None, opened=None).timelines
    assert one.opened == OPENED + HOUR
    assert [hold.team for hold in one.holds] == ["a", "b"]


BAD = {
    Fault.RAGGED: ("1", "0"),
    Fault.NO_ID: ("?", "0", f"{DAY}T01:00", DAY, "", "New", "a"),
    Fault.NO_TIME: ("1", "0", "", DAY, "", "New", "a"),
    Fault.BAD_TIME: ("1", "0", "yesterday", DAY, "", "New", "a"),
    Fault.BAD_ORDER: ("1", "first", f"{DAY}T01:00", DAY, "", "New", "a"),
    Fault.BAD_TEXT: ("1", "0", f"{DAY}T01:00", DAY, "", "New", "a\0"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_row_is_left_out_and_counted_by_its_reason(fault: Fault) -> None:
    found = read(row("7", 0, "01:00", team="a"), BAD[fault], BAD[fault])
    assert found.faults == {fault.value: 2}
    assert [one.id for one in found.timelines] == ["7"]
    assert found.rows == 3


def test_not_a_number_orders_nothing() -> None:
    cells = ("1", "nan", f"{DAY}T01:00", DAY, "", "New", "a")
    assert read(cells).faults == {Fault.BAD_ORDER.value: 1}


def test_a_ticket_without_a_good_row_is_counted() -> None:
    found = read(BAD[Fault.BAD_TIME], row("7", 0, "01:00"))
    assert found.lost == 1


def test_a_time_that_leaves_the_calendar_is_bad() -> None:
    cells = ("1", "0", "0001-01-01T00:00+14:00", DAY, "", "New", "a")
    assert read(cells).faults == {Fault.BAD_TIME.value: 1}


def test_times_are_read_in_their_format_and_zone() -> None:
    cells = ("1", "0", "1/7/2026 01:00", "1/7/2026 00:30", "", "New", "a")
    (one,) = read(
        cells, time_format="%d/%m/%Y %H:%M", timezone="Europe/Berlin"
    ).timelines
    assert one.opened == datetime(2026, 6, 30, 22, 30, tzinfo=UTC)


def test_a_time_may_be_one_already() -> None:
    naive, aware = datetime(2026, 7, 1), datetime(2026, 7, 1, tzinfo=UTC)  # noqa: DTZ001 - as Parquet has it
    cells = ("1", "0", naive, aware, None, "New", "a")
    (one,) = read(cells, timezone="Europe/Berlin").timelines
    assert one.opened == aware
    assert one.last_at == aware - 2 * HOUR


def test_severity_asset_outcome_and_persons() -> None:
    columns = (*COLUMNS, "sev", "system", "part", "end", "who")
    first = (*row("1", 0, "01:00", team="a"), "3", "crm", "?", "", "bo")
    last = (*row("1", 1, "02:00", team="a"), "1", "erp", "db", "fixed", "cy")
    read_as = form(
        severity="sev", asset=["system", "part"], outcome="end", person="who"
    )
    table = Rows(columns, [first, last, last])
    (one,) = read_tickets(table, read_as).timelines
    assert (one.severity, one.relabelled) == ("3", True)
    assert (one.asset, one.outcome, one.persons) == ("crm|?", "fixed", ("bo", "cy"))
    masked = read_tickets(table, read_as, mask=str.upper)
    assert masked.timelines[0].persons == ("BO", "CY")


def test_changes_are_carried_forward() -> None:
    columns = ("key", "created", "when", "field", "old", "new")
    hours = ["01:00", "02:00", "03:00", "04:00", "04:30", "05:00"]
    told = [
        ("team", "desk", "feeds"),
        ("priority", "3", "2"),
        ("status", "Open", "Done"),
        ("status", "Done", "Open"),
        ("team", "feeds", ""),
        ("status", "Open", "Done"),
    ]
    cells = [
        ("J-1", DAY, f"{DAY}T{hour}", *change)
        for hour, change in zip(hours, told, strict=True)
    ]
    read_as = form(
        **{"shape": "changes", "field": "field", "from": "old", "to": "new"},
        id="key",
        at="when",
        order=None,
        opened="created",
        fixed=None,
        state="status",
        done=["Done"],
        severity="priority",
    )
    (one,) = read_tickets(Rows(columns, cells), read_as).timelines
    assert one.holds == (Hold("desk", OPENED), Hold("feeds", OPENED + HOUR))
    assert (one.fixed, one.fixed_by) == (OPENED + 5 * HOUR, FixedBy.STATE_CHANGE)
    assert (one.severity, one.relabelled) == ("3", True)


def test_a_summary_knows_teams_and_not_when() -> None:
    columns = ("id", "opened", "fixed", "first", "last")
    cells = [
        ("1", DAY, f"{DAY}T03:00", "desk", "feeds"),
        ("2", DAY, f"{DAY}T04:00", "feeds", "feeds"),
        ("2", DAY, f"{DAY}T05:00", "feeds", "feeds"),
    ]
    read_as = form(
        shape="summary",
        id="id",
        at=None,
        order=None,
        state=None,
        done=None,
        team=["first", "last"],
    )
    found = read_tickets(Rows(columns, cells), read_as)
    one, two = found.timelines
    assert (one.kept, one.right_team, one.timed) == (False, "feeds", False)
    assert (two.kept, two.fixed) == (True, OPENED + 4 * HOUR)
    assert found.faults == {Fault.TWICE.value: 1}


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(NoColumn, match="queue"):
        read(team="queue")


hostile = st.sampled_from(["", "?", "\x00", "=1+1", "<b>", "1e999", "nan", "9" * 400])
texts = st.one_of(st.text(max_size=6), hostile)


@given(st.lists(st.lists(texts, min_size=5, max_size=8), max_size=12))
def test_whatever_a_file_holds_every_row_is_accounted_for(
    cells: list[list[str]],
) -> None:
    found = read(*cells)
    good = found.rows - sum(found.faults.values())
    assert found.rows == len(cells)
    assert len(found.timelines) <= good
    assert set(found.faults) <= {fault.value for fault in Fault}


ticket_rows = st.lists(
    st.tuples(
        st.sampled_from(["1", "2"]),
        st.integers(0, 23),
        st.sampled_from(["New", "Resolved"]),
        st.sampled_from(["a", "b", "?"]),
    ),
    max_size=12,
)


@given(ticket_rows, st.randoms(use_true_random=False))
def test_where_order_is_told_the_files_order_is_none(
    told: list[tuple[str, int, str, str]], chance: random.Random
) -> None:
    cells = [
        row(n, k, f"{hour:02}:00", state, team)
        for k, (n, hour, state, team) in enumerate(told)
    ]
    shuffled = list(cells)
    chance.shuffle(shuffled)
    plain, mixed = (
        sorted(read(*rows).timelines, key=lambda one: one.id)
        for rows in (cells, shuffled)
    )
    assert plain == mixed
