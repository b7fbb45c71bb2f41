"""
The canonical relation: every kept row of a log, the same whatever its source.

`prepare` makes temporary views for one (window, as_of) of an open session. Each
source row is kept, or dropped with exactly one reason; the dropped are found by
one pass over the few columns that decide, so that a clean log is scanned bare.

Columns of the view::

    prediction_id  VARCHAR    as logged; a hash of the content where there is none
    entity_key     VARCHAR    null where none is mapped
    ts             TIMESTAMP  event time, naive UTC
    version        VARCHAR    model version, null where unknown
    score          DOUBLE     probability or regression value
    prediction     VARCHAR    predicted label; null in a regression
    weight         DOUBLE     1 where none is logged
    actual         DOUBLE     1 or 0 (binary), the value (regression);
                   VARCHAR    the label (multiclass); null where unknown
    loss           DOUBLE     the primary loss; null where unlabelled

and every feature, segment and extra column under its own name: numbers and times
(microseconds since 1970) as DOUBLE, all else as VARCHAR. A source column called
like one of the above stands there as ``NAME (column)``: `canonical.ref(NAME)`
gives the SQL name of any.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypedDict

from modelowners.core.time import TimeWindow, floor_instant
from modelowners.observations.engines.duckdb.columns import (
    Column,
    Kind,
    as_label,
    number_text,
)
from modelowners.observations.engines.duckdb.connection import literal, quoted
from modelowners.observations.engines.duckdb.labels import (
    Joined,
    inline,
    second_source,
)
from modelowners.observations.engines.duckdb.outcomes import (
    actual_sql,
    loss_name,
    losses_sql,
    prediction_sql,
    score_sql,
)
from modelowners.observations.engines.duckdb.roles import Roles
from modelowners.observations.engines.duckdb.rows import EVER, RowRules, reject
from modelowners.observations.engines.duckdb.session import Session, check_positive
from modelowners.observations.engines.duckdb.sources import (
    FILE,
    ROW,
    Source,
    relation_sql,
)
from modelowners.observations.engines.duckdb.times import inside_sql, pruning_sql
from modelowners.observations.logs import Task
from modelowners.observations.profiles import NULL, Partition

RESERVED = (
    "prediction_id",
    "entity_key",
    "ts",
    "version",
    "score",
    "prediction",
    "weight",
    "actual",
    "loss",
)
OUTPUTS = ("score", "prediction")
INLINE = "modelowners:truth"
_HELD_ROWS = 2_000_000
ROW_KNOWN = "modelowners:row known"
LABEL_KNOWN = "modelowners:label known"
_WHOLE = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
_numbers = itertools.count()


class _Described(TypedDict):
    numeric: tuple[str, ...]
    text: tuple[str, ...]
    features: tuple[str, ...]
    segments: tuple[str, ...]
    extra: tuple[str, ...]
    renamed: dict[str, str]
    whole: frozenset[str]
    failing: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canonical:
    """
    A prepared log: names of the views and what is in them.

    Parameters
    ----------
    name : str
        View of the kept rows in the window.
    unlabelled : str
        The same without `actual` and `loss`: cheaper, as no labels are joined.
    all_rows : str
        View of every row known in the window: ``file`` (index), ``line``
        (from 0), ``moment`` (null where there is no time), ``reason`` (null where
        kept).
    rejected : str
        Table of the dropped rows of whole base windows: file, line, moment, reason.
    task : Task
        What the model predicts.
    loss : str
        Name of the primary loss.
    losses : mapping of str to str
        SQL over the view of every loss, the primary first.
    numeric, text : tuple of str
        Features, segments and extra columns by kind, in order of the source;
        without the outputs.
    features, segments, extra : tuple of str
        The same by role; a segment may be a feature too.
    has_score, has_prediction, has_labels, has_version : bool
        What is mapped.
    renamed : mapping of str to str
        Columns whose name in the views is not their own.
    failing : mapping of str to str
        Columns stored as another type, and the flag column of the views that
        tells whether a row's value could not be read.
    whole : frozenset of str
        Numeric columns whose stored type is of whole numbers.
    source : Source
        The files read.
    window : TimeWindow
        UTC, half-open.
    """

    name: str
    unlabelled: str
    all_rows: str
    rejected: str
    task: Task
    loss: str
    losses: Mapping[str, str]
    numeric: tuple[str, ...]
    text: tuple[str, ...]
    features: tuple[str, ...]
    segments: tuple[str, ...]
    extra: tuple[str, ...]
    has_score: bool
    has_prediction: bool
    has_labels: bool
    has_version: bool
    source: Source
    window: TimeWindow
    renamed: Mapping[str, str] = field(default_factory=dict)
    failing: Mapping[str, str] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()

    def ref(self, column: str) -> str:
        """
        Give the SQL name of a column; ``score`` and ``prediction`` are the outputs.

        A source column called so that is not the output is known everywhere as
        ``score (column)``.
        """
        return quoted(self.renamed.get(column, column))

    def known_sql(self) -> str:
        """Give the SELECT of `ts` and of when row and label became known."""
        return (
            f"SELECT ts, {quoted(ROW_KNOWN)} AS row_known, "
            f"{quoted(LABEL_KNOWN)} AS label_known FROM {self.name}"
        )

    def is_whole(self, column: str) -> bool:
        """Tell whether the source holds whole numbers: never NaN, never infinite."""
        return column in self.whole

    def finite(self, column: str) -> str:
        """Give the SQL of a numeric column, null where it is not finite."""
        reference = self.ref(column)
        if self.is_whole(column):
            return reference
        return f"CASE WHEN isfinite({reference}) THEN {reference} END"

    def label(self, column: str) -> str:
        """Give the SQL of a column's value as text, as partitions write it."""
        if column in self.numeric or column == "score":
            return number_text(self.ref(column))
        return self.ref(column)

    def where(self, partition: Partition) -> str:
        """Give the SQL condition that a row is in a partition; ``TRUE`` for all."""
        terms = [self._term(partition, *pair) for pair in partition.where]
        return " AND ".join(terms) or "TRUE"

    def _term(self, partition: Partition, column: str, value: str) -> str:
        if value == NULL:
            return f"{self.ref(column)} IS NULL"
        values = value.split("|") if partition.kind == "rows" else [value]
        chosen = ", ".join(literal(one) for one in values)
        return f"{self.label(column)} IN ({chosen})"


