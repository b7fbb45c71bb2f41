"""A session: one connection to one log's files, and what they turned out to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from modelowners.core.errors import InputError
from modelowners.observations.engines.duckdb.columns import Kind, as_label, kind_of
from modelowners.observations.engines.duckdb.connection import connect, quoted
from modelowners.observations.engines.duckdb.outcomes import positive_sql, score_sql
from modelowners.observations.engines.duckdb.roles import Roles, assign, require
from modelowners.observations.engines.duckdb.sources import (
    LogFile,
    Source,
    find_files,
    read_source,
    relation_sql,
)
from modelowners.observations.logs import PredictionLog, Task

if TYPE_CHECKING:
    import duckdb

_TWO, _MANY_CLASSES = 2, 50
_NEGATIVES = frozenset({"0", "false", "no", "n", "f", "-1", "negative"})


class NothingReadable(InputError):
    """
    {place}None of the {count} files can be read; the first is {file}: {why}.

    Deliver them again, or correct `source:`.
    """


class NoPositive(InputError):
    """
    {place}{asset}: no label is "{positive}"; labels found: {found}.

    Say which one counts as positive: `positive: …` under `predictions:`.
    """


@dataclass(slots=True)
class Session:
    """
    One log, opened: its connection, files and roles.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Can read these files only.
    log : PredictionLog
        The declaration.
    source : Source
        The log's files.
    truth : Source or None
        The label files, where labels come from a second source.
    roles : Roles
        Which column is what.
    told : Task or None
        What the model predicts, once it is known.
    now : datetime or None
        What counts as the future.
    """

    connection: duckdb.DuckDBPyConnection
    log: PredictionLog
    source: Source
    truth: Source | None
    roles: Roles
    told: Task | None = None
    now: datetime | None = None
    made: dict[object, object] = field(default_factory=dict)
    """Views already made, by what was asked."""
    files: tuple[LogFile, ...] = ()
    """All files as they were found, the unreadable and the labels' among them."""

    @property
    def task(self) -> Task:
        """What the model predicts: as declared, else told from the outputs, once."""
        if self.told is None:
            self.told = tell_task(self.connection, self.log, self.source, self.truth)
        return self.told

    def is_current(self) -> bool:
        """Tell whether the log's files are still those that were opened."""
        try:
            return self.files == _all_files(self.log)
        except InputError:
            return False


def _all_files(log: PredictionLog) -> tuple[LogFile, ...]:
    second = log.labels.source if log.labels else None
    label_files = find_files(log.root, [second], place=log.place) if second else ()
    return (*find_files(log.root, log.source, place=log.place), *label_files)


def open_session(
    log: PredictionLog, *, threads: int | None = None, now: datetime | None = None
) -> Session:
    """
    Find a log's files, read their footers and assign roles; read no rows yet.

    Raises
    ------
    NothingReadable
        If no file of the log, or of its labels, can be read.
    """
    files = find_files(log.root, log.source, place=log.place)
    second = log.labels.source if log.labels else None
    label_files = find_files(log.root, [second], place=log.place) if second else ()
    connection = connect(
        [file.path for file in (*files, *label_files)], threads=threads
    )
    source = read_source(connection, files)
    truth = read_source(connection, label_files) if label_files else None
    for part in (source, truth):
        if part is not None and not part.files:
            file, why = next(iter(part.unreadable.items()))
            raise NothingReadable(
                place=f"{log.place} " if log.place else "",
                count=len(part.unreadable),
                file=file,
                why=why,
            )
    roles = assign(log, source)
    return Session(
        connection=connection,
        log=log,
        source=source,
        truth=truth,
        roles=roles,
        told=log.task,
        now=now,
        files=(*files, *label_files),
    )


def tell_task(
    connection: duckdb.DuckDBPyConnection,
    log: PredictionLog,
    source: Source,
    truth: Source | None,
) -> Task:
    """
    Tell what a model predicts from its outputs and labels.

    A score with labels of at most two values, all scores within 0 to 1, is
    binary; any other score is a regression; a predicted label of two values
    is binary, of more multiclass, and a fractional number a regression.

    Examples
    --------
    >>> Task("binary")
    <Task.BINARY: 'binary'>
    """
    roles = assign(log, source)
    relation = relation_sql(connection, source, roles.names)
    labels = _label_values(connection, log, source, truth)
    score, prediction = roles.get("score"), roles.get("prediction")
    if score is not None:
        value = score_sql(score, None, Task.REGRESSION)
        low, high = connection.execute(
            f"SELECT min({value}), max({value}) FROM {relation}"
        ).fetchone() or (None, None)
        if low is None or low < 0 or high > 1:
            return Task.REGRESSION
        if labels is None:
            return Task.BINARY
        return Task.BINARY if labels <= _TWO else Task.REGRESSION
    assert prediction is not None  # noqa: S101 - `assign` requires an output
    name = quoted(prediction.name)
    if kind_of(prediction.type_name) is Kind.NUMERIC:
        distinct, broken = connection.execute(
            f"SELECT count(DISTINCT {name}), "
            f"count(*) FILTER (CAST({name} AS DOUBLE) <> trunc(CAST({name} AS DOUBLE)))"
            f" FROM {relation}"
        ).fetchone() or (0, 0)
        if broken or distinct > _MANY_CLASSES:
            return Task.REGRESSION
    else:
        (distinct,) = connection.execute(
            f"SELECT count(DISTINCT {as_label(prediction)}) FROM {relation}"
        ).fetchone() or (0,)
    several = max(distinct, labels or 0)
    return Task.BINARY if several <= _TWO else Task.MULTICLASS


def _label_values(
    connection: duckdb.DuckDBPyConnection,
    log: PredictionLog,
    source: Source,
    truth: Source | None,
) -> int | None:
    """Count distinct labels; None where there are no labels at all."""
    if log.labels is None:
        return None
    where = truth or source
    spelt = {name.lower(): name for name in where.types}
    name = require(log, spelt, log.labels.actual, "`labels: actual`")
    found = connection.execute(
        f"SELECT count(DISTINCT {quoted(name)}) "
        f"FROM {relation_sql(connection, where, [name])}"
    ).fetchone()
    return int(found[0]) or None if found else None


def check_positive(session: Session) -> None:
    """
    Refuse labels among which the positive one never occurs.

    Raises
    ------
    NoPositive
        If a binary log has labels, none is positive and one is not plainly
        negative (0, false, no …).
    """
    log = session.log
    if session.task is not Task.BINARY or log.labels is None:
        return
    where = session.truth or session.source
    spelt = {name.lower(): name for name in where.types}
    name = require(log, spelt, log.labels.actual, "`labels: actual`")
    hit = positive_sql(where.types[name], quoted(name), log.positive)
    relation = relation_sql(session.connection, where, [name])
    positives, values = session.connection.execute(
        f"SELECT count(*) FILTER ({hit}), "
        f"list_sort(list(DISTINCT CAST({quoted(name)} AS VARCHAR)))[1:6] "
        f"FROM {relation} WHERE {quoted(name)} IS NOT NULL"
    ).fetchone() or (0, [])
    plain = {_plain(value) for value in values or []}
    if not positives and plain - _NEGATIVES:
        raise NoPositive(
            place=f"{log.place} " if log.place else "",
            asset=log.asset,
            positive=log.positive,
            found=", ".join(values),
        )


def _plain(value: str) -> str:
    return value.lower().removesuffix(".0")
