"""Profiles kept in the state database, and the only statements that touch them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Delete, Insert, Select, delete, insert, select

from modelowners.core.ids import AssetId
from modelowners.core.time import EPOCH, HOUR, TimeWindow
from modelowners.observations.records import Record
from modelowners.observations.tables import edges, profiles
from modelowners.store.statements import PRIMARY_KEY, statement

if TYPE_CHECKING:
    from modelowners.store.database import Database


@statement(
    index=PRIMARY_KEY, asset="model:eta", mapping="1", since=EPOCH, until=EPOCH + HOUR
)
def profiles_of(
    asset: AssetId, mapping: str, since: datetime, until: datetime
) -> Select[datetime, datetime, str, str, str, datetime | None, bytes]:
    """Kept parts of an asset's windows that start in an interval."""
    return select(
        profiles.c.window_start,
        profiles.c.window_end,
        profiles.c.part,
        profiles.c.fingerprint,
        profiles.c.edges_version,
        profiles.c.as_of,
        profiles.c.body,
    ).where(
        profiles.c.asset == asset,
        profiles.c.window_start >= since,
        profiles.c.window_start < until,
        profiles.c.mapping_version == mapping,
    )


@statement(
    index=PRIMARY_KEY, asset="model:eta", start=EPOCH, end=EPOCH + HOUR, part="rows"
)
def drop_profile(asset: AssetId, start: datetime, end: datetime, part: str) -> Delete:
    """Forget one part of one window, whatever mapping it was made with."""
    return delete(profiles).where(
        profiles.c.asset == asset,
        profiles.c.window_start == start,
        profiles.c.window_end == end,
        profiles.c.part == part,
    )


@statement()
def add_profile() -> Insert:
    """Keep one part of one window."""
    return insert(profiles)


@statement(index=PRIMARY_KEY, asset="model:eta", version="edges 1")
def note_of(asset: AssetId, version: str) -> Select[bytes]:
    """Find what is kept of an asset's log under a name."""
    return select(edges.c.body).where(
        edges.c.asset == asset, edges.c.version == version
    )


@statement(index=PRIMARY_KEY, asset="model:eta", kind="edges")
def drop_notes(asset: AssetId, kind: str) -> Delete:
    """Forget what is kept of an asset's log under names of a kind."""
    return delete(edges).where(
        edges.c.asset == asset, edges.c.version.startswith(f"{kind} ", autoescape=True)
    )


@statement()
def add_note() -> Insert:
    """Keep something about an asset's log."""
    return insert(edges)


class ProfileStore:
    """
    Keeps profiles between runs; fills `observations.ports.ProfileCache`.

    Parameters
    ----------
    database : callable
        Opens the state database when it is first needed.

    Examples
    --------
    >>> from modelowners.core.ids import asset_id
    >>> from modelowners.store.database import Database
    >>> store = ProfileStore(lambda: Database.open(":memory:"))
    >>> store.note(asset_id("model:eta"), "edges", "1") is None
    True
    """

    def __init__(self, database: Callable[[], Database]) -> None:
        self._open = database
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """The database, opened on first use."""
        if self._database is None:
            self._database = self._open()
        return self._database

    def find(
        self, asset: AssetId, mapping: str, span: TimeWindow
    ) -> Mapping[tuple[TimeWindow, str], Record]:
        """Give the kept parts of windows that start in a span."""
        with self.database.read() as connection:
            rows = connection.execute(
                profiles_of(asset, mapping, span.start, span.end)
            ).all()
        return {
            (TimeWindow(start, end), part): Record(
                window=TimeWindow(start, end),
                part=part,
                fingerprint=fingerprint,
                edges_version=version,
                known_until=known or end,
                body=body,
            )
            for start, end, part, fingerprint, version, known, body in rows
        }

    def keep(self, asset: AssetId, mapping: str, records: Sequence[Record]) -> None:
        """Keep parts of windows in place of what was kept of them, all or none."""
        with self.database.write() as connection:
            for one in records:
                connection.execute(
                    drop_profile(asset, one.window.start, one.window.end, one.part)
                )
                connection.execute(
                    add_profile(),
                    {
                        "asset": asset,
                        "window_start": one.window.start,
                        "window_end": one.window.end,
                        "part": one.part,
                        "mapping_version": mapping,
                        "edges_version": one.edges_version,
                        "fingerprint": one.fingerprint,
                        "as_of": one.known_until,
                        "body": one.body,
                    },
                )

    def note(self, asset: AssetId, kind: str, name: str) -> bytes | None:
        """Give what is kept under a kind and a name."""
        with self.database.read() as connection:
            return connection.execute(
                note_of(asset, f"{kind} {name}")
            ).scalar_one_or_none()

    def keep_note(self, asset: AssetId, kind: str, name: str, body: bytes) -> None:
        """Keep something under a kind and a name, in place of others of the kind."""
        with self.database.write() as connection:
            connection.execute(drop_notes(asset, kind))
            connection.execute(
                add_note(),
                {"asset": asset, "version": f"{kind} {name}", "body": body},
            )
