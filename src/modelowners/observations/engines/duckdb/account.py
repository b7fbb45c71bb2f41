"""Accounts of a log: every row with its fate, every column with its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow, from_micros
from modelowners.observations.accounts import Account, Dropped, Extreme
from modelowners.observations.engines.duckdb.canonical import Canonical, prepare
from modelowners.observations.engines.duckdb.columns import Kind, kind_of
from modelowners.observations.engines.duckdb.connection import double, quoted
from modelowners.observations.engines.duckdb.edges import finite_sql
from modelowners.observations.engines.duckdb.grouping import Grouping
from modelowners.observations.engines.duckdb.parts import claim_partition, claims_of
from modelowners.observations.engines.duckdb.roles import Roles
from modelowners.observations.engines.duckdb.rows import EVER
from modelowners.observations.engines.duckdb.scan import held, scan_columns
from modelowners.observations.engines.duckdb.session import Session
from modelowners.observations.engines.duckdb.shape import describe
from modelowners.observations.engines.duckdb.sources import relation_sql
from modelowners.observations.engines.duckdb.times import zoned_sql
from modelowners.observations.profiles import ColumnProfile, NumericProfile

EXTREME = 20
"""Ranges of the middle 99.9 % beyond which a value is named."""

_TAIL = 0.0005
_SAMPLE = 200_000
_EXACT = 2**53


def account(
    session: Session, window: TimeWindow | None, *, as_of: datetime | None = None
) -> Account:
    """
    Say how every row of a log fared, and what its columns turned out to be.

    Parameters
    ----------
    session : Session
        The opened log.
    window : TimeWindow or None
        UTC, half-open; None: all rows, those without a time too.
    as_of : datetime, optional
        Only what was known then.

    Returns
    -------
    Account
        With `read = kept + dropped`.
    """
    canonical = prepare(session, window or EVER, as_of=as_of)
    roles, log = session.roles, session.log
    dropped = _dropped(session, canonical)
    kept, weight, first, last, versioned, labelled, *claimed = _kept(session, canonical)
    columns = _columns(session, canonical)
    claims, due = _by_asset(session, claimed), _instant(last)
    return Account(
        asset=log.asset,
        shape=describe(session),
        task=session.task,
        task_declared=log.task is not None,
        read=kept + sum(one.rows for one in dropped.values()),
        kept=kept,
        dropped=dropped,
        differing_duplicates=_differing(session, canonical, dropped),
        first=_instant(first),
        last=_instant(last),
        versioned=versioned,
        labelled=labelled,
        has_labels=canonical.has_labels,
        has_version=canonical.has_version,
        labels_due=due + log.labels.delay if due and log.labels else None,
        weight=weight or 0.0,
        features=canonical.features,
        missing=roles.missing,
        extra=canonical.extra,
        skipped=tuple(column.name for column in roles.skipped),
        uncounted=roles.uncounted,
        type_differs=_type_differs(session, roles),
        claims=claims,
        unclaimed=kept - sum(claims.values()) if claims else 0,
        zone_note=_zone_note(session),
        columns=columns,
        extremes=_extremes(session, canonical, columns),
        inexact=tuple(
            column.name
            for column in roles.profiled
            if kind_of(column.type_name) is Kind.NUMERIC
            and column.type_name.endswith(("BIGINT", "HUGEINT"))
            and _beyond(columns.get(column.name))
        ),
    )


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _beyond(profile: ColumnProfile | None) -> bool:
    return isinstance(profile, NumericProfile) and (
        profile.maximum > _EXACT or profile.minimum < -_EXACT
    )


def _dropped(session: Session, canonical: Canonical) -> dict[str, Dropped]:
    rows = session.connection.execute(
        "SELECT reason, count(*), min({'file': file, 'line': line}) "
        f"FROM {canonical.all_rows} WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {
        reason: Dropped(
            count, canonical.source.files[place["file"]].name, place["line"]
        )
        for reason, count, place in rows
    }


def _kept(session: Session, canonical: Canonical) -> Sequence[int]:
    claims = "".join(
        f", coalesce(count_if({canonical.where(claim_partition(claim))}), 0)"
        for claim in claims_of(session)
    )
    row = session.connection.execute(
        "SELECT count(*), fsum(weight), epoch_us(min(ts)), epoch_us(max(ts)), "
        f"count(version), count(actual){claims} FROM {canonical.name}"
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always gives a row
    return row


def _by_asset(session: Session, counts: Sequence[int]) -> dict[AssetId, int]:
    found: dict[AssetId, int] = {}
    for claim, count in zip(claims_of(session), counts, strict=True):
        found[claim.asset] = found.get(claim.asset, 0) + count
    return found


def _differing(
    session: Session, canonical: Canonical, dropped: Mapping[str, Dropped]
) -> int:
    """Count duplicates that do not say what the kept row of their id says."""
    if "duplicate" not in dropped or "prediction_id" not in session.roles.canonical:
        return 0
    found = session.connection.execute(
        f"SELECT count_if(NOT same) FROM {canonical.rejected} "
        "WHERE reason = 'duplicate'"
    ).fetchone()
    return int(found[0] or 0) if found else 0


def _type_differs(session: Session, roles: Roles) -> dict[str, tuple[str, str]]:
    differing = {
        name: (how, session.source.targets.get(name, session.source.types[name]))
        for name, how in session.source.differing.items()
        if " in " in how and not how.startswith("missing")
    }
    declared = session.log.feature_types
    for column in roles.profiled:
        found = session.source.targets.get(column.name, column.type_name)
        wanted = declared.get(column.name)
        if wanted and column.target != found:
            differing[column.name] = (found, wanted)
    return differing


def _zone_note(session: Session) -> str:
    """Say how times without a zone were read."""
    column, zone = session.roles.ts, session.log.timezone
    if column.type_name == "TIMESTAMP WITH TIME ZONE":
        return ""
    if column.type_name.startswith(("TIMESTAMP", "DATE")):
        return f"times have no zone and were read as {zone}"
    if column.type_name != "VARCHAR":
        return "times are numbers and were read as time since 1970 UTC"
    name = quoted(column.name)
    zoned, filled = session.connection.execute(
        f"SELECT count_if({zoned_sql(column)}), count({name}) "
        f"FROM {relation_sql(session.connection, session.source, [column.name])}"
    ).fetchone() or (0, 0)
    if zoned == filled:
        return ""
    if not zoned:
        return f"times have no zone and were read as {zone}"
    return (
        f"{filled - zoned:,} of {filled:,} times have no zone and were read as {zone}; "
        "the others name theirs"
    )


def _columns(session: Session, canonical: Canonical) -> dict[str, ColumnProfile]:
    with held(session, canonical) as rows:
        found = scan_columns(session, rows, grouping=Grouping(grain=None), edges={})
        return {name: column for _, name, column in found}


def _extremes(
    session: Session, canonical: Canonical, columns: Mapping[str, ColumnProfile]
) -> tuple[Extreme, ...]:
    """Name the value of each column that lies absurdly far from all others."""
    bounds = _usual(session, canonical, columns)
    found: list[Extreme] = []
    for name, (low, high) in bounds.items():
        profile = columns[name]
        assert isinstance(profile, NumericProfile)  # noqa: S101 - `_usual` saw to it
        reach = EXTREME * (high - low)
        above, below = profile.maximum - high, low - profile.minimum
        if high <= low or max(above, below) <= reach:
            continue
        value = profile.maximum if above >= below else profile.minimum
        row = session.connection.execute(
            f"SELECT prediction_id, epoch_us(ts) FROM {canonical.unlabelled} "
            f"WHERE {canonical.ref(name)} = {double(value)} ORDER BY ALL LIMIT 1"
        ).fetchone()
        if row is not None:
            found.append(
                Extreme(
                    column=name,
                    value=value,
                    low=low,
                    high=high,
                    prediction_id=row[0],
                    ts=from_micros(row[1]),
                )
            )
    return tuple(found)


def _usual(
    session: Session, canonical: Canonical, columns: Mapping[str, ColumnProfile]
) -> dict[str, tuple[float, float]]:
    """Give the range of the middle 99.9 % of each numeric column, from a sample."""
    names = [
        name
        for name, profile in columns.items()
        if isinstance(profile, NumericProfile)
        and profile.n
        and name not in session.log.private
    ]
    if not names:
        return {}
    rows = max(columns[name].rows for name in names)
    every = -(-rows // _SAMPLE)
    figures = ", ".join(
        f"quantile_disc({finite_sql(canonical.ref(name))}, [{_TAIL}, {1 - _TAIL}])"
        for name in names
    )
    found = session.connection.execute(
        f"SELECT {figures} FROM {canonical.unlabelled} "
        f"WHERE hash(prediction_id) % {every} = 0"
    ).fetchone()
    pairs = zip(names, found or (), strict=False)
    return {name: (pair[0], pair[1]) for name, pair in pairs if pair is not None}
