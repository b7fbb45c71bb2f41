"""`report speed`: timelines gathered from our own log and from imports, measured."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from modelowners.catalog.patterns import Patterns
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, HOUR, format_instant
from modelowners.measurement import read_events, report
from modelowners.measurement.cohorts import CAP, Question
from modelowners.measurement.ownership import Starts, owned_since
from modelowners.measurement.speed import Origin, SpeedReport
from modelowners.measurement.timelines import OURS, Timeline

if TYPE_CHECKING:
    from modelowners.app.repository import Revisions
    from modelowners.app.settings import Settings
    from modelowners.catalog.files import Catalog
    from modelowners.catalog.owners import Ownership
    from modelowners.incidents.repository import Incidents
    from modelowners.measurement.repository import Tickets


class Records(Protocol):
    """What a report is made from; `app.wiring.Program` has it all."""

    @property
    def settings(self) -> Settings:
        """Where the ownership file is."""
        ...

    @property
    def catalog(self) -> Catalog:
        """The ownership file."""
        ...

    @property
    def incidents(self) -> Incidents:
        """Our own log."""
        ...

    @property
    def revisions(self) -> Revisions:
        """Which catalog was in force when."""
        ...

    @property
    def tickets(self) -> Tickets:
        """What was imported."""
        ...

    def has_state(self) -> bool:
        """Tell whether anything is recorded."""
        ...

    def resolve(self, asset: AssetId, at: datetime) -> Ownership:
        """Tell whose an asset is at an instant."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """
    A report and what it was made from, for drawing.

    Parameters
    ----------
    report : SpeedReport
        The figures.
    timelines : tuple of Timeline
        Of every source.
    asked : Question
        Which of them the report is about.
    """

    report: SpeedReport
    timelines: tuple[Timeline, ...]
    asked: Question


def measure(records: Records, asked: Question) -> Measured:
    """
    Measure how fast trouble is found, routed and fixed.

    Parameters
    ----------
    records : Records
        Whose state is read; none is made.
    asked : Question
        Which incidents, and as of when.
    """
    timelines: tuple[Timeline, ...] = ()
    imports: tuple[tuple[str, str], ...] = ()
    starts: Starts = {}
    if records.has_state():
        timelines = (
            *_own(records, asked.as_of),
            *records.tickets.before(asked.as_of),
        )
        imports = records.tickets.imports()
        models = {one.asset for one in timelines if one.source == OURS and one.asset}
        starts = owners_on_record(records.revisions.contents(), sorted(models))
    origin = Origin(
        command=command(asked),
        seed=asked.seed,
        catalog=records.catalog.digest if records.settings.file.is_file() else None,
        imports=tuple(f"{source} {digest}" for source, digest in imports),
    )
    found = report(timelines, asked, origin=origin, starts=starts)
    return Measured(report=found, timelines=timelines, asked=asked)


def command(asked: Question) -> str:
    """
    Write the command that asks the same again.

    Examples
    --------
    >>> from modelowners.core.time import parse_instant
    >>> command(Question(as_of=parse_instant("2026-06-01")))
    'modelowners report speed --as-of 2026-06-01T00:00:00Z --seed 7'
    """
    parts = ["modelowners", "report", "speed", "--as-of", format_instant(asked.as_of)]
    if asked.since is not None:
        parts += ["--since", format_instant(asked.since)]
    for flag, values in (
        ("--team", asked.teams),
        ("--exclude-team", asked.without),
        ("--severity", asked.severities),
    ):
        for value in sorted(values):
            parts += [flag, value]
    if asked.cap != CAP:
        whole = asked.cap % DAY
        parts += ["--cap", f"{asked.cap // HOUR}h" if whole else f"{asked.cap.days}d"]
    return shlex.join([*parts, "--seed", str(asked.seed)])


def owners_on_record(
    contents: Sequence[tuple[datetime, object]], models: Sequence[str]
) -> Starts:
    """
    Tell when each model gained its owner, by the recorded ownership files.

    Parameters
    ----------
    contents : sequence of (datetime, JSON value)
        From when (UTC) each content was in force, oldest first.
    models : sequence of str
        Which.

    Returns
    -------
    mapping of str to datetime or None
        See `ownership.owned_since`.
    """
    history = []
    for since, content in contents:
        owns = content.get("owns") if isinstance(content, Mapping) else None
        entries = owns if isinstance(owns, Mapping) else {}
        patterns = Patterns(map(str, entries))
        owned = {one for one in models if _owner_named(entries, patterns, one)}
        history.append((since, frozenset(owned)))
    return owned_since(history, models)


def _owner_named(entries: Mapping[str, object], patterns: Patterns, model: str) -> bool:
    """Tell whether the nearest key that names an owner names a real one."""
    for key in patterns.matches(AssetId(model)):
        entry = entries[key]
        if isinstance(entry, Mapping) and "owner" in entry:
            return entry["owner"] not in {None, "none"}
    return False


def _own(records: Records, as_of: datetime) -> Iterator[Timeline]:
    """Read our own incidents; who was accountable is looked up once a pair."""
    known: dict[tuple[AssetId, datetime], str | None] = {}

    def owner_at(asset: AssetId, at: datetime) -> str | None:
        if (asset, at) not in known:
            known[asset, at] = _owner(records, asset, at)
        return known[asset, at]

    for incident in records.incidents.within():
        events = records.incidents.history(incident.id)
        found = read_events(events, as_of=as_of, owner_at=owner_at)
        if found is not None:
            yield found


def _owner(records: Records, asset: AssetId, at: datetime) -> str | None:
    """Name the owner of an asset; None where nobody is, or no file says so."""
    if not records.settings.file.is_file():
        return None
    catalog = records.catalog
    if asset not in catalog.ids() and not catalog.covering(asset):
        return None
    owner = records.resolve(asset, at).owner
    return owner.name if owner is not None else None
