"""The chronicle: incidents as a person reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    FLEET,
    GUILTY,
    MODEL,
    NOON,
    OWNERSHIP,
    World,
    cause,
    read_catalog,
)
from sink_worlds import HOSTILE

from modelowners.app.chronicle import narrate_incident, say_span, summarise, table
from modelowners.app.handling import act
from modelowners.app.lines import text
from modelowners.app.loop import turn
from modelowners.app.moves import acking, confirming, noting
from modelowners.app.scenes import Request
from modelowners.core.evidence import Evidence
from modelowners.core.ids import IncidentId
from modelowners.diagnosis.causes import Against
from modelowners.incidents.events import EventKind
from modelowners.ledger.changes import Who

INC = IncidentId("INC-1")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.ledger.append([GUILTY])
    world.make_sick(
        cause(0.85, change=GUILTY),
        cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2),
    )
    return world


def told(world: World) -> str:
    found = world.incidents.get("1")
    lines = narrate_incident(
        found, world.incidents.history(INC), now=NOON + timedelta(hours=2)
    )
    return text(tuple(lines))


def looked(world: World) -> str:
    return text(tuple(summarise(turn(world, as_of=world.clock.now()))))


def test_golden(world: World, golden: Callable[[str, str], None]) -> None:
    turn(world, as_of=NOON)
    world.user = Who("cy")
    world.clock.advance(timedelta(minutes=9))
    act(world, Request(incident="1"), acking())
    build = confirming(rank=1, asset=None, kind=None)
    world.clock.advance(timedelta(minutes=20))
    act(world, Request(incident="1"), build)
    golden("incident.txt", told(world))


def test_a_quiet_fleet_is_one_line(tmp_path: Path) -> None:
    world = World(read_catalog(tmp_path))
    assert looked(world) == "1 model looked at: all well, nothing is open.\n"


def test_a_fleet_without_logs_says_the_next_command(tmp_path: Path) -> None:
    world = World(read_catalog(tmp_path, "version: 1\n"))
    assert "modelowners profile" in looked(world)


def test_a_look_has_one_line_a_model(world: World) -> None:
    first = looked(world)
    assert first.startswith(
        "model:eta: opened INC-1 (sev3, pages, open, with cy (feeds))"
    )
    assert looked(world).startswith("model:eta: INC-1")


def test_a_failure_and_an_orphaned_incident_are_shown(
    world: World, tmp_path: Path
) -> None:
    looked(world)
    text_ = OWNERSHIP.replace("model:eta", "model:other")
    world.catalog = read_catalog(tmp_path, text_)
    world.answers[world.catalog.models()[0]] = ValueError("boom\x1b")
    seen = looked(world)
    assert "model:other: not looked at: unexpected ValueError: boom\\x1b" in seen
    assert "\nINC-1 (" in seen


def test_the_story_answers_whose_why_and_what_next(world: World) -> None:
    turn(world, as_of=NOON)
    story = told(world)
    assert "cy (feeds): owner of the likeliest cause, 85 % sure." in story
    assert "units: imperial -> metric" in story
    assert '+units = "metric"' in story
    assert "modelowners incident ack INC-1" in story
    assert "modelowners debug model:eta --at 2026-06-08T00:00:00Z" in story
    assert "Runbook: docs/eta.md" in story


def test_commands_offered_are_those_that_are_possible(world: World) -> None:
    turn(world, as_of=NOON)
    world.user = Who("cy")
    act(world, Request(incident="1"), acking())
    assert "incident ack" not in told(world)
    assert "incident resolve INC-1" in told(world)


def test_a_back_dated_act_shows_it(world: World) -> None:
    turn(world, as_of=NOON)
    world.clock.advance(timedelta(hours=3))
    world.user = Who("cy")
    request = Request(incident="1", at=NOON + timedelta(minutes=2))
    act(world, request, noting("seen"))
    assert "12:02  cy: seen (recorded 2026-06-10 15:00)" in " ".join(
        told(world).split("\n")
    )


def test_hostile_text_is_shown_as_text(world: World) -> None:
    evil = replace(
        GUILTY,
        what=HOSTILE,
        diff_text=f"+{HOSTILE}",
        before={HOSTILE: HOSTILE},
        after={HOSTILE: HOSTILE},
        who=Who(None, HOSTILE),
        why=HOSTILE,
        source=replace(GUILTY.source, key="evil", url=HOSTILE),
    )
    bad = replace(
        cause(0.9, change=evil),
        column=HOSTILE,
        evidence=(Evidence(HOSTILE, HOSTILE),),
        against=(Against(text=HOSTILE),),
    )
    world.ledger.append([evil])
    world.make_sick(bad)
    world.user = Who("cy")
    shown = looked(world)
    act(world, Request(incident="1"), noting(HOSTILE))
    shown += told(world) + text(tuple(table(world.incidents.within())))
    assert all(c.isprintable() or c == "\n" for c in shown)
    assert not any(line.startswith("Bcc:") for line in shown.splitlines())
    for message in world.sink.taken:
        for line in (message.title, *message.notice.lines):
            assert line.isprintable()


def test_every_kind_of_event_has_its_line(world: World) -> None:
    turn(world, as_of=NOON)
    found, events = world.incidents.get("1"), world.incidents.history(INC)
    every = [replace(events[0], kind=kind.value, body={}) for kind in EventKind]
    odd = replace(events[0], kind="later.kind", body={"x": 1})
    lines = text(tuple(narrate_incident(found, [*every, odd], now=NOON)))
    assert "later kind" in lines
    assert lines.count("2026-06-10 12:00") >= len(every)


def test_a_long_timeline_is_folded(world: World) -> None:
    turn(world, as_of=NOON)
    events = world.incidents.history(INC) * 20
    shown = text(tuple(narrate_incident(world.incidents.get("1"), events, now=NOON)))
    assert f"{len(events) - 40} earlier events: --json has all" in shown


def test_an_empty_list_says_the_next_command() -> None:
    assert "modelowners watch --once" in text(tuple(table(())))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 min"),
        (59, "0 min"),
        (-5, "0 min"),
        (61, "1 min"),
        (3600, "1 h"),
        (90_061, "1 d 1 h"),
        (86_460, "1 d 1 min"),
    ],
)
def test_spans(seconds: int, said: str) -> None:
    assert say_span(timedelta(seconds=seconds)) == said
    assert MODEL == "model:eta"
