"""A model's page: who answers, what is claimed and true, and how it went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from modelowners.app.card import Claim
from modelowners.app.charts.distribution import draw_distribution
from modelowners.app.charts.drawing import Figure, Table
from modelowners.app.charts.lineage import LineageChart, Node, draw_lineage
from modelowners.app.charts.metric import Band, Mark, MetricChart, draw_metric
from modelowners.app.charts.strips import Strip, StripChart, draw_strips
from modelowners.app.phrases import (
    clean,
    say_figure,
    say_instant,
    say_metric,
    say_segment,
    say_share,
    say_window,
    short,
)
from modelowners.app.report import NARROW, Pictures
from modelowners.app.views.changes import ChangeLine, list_change
from modelowners.app.views.incidents import IncidentLine, list_lines
from modelowners.app.views.moments import Moment, moment
from modelowners.app.views.reading import Reading
from modelowners.app.views.readings import Question, Readings
from modelowners.app.views.standing import (
    BLIND,
    UNOBSERVED,
    WELL,
    Standing,
    of_model,
)
from modelowners.catalog import resolve
from modelowners.catalog.owners import Duty, Ownership
from modelowners.core.ids import AssetId
from modelowners.core.time import DAY, TimeWindow
from modelowners.incidents.incident import UNRESOLVED, Incident
from modelowners.ledger.changes import Change, ChangeKind

if TYPE_CHECKING:
    from modelowners.app.wiring import Program

RECENT = 91 * DAY
MAX_CHANGES = 30
MAX_SLICES = 8
MAX_INCIDENTS = 10
DISTRIBUTIONS = 4
LOUD = 0.1
"""Least distance at which a column counts as moved, 0 to 1."""
VERDICTS = {"pass": ("holds", "●"), "fail": ("broken", "▲")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Who has a role: its name, the person, until when, and why it is them."""

    name: str
    person: str
    until: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """A claim beside its verdict: a word and a shape, and since when."""

    name: str
    where: str
    expected: str
    found: str
    verdict: str
    shape: str
    since: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage:
    """
    What a model's page shows; all text.

    Parameters
    ----------
    name, id : str
        Its name and its id.
    standing : Standing
        How it is.
    sentence : str
        How it is, in words.
    roles : tuple of Role
        Who answers.
    escalation : Table or None
        Who is asked after whom.
    owner, declared : str
        Whose it is, and where that is written.
    claims : tuple of ClaimLine
        Broken ones first.
    claims_silent : str
        Why there is none, or why none could be tested.
    metric : Pictures or None
        The metric over time, with changes and incidents.
    drift : Pictures or None
        How far inputs moved over time.
    moved : tuple of Figure
        The columns that moved most, before and after.
    moved_note : str
        What was held against what.
    segments, versions : Table or None
        The metric by segment, and which version served when.
    silent : str
        Why the log tells nothing, where it does not.
    lineage : Pictures or None
        What it is made from and what is made from it.
    incidents : tuple of IncidentLine
        The latest first.
    changes, decisions : tuple of ChangeLine
        Of the model and upstream; why something is as it is.
    runbook : str
        Where it says what to do.
    """

    name: str
    id: str
    standing: Standing
    sentence: str
    roles: tuple[Role, ...]
    escalation: Table | None
    owner: str
    declared: str
    claims: tuple[ClaimLine, ...]
    claims_silent: str
    metric: Pictures | None
    drift: Pictures | None
    moved: tuple[Figure, ...]
    moved_note: str
    segments: Table | None
    versions: Table | None
    silent: str
    lineage: Pictures | None
    incidents: tuple[IncidentLine, ...]
    changes: tuple[ChangeLine, ...]
    decisions: tuple[ChangeLine, ...]
    runbook: str


