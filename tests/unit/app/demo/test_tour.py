"""What the tour tells: openly, from measured figures, with commands that exist."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import pytest

from modelowners.app.demo import history, take_tour
from modelowners.app.demo.history import FIRST_LOOK, LAST_LOOK
from modelowners.app.demo.tour import (
    Tour,
    commands,
    introduction,
    next_steps,
    standing_weakness,
    what_drift_says,
)
from modelowners.app.demo.world import World
from modelowners.app.lines import Line, Tone
from modelowners.cli.main import COMMANDS, cli
from modelowners.core.time import DAY

FACTS: dict[str, object] = {
    "log_loss": {
        "before": 0.441,
        "after_undisturbed": 0.46,
        "after_faulty": 0.544,
        "days_after": 21,
    },
    "drift": [{"column": "temp", "psi": 9.26}, {"column": "dewp", "psi": 9.04}],
    "drift_undisturbed": {"weeks": 22, "loud": 21, "columns": ["temp"]},
    "registry_missing": {"AA": 0.69, "MQ": 0.96, "UA": 0.02},
}


def world(*, fault: bool) -> World:
    """A world that is told of, not looked into."""
    return World(Path("my demo"), fault, history.ONSET, FACTS)


def text(lines: Iterable[Line]) -> str:
    """Everything said, on one line."""
    return " ".join(line.text for line in lines)


def test_the_fault_is_declared_with_its_measured_harm() -> None:
    told = text(introduction(world(fault=True)))
    for part in ("on purpose", "29 Oct 2013 14:00 UTC", "°C", "0.460", "0.544"):
        assert part in told
    calm = text(introduction(world(fault=False)))
    assert "Nothing is broken" in calm
    assert "on purpose" not in calm


def test_what_drift_would_have_said_is_told_fairly() -> None:
    told = text(what_drift_says(world(fault=True)))
    assert "temp 9.26, dewp 9.04" in told
    assert "it names the right feed" in told
    assert "21 of 22 weeks" in told
    assert "temp 9.26" not in text(what_drift_says(world(fault=False)))


def test_only_airlines_whose_planes_are_mostly_unknown_are_named() -> None:
    told = text(standing_weakness(world(fault=True)))
    assert "96 % of MQ and 69 % of AA" in told
    assert "UA" not in told


def test_the_clock_goes_from_a_calm_week_to_weeks_after_the_onset() -> None:
    assert FIRST_LOOK.isoweekday() == LAST_LOOK.isoweekday() == 1
    assert FIRST_LOOK.hour == 7
    assert FIRST_LOOK + 7 * DAY < history.ONSET < LAST_LOOK - 21 * DAY


def test_every_command_that_is_proposed_exists_with_its_options() -> None:
    proposed = commands(world(fault=True), LAST_LOOK, None)
    assert proposed[0] == "cd 'my demo'"
    shown = [line.text for line in next_steps(world(fault=True), LAST_LOOK, None)]
    assert set(proposed) < set(shown)
    for line in shown:
        if not line.startswith("modelowners "):
            continue
        words = line.split()
        assert words[1] in COMMANDS, line
        command = cli.get_command(click.Context(cli), words[1])
        assert command is not None
        options = {name for one in command.params for name in one.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_the_document_says_what_was_seen() -> None:
    seen = Tour(
        world=world(fault=True),
        looks=3,
        until=LAST_LOOK,
        problems=0,
        changes=20,
        incident=None,
    ).document()
    assert seen["onset"] == history.ONSET
    assert (seen["looks"], seen["incident"], seen["causes"]) == (3, None, [])
    calm = Tour(
        world=world(fault=False),
        looks=1,
        until=LAST_LOOK,
        problems=0,
        changes=1,
        incident=None,
    ).document()
    assert (calm["fault"], calm["onset"]) == (None, None)


def test_a_tour_is_as_expected_where_only_the_fault_pages() -> None:
    for fault in (True, False):
        seen = Tour(
            world=world(fault=fault),
            looks=6,
            until=LAST_LOOK,
            problems=0,
            changes=1,
            incident=None,
        )
        assert seen.as_expected is not fault


def test_a_tour_without_a_file_is_refused_and_not_a_traceback(tmp_path: Path) -> None:
    told: list[Line] = []
    nowhere = World(tmp_path, fault=True, onset=history.ONSET, facts=FACTS)
    with pytest.raises(Exception, match="No ownership file"):
        take_tour(nowhere, tell=told.extend)
    assert told[0].tone is Tone.TITLE
