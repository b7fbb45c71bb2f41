"""Plans: targets and waits, as written."""

from __future__ import annotations

from datetime import timedelta

from modelowners.catalog.escalation import DEFAULT_PLAN, Target, read_plan
from modelowners.catalog.reading import Reading
from modelowners.core.facets import Node


def plan(*steps: str) -> tuple[tuple[Target, ...], list[str]]:
    reading = Reading(people={"ana"}, teams={"ml"})
    node = Node([Node(step, "f", 2, 9) for step in steps], "f", 2, 8)
    return read_plan(node, reading), [problem.code for problem in reading.problems]


def test_waits_stand_before_their_target() -> None:
    minutes = [timedelta(minutes=n) for n in (5, 45, 0)]
    assert plan("5m", "oncall", "15m", "30m", "ana", "team:ml") == (
        tuple(map(Target, minutes, ["oncall", "ana", "team:ml"])),
        [],
    )


def test_what_is_no_target_is_told_and_left_out() -> None:
    found, problems = plan("oncall", "boss", "team:x", "15 m")
    assert [target.role for target in found] == ["oncall"]
    assert problems == ["MO102", "MO102", "MO102"]


def test_without_a_plan_the_default_holds() -> None:
    assert read_plan(None, Reading()) == ()
    assert [target.role for target in DEFAULT_PLAN] == ["oncall", "lead", "manager"]
