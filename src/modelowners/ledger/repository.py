"""The ledger's statements, and the only code that runs them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec
from sqlalchemy import Delete, Insert, Select, delete, exists, insert, select

from modelowners.core.ids import AssetId, ChangeId
from modelowners.core.time import EPOCH, TimeWindow
from modelowners.ledger.changes import Change
from modelowners.ledger.ports import Batch
from modelowners.ledger.tables import changes, cursors, failures, gaps
from modelowners.ledger.watermarks import Failure, Watermark
from modelowners.store import journal
from modelowners.store.statements import PRIMARY_KEY, statement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from modelowners.store.database import Database

T = TypeVar("T")

_MANY = 500
"""Values bound to one statement; SQLite allows 32,766."""

_DOOMSDAY = datetime.max.replace(tzinfo=UTC)


@statement(index="changes_by_id", ids=("chg_1", "chg_2"))
def known_ids(ids: Sequence[ChangeId]) -> Select[str]:
    """Those of some ids that the ledger holds."""
    return select(changes.c.id).where(changes.c.id.in_(ids))


@statement(index="changes_by_id", id="chg_1")
def change_by_id(id: ChangeId) -> Select[object]:  # noqa: A002 - the field's name
    """Find the entry with an id, superseded or not."""
    return select(changes.c.body).where(changes.c.id == id)


@statement(
    index="changes_by_asset",
    assets=("model:eta", "dataset:weather"),
    since=EPOCH,
    until=_DOOMSDAY,
)
def changes_of(
    assets: Sequence[AssetId], since: datetime, until: datetime
) -> Select[object]:
    """Standing entries of some assets that can have happened in a window."""
    return _standing(since, until).where(changes.c.asset.in_(assets))


@statement(index="changes_by_time", since=EPOCH, until=_DOOMSDAY)
def changes_between(since: datetime, until: datetime) -> Select[object]:
    """Standing entries of every asset that can have happened in a window."""
    return _standing(since, until)


@statement(index=PRIMARY_KEY, connector="git", instance="repo")
def cursor_of(connector: str, instance: str) -> Select[str]:
    """How far one source was read."""
    return select(cursors.c.cursor).where(*_source(connector, instance))


@statement(index=PRIMARY_KEY, connector="git", instance="repo")
def drop_cursor(connector: str, instance: str) -> Delete:
    """Forget how far one source was read, to write it anew."""
    return delete(cursors).where(*_source(connector, instance))


@statement(index=PRIMARY_KEY, connector="mlflow", instance="prod", started=EPOCH)
def gap_from(connector: str, instance: str, started: datetime) -> Select[datetime]:
    """When the gap of a source that started then ended, if it is known."""
    return select(gaps.c.ended).where(
        gaps.c.connector == connector,
        gaps.c.instance == instance,
        gaps.c.started == started,
    )


@statement()
def add_gap() -> Insert:
    """When nobody looked at one source."""
    return insert(gaps)


@statement(scan="a few rows per source, all of them wanted")
def all_gaps() -> Select[str, str, datetime, datetime]:
    """When nobody looked at each source."""
    return select(
        gaps.c.connector, gaps.c.instance, gaps.c.started, gaps.c.ended
    ).order_by(gaps.c.connector, gaps.c.instance, gaps.c.started)


@statement(index=PRIMARY_KEY, connector="mlflow", instance="prod")
def drop_failure(connector: str, instance: str) -> Delete:
    """Forget that one source could not be read."""
    return delete(failures).where(
        failures.c.connector == connector, failures.c.instance == instance
    )


@statement()
def add_failure() -> Insert:
    """Why one source could not be read."""
    return insert(failures)


@statement(scan="one row per source that is stale, all of them wanted")
def all_failures() -> Select[str, str, datetime, str]:
    """Which sources could not be read, and why."""
    return select(
        failures.c.connector,
        failures.c.instance,
        failures.c.failed_at,
        failures.c.why,
    ).order_by(failures.c.connector, failures.c.instance)


@statement()
def add_cursor() -> Insert:
    """How far one source was read."""
    return insert(cursors)


@statement(scan="one row per source, all of them wanted")
def all_cursors() -> Select[str, str, datetime, datetime | None, object]:
    """How far each source was read."""
    return select(
        cursors.c.connector,
        cursors.c.instance,
        cursors.c.looked_at,
        cursors.c.floor,
        cursors.c.notes,
    ).order_by(cursors.c.connector, cursors.c.instance)


class Ledger:
    """
    Every change, in a chained journal that only grows.

    Parameters
    ----------
    database : Database
        Where it lies.

    Examples
    --------
    >>> from modelowners.ledger.changes import ChangeKind, Source
    >>> from modelowners.core.ids import asset_id
    >>> from modelowners.core.time import parse_instant
    >>> from modelowners.store.database import Database
    >>> ledger = Ledger(Database.open(":memory:"))
    >>> change = Change(
    ...     kind=ChangeKind.DEPLOY,
    ...     asset=asset_id("model:eta"),
    ...     what="version 7 to prod",
    ...     source=Source("record", "cli", "deploy-7"),
    ...     recorded_at=parse_instant("2026-06-01"),
    ... )
    >>> ledger.append([change]), ledger.append([change])
    (1, 0)
    >>> [found.what for found in ledger.changes()]
    ['version 7 to prod']
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def append(self, new: Iterable[Change]) -> int:
        """
        Add the changes the ledger does not hold yet, all or none of them.

        Parameters
        ----------
        new : iterable of Change
            In any order.

        Returns
        -------
        int
            How many were added.
        """
        with self.database.write() as connection:
            return _append(connection, new)

    def advance(
        self, connector: str, instance: str, *, batch: Batch, looked_at: datetime
    ) -> int:
        """
        Add a batch and remember how far its source was read, in one transaction.

        Parameters
        ----------
        connector, instance : str
            Which source.
        batch : Batch
            What it told.
        looked_at : datetime
            UTC; when it was asked.

        Returns
        -------
        int
            How many changes were new.
        """
        row = {
            "connector": connector,
            "instance": instance,
            "cursor": batch.cursor,
            "looked_at": looked_at,
            "floor": batch.floor,
            "notes": list(batch.notes),
        }
        with self.database.write() as connection:
            added = _append(connection, batch.changes)
            connection.execute(drop_cursor(connector, instance))
            connection.execute(add_cursor(), row)
            connection.execute(drop_failure(connector, instance))
            if batch.gap is not None:
                _add_gap(connection, connector, instance, batch.gap)
        return added

    def failed(self, connector: str, instance: str, *, at: datetime, why: str) -> None:
        """
        Remember that a source could not be read; what is known of it stays.

        Parameters
        ----------
        connector, instance : str
            Which source.
        at : datetime
            UTC; when it was tried.
        why : str
            As the connector said it.
        """
        row = {"connector": connector, "instance": instance}
        with self.database.write() as connection:
            connection.execute(drop_failure(connector, instance))
            connection.execute(add_failure(), {**row, "failed_at": at, "why": why})

    def changes(
        self,
        assets: Collection[AssetId] | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[Change, ...]:
        """
        Give the standing changes: those that no later entry supersedes.

        Parameters
        ----------
        assets : collection of AssetId, optional
            Only theirs; all where None.
        since, until : datetime, optional
            UTC, half-open; a change counts if it can have happened in between.

        Returns
        -------
        tuple of Change
            Ordered by the earliest and latest moment each can have happened,
            then by id: the same entries give the same answer whatever the
            order they came in.
        """
        first, end = since or EPOCH.replace(year=1), until or _DOOMSDAY
        if assets is None:
            wanted = [changes_between(first, end)]
        else:
            wanted = [changes_of(some, first, end) for some in _some(sorted(assets))]
        with self.database.read() as connection:
            bodies = [
                body for each in wanted for body in connection.execute(each).scalars()
            ]
        found = [msgspec.convert(body, Change) for body in bodies]
        return tuple(sorted(found, key=lambda c: (c.window.start, c.window.end, c.id)))

    def get(self, id: ChangeId) -> Change | None:  # noqa: A002 - the field's name
        """Give the entry with an id, superseded or not; None where there is none."""
        with self.database.read() as connection:
            body = connection.execute(change_by_id(id)).scalar_one_or_none()
        return None if body is None else msgspec.convert(body, Change)

    def cursor(self, connector: str, instance: str) -> str | None:
        """Give the cursor of a source; None where it was never read."""
        with self.database.read() as connection:
            found = connection.execute(cursor_of(connector, instance))
            return found.scalar_one_or_none()

    def watermarks(self) -> tuple[Watermark, ...]:
        """Tell how far each source was read, by connector and instance."""
        with self.database.read() as connection:
            rows = connection.execute(all_cursors()).all()
            missed = connection.execute(all_gaps()).all()
            failed = connection.execute(all_failures()).all()
        windows: dict[tuple[str, str], list[TimeWindow]] = {}
        for gap in missed:
            window = TimeWindow(gap.started, gap.ended)
            windows.setdefault((gap.connector, gap.instance), []).append(window)
        stale = {(f.connector, f.instance): Failure(f.failed_at, f.why) for f in failed}
        marks = {
            (row.connector, row.instance): Watermark(
                connector=row.connector,
                instance=row.instance,
                looked_at=row.looked_at,
                floor=row.floor,
                notes=msgspec.convert(row.notes, tuple[str, ...]),
                gaps=tuple(windows.get((row.connector, row.instance), ())),
                failure=stale.get((row.connector, row.instance)),
            )
            for row in rows
        }
        for (connector, instance), failure in stale.items():
            never = Watermark(
                connector=connector, instance=instance, looked_at=None, failure=failure
            )
            marks.setdefault((connector, instance), never)
        return tuple(marks[source] for source in sorted(marks))

    def verify(self, *, head: str | None = None) -> journal.Verdict:
        """
        Say whether the chain is whole.

        Parameters
        ----------
        head : str, optional
            A head kept outside the database; without it a cut tail is invisible.
        """
        with self.database.read() as connection:
            return journal.verify(connection, changes, head=head)

    def head(self) -> str:
        """Give the hash of the last entry, to be kept outside the database."""
        with self.database.read() as connection:
            return journal.head(connection, changes)


def _append(connection: Connection, new: Iterable[Change]) -> int:
    by_id: dict[ChangeId, Change] = {}
    for change in new:
        by_id.setdefault(change.id, change)
    for some in _some(list(by_id)):
        for held in connection.execute(known_ids(some)).scalars():
            del by_id[ChangeId(held)]
    journal.append(connection, changes, map(_row, by_id.values()))
    return len(by_id)


def _add_gap(
    connection: Connection, connector: str, instance: str, gap: TimeWindow
) -> None:
    known = connection.execute(gap_from(connector, instance, gap.start))
    if known.scalar_one_or_none() is None:
        row = {"connector": connector, "instance": instance}
        connection.execute(add_gap(), {**row, "started": gap.start, "ended": gap.end})


def _row(change: Change) -> dict[str, object]:
    return {
        "id": change.id,
        "asset": change.asset,
        "earliest": change.window.start,
        "latest": change.window.end,
        "supersedes": change.supersedes,
        "body": msgspec.to_builtins(change),
    }


def _standing(since: datetime, until: datetime) -> Select[object]:
    later = changes.alias("later")
    superseded = exists().where(later.c.supersedes == changes.c.id)
    return select(changes.c.body).where(
        changes.c.latest >= since, changes.c.earliest < until, ~superseded
    )


def _source(connector: str, instance: str) -> tuple[ColumnElement[bool], ...]:
    return cursors.c.connector == connector, cursors.c.instance == instance


def _some(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _MANY):
        yield values[start : start + _MANY]