def show_model(program: Program, readings: Readings, model: AssetId) -> ModelPage:
    """
    Gather what the page of a model shows.

    Parameters
    ----------
    program : Program
        The parts.
    readings : Readings
        What its log says over time.
    model : AssetId
        Which model.
    """
    now, catalog = program.clock.now(), program.catalog
    asset = catalog.asset(model)
    ownership = resolve(catalog, model, now)
    incidents = program.incidents.of(model)
    upstream = {model, *program.lineage.upstream(model)}
    changes = program.ledger.changes(upstream, since=now - RECENT, until=now)
    observed = "predictions" in asset.facets
    reading = readings.read(program, model) if observed else _NO_LOG
    claims = readings.claims(program, model) if observed else ""
    worst = min(
        (i for i in incidents if i.state in UNRESOLVED),
        key=lambda i: of_model(i).order,
        default=None,
    )
    lines = [list_change(change, now) for change in reversed(changes)]
    decided = {ChangeKind.DECISION.value, ChangeKind.NOTE.value}
    return ModelPage(
        name=short(model),
        id=clean(model),
        standing=_standing(worst, reading, observed=observed),
        sentence=_sentence(worst, reading, ownership),
        roles=tuple(_roles(ownership, asset.deputy)),
        escalation=_escalation(ownership),
        owner=clean(ownership.owner.name) if ownership.owner else "",
        declared=clean((ownership.declared or "").removeprefix(f"{catalog.root}/")),
        claims=tuple(_claim(c, now) for c in claims)
        if not isinstance(claims, str)
        else (),
        claims_silent=claims if isinstance(claims, str) else "",
        metric=_metric(reading, incidents, changes),
        drift=_drift(reading, worst),
        moved=tuple(_moved(program, readings, reading)),
        moved_note=_moved_note(reading),
        segments=_segments(reading),
        versions=_versions(reading),
        silent=reading if isinstance(reading, str) else "",
        lineage=_lineage(program, model, worst, now),
        incidents=list_lines(incidents, now)[:MAX_INCIDENTS],
        changes=tuple(c for c in lines if c.kind not in decided)[:MAX_CHANGES],
        decisions=tuple(_decisions(program, model, now)),
        runbook=clean(asset.runbook or ""),
    )


_NO_LOG = "It declares no prediction log. Add `predictions: {source: …}` to its entry."


def _standing(
    worst: Incident | None, reading: Reading | str, *, observed: bool
) -> Standing:
    if worst is not None:
        return of_model(worst)
    if not observed:
        return UNOBSERVED
    return BLIND if isinstance(reading, str) else WELL


def _sentence(
    worst: Incident | None, reading: Reading | str, ownership: Ownership
) -> str:
    person = clean(ownership.responder.person or "")
    asked = f"{person} is asked now" if person else "nobody can be asked now"
    if worst is not None:
        return f"{clean(worst.headline)} Of the model itself, {asked}."
    if isinstance(reading, str):
        return f"{asked[0].upper()}{asked[1:]}; its log tells nothing: {clean(reading)}"
    until = f" up to {say_instant(reading.last)}" if reading.last else ""
    return f"Nothing of it is worse{until}; {asked}."


def _roles(ownership: Ownership, deputy: str | None) -> Iterator[Role]:
    yield _role("Accountable", ownership.accountable)
    yield _role("On call now", ownership.responder)
    if deputy:
        yield Role(name="Deputy", person=clean(deputy), until="", why=())
    if ownership.consult:
        told = ", ".join(map(clean, ownership.consult))
        yield Role(name="Informed", person=told, until="", why=())


def _role(name: str, duty: Duty) -> Role:
    return Role(
        name=name,
        person=clean(duty.person or "nobody"),
        until=say_instant(duty.until) if duty.until else "",
        why=tuple(map(clean, duty.why)),
    )


def _escalation(ownership: Ownership) -> Table | None:
    rows = tuple(
        (
            f"{int(step.after.total_seconds()) // 60} min",
            clean(step.role),
            clean(step.person or "nobody"),
        )
        for step in ownership.escalation
    )
    return Table(("after", "role", "person"), rows) if rows else None


def _claim(claim: Claim, now: datetime) -> ClaimLine:
    verdict, shape = VERDICTS.get(claim.verdict, ("not tested", "○"))
    return ClaimLine(
        name=clean(claim.name),
        where=say_segment(claim.where).removeprefix(" for "),
        expected=clean(claim.expected),
        found=clean(claim.found),
        verdict=verdict,
        shape=shape,
        since=moment(claim.since, now) if claim.since else None,
    )


