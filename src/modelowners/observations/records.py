"""Records: profiles as compressed bytes, and back, to the last bit."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import numpy as np

from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow, from_micros, to_micros
from modelowners.observations.profiles import (
    ColumnProfile,
    Counts,
    Edges,
    Floats,
    LossSums,
    NumericProfile,
    OutcomeProfile,
    Partition,
    Profile,
    RowCounts,
    TextProfile,
)

VERSION = 2
"""Of the form of records; profiles of another one are made anew."""

ROWS, OUTCOME = "rows", "outcome"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """
    What is kept of one window: its rows part or its outcome part.

    Parameters
    ----------
    window : TimeWindow
        UTC, half-open.
    part : str
        ``rows`` or ``outcome``.
    fingerprint : str
        Of the files it was made from, and of what was asked.
    edges_version : str
        Of all edges at once.
    known_until : datetime
        UTC; nothing in it became known later, so it also answers any `as_of`
        from then on.
    body : bytes
        Compressed.
    """

    window: TimeWindow
    part: str
    fingerprint: str
    edges_version: str
    known_until: datetime
    body: bytes


def pack_rows(profiles: Sequence[Profile]) -> bytes:
    """
    Pack the profiles of one window, without their outcomes.

    Examples
    --------
    >>> unpack_rows(pack_rows([]))
    ()
    """
    return _pack(
        [
            [
                profile.asset,
                _partition(profile.partition),
                [to_micros(profile.window.start), to_micros(profile.window.end)],
                profile.edges_version,
                _rows(profile.rows),
                {name: _column(column) for name, column in profile.columns.items()},
                dict(profile.versions),
                _array(profile.hours),
                profile.outcome is not None,
            ]
            for profile in profiles
        ]
    )


def unpack_rows(body: bytes) -> tuple[Profile, ...]:
    """Give the profiles; where a log has labels their outcomes are empty."""
    return tuple(
        Profile(
            asset=AssetId(asset),
            partition=_read_partition(partition),
            window=TimeWindow(from_micros(window[0]), from_micros(window[1])),
            edges_version=version,
            rows=_read_rows(rows),
            columns={name: _read_column(column) for name, column in columns.items()},
            versions=versions,
            hours=_read_array(hours, np.int64),
            outcome=OutcomeProfile() if labelled else None,
        )
        for (
            asset,
            partition,
            window,
            version,
            rows,
            columns,
            versions,
            hours,
            labelled,
        ) in _unpack(body)
    )


def pack_outcomes(profiles: Sequence[Profile]) -> bytes:
    """
    Pack the outcomes of one window's profiles, by partition.

    Examples
    --------
    >>> unpack_outcomes(pack_outcomes([]))
    {}
    """
    return _pack(
        [
            [
                _partition(profile.partition),
                outcome.labelled,
                {n: [s.n, s.total, s.squares] for n, s in outcome.losses.items()},
                _array(outcome.score_n),
                _array(outcome.score_actual),
                _array(outcome.score_loss),
            ]
            for profile in profiles
            if (outcome := profile.outcome) is not None
        ]
    )


def unpack_outcomes(body: bytes) -> dict[Partition, OutcomeProfile]:
    """Give the outcomes by partition."""
    return {
        _read_partition(partition): OutcomeProfile(
            labelled=labelled,
            losses={name: LossSums(*sums) for name, sums in losses.items()},
            score_n=_read_array(n, np.int64),
            score_actual=_read_array(actual, np.float64),
            score_loss=_read_array(loss, np.float64),
        )
        for partition, labelled, losses, n, actual, loss in _unpack(body)
    }


def pack_edges(edges: Mapping[str, Edges]) -> bytes:
    """
    Pack the edges of all columns.

    Examples
    --------
    >>> one = Edges(np.array([0.0, 1.0]), "v")
    >>> unpack_edges(pack_edges({"fare": one}))["fare"].values.tolist()
    [0.0, 1.0]
    """
    return _pack({n: [e.version, _array(e.values)] for n, e in edges.items()})


def unpack_edges(body: bytes) -> dict[str, Edges]:
    """Give the edges by column."""
    return {
        name: Edges(_read_array(values, np.float64), version)
        for name, (version, values) in _unpack(body).items()
    }


def pack_value(value: object) -> bytes:
    """
    Pack a plain value, or a dataclass of plain values.

    Examples
    --------
    >>> unpack_value(pack_value(("a", 1)), tuple[str, int])
    ('a', 1)
    """
    return _pack(value)


def unpack_value(body: bytes, kind: type[T]) -> T:
    """Give a plain value of a known type."""
    return msgspec.msgpack.decode(zlib.decompress(body), type=kind)


def _pack(value: object) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(value), 1)


def _unpack(body: bytes) -> Any:  # noqa: ANN401 - the form is known to the caller
    return msgspec.msgpack.decode(zlib.decompress(body))


def _array(values: Counts | Floats) -> bytes:
    return values.astype(values.dtype.newbyteorder("<")).tobytes()


def _read_array(body: bytes, kind: type[Any]) -> Any:  # noqa: ANN401 - either array
    stored = np.frombuffer(body, np.dtype(kind).newbyteorder("<"))
    return stored.astype(kind)


def _partition(partition: Partition) -> list[object]:
    return [partition.kind, [list(pair) for pair in partition.where], partition.asset]


def _read_partition(body: list[Any]) -> Partition:
    kind, where, asset = body
    return Partition(kind, tuple((column, value) for column, value in where), asset)


def _rows(rows: RowCounts) -> list[object]:
    times = [None if at is None else to_micros(at) for at in (rows.first, rows.last)]
    return [rows.read, rows.kept, dict(rows.dropped), rows.weight, *times]


def _read_rows(body: list[Any]) -> RowCounts:
    read, kept, dropped, weight, first, last = body
    return RowCounts(
        read=read,
        kept=kept,
        dropped=dropped,
        weight=weight,
        first=None if first is None else from_micros(first),
        last=None if last is None else from_micros(last),
    )


_NUMERIC = (
    "n",
    "nulls",
    "nans",
    "infinite",
    "failed",
    "minimum",
    "maximum",
    "mean",
    "m2",
    "zeros",
    "negatives",
    "whole",
    "distinct",
)
_TEXT = (
    "n",
    "nulls",
    "empty",
    "distinct",
    "values",
    "other_rows",
    "other_values",
    "shortest",
    "longest",
    "blank",
    "upper",
    "lower",
    "digits",
)


def _column(column: ColumnProfile) -> list[object]:
    if isinstance(column, NumericProfile):
        return [_array(column.counts), *(getattr(column, name) for name in _NUMERIC)]
    return [None, *(getattr(column, name) for name in _TEXT)]


def _read_column(body: list[Any]) -> ColumnProfile:
    counts, *figures = body
    if counts is None:
        return TextProfile(**dict(zip(_TEXT, figures, strict=True)))
    return NumericProfile(
        counts=_read_array(counts, np.int64),
        **dict(zip(_NUMERIC, figures, strict=True)),
    )
