"""Relations between columns: which hold in the reference, and how often later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from modelowners.core.time import TimeWindow
from modelowners.observations.engines.duckdb.canonical import Canonical
from modelowners.observations.engines.duckdb.connection import literal
from modelowners.observations.engines.duckdb.identities import (
    HOLDS,
    Codes,
    Sample,
    find_keys,
    find_orders,
    find_products,
)
from modelowners.observations.engines.duckdb.samples import (
    Texts,
    dividing_columns,
    finite,
    has_column,
    sample,
    span,
    window_index,
    within,
)
from modelowners.observations.engines.duckdb.sums import find_sums
from modelowners.observations.logs import Claim, Task
from modelowners.observations.profiles import (
    ALL_ROWS,
    EVERYTHING,
    MAX_SEGMENT_VALUES,
    NULL,
    OTHER,
    Floats,
    Partition,
)
from modelowners.observations.questions import Identity, RelationCounts

if TYPE_CHECKING:
    import duckdb

LABEL = "actual"
"""What an identity calls the truth."""

MAX_IDENTITIES = 30

_SAMPLED = 5_000
_MAX_COLUMNS = 60
_MAX_OF_FORM = {"key": 12, "order": 8}
_LARGE_SHARE = 0.01
_LARGE_ROWS = 200
_FEWEST_ROWS = 200
_KEY, _VALUE = '"(key)"', '"(value)"'  # no column of a log is likely called so
_INSTANTS = 1e14  # microseconds since 1970: sums of them lose their last digits


def identities(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    reference: TimeWindow,
    *,
    claims: Sequence[Claim] = (),
) -> tuple[Identity, ...]:
    """
    Find relations that hold in nearly all reference rows, and in every large part.

    Candidates come from a sample; each is then counted on all rows. The
    model's own outputs take no part: what ties them to their inputs is the model.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the canonical view.
    canonical : Canonical
        The kept rows.
    reference : TimeWindow
        UTC, half-open.
    claims : sequence of Claim
        Whose rows are parts of their own, beside the segments.

    Returns
    -------
    tuple of Identity
        At most 30: sums, products, keys, orders; none where there are fewer
        than 200 rows.
    """
    numbers = _numeric_sample(connection, canonical, reference)
    if len(numbers.values) < _FEWEST_ROWS:
        return ()
    found = _candidates(numbers)
    found += _key_candidates(connection, canonical, reference, numbers)
    held = relation(connection, canonical, found, [reference], claims=claims)
    kept = [
        replace(identity, held=share)
        for identity in found
        if (share := _share_held(identity, held)) is not None
    ]
    return tuple(_capped(kept))


def _numeric_sample(
    connection: duckdb.DuckDBPyConnection, canonical: Canonical, window: TimeWindow
) -> Sample:
    chosen = [c for c in canonical.features if c in canonical.numeric]
    chosen += [c for c in canonical.numeric if c not in chosen]
    # Back in the log's order: of two columns a total comes after its parts.
    taken = set(chosen[:_MAX_COLUMNS]) - {LABEL}
    names = [c for c in canonical.numeric if c in taken]
    with_label = canonical.has_labels and canonical.task is not Task.MULTICLASS
    names += [LABEL] if with_label else []
    columns = {name: finite(_reference(canonical, name)) for name in names}
    rows = sample(
        connection,
        canonical,
        columns or {"": "0.0"},
        where=within(window),
        limit=_SAMPLED,
    )
    values = np.column_stack([np.asarray(rows[name], np.float64) for name in rows])
    return Sample(tuple(names), values, LABEL if with_label else "")


def _reference(canonical: Canonical, column: str) -> str:
    # A feature that is itself called so takes no part in relations.
    return LABEL if column == LABEL else canonical.ref(column)


def _candidates(numbers: Sample) -> list[Identity]:
    if not numbers.names:
        return []
    sizes = np.abs(numbers.values)
    sizes[:, np.isnan(sizes).all(axis=0)] = 0.0  # a column that was never filled
    large = np.nanmedian(sizes, axis=0) > _INSTANTS
    plain = [n for n, skip in zip(numbers.names, large, strict=True) if not skip]
    amounts = replace(numbers, names=tuple(plain), values=numbers.values[:, ~large])
    sums = find_sums(amounts) if plain else ()
    said = [{i.target, *(c for _, c in i.terms)} for i in sums]
    orders = [
        order
        for order in find_orders(numbers)
        # A part is below its total: the sum says so already.
        if not any({order.target, order.terms[0][1]} <= columns for columns in said)
    ]
    return [*sums, *(find_products(amounts) if plain else ()), *orders]


def _key_candidates(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    window: TimeWindow,
    numbers: Sample,
) -> list[Identity]:
    texts = (
        sample(
            connection,
            canonical,
            {name: canonical.ref(name) for name in canonical.text[:_MAX_COLUMNS]},
            where=within(window),
            limit=_SAMPLED,
        )
        if canonical.text
        else {}
    )
    keys = {
        name: _text_codes(np.asarray(values, object)) for name, values in texts.items()
    }
    values = keys | {
        name: _number_codes(numbers.column(name))
        for name in numbers.names
        if name != numbers.label
    }
    return [replace(key, learned=window) for key in find_keys(keys, values)]


def _text_codes(values: Texts) -> Codes:
    seen: dict[object, int] = {None: -1}
    return np.array([seen.setdefault(v, len(seen) - 1) for v in values], np.int64)


def _number_codes(values: Floats) -> Codes:
    _, codes = np.unique(values, return_inverse=True)
    return np.where(np.isfinite(values), codes, -1).astype(np.int64)


def _share_held(identity: Identity, counted: Sequence[RelationCounts]) -> float | None:
    """Give the share of all rows, None where it or a large part's is too low."""
    mine = [c for c in counted if c.identity == identity]
    whole = next(c for c in mine if c.partition == EVERYTHING)
    rows = int(whole.rows.sum())
    if rows < _FEWEST_ROWS:
        return None
    large = max(_LARGE_ROWS, _LARGE_SHARE * rows)
    parts = [c for c in mine if c is whole or c.rows.sum() >= large]
    shares = [float(c.held.sum() / c.rows.sum()) for c in parts]
    return shares[parts.index(whole)] if min(shares) >= HOLDS else None


