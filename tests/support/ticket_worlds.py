"""Small exports of other tools, in memory, and their maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelowners.core.facets import Node
from modelowners.measurement.ports import Cell
from modelowners.measurement.ticketmap import TicketMap, read_map
from modelowners.measurement.timelines import Timeline

STATES = {
    "shape": "states",
    "id": "n",
    "at": "at",
    "order": "k",
    "opened": "opened",
    "fixed": "fixed",
    "state": "state",
    "done": ["Resolved", "Closed"],
    "team": "team",
    "nulls": ["?"],
}
COLUMNS = ("n", "k", "at", "opened", "fixed", "state", "team")


def node(value: object) -> Node:
    """Give a value as a located node."""
    if isinstance(value, dict):
        return Node({key: node(one) for key, one in value.items()}, "map.yaml", 1, 1)
    if isinstance(value, list):
        return Node([node(one) for one in value], "map.yaml", 1, 1)
    assert value is None or isinstance(value, str | int | bool)
    return Node(value, "map.yaml", 3, 7)


def form(**changes: object) -> TicketMap:
    """Read the map of states with some keys changed; None drops one."""
    keys = {**STATES, **changes}
    return read_map(node({key: one for key, one in keys.items() if one is not None}))


@dataclass
class Rows:
    """An export in memory."""

    columns: Sequence[str]
    cells: Sequence[Sequence[Cell]]
    digest: str = "sha256:0"

    def rows(self) -> Iterator[Sequence[Cell]]:
        """Give each row."""
        yield from self.cells


def states(*cells: Sequence[Cell]) -> Rows:
    """Give an export of states."""
    return Rows(COLUMNS, cells)


EXPORT_MAP = """\
shape: states
source: snow
id: n
at: at
order: k
opened: opened
fixed: fixed
closed: closed
state: state
done: [Resolved]
team: team
"""


def write_export(timelines: Sequence[Timeline], folder: Path) -> None:
    """Write timelines as ``tickets.csv``, and ``map.yaml`` to read them back."""
    head = "n,at,k,opened,fixed,closed,state,team\n"
    text = head + "".join(map(_rows, timelines))
    (folder / "tickets.csv").write_text(text, encoding="utf-8")
    (folder / "map.yaml").write_text(EXPORT_MAP, encoding="utf-8")


def _rows(one: Timeline) -> str:
    opened, closed = (at and at.isoformat() for at in (one.opened, one.closed))
    fixed = one.fixed.isoformat() if one.fixed else ""
    told = [(hold.start.isoformat(), "New", hold.team) for hold in one.holds]
    if one.fixed:
        told.append((fixed, "Resolved", one.holder))
    return "".join(
        f"{one.id},{at},{k},{opened},{fixed},{closed or ''},{state},{team}\n"
        for k, (at, state, team) in enumerate(told)
    )
