"""Exports: the rows of a foreign Parquet file, in its order, as text and times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from modelowners.core.errors import InputError
from modelowners.core.time import from_micros
from modelowners.observations.engines.duckdb.connection import connect, quoted
from modelowners.observations.engines.duckdb.sources import paths_sql

_AT_ONCE = 10_000
_ZONED = "TIMESTAMP WITH TIME ZONE"


class BadParquet(InputError):
    """Cannot read {place} as Parquet: {why}."""


class Export:
    """
    One Parquet file of another tool.

    Parameters
    ----------
    place : Path
        The file; its name is taken literally.

    Raises
    ------
    BadParquet
        If it is damaged.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._connection = connect([str(place)], threads=1)
        self._source = f"read_parquet({paths_sql([str(place)])})"
        found = self._run(f"DESCRIBE SELECT * FROM {self._source}").fetchall()
        self.columns = tuple(str(name) for name, *_ in found)
        self._kinds = tuple(str(kind) for _, kind, *_ in found)

    def rows(self) -> Iterator[Sequence[str | datetime | None]]:
        """
        Give each row.

        Yields
        ------
        sequence of str, datetime or None
            Times as times, without a zone where the file has none; all else as
            text.
        """
        named = zip(self.columns, self._kinds, strict=True)
        wanted = ", ".join(_sql(name, kind) for name, kind in named)
        cursor = self._run(f"SELECT {wanted} FROM {self._source}")
        while rows := cursor.fetchmany(_AT_ONCE):
            for row in rows:
                pairs = zip(row, self._kinds, strict=True)
                yield [_cell(value, kind) for value, kind in pairs]

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql)
        except duckdb.Error as error:
            first = str(error).strip().partition("\n")[0]
            raise BadParquet(place=self._place, why=first) from None


def _is_time(kind: str) -> bool:
    return kind.startswith("TIMESTAMP") or kind == "DATE"


def _sql(name: str, kind: str) -> str:
    if not _is_time(kind):
        return f"CAST({quoted(name)} AS VARCHAR)"
    if kind == _ZONED:
        return f"epoch_us({quoted(name)})"
    return f"epoch_us(CAST({quoted(name)} AS TIMESTAMP))"


def _cell(value: object, kind: str) -> str | datetime | None:
    if value is None or isinstance(value, str):
        return value
    assert isinstance(value, int)  # noqa: S101 - `_sql` asked for microseconds
    at = from_micros(value)
    return at if kind == _ZONED else at.replace(tzinfo=None)
