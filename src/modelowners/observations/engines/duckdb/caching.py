"""
Caching: windows whose files have not changed are not read again.

A window's profile is kept in two parts, each with the fingerprint of what it
was made from: the rows (files whose times reach into the window) and the
outcome (the label files too). Files tell their times in their footers; a file
that does not is taken to reach into every window.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from modelowners.core.errors import StateError
from modelowners.core.ids import digest
from modelowners.core.time import DAY, TimeWindow, from_micros
from modelowners.observations.engines.duckdb.canonical import prepare
from modelowners.observations.engines.duckdb.columns import Column
from modelowners.observations.engines.duckdb.connection import literal
from modelowners.observations.engines.duckdb.scan import batches, edges_digest, scan
from modelowners.observations.engines.duckdb.session import Session
from modelowners.observations.engines.duckdb.sources import LogFile, paths_sql
from modelowners.observations.engines.duckdb.times import instant_sql
from modelowners.observations.logs import PredictionLog
from modelowners.observations.ports import ProfileCache, Progress
from modelowners.observations.profiles import Edges, OutcomeProfile, Profile
from modelowners.observations.records import (
    OUTCOME,
    ROWS,
    VERSION,
    Record,
    pack_outcomes,
    pack_rows,
    unpack_outcomes,
    unpack_rows,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")

_COMMITTED = 100
"""Windows that are committed together: what a killed run can lose."""


def mapping_version(log: PredictionLog) -> str:
    """
    Name what a log's declaration means: where it stands does not matter.

    Examples
    --------
    >>> from pathlib import Path
    >>> from modelowners.core.ids import asset_id
    >>> log = PredictionLog(
    ...     asset=asset_id("model:eta"), root=Path(), source=("a.csv",), columns={}
    ... )
    >>> mapping_version(log) == mapping_version(replace(log, place="f.yaml:3:5"))
    True
    """
    meant = replace(log, place="", root=type(log.root)(), reference=None)
    private = sorted(log.private)
    return digest([VERSION, repr(replace(meant, private=frozenset())), private])[7:19]


def fingerprint(files: Sequence[LogFile], *rest: str) -> str:
    """
    Name some files as they are now: path, size and time of change.

    Examples
    --------
    >>> len(fingerprint([]))
    16
    """
    stamps = sorted((file.name, file.size, file.mtime_ns) for file in files)
    return digest([*rest, [list(stamp) for stamp in stamps]])[7:23]


class Kept:
    """
    What is kept of logs; once the state fails, nothing more is asked of it.

    Parameters
    ----------
    cache : ProfileCache or None
        None: nothing is kept.
    """

    def __init__(self, cache: ProfileCache | None) -> None:
        self.cache = cache

    def attempt(self, act: Callable[[ProfileCache], T], otherwise: T) -> T:
        """Ask the cache; where it fails, say so and go on without."""
        if self.cache is None:
            return otherwise
        try:
            return act(self.cache)
        except StateError as error:
            logger.warning("profiles.not_kept", extra={"why": str(error)})
            self.cache = None
            return otherwise


def profile_cached(  # noqa: PLR0913 - `Engine.profile`, and what it works with
    session: Session,
    kept: Kept,
    windows: Sequence[TimeWindow],
    *,
    edges: Mapping[str, Edges],
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> Iterator[Profile]:
    """
    Profile windows, reading only those that are not kept or have changed.

    Parameters
    ----------
    session : Session
        The opened log.
    kept : Kept
        What is kept; each finished batch of windows is committed.
    windows : sequence of TimeWindow
        UTC, half-open, in order.
    edges : mapping of str to Edges
        Where to count.
    as_of : datetime, optional
        Only what was known then.
    progress : Progress, optional
        Told how far it is.

    Yields
    ------
    Profile
        As `scan` does.
    """
    reader = _Reader(
        session, kept, edges, as_of, Fingerprints.of(session, edges_digest(edges))
    )
    found = reader.look(windows)
    todo = [window for window in windows if reader.lacks(found.get(window))]
    done = 0
    position = 0
    for batch, _ in batches(todo, session.log, limit=_COMMITTED):
        first = windows.index(batch[0], position)
        yield from reader.kept(windows[position:first], found)
        position = first
        if progress is not None:
            day = f"{batch[0].start:%Y-%m-%d}"
            progress(f"reading {session.log.asset} {day}", done / len(todo))
        yield from reader.read(batch, found)
        position += len(batch)
        done += len(batch)
    yield from reader.kept(windows[position:], found)


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """
    Which files reach into which windows.

    Parameters
    ----------
    ranges : sequence of (LogFile, TimeWindow or None)
        Files of the log and the times in them; None: any.
    labels : sequence of LogFile
        Files of the label source.
    asked : str
        What else the profiles depend on.
    """

    ranges: Sequence[tuple[LogFile, TimeWindow | None]]
    labels: Sequence[LogFile]
    asked: str

    @classmethod
    def of(cls, session: Session, asked: str) -> Fingerprints:
        """Read the footers of a session's files."""
        times = _file_times(session)
        return cls(
            [(file, times.get(file.path)) for file in session.source.files],
            session.truth.files if session.truth else (),
            asked,
        )

    def rows(self, window: TimeWindow) -> str:
        """Name what the rows of a window are made from."""
        files = [f for f, span in self.ranges if span is None or span.overlaps(window)]
        return fingerprint(files, self.asked)

    def outcome(self, window: TimeWindow) -> str:
        """Name what the outcome of a window is made from."""
        return fingerprint(self.labels, self.rows(window))


