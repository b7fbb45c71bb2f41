"""The scan: a log's windows reduced to profiles, a few statements for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from modelowners.core.ids import digest
from modelowners.core.time import TimeWindow
from modelowners.observations.binning import few_edges
from modelowners.observations.engines.duckdb.canonical import Canonical, prepare
from modelowners.observations.engines.duckdb.grouping import Group, Grouping
from modelowners.observations.engines.duckdb.numbers import scan_numbers
from modelowners.observations.engines.duckdb.outcome_sums import scan_outcomes
from modelowners.observations.engines.duckdb.parts import (
    claim_partition,
    claims_of,
    part_sql,
    segment_partition,
    segments_of,
    version_partition,
)
from modelowners.observations.engines.duckdb.session import Session
from modelowners.observations.engines.duckdb.tallies import (
    Tally,
    scan_dropped,
    scan_tallies,
)
from modelowners.observations.engines.duckdb.texts import scan_texts
from modelowners.observations.logs import PredictionLog, Task
from modelowners.observations.profiles import (
    EVERYTHING,
    ColumnProfile,
    Edges,
    NumericProfile,
    OutcomeProfile,
    Partition,
    Profile,
    RowCounts,
)

BATCH = 400
"""Base windows in one set of statements, at most."""

_HELD = 30_000_000
"""Values of a batch up to which it is decoded once and held: 240 MB."""


def edges_digest(edges: Mapping[str, Edges]) -> str:
    """
    Name all edges of a log at once.

    Examples
    --------
    >>> edges_digest({})
    '44136fa355b3'
    """
    return digest({name: one.version for name, one in edges.items()})[7:19]


def scan(
    session: Session,
    windows: Sequence[TimeWindow],
    *,
    edges: Mapping[str, Edges],
    as_of: datetime | None = None,
    columns: bool = True,
) -> Iterator[Profile]:
    """
    Profile some windows of a log: every row, each row claim, each segment.

    Parameters
    ----------
    session : Session
        The opened log.
    windows : sequence of TimeWindow
        UTC, half-open, in order.
    edges : mapping of str to Edges
        Where to count numeric columns.
    as_of : datetime, optional
        When things were known; None: now.
    columns : bool
        Profile the columns too; else only rows and outcomes.

    Yields
    ------
    Profile
        Windows in the order given; of each first all rows, then row claims,
        then segments. Windows without rows have an empty profile of all rows.
    """
    limit = max(BATCH // (1 + len(session.roles.profiled) // 50), 1)
    for batch, grouping in batches(windows, session.log, limit=limit):
        span = TimeWindow(min(w.start for w in batch), max(w.end for w in batch))
        canonical = prepare(session, span, as_of=as_of)
        with held(session, canonical) as rows:
            yield from _Scan(session, rows, batch, grouping, columns).profiles(edges)


@contextmanager
def held(session: Session, canonical: Canonical) -> Iterator[Canonical]:
    """
    Decode the rows once for all statements of a batch, where they are few enough.

    Yields
    ------
    Canonical
        Whose views are one table, or as they were.
    """
    connection = session.connection
    found = connection.execute(f"SELECT count(*) FROM {canonical.unlabelled}")
    (rows,) = found.fetchone() or (0,)
    if rows * len(session.roles.profiled) > _HELD:
        yield canonical
        return
    table = f"held_{canonical.name}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {canonical.name}"
    )
    try:
        yield replace(canonical, name=table, unlabelled=table)
    finally:
        connection.execute(f"DROP TABLE {table}")


def batches(
    windows: Sequence[TimeWindow], log: PredictionLog, *, limit: int = BATCH
) -> Iterator[tuple[Sequence[TimeWindow], Grouping]]:
    """
    Cut windows into runs of base windows that follow each other; others go alone.

    Yields
    ------
    tuple of (sequence of TimeWindow, Grouping)
        At most `limit` windows that one set of statements answers.
    """
    run: list[TimeWindow] = []
    for window in windows:
        base = window.split(log.grain) == (window,)
        if run and not (base and window.start == run[-1].end and len(run) < limit):
            yield run, Grouping(grain=log.grain)
            run = []
        if base:
            run.append(window)
        else:
            yield [window], Grouping(grain=None)
    if run:
        yield run, Grouping(grain=log.grain)


@dataclass(slots=True)
class _Pieces:
    """What the statements of one grouping found, by group."""

    tallies: Mapping[Group, Tally]
    columns: dict[Group, dict[str, ColumnProfile]] = field(default_factory=dict)
    outcomes: Mapping[Group, OutcomeProfile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Scan:
    """One batch of windows of one log."""

    session: Session
    canonical: Canonical
    windows: Sequence[TimeWindow]
    grouping: Grouping
    columns: bool

    def profiles(self, edges: Mapping[str, Edges]) -> Iterator[Profile]:
        found: dict[TimeWindow, list[Profile]] = {window: [] for window in self.windows}
        parts = (self._everything, self._claims, self._segments, self._versions)
        for profile in (one for part in parts for one in part(edges)):
            found[profile.window].append(profile)
        for window in self.windows:
            yield from found[window]

    def _everything(self, edges: Mapping[str, Edges]) -> Iterator[Profile]:
        pieces = self._pieces(self.grouping, edges)
        dropped = scan_dropped(
            self.session.connection, self.canonical, grouping=self.grouping
        )
        version = edges_digest(edges)
        for window in self.windows:
            number = self.grouping.number(window)
            profile = self._profile(
                EVERYTHING, window, version, pieces, Group(number, "")
            )
            lost = dropped.get(number, {})
            rows = replace(
                profile.rows,
                dropped=lost,
                read=profile.rows.kept + sum(lost.values()),
            )
            yield replace(profile, rows=rows)

    def _claims(self, edges: Mapping[str, Edges]) -> Iterator[Profile]:
        version = edges_digest(edges)
        for claim in claims_of(self.session):
            partition = claim_partition(claim)
            inside = replace(self.grouping, where=self.canonical.where(partition))
            pieces = self._pieces(inside, edges)
            for window in self.windows:
                group = Group(self.grouping.number(window), "")
                if group in pieces.tallies:
                    yield self._profile(partition, window, version, pieces, group)

    def _segments(self, edges: Mapping[str, Edges]) -> Iterator[Profile]:
        few = {name: few_edges(one) for name, one in edges.items()}
        version = edges_digest(few)
        windows = {self.grouping.number(window): window for window in self.windows}
        for segment in segments_of(self.session, self.canonical):
            label = self.canonical.label(segment)
            part = part_sql(self.session, self.canonical, label, self.grouping)
            pieces = self._pieces(replace(self.grouping, part=part), few, full=False)
            for group in pieces.tallies:
                yield self._profile(
                    segment_partition(segment, group.part),
                    windows[group.bucket],
                    version,
                    pieces,
                    group,
                )

    def _versions(self, edges: Mapping[str, Edges]) -> Iterator[Profile]:
        """Tell versions apart where several served: their rows and outcomes."""
        if not self.canonical.has_version:
            return
        part = part_sql(self.session, self.canonical, "version", self.grouping)
        grouping = replace(self.grouping, part=part)
        alone = replace(self, columns=False)
        pieces = alone._pieces(grouping, edges)  # noqa: SLF001 - of its own class
        served = Counter(group.bucket for group in pieces.tallies)
        windows = {self.grouping.number(window): window for window in self.windows}
        version = edges_digest(edges)
        for group in pieces.tallies:
            if served[group.bucket] > 1:
                partition = version_partition(group.part)
                window = windows[group.bucket]
                yield self._profile(partition, window, version, pieces, group)

    def _pieces(
        self, grouping: Grouping, edges: Mapping[str, Edges], *, full: bool = True
    ) -> _Pieces:
        connection, canonical = self.session.connection, self.canonical
        pieces = _Pieces(scan_tallies(connection, canonical, grouping=grouping))
        if self.columns:
            for group, name, column in scan_columns(
                self.session, canonical, grouping=grouping, edges=edges, distinct=full
            ):
                pieces.columns.setdefault(group, {})[name] = column
        if canonical.has_labels:
            pieces.outcomes = scan_outcomes(
                connection, canonical, grouping=grouping, score_edges=edges.get("score")
            )
        return pieces

    def _profile(
        self,
        partition: Partition,
        window: TimeWindow,
        version: str,
        pieces: _Pieces,
        group: Group,
    ) -> Profile:
        tally = pieces.tallies.get(group) or Tally(RowCounts())
        outcome = pieces.outcomes.get(group)
        if outcome is None and self.canonical.has_labels:
            outcome = OutcomeProfile()
        return Profile(
            asset=self.session.log.asset,
            partition=partition,
            window=window,
            edges_version=version,
            rows=tally.rows,
            columns=pieces.columns.get(group, {}),
            versions=tally.versions,
            hours=tally.hours,
            outcome=outcome,
        )


def scan_columns(
    session: Session,
    canonical: Canonical,
    *,
    grouping: Grouping,
    edges: Mapping[str, Edges],
    distinct: bool = True,
) -> Iterator[tuple[Group, str, ColumnProfile]]:
    """
    Profile every column and the outputs, by group.

    Parameters
    ----------
    session : Session
        The opened log; values of its private columns stay out.
    canonical : Canonical
        The rows.
    grouping : Grouping
        Which rows belong together.
    edges : mapping of str to Edges
        Where to count numeric columns.
    distinct : bool
        Count distinct numbers too.

    Yields
    ------
    tuple of (Group, str, ColumnProfile)
        Every group that has rows, and column.
    """
    connection, private = session.connection, session.log.private
    numeric, text = list(canonical.numeric), list(canonical.text)
    if canonical.has_score:
        numeric.append("score")
    if canonical.has_prediction and canonical.task is not Task.REGRESSION:
        text.append("prediction")
    for group, name, number in scan_numbers(
        connection,
        canonical,
        numeric,
        grouping=grouping,
        edges=edges,
        distinct=distinct,
    ):
        yield group, name, withheld(number) if name in private else number
    for group, name, words in scan_texts(
        connection, canonical, text, grouping=grouping, private=private
    ):
        yield group, name, words


def withheld(profile: NumericProfile) -> NumericProfile:
    """
    Leave out the extremes of a private column: each is somebody's value.

    Examples
    --------
    >>> withheld(NumericProfile(n=1, minimum=7.0, maximum=7.0)).minimum
    nan
    """
    return replace(profile, minimum=np.nan, maximum=np.nan)