def _capped(found: Sequence[Identity]) -> Iterator[Identity]:
    rank = {"sum": 0, "product": 1, "key": 2, "order": 3}
    # The label's relations first: what breaks them breaks the model's truth.
    ordered = sorted(found, key=lambda i: (rank[i.form], i.target != LABEL))
    given = dict.fromkeys(rank, 0)
    for identity in ordered:
        if given[identity.form] < _MAX_OF_FORM.get(identity.form, MAX_IDENTITIES):
            given[identity.form] += 1
            if sum(given.values()) <= MAX_IDENTITIES:
                yield identity


def relation(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    candidates: Sequence[Identity],
    windows: Sequence[TimeWindow],
    *,
    claims: Sequence[Claim] = (),
) -> tuple[RelationCounts, ...]:
    """
    Count in how many rows each relation holds, per window and part of the rows.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds the canonical view.
    canonical : Canonical
        The kept rows.
    candidates : sequence of Identity
        Those whose columns the log does not have are left out of the answer.
    windows : sequence of TimeWindow
        UTC, half-open, not overlapping.
    claims : sequence of Claim
        Those about rows are parts of their own.

    Returns
    -------
    tuple of RelationCounts
        Candidates in order; of each all rows first, then segment values by
        name, then claims.
    """
    asked = [i for i in candidates if _answerable(canonical, i)]
    if not asked or not windows:
        return ()
    parts = _parts(connection, canonical, windows, claims)
    maps = _learn(connection, canonical, asked, windows)
    try:
        rows = connection.execute(
            _statement(canonical, asked, windows, parts, maps)
        ).fetchall()
    finally:
        for name in maps.values():
            connection.execute(f"DROP TABLE IF EXISTS {name}")
    return tuple(_collect(rows, asked, windows, parts))


def _answerable(canonical: Canonical, identity: Identity) -> bool:
    columns = [identity.target, *(column for _, column in identity.terms)]
    if identity.form == "key":
        return all(has_column(canonical, c) for c in columns)
    labelled = canonical.has_labels and canonical.task is not Task.MULTICLASS
    return all(c in canonical.numeric or (c == LABEL and labelled) for c in columns)


@dataclass(frozen=True, slots=True)
class _Part:
    """One way to divide the rows: SQL of the part's name, and what it stands for."""

    sql: str
    partitions: Mapping[str, Partition]


def _parts(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    windows: Sequence[TimeWindow],
    claims: Sequence[Claim],
) -> list[_Part]:
    parts = [
        _segment(connection, canonical, segment, windows)
        for segment in dividing_columns(connection, canonical)
    ]
    for claim in claims:
        if claim.rows and all(has_column(canonical, c) for c in claim.rows):
            where = tuple((c, "|".join(v)) for c, v in claim.rows.items())
            partition = Partition("rows", where, str(claim.asset))
            sql = f"CASE WHEN {canonical.where(partition)} THEN 'in' END"
            parts.append(_Part(sql, {"in": partition}))
    return parts


def _segment(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    segment: str,
    windows: Sequence[TimeWindow],
) -> _Part:
    label = canonical.label(segment)
    found = connection.execute(
        f"SELECT {label} FROM {canonical.name} "
        f"WHERE {within(span(windows))} AND {label} IS NOT NULL "
        f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MAX_SEGMENT_VALUES}"
    ).fetchall()
    values = sorted(str(value) for (value,) in found)
    listed = ", ".join(literal(value) for value in values) or "NULL"
    sql = (
        f"CASE WHEN {label} IS NULL THEN {literal(NULL)} "
        f"WHEN {label} IN ({listed}) THEN {label} ELSE {literal(OTHER)} END"
    )
    names = [*values, *(n for n in (NULL, OTHER) if n not in values)]
    return _Part(
        sql, {name: Partition("segment", ((segment, name),)) for name in names}
    )