def prepare(
    session: Session, window: TimeWindow, *, as_of: datetime | None = None
) -> Canonical:
    """
    Make the views of a log's rows in one window; the same question, once.

    Parameters
    ----------
    session : Session
        The opened log.
    window : TimeWindow
        UTC, half-open; `EVER` takes rows without a time too.
    as_of : datetime, optional
        Rows and labels not known then are not there; None: all are.

    Returns
    -------
    Canonical
        Its views live as long as the session's connection.
    """
    key = (window, as_of)
    if key not in session.made:
        session.made[key] = _prepare(session, session.source, window, as_of)
    made = session.made[key]
    assert isinstance(made, Canonical)  # noqa: S101 - only this function fills it
    return made


def hold(
    session: Session, window: TimeWindow, *, as_of: datetime | None = None
) -> Canonical:
    """
    Read a window's kept rows into a table of the engine, for many questions.

    Beyond two million rows the views are left as they are: files are then
    cheaper to read again than rows to keep.

    Parameters
    ----------
    session : Session
        The opened log.
    window : TimeWindow
        UTC, half-open.
    as_of : datetime, optional
        Rows and labels not known then are not there; None: all are.

    Returns
    -------
    Canonical
        The same rows as `prepare` gives.
    """
    made = prepare(session, window, as_of=as_of)
    key = ("held", window, as_of)
    if key not in session.made:
        found = session.connection.execute(
            f"SELECT count(*) FROM {made.unlabelled}"
        ).fetchone()
        if found is None or found[0] > _HELD_ROWS:
            return made
        table = f"{made.name}_held"
        session.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS "
            f"SELECT * FROM {made.name} ORDER BY ts, prediction_id"
        )
        session.made[key] = replace(made, name=table)
    held = session.made[key]
    assert isinstance(held, Canonical)  # noqa: S101 - only this function fills it
    return held