def _metric(
    reading: Reading | str, incidents: Sequence[Incident], changes: Sequence[Change]
) -> Pictures | None:
    if isinstance(reading, str) or reading.series is None:
        return None
    guilty = {
        cause.get("change_id")
        for incident in incidents
        for cause in [incident.proposed]
    }
    chart = MetricChart(
        series=reading.series,
        reference=reading.plan.reference,
        before=reading.before,
        marks=tuple(
            Mark(c.window.end, f"{c.asset}: {c.what}", c.id in guilty) for c in changes
        ),
        bands=tuple(map(_band, incidents)),
    )
    return Pictures(draw_metric(chart), draw_metric(chart, width=NARROW, height=220.0))


def _band(incident: Incident) -> Band:
    times = incident.times
    began = times.began.at if times.began else times.detected
    end = times.resolved if incident.state not in UNRESOLVED else None
    return Band(began, end, incident.id)


def _drift(reading: Reading | str, worst: Incident | None) -> Pictures | None:
    if isinstance(reading, str) or not reading.traces:
        return None
    began = worst.times.began if worst else None
    chart = StripChart(
        spans=reading.traces[0].spans,
        strips=tuple(Strip(t.column, t.distances) for t in reading.traces),
        reference=reading.plan.reference,
        onset=began.at if began else None,
    )
    return Pictures(draw_strips(chart), draw_strips(chart, width=NARROW))


def _moved(
    program: Program, readings: Readings, reading: Reading | str
) -> Iterator[Figure]:
    if isinstance(reading, str):
        return
    loud = [drift for drift in reading.moved if drift.distance >= LOUD]
    for drift in loud[:DISTRIBUTIONS]:
        contrast = readings.contrast(
            program,
            Question(
                model=reading.model,
                column=drift.column,
                before=reading.plan.reference,
                after=reading.plan.test,
            ),
        )
        if contrast is not None:
            yield draw_distribution(contrast, width=NARROW)


def _moved_note(reading: Reading | str) -> str:
    if isinstance(reading, str):
        return ""
    before, after = reading.plan.reference, reading.plan.test
    return f"{say_window(after)} against {say_window(before)}"


def _segments(reading: Reading | str) -> Table | None:
    if isinstance(reading, str) or not reading.slices or reading.series is None:
        return None
    metric = say_metric(reading.series.metric)
    rows = tuple(
        (clean(s.where), say_figure(s.before), say_figure(s.after), f"{s.rows:,}")
        for s in reading.slices[:MAX_SLICES]
    )
    return Table(("rows with", f"{metric} before", "now", "labelled rows"), rows)


def _versions(reading: Reading | str) -> Table | None:
    if isinstance(reading, str) or not reading.versions:
        return None
    total = sum(version.rows for version in reading.versions)
    rows = tuple(
        (
            clean(v.version),
            say_window(TimeWindow(v.first, v.last)),
            f"{v.rows:,}",
            say_share(v.rows / total),
        )
        for v in reversed(reading.versions)
    )
    return Table(("version", "served", "rows", "of all"), rows)


def _lineage(
    program: Program, model: AssetId, worst: Incident | None, now: datetime
) -> Pictures | None:
    lineage = program.lineage
    layers = {model: 0}
    layers |= {asset: -steps for asset, steps in lineage.upstream(model).items()}
    layers |= lineage.downstream(model)
    if len(layers) == 1:
        return None
    guilty = worst.proposed.get("asset") if worst else None
    nodes = []
    for asset, layer in layers.items():
        owner = resolve(program.catalog, asset, now).owner
        nodes.append(
            Node(asset, clean(owner.name) if owner else "", layer, asset == guilty)
        )
    edges = tuple(
        (need, asset)
        for asset in layers
        for need in lineage.needs.get(asset, ())
        if need in layers
    )
    chart = LineageChart(nodes=tuple(nodes), edges=edges)
    return Pictures(draw_lineage(chart), draw_lineage(chart, narrow=True))


def _decisions(program: Program, model: AssetId, now: datetime) -> Iterator[ChangeLine]:
    for change in reversed(program.ledger.changes({model}, until=now)):
        if change.kind in {ChangeKind.DECISION, ChangeKind.NOTE}:
            yield list_change(change, now)