def _learn(
    connection: duckdb.DuckDBPyConnection,
    canonical: Canonical,
    asked: Sequence[Identity],
    windows: Sequence[TimeWindow],
) -> dict[int, str]:
    """Make a table of each key's commonest value, by position of its identity."""
    maps = {}
    for i, identity in enumerate(asked):
        if identity.form != "key":
            continue
        learned = identity.learned or span(windows)
        key = canonical.label(identity.terms[0][1])
        value = canonical.label(identity.target)
        maps[i] = f"learned_{i}"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {maps[i]} AS "
            f"SELECT {_KEY}, {_VALUE} FROM "
            f"(SELECT {key} AS {_KEY}, {value} AS {_VALUE}, count(*) AS n "
            f"FROM {canonical.name} WHERE {within(learned)} "
            f"AND {key} IS NOT NULL AND {value} IS NOT NULL GROUP BY 1, 2) QUALIFY "
            f"row_number() OVER (PARTITION BY {_KEY} ORDER BY n DESC, {_VALUE}) = 1"
        )
    return maps


def _statement(
    canonical: Canonical,
    asked: Sequence[Identity],
    windows: Sequence[TimeWindow],
    parts: Sequence[_Part],
    maps: Mapping[int, str],
) -> str:
    gaps = ", ".join(f"{_gap(canonical, i, n)} AS g{n}" for n, i in enumerate(asked))
    names = [f"p{n}" for n in range(len(parts))]
    divided = "".join(
        f"{part.sql} AS {name}, " for part, name in zip(parts, names, strict=True)
    )
    joins = "".join(
        f" LEFT JOIN {table} ON {table}.{_KEY} = "
        f"{canonical.label(asked[n].terms[0][1])}"
        for n, table in maps.items()
    )
    sums = ", ".join(
        f"count(g{n}), count(*) FILTER ({_holds(i, n)}), "
        f"fsum(g{n}) FILTER (NOT {_holds(i, n)})"
        for n, i in enumerate(asked)
    )
    sets = ", ".join(["(w)", *(f"(w, {name})" for name in names)])
    which = f"grouping({', '.join(names)})" if names else "0"
    listed = "".join(f"{name}, " for name in names)
    return (
        f"SELECT w, {which}, {listed}{sums} FROM "
        f"(SELECT {window_index(windows)} AS w, {divided}{gaps} "
        f"FROM {canonical.name}{joins} WHERE {within(span(windows))}) "
        f"WHERE w IS NOT NULL GROUP BY GROUPING SETS ({sets})"
    )


def _gap(canonical: Canonical, identity: Identity, position: int) -> str:
    """Give the SQL of target minus right side; null where either is unknown."""
    if identity.form == "key":
        value = canonical.label(identity.target)
        learned = f"learned_{position}.{_VALUE}"
        return (
            f"CASE WHEN {value} = {learned} THEN 0.0 WHEN {value} <> {learned} "
            "THEN 1.0 END"
        )
    columns = [_reference(canonical, column) for _, column in identity.terms]
    if identity.form == "product":
        right = " * ".join(columns)
    else:
        right = " + ".join(
            f"{weight!r} * {column}"
            for (weight, _), column in zip(identity.terms, columns, strict=True)
        )
        right += f" + {identity.constant!r}"
    return finite(f"({_reference(canonical, identity.target)} - ({right}))")


def _holds(identity: Identity, position: int) -> str:
    if identity.form == "order":
        return f"(g{position} <= {identity.tolerance!r})"
    return f"(abs(g{position}) <= {identity.tolerance!r})"


def _collect(
    rows: Sequence[tuple[object, ...]],
    asked: Sequence[Identity],
    windows: Sequence[TimeWindow],
    parts: Sequence[_Part],
) -> Iterator[RelationCounts]:
    whole = 2 ** len(parts) - 1 if parts else 0
    by_partition: dict[Partition, npt.NDArray[np.float64]] = {}
    for w, which, *rest in rows:
        partition = EVERYTHING
        if which != whole:
            # The one bit that is 0 tells by which part the row is grouped.
            at = len(parts) - 1 - (whole ^ int(str(which))).bit_length() + 1
            name = rest[at]
            if name is None:
                continue
            partition = parts[at].partitions[str(name)]
        numbers = [float(str(v)) if v is not None else 0.0 for v in rest[len(parts) :]]
        table = by_partition.setdefault(
            partition, np.zeros((len(windows), len(asked), 3))
        )
        table[int(str(w))] = np.reshape(numbers, (len(asked), 3))
    order = [EVERYTHING, *(p for part in parts for p in part.partitions.values())]
    nothing = np.zeros((len(windows), len(asked), 3))
    for i, identity in enumerate(asked):
        for partition in order:
            table = by_partition.get(partition, nothing)
            if partition not in by_partition and partition.kind != ALL_ROWS:
                continue
            counted, held, gaps = table[:, i].T
            broken = counted - held
            yield RelationCounts(
                identity=identity,
                partition=partition,
                windows=tuple(windows),
                rows=counted.astype(np.int64),
                held=held.astype(np.int64),
                gap=np.divide(gaps, broken, out=np.zeros_like(gaps), where=broken > 0),
            )