def covers(outer: TimeWindow, inner: TimeWindow) -> bool:
    """
    Tell whether one window holds another wholly.

    Examples
    --------
    >>> june = TimeWindow.parse("2026-06-01/2026-07-01")
    >>> covers(june, TimeWindow.parse("2026-06-03"))
    True
    """
    return outer.start <= inner.start and inner.end <= outer.end


def prepare_files(
    session: Session, source: Source, window: TimeWindow, as_of: datetime | None
) -> Canonical:
    """Make the views over some of the log's files only."""
    return _prepare(session, source, window, as_of)


def _prepare(
    session: Session, source: Source, window: TimeWindow, as_of: datetime | None
) -> Canonical:
    connection, log, roles = session.connection, session.log, session.roles
    number = next(_numbers)
    base, rejected = f"source_{number}", f"rejected_{number}"
    unlabelled, name, every = (f"{n}_{number}" for n in ("unlabelled", "kept", "every"))
    connection.execute(
        f"CREATE TEMP VIEW {base} AS SELECT * FROM "
        f"{relation_sql(connection, source, roles.names)}{_of_version(session)}"
    )
    rules = RowRules(
        log=log, roles=roles, task=session.task, as_of=as_of, now=session.now
    )
    whole = _whole(window, log.grain)
    dropped = reject(connection, base, rejected, rules=rules, window=whole)
    losses = losses_sql(
        session.task,
        has_score=_has_score(session),
        positive=log.positive,
        threshold=log.threshold,
    )
    joined = _truth(session, as_of)
    where = _kept_sql(rules, window, base=base, rejected=rejected if dropped else None)
    connection.execute(
        f"CREATE TEMP VIEW {unlabelled} AS "
        f"SELECT {_columns_sql(rules, joined)} FROM {base} WHERE {where}"
    )
    connection.execute(
        f"CREATE TEMP VIEW {name} AS {_labelled_sql(session, unlabelled, joined)}"
    )
    connection.execute(
        f"CREATE TEMP VIEW {every} AS "
        f"SELECT n.file, n.line, n.moment, coalesce(x.reason, n.reason) AS reason "
        f"FROM ({rules.narrow(base, window)}) AS n "
        f"LEFT JOIN {rejected} AS x ON x.file = n.file AND x.line = n.line"
    )
    return Canonical(
        name=name,
        unlabelled=unlabelled,
        all_rows=every,
        rejected=rejected,
        task=session.task,
        loss=loss_name(session.task, has_score=_has_score(session)),
        losses=losses,
        has_score=_has_score(session),
        has_prediction="prediction" in roles.canonical,
        has_labels=joined is not None,
        has_version="model_version" in roles.canonical,
        source=source,
        window=window,
        **_described(roles),
    )


def _of_version(session: Session) -> str:
    """Give the SQL that leaves only the rows of the version asked for, if one is."""
    wanted, column = session.log.version, session.roles.get("model_version")
    if wanted is None:
        return ""
    # A log that names no version has no row that is known to be of this one.
    return f" WHERE {_text(column)} = {literal(wanted)}"


def _has_score(session: Session) -> bool:
    return "score" in session.roles.canonical or session.task is Task.REGRESSION


def _whole(window: TimeWindow, grain: timedelta) -> TimeWindow:
    """Widen to whole base windows."""
    if window == EVER:
        return window
    end = floor_instant(window.end, grain)
    return TimeWindow(
        floor_instant(window.start, grain), end if end == window.end else end + grain
    )


def _truth(session: Session, as_of: datetime | None) -> Joined | None:
    log = session.log
    if log.labels is None:
        return None
    if "positive" not in session.made:
        check_positive(session)
        session.made["positive"] = log.positive
    if session.truth is None:
        return inline(log, session.roles, as_of)
    return second_source(session.connection, log, session.truth, as_of=as_of)


