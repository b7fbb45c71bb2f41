"""Retrospect: Markdown that shows foreign text as it is; roles instead of names."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from incident_worlds import FLEET, GUILTY, NOON, World, cause, read_catalog

from modelowners.app.handling import perform
from modelowners.app.loop import turn
from modelowners.app.retrospect import recall, to_markdown
from modelowners.app.scenes import Request
from modelowners.core.time import HOUR
from modelowners.incidents.incident import Act

HOSTILE = "<script>alert(1)</script> | a\n# b `c` [d](e) ![f](g) \x1b[31m ~~h~~"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(read_catalog(tmp_path))
    world.ledger.append([GUILTY])
    world.make_sick(
        cause(0.85, change=GUILTY),
        cause(0.1, team="fleet", person="fay", asset=FLEET, rank=2),
    )
    turn(world, as_of=NOON)
    return world


def do(world: World, who: str, act: Act, **arguments: object) -> None:
    world.clock.advance(HOUR)
    perform(world, Request(incident="1", actor=who), act, arguments)


def lived(world: World) -> None:
    do(world, "cy", Act.NOT_MINE, text="ask fay@acme.example, not cy")
    do(world, "fay", Act.CONFIRM_CAUSE, cause=1)
    do(world, "di", Act.NOTE, text="eli knows; e-mail bo@acme.example")
    do(world, "cy", Act.RESOLVE, reason="fixed")


def test_every_section_is_there(world: World) -> None:
    lived(world)
    text = to_markdown(recall(world, "1"))
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        headings[0],
        "## What happened",
        "## The change",
        "## Contributing factors",
        "## Resolution",
        "## Impact",
        "## Who was in it",
        "## Tosses",
        "## Hand-offs",
        "## Timeline (UTC)",
        "## What went well",
        "## What went poorly",
        "## Actions",
    ]
    assert headings[0].startswith("# INC-1: eta has been wrong more often")
    span = "2026-06-10T12:00:00Z to 2026-06-10T13:00:00Z (1 h)"
    assert f"- cy (feeds), {span}: not-mine" in text
    assert '    +units = "metric"' in text
    assert "| Mitigated | unknown |" in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_an_open_incident_is_told_as_far_as_it_is_known(world: World) -> None:
    text = to_markdown(recall(world, "INC-1"))
    assert "| Over | unknown |" in text
    assert "## Tosses\n\nNone." in text
    assert "not confirmed" in text


def test_names_become_roles_everywhere(world: World) -> None:
    lived(world)
    found = recall(world, "1", roles=True)
    for text in (to_markdown(found), json.dumps(found)):
        for person in ("ana", "bo", "cy", "di", "eli", "fay", "gus"):
            assert f"person:{person}" not in text
            assert f"{person}@acme.example" not in text
            words = text.replace("\\", "").replace('"', " ").replace("(", " ").split()
            assert person not in [word.strip(".,;:|`)") for word in words]
        assert "the holder (feeds)" in text
        assert "a colleague" in text, "also who is only spoken of"
    assert "hash" not in found, "it would be of the text with names"
    named = recall(world, "1")
    assert "hash" in named
    assert "cy (feeds)" in json.dumps(named)


def test_foreign_text_stays_text(world: World) -> None:
    do(world, "cy", Act.NOTE, text=HOSTILE)
    text = to_markdown(recall(world, "1"))
    assert "<script>" not in text.replace("\\<", "")
    (line,) = [line for line in text.splitlines() if "script" in line]
    assert line.startswith("| 2026-06-10T13:00:00Z | cy |")
    bare = line.replace("\\|", "")
    assert bare.count("|") == 5, "a bar in a remark makes no column"
    assert "\x1b" not in text
    assert "\n# b" not in text


def test_a_difference_cannot_end_its_block(tmp_path: Path) -> None:
    world = World(read_catalog(tmp_path))
    evil = replace(GUILTY, diff_text="```\n# owned\n</code>\n\x1b[2J")
    world.ledger.append([evil])
    world.make_sick(cause(0.9, change=evil))
    turn(world, as_of=NOON)
    text = to_markdown(recall(world, "1"))
    assert "    # owned" in text
    assert "\n# owned" not in text
    assert "\x1b" not in text


def test_it_is_the_same_every_time(world: World) -> None:
    lived(world)
    assert to_markdown(recall(world, "1")) == to_markdown(recall(world, "1"))
