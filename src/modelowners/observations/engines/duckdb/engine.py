"""The engine: fills `observations.ports.Engine` with DuckDB on this machine."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np

from modelowners.core.time import Clock, TimeWindow
from modelowners.observations.accounts import Account
from modelowners.observations.engines.duckdb import shape
from modelowners.observations.engines.duckdb.account import account
from modelowners.observations.engines.duckdb.caching import (
    Kept,
    fingerprint,
    mapping_version,
    profile_cached,
)
from modelowners.observations.engines.duckdb.canonical import (
    Canonical,
    covers,
    hold,
    prepare,
)
from modelowners.observations.engines.duckdb.connection import connect
from modelowners.observations.engines.duckdb.contrast import contrast
from modelowners.observations.engines.duckdb.edges import find_edges
from modelowners.observations.engines.duckdb.interruption import interruptible
from modelowners.observations.engines.duckdb.mapping import mapping
from modelowners.observations.engines.duckdb.relations import identities, relation
from modelowners.observations.engines.duckdb.session import Session, open_session
from modelowners.observations.engines.duckdb.slices import slices
from modelowners.observations.engines.duckdb.sources import find_files, read_source
from modelowners.observations.engines.duckdb.staleness import lagged
from modelowners.observations.engines.duckdb.surrogate import repair, surrogate
from modelowners.observations.engines.duckdb.tallies import newest_versions
from modelowners.observations.logs import PredictionLog, Task
from modelowners.observations.ports import ProfileCache, Progress
from modelowners.observations.profiles import Edges, Floats, Partition, Profile
from modelowners.observations.questions import (
    Contrast,
    Identity,
    LogShape,
    RelationCounts,
    Repair,
    Replacement,
    Slice,
    Staleness,
    Surrogate,
)
from modelowners.observations.records import (
    pack_edges,
    pack_value,
    unpack_edges,
    unpack_value,
)

T = TypeVar("T")

_HELD = "held"
_FRESH = timedelta(minutes=5)

_OPEN = 4
"""Sessions kept open: a turn looks at one model after another."""


def _outdated(opened: datetime | None, now: datetime | None) -> bool:
    """Tell whether what counted as the future has come since a log was opened."""
    return opened is not None and now is not None and abs(now - opened) > _FRESH


def _kind(kind: str, log: PredictionLog) -> str:
    """Keep what is known of one version's rows beside what is known of all."""
    return kind if log.version is None else f"{kind} of {log.version}"


