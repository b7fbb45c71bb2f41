"""Changes: what was altered, the latest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from modelowners.app.charts.drawing import Table
from modelowners.app.phrases import clean
from modelowners.app.report import DiffLine, lay_out_diff, lay_out_values
from modelowners.app.views.moments import Moment, moment
from modelowners.core.errors import BadAssetId
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import DAY
from modelowners.ledger.changes import Change

if TYPE_CHECKING:
    from modelowners.app.wiring import Program

PAGE = 50
SPAN = 91 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """
    A change in a list; all text but its moment.

    Parameters
    ----------
    id, kind, asset, what, who, why, url : str
        As the ledger has it.
    at : Moment
        At the latest.
    values : Table or None
        Values before and after.
    diff : tuple of DiffLine
        The difference.
    """

    id: str
    at: Moment
    kind: str
    asset: str
    what: str
    who: str
    why: str
    url: str
    values: Table | None
    diff: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPage:
    """
    What the page of changes shows.

    Parameters
    ----------
    sentence : str
        How many, of what.
    asset : str
        Whose and of what upstream; empty for all.
    lines : tuple of ChangeLine
        Of this page, the latest first.
    page, pages : int
        From 1.
    empty : str
        What to type where there is none.
    """

    sentence: str
    asset: str
    lines: tuple[ChangeLine, ...]
    page: int
    pages: int
    empty: str


def show_changes(program: Program, *, asset: str, page: int) -> ChangesPage:
    """
    Gather what the page of changes shows: those of the last 91 days.

    Parameters
    ----------
    program : Program
        The parts.
    asset : str
        Only of this one and what it is made from; empty for all.
    page : int
        From 1.
    """
    now = program.clock.now()
    assets = _assets(program, asset)
    found = program.ledger.changes(assets, since=now - SPAN, until=now)
    pages = max(-(-len(found) // PAGE), 1)
    page = min(max(page, 1), pages)
    latest = tuple(reversed(found))[(page - 1) * PAGE : page * PAGE]
    whose = f" of {clean(asset)} and upstream of it" if asset else ""
    count = f"{len(found):,} change{'' if len(found) == 1 else 's'}"
    return ChangesPage(
        sentence=f"{count}{whose} in the last {SPAN.days} days.",
        asset=clean(asset),
        lines=tuple(list_change(change, now) for change in latest),
        page=page,
        pages=pages,
        empty="" if found else "modelowners sync",
    )


def _assets(program: Program, asset: str) -> set[AssetId] | None:
    if not asset:
        return None
    try:
        wanted = asset_id(asset)
    except BadAssetId:
        return set()
    return {wanted, *program.lineage.upstream(wanted)}


def list_change(change: Change, now: datetime) -> ChangeLine:
    """Give a change as a line of a list."""
    return ChangeLine(
        id=change.id,
        at=moment(change.window.end, now),
        kind=change.kind.value.replace("_", " "),
        asset=clean(change.asset),
        what=clean(change.what),
        who=clean(change.who.person or change.who.raw or ""),
        why=clean(change.why or ""),
        url=clean(change.source.url or ""),
        values=lay_out_values(change.before, change.after),
        diff=tuple(lay_out_diff(change.diff_text or "")),
    )
