"""
The card: what a model's owner claims, beside what is true of it now.

A claim stands next to the latest verdict on it, so a card cannot go stale
silently; what could not be looked at is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from modelowners.catalog import resolve
from modelowners.catalog.owners import Ownership
from modelowners.core.errors import InputError, ModelownersError
from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId
from modelowners.core.time import TimeWindow
from modelowners.ledger.changes import Change
from modelowners.observations.logs import PredictionLog
from modelowners.observations.questions import LogShape

if TYPE_CHECKING:
    from modelowners.app.wiring import Program

RECENT = timedelta(days=28)
"""How far back changes are listed."""
OVER = frozenset({"resolved", "closed", "merged", "dismissed"})
"""States of an incident in which it is over."""
MAX_CHANGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """
    A declared claim and the latest verdict on it.

    Parameters
    ----------
    name, kind : str
        As declared, and the kind of check.
    verdict : str
        ``pass``, ``fail``, ``skip`` or ``error``.
    expected, found : str
        What was declared and what was seen; `found` says why a test was skipped.
    where : mapping of str to str
        The rows it is about; empty for all.
    since : datetime or None
        UTC; when it first failed, or was last found to hold.
    """

    name: str
    kind: str
    verdict: str
    expected: str
    found: str
    where: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """
    What the log of the last window tells.

    Parameters
    ----------
    window : TimeWindow
        UTC, half-open.
    rows, labelled : int
        Kept rows, and those whose truth is known.
    versions : mapping of str to int
        Rows by model version.
    """

    window: TimeWindow
    rows: int
    labelled: int
    versions: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature and who delivers it; None where nobody declared it."""

    name: str
    asset: AssetId | None
    team: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """An incident that is not over: its id, state, headline and when it began."""

    id: str
    state: str
    headline: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """
    What is known of a model at an instant.

    Parameters
    ----------
    model : AssetId
        Which model.
    at : datetime
        UTC; everything is as known then.
    ownership : Ownership
        Who answers, and why.
    served : Served or None
        None where the log could not be read.
    claims : tuple of Claim
        Broken ones first.
    features : tuple of Feature
        In the order of the log.
    changes : tuple of Change
        Of the model and upstream of it, latest first, at most 10.
    weaknesses : tuple of Evidence
        Bad from the beginning; no alarm.
    incidents : tuple of OpenIncident
        Oldest first.
    not_looked_at : tuple of str
        What could not be asked, and why.
    """

    model: AssetId
    at: datetime
    ownership: Ownership
    served: Served | None = None
    claims: tuple[Claim, ...] = ()
    features: tuple[Feature, ...] = ()
    changes: tuple[Change, ...] = ()
    weaknesses: tuple[Evidence, ...] = ()
    incidents: tuple[OpenIncident, ...] = ()
    not_looked_at: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[Claim, ...]:
        """The claims that do not hold."""
        return tuple(claim for claim in self.claims if claim.verdict == "fail")


T = TypeVar("T")


class Verdict(Protocol):
    """What a check answers; `detection` fills it."""

    @property
    def name(self) -> str:
        """As declared."""
        ...

    @property
    def kind(self) -> str:
        """The kind of check."""
        ...

    @property
    def verdict(self) -> str:
        """``pass``, ``fail``, ``skip`` or ``error``."""
        ...

    @property
    def expected(self) -> str:
        """What was declared."""
        ...

    @property
    def found(self) -> str:
        """What was seen, or why nothing could be."""
        ...

    @property
    def where(self) -> Mapping[str, str]:
        """The rows it is about; empty for all."""
        ...

    @property
    def since(self) -> datetime | None:
        """UTC; since when the verdict stands."""
        ...


Check = Callable[[AssetId, datetime | None], Iterable[Verdict]]
"""Runs a model's declared checks as of an instant."""


