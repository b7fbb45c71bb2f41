"""Escalation: whom to ask next, and after how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from modelowners.catalog.reading import Reading
from modelowners.core.facets import Node, text
from modelowners.core.time import parse_duration

ROLES = ("oncall", "lead", "deputy", "manager")
TEAM = "team:"

_WAIT = re.compile(r"\d{1,4}[smhd]")


@dataclass(frozen=True, slots=True)
class Target:
    """
    One target of a plan.

    Parameters
    ----------
    wait : timedelta
        How long after the target before it.
    role : str
        ``oncall``, ``lead``, ``deputy``, ``manager``, a person, or
        ``team:NAME``, whose plan takes its place.
    """

    wait: timedelta
    role: str


DEFAULT_PLAN = (
    Target(timedelta(0), "oncall"),
    Target(timedelta(minutes=15), "lead"),
    Target(timedelta(minutes=30), "manager"),
)


def read_plan(node: Node | None, reading: Reading) -> tuple[Target, ...]:
    """
    Read ``escalate``: targets with waits between them.

    Examples
    --------
    >>> plan = Node([Node(t, "f", 1, 1) for t in ("oncall", "15m", "lead")], "f", 1, 1)
    >>> [(str(target.wait), target.role) for target in read_plan(plan, Reading())]
    [('0:00:00', 'oncall'), ('0:15:00', 'lead')]
    """
    plan: list[Target] = []
    wait = timedelta(0)
    for step in reading.each(lambda step: _step(step, reading), node):
        if isinstance(step, timedelta):
            wait += step
            continue
        plan.append(Target(wait, step))
        wait = timedelta(0)
    if node is not None and node.value == []:
        reading.add(node, "an empty plan", remedy="name targets, or leave it out")
    return tuple(plan)


def _step(node: Node, reading: Reading) -> str | timedelta:
    written = text(node)
    if _WAIT.fullmatch(written):
        return parse_duration(written)
    if written in ROLES:
        return written
    if written.startswith(TEAM):
        name = Node(written.removeprefix(TEAM), node.file, node.line, node.column)
        return TEAM + reading.team(name)
    if written not in reading.people:
        raise node.refuse(
            f'unknown target "{written}"; write one of {", ".join(ROLES)}, '
            "a person, team:NAME, or a wait such as 15m",
            code="MO102",
        )
    return written
