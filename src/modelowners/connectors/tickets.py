"""Ticket exports: CSV, gzipped or not, and Parquet, read row by row."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from modelowners.catalog.documents import read_document
from modelowners.catalog.problems import Problem
from modelowners.core.errors import InputError
from modelowners.measurement.ports import Cell, TicketTable
from modelowners.measurement.ticketmap import TicketMap, read_map

PARQUET = b"PAR1"
GZIP = b"\x1f\x8b"
DELIMITERS = ",;\t|"
_BLOCK = 1 << 20


class BadExport(InputError):
    """Cannot read {place}: {why}. Expected CSV (UTF-8), CSV.gz or Parquet."""


class BadForm(InputError):
    """Cannot read the map {place}: {why}."""


class CsvTable:
    """
    A CSV file with a header line, gzipped or not; fills `TicketTable`.

    Parameters
    ----------
    place : Path
        UTF-8; separated by comma, semicolon, tab or bar, whichever its header has.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        with _told(place), _text(place) as file:
            header = file.readline()
            self._delimiter = max(DELIMITERS, key=header.count)
            names = next(csv.reader([header], delimiter=self._delimiter), [])
        self.columns: Sequence[str] = _checked(place, [name.strip() for name in names])
        self.digest = _digest(place)

    def rows(self) -> Iterator[Sequence[Cell]]:
        """Give each row as text; lines without any cell are passed over."""
        with _told(self._place), _text(self._place) as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            next(reader)
            yield from (row for row in reader if row)


class ParquetTable:
    """
    A Parquet file; fills `TicketTable`.

    Parameters
    ----------
    place : Path
        Columns of times are given as times, all else as text.
    """

    def __init__(self, place: Path) -> None:
        # The engine is heavy, and only this format needs it.
        from modelowners.observations.engines.duckdb.exports import (  # noqa: PLC0415
            Export,
        )

        self._export = Export(place)
        self.columns: Sequence[str] = _checked(place, self._export.columns)
        self.digest = _digest(place)

    def rows(self) -> Iterator[Sequence[Cell]]:
        """Give each row."""
        yield from self._export.rows()


def open_table(place: Path) -> TicketTable:
    """
    Open an export; its first bytes tell what it is, not its name.

    Parameters
    ----------
    place : Path
        The file.

    Returns
    -------
    TicketTable
        To be read once.

    Raises
    ------
    BadExport
        If it is not there, empty, or has no usable header.
    """
    with _told(place), place.open("rb") as file:
        first = file.read(len(PARQUET))
    if not first:
        raise BadExport(place=place, why="it is empty")
    return ParquetTable(place) if first == PARQUET else CsvTable(place)


def read_form(place: Path) -> TicketMap:
    """
    Read a map of an export.

    Parameters
    ----------
    place : Path
        YAML, as strict as the ownership file.

    Returns
    -------
    TicketMap
        Complete for its shape.

    Raises
    ------
    BadForm
        If it is not there, or no strict YAML.
    """
    problems: list[Problem] = []
    try:
        data = place.read_bytes()
    except OSError as error:
        raise BadForm(place=place, why=error.strerror or error) from None
    node = read_document(data, file=str(place), problems=problems)
    if problems:
        raise BadForm(place=place, why="; ".join(map(str, problems)))
    if node is None:
        raise BadForm(place=place, why="it is empty")
    return read_map(node)


@contextmanager
def _text(place: Path) -> Iterator[TextIO]:
    with place.open("rb") as file:
        zipped = file.read(len(GZIP)) == GZIP
    opened = gzip.open if zipped else open
    with opened(place, "rt", encoding="utf-8-sig", newline="") as file:
        yield file


@contextmanager
def _told(place: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        raise BadExport(place=place, why="it is not UTF-8 text") from None
    except csv.Error as error:
        raise BadExport(place=place, why=str(error)) from None
    except (EOFError, zlib.error):
        raise BadExport(place=place, why="its gzip stream is damaged") from None
    except OSError as error:
        raise BadExport(place=place, why=error.strerror or error) from None


def _checked(place: Path, names: Sequence[str]) -> Sequence[str]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadExport(place=place, why=f'two columns are called "{twice[0]}"')
    if not any(names):
        raise BadExport(place=place, why="its first line names no columns")
    return names


def _digest(place: Path) -> str:
    found = hashlib.sha256()
    with _told(place), place.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return f"sha256:{found.hexdigest()}"