def _file_times(session: Session) -> dict[str, TimeWindow]:
    """Give the times in each file whose footer tells them of every row group."""
    roles, log = session.roles, session.log
    columns = [roles.ts, *filter(None, [roles.get("logged_at")])]
    files = [file for file in session.source.files if not file.csv]
    if not files or any(not c.type_name.startswith(("TIME", "DATE")) for c in columns):
        return {}
    found: dict[str, TimeWindow] = {}
    for column in columns:
        spans = _column_times(session, column, [file.path for file in files])
        if column is columns[0]:
            found = spans
            continue
        # Rows without a time count where they were logged.
        found = {
            path: TimeWindow(
                min(span.start, spans[path].start), max(span.end, spans[path].end)
            )
            for path, span in found.items()
            if path in spans
        }
    margin = timedelta(0) if log.timezone == "UTC" else DAY
    return {
        path: TimeWindow(span.start - margin, span.end + margin)
        for path, span in found.items()
    }


def _column_times(
    session: Session, column: Column, paths: Sequence[str]
) -> dict[str, TimeWindow]:
    bound = Column(name="bound", type_name=column.type_name, target=column.type_name)
    instant = f"epoch_us({instant_sql(bound, session.log.timezone)})"
    cast = f"TRY_CAST(bound AS {column.type_name})"
    rows = session.connection.execute(
        f"SELECT path, min({instant}), max({instant}), "
        "count(*) FILTER (bound IS NULL) FROM ("
        f"SELECT path, {cast} AS bound FROM (SELECT file_name AS path, "
        "unnest([stats_min_value, stats_max_value]) AS bound "
        f"FROM parquet_metadata({paths_sql(paths)}) "
        f"WHERE path_in_schema = {literal(column.name)})) GROUP BY 1"
    ).fetchall()
    tick = timedelta(microseconds=1)
    return {
        path: TimeWindow(from_micros(low), from_micros(high) + tick)
        for path, low, high, unknown in rows
        if not unknown and low is not None
    }


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads and keeps the windows of one log."""

    session: Session
    store: Kept
    edges: Mapping[str, Edges]
    as_of: datetime | None
    prints: Fingerprints

    @property
    def mapping(self) -> str:
        return mapping_version(self.session.log)

    def look(
        self, windows: Sequence[TimeWindow]
    ) -> dict[TimeWindow, dict[str, Record]]:
        """Find the kept parts that still answer what is asked."""
        if not windows:
            return {}
        span = TimeWindow(
            min(w.start for w in windows),
            max(w.start for w in windows) + timedelta(microseconds=1),
        )
        asset = self.session.log.asset
        nothing: Mapping[tuple[TimeWindow, str], Record] = {}
        records = self.store.attempt(
            lambda cache: cache.find(asset, self.mapping, span), nothing
        )
        found: dict[TimeWindow, dict[str, Record]] = {}
        for (window, part), record in records.items():
            known = self._is_known(record.known_until)
            if known and record.fingerprint == self._print(window, part):
                found.setdefault(window, {})[part] = record
        return found

    def _print(self, window: TimeWindow, part: str) -> str:
        if part == ROWS:
            return self.prints.rows(window)
        return self.prints.outcome(window)

    @property
    def _parts(self) -> tuple[str, ...]:
        return (ROWS, OUTCOME) if self.session.log.labels is not None else (ROWS,)

    def lacks(self, records: Mapping[str, Record] | None) -> bool:
        """Tell whether a part of a window has to be read."""
        return not all(part in (records or {}) for part in self._parts)

    def kept(
        self,
        windows: Sequence[TimeWindow],
        found: Mapping[TimeWindow, Mapping[str, Record]],
    ) -> Iterator[Profile]:
        """Give windows as they are kept."""
        for window in windows:
            yield from self._joined(found[window])

    def _joined(self, records: Mapping[str, Record]) -> Iterator[Profile]:
        profiles = unpack_rows(records[ROWS].body)
        if OUTCOME not in records:
            yield from profiles
            return
        outcomes = unpack_outcomes(records[OUTCOME].body)
        for profile in profiles:
            yield replace(
                profile, outcome=outcomes.get(profile.partition, OutcomeProfile())
            )

    def read(
        self,
        windows: Sequence[TimeWindow],
        found: Mapping[TimeWindow, Mapping[str, Record]],
    ) -> Iterator[Profile]:
        """Read windows, keep what is complete, and give them."""
        outcomes_only = all(ROWS in found.get(window, {}) for window in windows)
        profiles: dict[TimeWindow, list[Profile]] = {window: [] for window in windows}
        for profile in scan(
            self.session,
            windows,
            edges=self.edges,
            as_of=self.as_of,
            columns=not outcomes_only,
        ):
            profiles[profile.window].append(profile)
        self._keep(profiles, (OUTCOME,) if outcomes_only else self._parts)
        for window in windows:
            if outcomes_only:
                fresh = {p.partition: p.outcome for p in profiles[window]}
                for profile in unpack_rows(found[window][ROWS].body):
                    yield replace(
                        profile, outcome=fresh.get(profile.partition, OutcomeProfile())
                    )
            else:
                yield from profiles[window]

    def _keep(
        self, profiles: Mapping[TimeWindow, list[Profile]], parts: Sequence[str]
    ) -> None:
        """Keep windows of which nothing more can become known, in one transaction."""
        if self.store.cache is None:
            return
        until = self._known_until(list(profiles))
        records = [
            self._record(window, part, known, profiles[window])
            for window in profiles
            for part in parts
            if self._is_known(known := until[window, part])
        ]
        asset = self.session.log.asset
        self.store.attempt(lambda cache: cache.keep(asset, self.mapping, records), None)

    def _is_known(self, until: datetime) -> bool:
        return self.as_of is None or until <= self.as_of

    def _record(
        self,
        window: TimeWindow,
        part: str,
        known: datetime,
        profiles: Sequence[Profile],
    ) -> Record:
        pack = pack_rows if part == ROWS else pack_outcomes
        return Record(
            window=window,
            part=part,
            fingerprint=self._print(window, part),
            edges_version=edges_digest(self.edges),
            known_until=known,
            body=pack(profiles),
        )

    def _known_until(
        self, windows: Sequence[TimeWindow]
    ) -> dict[tuple[TimeWindow, str], datetime]:
        """Tell when the last row and the last label of each window became known."""
        delay = self.session.log.labels.delay if self.session.log.labels else None
        found = {(w, ROWS): w.end for w in windows}
        found |= {(w, OUTCOME): w.end + (delay or timedelta(0)) for w in windows}
        if not self._has_times():
            return found
        span = TimeWindow(windows[0].start, windows[-1].end)
        canonical = prepare(self.session, span)
        grouping = next(iter(batches(windows, self.session.log)))[1]
        rows = self.session.connection.execute(
            f"SELECT {grouping.bucket}, epoch_us(max(row_known)), "
            f"epoch_us(max(label_known)) FROM ({canonical.known_sql()}) GROUP BY 1"
        ).fetchall()
        numbers = {grouping.number(window): window for window in windows}
        for bucket, row, label in rows:
            window = numbers[bucket]
            for part, micros in ((ROWS, row), (OUTCOME, row), (OUTCOME, label)):
                if micros is not None:
                    key = window, part
                    found[key] = max(found[key], from_micros(micros))
        return found

    def _has_times(self) -> bool:
        labels, roles = self.session.log.labels, self.session.roles
        return "logged_at" in roles.canonical or bool(
            labels and (labels.ts or labels.logged_at)
        )