class DuckDBEngine:
    """
    Reads Parquet and CSV logs where they lie.

    Parameters
    ----------
    store : ProfileCache, optional
        Keeps profiles between runs; None: every run reads anew.
    threads : int, optional
        At least 1; None takes every core.
    clock : Clock, optional
        Tells which rows are in the future; None: only their own `logged_at` does.
    """

    def __init__(
        self,
        *,
        store: ProfileCache | None = None,
        threads: int | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._kept = Kept(store)
        self._threads = threads
        self._clock = clock
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    @interruptible()
    def session(self, log: PredictionLog) -> Session:
        """Open a log, or give it as it was opened, unless files or the day moved on."""
        now = self._clock.now() if self._clock else None
        key = repr(log)
        known = self._sessions.get(key)
        if known is not None and known.is_current() and not _outdated(known.now, now):
            self._sessions.move_to_end(key)
            return known
        session = open_session(log, threads=self._threads, now=now)
        self._sessions[key] = session
        while len(self._sessions) > _OPEN:
            self._sessions.popitem(last=False)
        return session

    @interruptible()
    def columns(self, root: Path, source: Sequence[str]) -> Mapping[str, str]:
        """
        Give the columns of some files before any of them has a role.

        Parameters
        ----------
        root : Path
            Folder that relative sources start from.
        source : sequence of str
            Paths or globs of Parquet or CSV files.

        Returns
        -------
        mapping of str to str
            Column and what its first values look like; none where no file can
            be read.
        """
        files = find_files(root, source)
        connection = connect([file.path for file in files], threads=self._threads)
        found = read_source(connection, files)
        return {name: found.targets.get(name, t) for name, t in found.types.items()}

    @interruptible()
    def describe(self, log: PredictionLog) -> LogShape:
        """Give columns, types, rows, time range, files and unreadable files."""
        session = self.session(log)
        now = "" if session.now is None else f"{session.now:%Y-%m-%d}"
        return self._noted(
            session, "shape", lambda: shape.describe(session), LogShape, now
        )

    @interruptible()
    def account(
        self,
        log: PredictionLog,
        window: TimeWindow | None = None,
        *,
        as_of: datetime | None = None,
    ) -> Account:
        """Say how every row fared and what the columns turned out to be."""
        return account(self.session(log), window, as_of=as_of)

    @interruptible()
    def task(self, log: PredictionLog) -> Task:
        """Tell what the model predicts: as declared, else from its outputs."""
        session = self.session(log)
        return self._noted(session, "task", lambda: session.task, Task)

    @interruptible()
    def edges(self, log: PredictionLog, reference: TimeWindow) -> Mapping[str, Edges]:
        """Give bin edges per numeric column (and ``score``), from the reference."""
        session = self.session(log)
        # Fixed once they exist, so that windows read on different days compare.
        name = f"{mapping_version(log)} {log.reference or 'first'}"
        kind = _kind("edges", log)
        kept = self._kept.attempt(lambda c: c.note(log.asset, kind, name), None)
        if kept is not None and (edges := unpack_edges(kept)):
            return edges
        found = find_edges(
            session.connection, prepare(session, reference), private=log.private
        )
        body = pack_edges(found)
        self._kept.attempt(lambda c: c.keep_note(log.asset, kind, name, body), None)
        return found

    def profile(
        self,
        log: PredictionLog,
        windows: Sequence[TimeWindow],
        *,
        edges: Mapping[str, Edges],
        as_of: datetime | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Profile]:
        """Yield one profile per partition and window, windows in order."""
        session = self.session(log)
        session.told = self.task(log)
        with interruptible():
            yield from profile_cached(
                session,
                self._kept,
                windows,
                edges=edges,
                as_of=as_of,
                progress=progress,
            )

    @interruptible()
    def versions(
        self,
        log: PredictionLog,
        window: TimeWindow,
        *,
        rows: int,
        as_of: datetime | None = None,
    ) -> Mapping[str, int] | None:
        """Count the newest rows of a window by the version that answered."""
        session = self.session(log)
        canonical = prepare(session, window, as_of=as_of)
        if not canonical.has_version:
            return None
        return newest_versions(session.connection, canonical, rows=rows)

    @interruptible()
    def hold(
        self,
        log: PredictionLog,
        window: TimeWindow,
        *,
        as_of: datetime | None = None,
    ) -> None:
        """Read the rows of a window once, to be asked many questions."""
        session = self.session(log)
        session.made[_HELD] = hold(session, window, as_of=as_of)

    @interruptible()
    def contrast(
        self,
        log: PredictionLog,
        columns: Sequence[str],
        *,
        before: TimeWindow,
        after: TimeWindow,
        partition: Partition,
    ) -> Mapping[str, Contrast]:
        """Compare columns before and after: exact quantiles and common values."""
        session, canonical = self._asked(log, before, after)
        return contrast(
            session.connection,
            canonical,
            columns,
            before=before,
            after=after,
            partition=partition,
        )

    @interruptible()
    def identities(
        self, log: PredictionLog, reference: TimeWindow
    ) -> tuple[Identity, ...]:
        """Find relations between columns that hold in >= 99 % of reference rows."""
        session, canonical = self._asked(log, reference)
        return identities(session.connection, canonical, reference, claims=log.upstream)

    @interruptible()
    def relation(
        self,
        log: PredictionLog,
        candidates: Sequence[Identity],
        windows: Sequence[TimeWindow],
    ) -> tuple[RelationCounts, ...]:
        """Count per window and partition in how many rows each relation holds."""
        if not windows:
            return ()
        session, canonical = self._asked(log, *windows)
        return relation(
            session.connection, canonical, candidates, windows, claims=log.upstream
        )

    @interruptible()
    def lagged(
        self,
        log: PredictionLog,
        columns: Sequence[str],
        *,
        windows: Sequence[TimeWindow],
        lags: Sequence[int],
    ) -> tuple[Staleness, ...]:
        """Tell how many group values equal those of some windows ago."""
        if not windows:
            return ()
        session, canonical = self._asked(log, *windows)
        return lagged(
            session.connection, canonical, columns, windows=windows, lags=lags
        )

    @interruptible()
    def surrogate(
        self, log: PredictionLog, reference: TimeWindow, *, columns: Sequence[str]
    ) -> Surrogate | None:
        """Fit an additive stand-in of the model on logged inputs and outputs."""
        session, canonical = self._asked(log, reference)
        return surrogate(session.connection, canonical, reference, columns=columns)

    @interruptible()
    def repair(
        self,
        log: PredictionLog,
        replacements: Sequence[Replacement],
        *,
        surrogate: Surrogate,
        window: TimeWindow,
        partition: Partition,
    ) -> Repair | None:
        """Estimate the loss had these columns not been altered; None unlabelled."""
        references = [r.reference for r in replacements if r.reference is not None]
        session, canonical = self._asked(log, window, *references)
        return repair(
            session.connection,
            canonical,
            replacements,
            surrogate=surrogate,
            window=window,
            partition=partition,
        )

    @interruptible()
    def mapping(
        self,
        log: PredictionLog,
        *,
        surrogate: Surrogate,
        windows: Sequence[TimeWindow],
    ) -> Floats:
        """Give the distance of outputs from the stand-in's, per window."""
        if not windows:
            return np.zeros(0)
        session, canonical = self._asked(log, *windows)
        return mapping(
            session.connection, canonical, surrogate=surrogate, windows=windows
        )

    @interruptible()
    def slices(
        self, log: PredictionLog, *, before: TimeWindow, after: TimeWindow
    ) -> tuple[Slice, ...]:
        """Find slices by up to two columns with their losses before and after."""
        session, canonical = self._asked(log, before, after)
        return slices(session.connection, canonical, before=before, after=after)

    def _noted(
        self,
        session: Session,
        kind: str,
        ask: Callable[[], T],
        of: type[T],
        *names: str,
    ) -> T:
        """Give an answer about all files of a log as kept, else ask and keep it."""
        asset, kind = session.log.asset, _kind(kind, session.log)
        name = fingerprint(session.files, mapping_version(session.log), *names)
        kept = self._kept.attempt(lambda c: c.note(asset, kind, name), None)
        if kept is not None:
            return unpack_value(kept, of)
        found = ask()
        body = pack_value(found)
        self._kept.attempt(lambda c: c.keep_note(asset, kind, name, body), None)
        return found

    def _asked(
        self, log: PredictionLog, *windows: TimeWindow
    ) -> tuple[Session, Canonical]:
        """Prepare the rows from the first of some windows to the last."""
        session = self.session(log)
        span = TimeWindow(min(w.start for w in windows), max(w.end for w in windows))
        held = session.made.get(_HELD)
        if isinstance(held, Canonical) and covers(held.window, span):
            return session, held
        return session, prepare(session, span)
