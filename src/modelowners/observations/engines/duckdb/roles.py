"""Roles: which column of a source is what, as the log's declaration says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modelowners.core.errors import InputError
from modelowners.core.facets import nearest
from modelowners.observations.engines.duckdb.columns import Column, Kind, target_type
from modelowners.observations.engines.duckdb.sources import Source
from modelowners.observations.logs import PredictionLog

MAX_EXTRA = 200
_BY_NAME = (
    "prediction_id",
    "entity_key",
    "ts",
    "logged_at",
    "model_version",
    "prediction",
    "score",
)
"""Canonical names that need no mapping where the source calls them so."""


class MissingColumn(InputError):
    """
    {place}{asset}: the log has no column "{column}" for {role}{nearest}.

    Correct `columns:` or `labels:` under `predictions:`.
    """


class NoTime(InputError):
    """
    {place}{asset}: nothing says when a prediction was made.

    Map it, such as `columns: {{ts: scored_at}}`; columns there: {columns}.
    """


class NoOutput(InputError):
    """
    {place}{asset}: neither `score` nor `prediction` is mapped.

    Map one, such as `columns: {{score: p_churn}}`; columns there: {columns}.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """
    The columns of a source by role.

    Parameters
    ----------
    canonical : mapping of str to Column
        By canonical name, those there are.
    label : mapping of str to Column
        Of labels in the same row: ``actual``, ``ts``, ``logged_at``.
    features, segments, extra, skipped : tuple of Column
        Features, segments (row claims' columns included), columns with no
        role, and nested or binary ones among all those.
    missing : tuple of str
        Declared features and segments that are not there.
    uncounted : int
        Columns with no role beyond the first `MAX_EXTRA` (200).
    """

    canonical: Mapping[str, Column]
    label: Mapping[str, Column] = field(default_factory=dict)
    features: tuple[Column, ...] = ()
    segments: tuple[Column, ...] = ()
    extra: tuple[Column, ...] = ()
    skipped: tuple[Column, ...] = ()
    missing: tuple[str, ...] = ()
    uncounted: int = 0

    def get(self, role: str) -> Column | None:
        """Give the column of a canonical role, if there is one."""
        return self.canonical.get(role)

    @property
    def ts(self) -> Column:
        """The time column."""
        return self.canonical["ts"]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of every column that has a role, each once."""
        columns = (*self.canonical.values(), *self.label.values(), *self.profiled)
        return tuple(dict.fromkeys(column.name for column in columns))

    @property
    def profiled(self) -> tuple[Column, ...]:
        """Features, segments and extra columns, each once."""
        return tuple(dict.fromkeys((*self.features, *self.segments, *self.extra)))


def assign(log: PredictionLog, source: Source) -> Roles:
    """
    Assign every column of a source its role.

    Parameters
    ----------
    log : PredictionLog
        The declaration.
    source : Source
        The columns there are.

    Returns
    -------
    Roles
        With a time and at least one output.

    Raises
    ------
    NoTime
        If no column holds the event time.
    NoOutput
        If no column holds a score or a prediction.
    """
    spelt = {name.lower(): name for name in source.types}
    canonical = _canonical(log, source, spelt)
    columns = ", ".join(list(source.types)[:12]) or "none"
    details = {"place": _place(log), "asset": log.asset, "columns": columns}
    if "ts" not in canonical:
        raise NoTime(**details)
    if "score" not in canonical and "prediction" not in canonical:
        raise NoOutput(**details)
    label = _inline_label(log, source, spelt)
    taken = {column.name for column in (*canonical.values(), *label.values())}
    wanted = [*log.features, *_segment_names(log)]
    missing = [name for name in dict.fromkeys(wanted) if name.lower() not in spelt]
    features = _columns(log, source, (spelt.get(n.lower()) for n in log.features))
    segments = _columns(
        log, source, (spelt.get(n.lower()) for n in _segment_names(log))
    )
    named = taken | {column.name for column in (*features, *segments)}
    rest = _columns(log, source, (name for name in source.types if name not in named))
    fit = [column for column in rest if column.kind is not Kind.SKIPPED]
    extra = tuple(fit[:MAX_EXTRA])
    skipped = [c for c in (*features, *segments, *rest) if c.kind is Kind.SKIPPED]
    features = _fit(features)
    if not log.features:
        # Whoever names no features means every column that has no other role.
        fed = [c for c in (*_fit(segments), *extra) if _begins(c, log.feature_prefix)]
        features, extra = tuple(fed), tuple(c for c in extra if c not in fed)
    return Roles(
        canonical=canonical,
        label=label,
        features=features,
        segments=_fit(segments),
        extra=extra,
        skipped=tuple(dict.fromkeys(skipped)),
        missing=tuple(missing),
        uncounted=len(fit) - len(fit[:MAX_EXTRA]),
    )


def _begins(column: Column, prefix: str) -> bool:
    return column.name.startswith(prefix)


def _fit(columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(column for column in columns if column.kind is not Kind.SKIPPED)


def _segment_names(log: PredictionLog) -> tuple[str, ...]:
    claimed = [name for claim in log.upstream for name in claim.rows]
    return tuple(dict.fromkeys([*log.segments, *claimed]))


def _columns(
    log: PredictionLog, source: Source, names: Iterable[str | None]
) -> tuple[Column, ...]:
    return tuple(
        _column(log, source, name) for name in dict.fromkeys(names) if name is not None
    )


def _column(log: PredictionLog, source: Source, name: str) -> Column:
    stored = source.types[name]
    declared = log.feature_types.get(name)
    target = target_type(source.targets.get(name, stored), declared)
    return Column(name=name, type_name=stored, target=target)


def _canonical(
    log: PredictionLog, source: Source, spelt: Mapping[str, str]
) -> dict[str, Column]:
    mapping = {
        role: spelt[role]
        for role in _BY_NAME
        if role in spelt and spelt[role] not in log.features
    }
    labels = log.labels
    if labels is not None and labels.source is None:
        mapping = {r: n for r, n in mapping.items() if n != labels.actual}
    mapped = {name.lower() for name in log.columns.values()}
    mapping = {r: n for r, n in mapping.items() if n.lower() not in mapped}
    for role, name in log.columns.items():
        mapping[role] = require(log, spelt, name, f"`{role}`")
    return {
        role: Column(name=name, type_name=source.types[name], target=source.types[name])
        for role, name in mapping.items()
    }


def _inline_label(
    log: PredictionLog, source: Source, spelt: Mapping[str, str]
) -> dict[str, Column]:
    labels = log.labels
    if labels is None or labels.source is not None:
        return {}
    wanted = {
        "actual": labels.actual,
        "ts": labels.ts,
        "logged_at": labels.logged_at,
    }
    found = {
        role: require(log, spelt, name, f"`labels: {role}`")
        for role, name in wanted.items()
        if name is not None
    }
    return {
        role: Column(name=name, type_name=source.types[name], target=source.types[name])
        for role, name in found.items()
    }


def require(log: PredictionLog, spelt: Mapping[str, str], name: str, role: str) -> str:
    """
    Give a column's name as the source spells it.

    Raises
    ------
    MissingColumn
        If it is not there.
    """
    if name.lower() not in spelt:
        known = dict.fromkeys(list(spelt.values())[:500])
        raise MissingColumn(
            place=_place(log),
            asset=log.asset,
            column=name,
            role=role,
            nearest=_short(nearest(name, known)),
        )
    return spelt[name.lower()]


def _short(text: str) -> str:
    limit = 200
    return text if len(text) <= limit else text[:limit] + " …"


def _place(log: PredictionLog) -> str:
    return f"{log.place} " if log.place else ""