def draw_up(
    program: Program,
    model: AssetId,
    *,
    as_of: datetime | None = None,
    check: Check | None = None,
) -> Card:
    """
    Gather what is known of a model.

    A part that cannot be read leaves a reason under `not_looked_at`; the
    others are still there.

    Parameters
    ----------
    program : Program
        Wired for this command.
    model : AssetId
        Which model.
    as_of : datetime or None
        What was known at that UTC instant; None: now.
    check : callable or None
        Runs the declared checks; None leaves the claims untested, which is said.

    Returns
    -------
    Card
        Also for a model without a log or without state.
    """
    gaps: list[str] = []
    at = as_of or program.clock.now()
    log = _try("log", lambda: program.log(model), gaps)
    seen = _Seen() if log is None else _look(program, log, as_of=as_of, gaps=gaps)
    claims = _try("claims", lambda: _claims(program, model, as_of, check), gaps)
    changes = _try("changes", lambda: _changes(program, model, at), gaps)
    incidents = _try("incidents", lambda: _incidents(program, model, at), gaps)
    return Card(
        model=model,
        at=at,
        ownership=resolve(program.catalog, model, at),
        served=seen.served,
        claims=claims or (),
        features=seen.features,
        changes=changes or (),
        weaknesses=seen.weaknesses,
        incidents=incidents or (),
        not_looked_at=tuple(dict.fromkeys(gaps)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What only the log can tell."""

    served: Served | None = None
    features: tuple[Feature, ...] = ()
    weaknesses: tuple[Evidence, ...] = ()


def _look(
    program: Program, log: PredictionLog, *, as_of: datetime | None, gaps: list[str]
) -> _Seen:
    at = as_of or program.clock.now()
    shape = _try("log", lambda: program.engine.describe(log), gaps)
    if shape is None:
        return _Seen()
    weak = _try("weaknesses", lambda: _weaknesses(program, log.asset, as_of), gaps)
    return _Seen(
        served=_try("served", lambda: _served(program, log, shape, as_of), gaps),
        features=_features(program, log, shape, at),
        weaknesses=weak or (),
    )


class Untested(InputError):
    """The checks and claims of {model} were declared, but not run."""


def _claims(
    program: Program, model: AssetId, as_of: datetime | None, check: Check | None
) -> tuple[Claim, ...]:
    if check is None:
        if {"checks", "expect"} & set(program.catalog.asset(model).facets):
            raise Untested(model=model)
        return ()
    return beside(check(model, as_of))


def beside(verdicts: Iterable[Verdict]) -> tuple[Claim, ...]:
    """
    Put claims beside the verdicts on them, broken ones first.

    Parameters
    ----------
    verdicts : iterable of Verdict
        What checks answered.
    """
    claims = [
        Claim(
            name=one.name,
            kind=one.kind,
            verdict=str(one.verdict),
            expected=one.expected,
            found=one.found,
            where=dict(one.where),
            since=one.since,
        )
        for one in verdicts
    ]
    order = {"fail": 0, "error": 1, "skip": 2, "pass": 3}
    return tuple(sorted(claims, key=lambda c: (order.get(c.verdict, 4), c.name)))


def _try(name: str, read: Callable[[], T], gaps: list[str]) -> T | None:
    """Read a part; keep why it could not be read."""
    try:
        return read()
    except ModelownersError as error:
        gaps.append(f"{name}: {error}")
        return None


def _served(
    program: Program, log: PredictionLog, shape: LogShape, as_of: datetime | None
) -> Served | None:
    from modelowners.observations import profile  # noqa: PLC0415 - engine on first use
    from modelowners.observations.windows import complete_windows  # noqa: PLC0415

    windows = complete_windows(log, shape, as_of=as_of)
    known = as_of or shape.last
    delay = log.labels.delay if log.labels else timedelta(0)
    # The last window whose labels are due tells how many of them came.
    due = [w for w in windows if known is None or w.end + delay <= known + log.grain]
    if not due:
        return None
    for found in profile(log, engine=program.engine, windows=due[-1:], as_of=as_of):
        if found.partition.kind == "all":
            return Served(
                window=found.window,
                rows=found.rows.kept,
                labelled=found.outcome.labelled if found.outcome else 0,
                versions=dict(found.versions),
            )
    return None


def _features(
    program: Program, log: PredictionLog, shape: LogShape, at: datetime
) -> tuple[Feature, ...]:
    roles = {*log.columns.values(), *log.segments}
    if log.labels is not None:
        roles |= {log.labels.actual, log.labels.key_column}
    names: Iterable[str] = log.features or (c for c in shape.columns if c not in roles)
    found = []
    for name in names:
        claim = log.claim_for(name)
        asset = claim.asset if claim else None
        owner = resolve(program.catalog, asset, at).owner if asset else None
        found.append(
            Feature(name=name, asset=asset, team=owner.name if owner else None)
        )
    return tuple(found)


def _changes(program: Program, model: AssetId, at: datetime) -> tuple[Change, ...]:
    if not program.has_state():
        return ()
    assets = {model, *program.lineage.upstream(model)}
    found = program.ledger.changes(assets, since=at - RECENT, until=at)
    return tuple(reversed(found))[:MAX_CHANGES]


def _incidents(
    program: Program, model: AssetId, at: datetime
) -> tuple[OpenIncident, ...]:
    if not program.has_state():
        return ()
    return tuple(
        OpenIncident(
            id=incident.id,
            state=incident.state.value,
            headline=incident.headline,
            since=incident.times.detected,
        )
        for incident in program.incidents.of(model)
        if incident.state.value not in OVER and incident.times.detected <= at
    )


def _weaknesses(
    program: Program, model: AssetId, as_of: datetime | None
) -> tuple[Evidence, ...]:
    from modelowners.app.debugging import debug  # noqa: PLC0415 - the whole diagnosis

    return debug(program, model, as_of=as_of).diagnosis.weaknesses