def _kept_sql(
    rules: RowRules, window: TimeWindow, *, base: str, rejected: str | None
) -> str:
    terms = [rules.known]
    if window != EVER:
        terms += [
            pruning_sql(rules.roles.ts, rules.log.timezone, window),
            inside_sql(rules.instant, window),
            # A row of the future is rejected where it was logged, which may be
            # in another window, or nowhere.
            rules.timely,
        ]
    if rejected:
        terms.append(
            f"NOT EXISTS (SELECT 1 FROM {rejected} AS x WHERE "
            f"x.file = {base}.{quoted(FILE)} AND x.line = {base}.{quoted(ROW)})"
        )
    return " AND ".join(term for term in terms if term != "TRUE") or "TRUE"


def _columns_sql(rules: RowRules, joined: Joined | None) -> str:
    """Give the canonical columns and every profiled one, each under its own name."""
    roles, task = rules.roles, rules.task
    score, prediction = roles.get("score"), roles.get("prediction")
    columns = {
        "prediction_id": rules.identity,
        "entity_key": _text(roles.get("entity_key")),
        "ts": rules.instant,
        "version": _text(roles.get("model_version")),
        "score": score_sql(score, prediction, task),
        "prediction": prediction_sql(prediction, task),
        "weight": _weight(roles.get("weight")),
    }
    columns[ROW_KNOWN] = f"coalesce({rules.logged or 'NULL'}, {rules.instant})"
    if joined is not None and not joined.join:
        columns[INLINE] = joined.expression
        columns[LABEL_KNOWN] = joined.known
    for column in roles.profiled:
        columns[_own_name(column)] = column.value()
        if column.can_fail:
            columns[_flag_name(column)] = column.failed()
    return ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())


def _text(column: Column | None) -> str:
    return as_label(column) if column else "CAST(NULL AS VARCHAR)"


def _weight(column: Column | None) -> str:
    if column is None:
        return "CAST(1 AS DOUBLE)"
    value = f"TRY_CAST({quoted(column.name)} AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) THEN {value} ELSE 1 END"


def _labelled_sql(session: Session, unlabelled: str, joined: Joined | None) -> str:
    task, log = session.task, session.log
    empty = "VARCHAR" if task is Task.MULTICLASS else "DOUBLE"
    actual, join = f"CAST(NULL AS {empty})", ""
    known = f"CAST(NULL AS TIMESTAMP) AS {quoted(LABEL_KNOWN)}"
    if joined is not None and joined.join:
        known = f"{joined.known} AS {quoted(LABEL_KNOWN)}"
    if joined is not None:
        raw = joined.expression if joined.join else f"r.{quoted(INLINE)}"
        actual, join = (
            actual_sql(joined.type_name, raw, task, log.positive),
            joined.join,
        )
    hidden = ""
    if joined is not None and not joined.join:
        hidden, known = f" EXCLUDE ({quoted(INLINE)})", ""
    losses = losses_sql(
        task,
        has_score=_has_score(session),
        positive=log.positive,
        threshold=log.threshold,
    )
    return (
        f"SELECT *, {next(iter(losses.values()))} AS loss FROM ("
        f"SELECT r.*{hidden}, {actual} AS actual{known and ', ' + known} "
        f"FROM {unlabelled} AS r {join})"
    )


def _own_name(column: Column) -> str:
    if column.name.lower() in RESERVED:
        return f"{column.name} (column)"
    return column.name


def _flag_name(column: Column) -> str:
    return f"{column.name} (unreadable)"


def _known_as(column: Column) -> str:
    """Give the name a profile has the column under."""
    return _own_name(column) if column.name.lower() in OUTPUTS else column.name


def _described(roles: Roles) -> _Described:
    renamed = {
        column.name: _own_name(column)
        for column in roles.profiled
        if _own_name(column) != _known_as(column)
    }

    def named(columns: Iterable[Column], kind: Kind | None = None) -> tuple[str, ...]:
        return tuple(_known_as(c) for c in columns if kind in {None, c.kind})

    return {
        "numeric": named(roles.profiled, Kind.NUMERIC),
        "text": named(roles.profiled, Kind.TEXT),
        "features": named(roles.features),
        "segments": named(roles.segments),
        "extra": named(roles.extra),
        "renamed": renamed,
        "whole": frozenset(
            _known_as(c) for c in roles.profiled if _WHOLE.fullmatch(c.type_name)
        ),
        "failing": {_known_as(c): _flag_name(c) for c in roles.profiled if c.can_fail},
    }
