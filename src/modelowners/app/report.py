"""The report: an investigation as one self-contained page, without script."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelowners import __version__
from modelowners.app.charts.bars import (
    CHANGED,
    UNDONE,
    Pair,
    Part,
    draw_pairs,
    draw_parts,
    say_plain,
)
from modelowners.app.charts.distribution import draw_distribution
from modelowners.app.charts.drawing import Figure, Table
from modelowners.app.charts.metric import Mark, MetricChart, draw_metric
from modelowners.app.documents import template
from modelowners.app.investigation import Investigation
from modelowners.app.lines import Tone
from modelowners.app.phrases import (
    clean,
    say_between,
    say_figure,
    say_instant,
    say_metric,
    say_segment,
    say_share,
    say_window,
)
from modelowners.app.sentences import ask, happened, headline, surety
from modelowners.app.story import (
    NO_CHANGE,
    deciding_questions,
    diff_command,
    say_change_time,
    tell,
)
from modelowners.core.evidence import Evidence
from modelowners.core.ids import canonical_json
from modelowners.diagnosis.causes import Cause, Symptom
from modelowners.ledger.changes import Change

MAX_CAUSES = 3
MAX_DIFF_LINES = 120
MAX_DIFF_LETTERS = 240
MAX_EVIDENCE = 6
DRAWN = 2
"""Pieces of evidence drawn for each cause."""
NARROW = 328.0
_BLANKS = re.compile("( +)")
REPAIR = "repair"
"""Kind of the evidence that holds the harm against what a repair would leave."""


@dataclass(frozen=True, slots=True)
class State:
    """The page's state as one word, and ``good`` or ``bad``."""

    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the box of key facts."""

    name: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """The same figure for a wide and for a narrow screen."""

    wide: Figure
    narrow: Figure


@dataclass(frozen=True, slots=True)
class Statement:
    """A piece of evidence: sentence, figures as text, and bars where drawn."""

    text: str
    figures: str
    bars: Figure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseView:
    """A cause as the page shows it; all text."""

    rank: int
    named: bool
    happened: str
    kind: str
    asset: str
    level: str
    surety: str
    share: str
    since: str
    evidence: tuple[Statement, ...]
    column: Figure | None
    repair: str
    ask: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a difference; its tone is ``added``, ``removed`` or empty."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """The guilty change as the page shows it; all text."""

    id: str
    what: str
    when: str
    asset: str
    who: str
    why: str
    values: Table | None
    diff: tuple[DiffLine, ...]
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the template may read; nothing else is handed over."""

    version: str
    model: str
    window: str
    title: str
    state: State
    lead: str
    metric: Pictures | None
    segments: Table | None
    questions: tuple[str, ...]
    causes_title: str
    causes: tuple[CauseView, ...]
    shares: Figure | None
    against: tuple[str, ...]
    drift: Table | None
    change: ChangeView | None
    no_change: str
    weaknesses: tuple[str, ...]
    commands: tuple[str, ...]
    facts: tuple[Fact, ...]


def render(investigation: Investigation) -> str:
    """
    Write an investigation as one self-contained HTML page.

    Parameters
    ----------
    investigation : Investigation
        What `debug` found.

    Returns
    -------
    str
        HTML without script and without a reference to anything outside. Every
        text is escaped; the same investigation gives the same bytes.
    """
    return template("report.html").render(page=lay_out(investigation))


def lay_out(investigation: Investigation) -> Page:
    """Choose and word what the page shows."""
    diagnosis, cause = investigation.diagnosis, investigation.verdict
    change = investigation.change_of(cause) if cause else None
    shown = diagnosis.causes[:MAX_CAUSES]
    return Page(
        version=__version__,
        model=clean(diagnosis.model),
        window=say_window(diagnosis.window),
        title=headline(diagnosis),
        state=_state(investigation),
        lead=_lead(investigation),
        metric=_metric(investigation),
        segments=_segments(diagnosis.symptom),
        questions=(
            ()
            if cause is not None or investigation.healthy
            else deciding_questions(investigation)
        ),
        causes_title="Causes" if cause else "Suspects",
        causes=tuple(_cause(investigation, item) for item in shown),
        shares=_shares(shown),
        against=tuple(clean(a.text) for item in shown for a in item.against),
        drift=_drift(investigation),
        change=None if change is None else _change(change),
        no_change=NO_CHANGE if cause and change is None else "",
        weaknesses=tuple(clean(item.text) for item in diagnosis.weaknesses),
        commands=tuple(_commands(investigation)),
        facts=tuple(_facts(investigation)),
    )


def _state(investigation: Investigation) -> State:
    if investigation.interrupted:
        return State("stopped early", "bad")
    if investigation.healthy:
        return State("nothing is worse", "good")
    return State("cause found" if investigation.verdict else "cause unknown", "bad")


def _lead(investigation: Investigation) -> str:
    diagnosis, cause = investigation.diagnosis, investigation.verdict
    if investigation.healthy:
        return f"Held against {say_window(diagnosis.reference.window)}."
    if cause is None:
        return "No suspect reaches even odds; see what would decide."
    said = f"{surety(cause.probability).capitalize()}."
    if cause.share is not None:
        said += f" It explains {say_share(cause.share)} of the harm."
    return said


def _metric(investigation: Investigation) -> Pictures | None:
    series, diagnosis = investigation.series, investigation.diagnosis
    if series is None or not series.points:
        return None
    symptom, cause = diagnosis.symptom, investigation.verdict
    guilty = cause.change_id if cause else None
    marks = tuple(
        Mark(change.window.end, f"{change.asset}: {change.what}", change.id == guilty)
        for change in investigation.changes.values()
    )
    chart = MetricChart(
        series=series,
        reference=diagnosis.reference.window,
        before=symptom.before if symptom and symptom.metric == series.metric else None,
        after=symptom.after if symptom and symptom.metric == series.metric else None,
        onset=symptom.onset if symptom else None,
        marks=marks,
    )
    return Pictures(draw_metric(chart), draw_metric(chart, width=NARROW, height=220.0))


def _segments(symptom: Symptom | None) -> Table | None:
    if symptom is None or not any(segment.where for segment in symptom.segments):
        return None
    rows = tuple(
        (
            say_segment(segment.where).removeprefix(" for ") or "all rows",
            say_figure(segment.before),
            say_figure(segment.after),
            f"{segment.rows:,}",
        )
        for segment in symptom.segments
    )
    name = say_metric(symptom.metric)
    return Table(("where", f"{name} before", f"{name} after", "rows"), rows)


def _cause(investigation: Investigation, cause: Cause) -> CauseView:
    contrast = investigation.contrasts.get(cause.rank)
    return CauseView(
        rank=cause.rank,
        named=cause is investigation.verdict,
        happened=happened(cause),
        kind=cause.kind.value,
        asset=clean(cause.asset),
        level=clean(cause.level),
        surety=surety(cause.probability),
        share="" if cause.share is None else say_share(cause.share),
        since=say_instant(cause.onset.at),
        evidence=tuple(
            _statement(evidence, drawn=place < DRAWN, column=cause.column)
            for place, evidence in enumerate(cause.evidence[:MAX_EVIDENCE])
        ),
        column=draw_distribution(contrast) if contrast else None,
        repair="" if cause.repair is None else clean(cause.repair.action).rstrip("."),
        ask=ask(cause),
        why=tuple(_why(investigation, cause)),
    )


def _why(investigation: Investigation, cause: Cause) -> Iterator[str]:
    yield from (clean(step) for step in cause.owner.why)
    answer = investigation.ownership.get(cause.asset)
    if answer is None:
        return
    if answer.declared:
        yield f"declared at {clean(answer.declared)}"
    if answer.responder.person:
        chain = "; ".join(clean(step) for step in answer.responder.why)
        yield f"on call then: {clean(answer.responder.person)}" + (
            f" ({chain})" if chain else ""
        )


def _statement(evidence: Evidence, *, drawn: bool, column: str | None) -> Statement:
    before, after = evidence.before, evidence.value
    if after is None or not math.isfinite(after):
        return Statement(clean(evidence.text), "", None)
    if before is None or not math.isfinite(before):
        return Statement(clean(evidence.text), f"({say_figure(after)})", None)
    figures = f"({say_figure(before)} → {say_figure(after)})"
    if not drawn or min(before, after) < 0:
        return Statement(clean(evidence.text), figures, None)
    return Statement(clean(evidence.text), "", _bars(evidence, before, after, column))


def _bars(
    evidence: Evidence, before: float, after: float, column: str | None
) -> Figure:
    """Draw two figures: before and after, or the harm as it is and as mended."""
    mended = evidence.kind == REPAIR
    label = "loss" if mended else column or evidence.kind
    return draw_pairs(
        (Pair(label, before, after),),
        title=evidence.text,
        say=say_plain,
        sides=UNDONE if mended else CHANGED,
    )


def _shares(causes: tuple[Cause, ...]) -> Figure | None:
    parts = [
        Part(happened(cause), cause.share)
        for cause in causes
        if cause.share is not None
    ]
    if not parts:
        return None
    return draw_parts(parts, title="How much of the harm each explains", width=NARROW)


def _drift(investigation: Investigation) -> Table | None:
    rows = tuple(
        (
            clean(drift.column),
            f"{clean(drift.measure)} {say_figure(drift.score)}",
            clean(drift.team or drift.asset or "nobody"),
        )
        for drift in investigation.drift_ranking[:5]
    )
    return Table(("column", "moved by", "would have asked"), rows) if rows else None


def _change(change: Change) -> ChangeView:
    who = change.who.person or change.who.raw
    return ChangeView(
        id=change.id,
        what=clean(change.what),
        when=say_change_time(change),
        asset=clean(change.asset),
        who=f"{clean(change.who.role)} {clean(who)}" if who else "",
        why=clean(change.why or ""),
        values=lay_out_values(change.before, change.after),
        diff=tuple(lay_out_diff(change.diff_text or "")),
        command=diff_command(change),
    )


def lay_out_values(
    before: Mapping[str, object], after: Mapping[str, object]
) -> Table | None:
    """Give values before and after as a table; None where there are none."""
    rows = tuple(
        (clean(name), _value(before, name), _value(after, name))
        for name in dict.fromkeys((*before, *after))
    )
    return Table(("what", "before", "after"), rows[:40]) if rows else None


def _value(values: Mapping[str, object], name: str) -> str:
    if name not in values:
        return "(absent)"
    value = values[name]
    told = value if isinstance(value, str) else canonical_json(value).decode()
    told = clean(told)
    return told if len(told) <= MAX_DIFF_LETTERS else f"{told[:MAX_DIFF_LETTERS]}…"


def lay_out_diff(text: str) -> Iterator[DiffLine]:
    """Give a difference line by line, long ones cut."""
    lines = text.splitlines()
    for line in lines[:MAX_DIFF_LINES]:
        tone = ""
        if line.startswith("+") and not line.startswith("+++"):
            tone = "added"
        elif line.startswith("-") and not line.startswith("---"):
            tone = "removed"
        yield DiffLine(_kept(line)[:MAX_DIFF_LETTERS], tone)
    if (more := len(lines) - MAX_DIFF_LINES) > 0:
        yield DiffLine(f"… and {more} more lines", "")


def _kept(line: str) -> str:
    """Clean a line of a difference; its blanks stay where they are."""
    parts = _BLANKS.split(line.expandtabs(4))
    return "".join(part if part.isspace() else clean(part) for part in parts)


def _commands(investigation: Investigation) -> Iterator[str]:
    for line in tell(investigation):
        if line.tone is Tone.COMMAND:
            yield line.text


def _facts(investigation: Investigation) -> Iterator[Fact]:
    diagnosis, cause = investigation.diagnosis, investigation.verdict
    if symptom := diagnosis.symptom:
        yield from _symptom_facts(symptom)
    if cause is not None:
        owner = [clean(name) for name in (cause.owner.person, cause.owner.team) if name]
        yield Fact("Owner of the cause", (" of ".join(owner) or "nobody declared",))
        yield Fact("Where it broke", (f"{clean(cause.asset)}, {clean(cause.level)}",))
    told = tuple(
        f"{clean(n.person)}: {clean(n.role)}" for n in diagnosis.notified_would_be
    )
    if told:
        yield Fact("Would be told", told)
    yield Fact("Looked at", (say_window(diagnosis.window),))
    reference = diagnosis.reference
    yield Fact(
        "Held against", (f"{say_window(reference.window)} ({clean(reference.why)})",)
    )
    if investigation.as_of:
        yield Fact("As known on", (say_instant(investigation.as_of),))
    gaps = tuple(clean(gap) for gap in diagnosis.not_looked_at)
    yield Fact("Not looked at", gaps or ("nothing was left out",))
    if investigation.notes:
        yield Fact("Good to know", tuple(clean(note) for note in investigation.notes))


def _symptom_facts(symptom: Symptom) -> Iterator[Fact]:
    low, high = (say_figure(bound) for bound in symptom.ci)
    figures = f"{say_figure(symptom.before)} → {say_figure(symptom.after)}"
    yield Fact(
        say_metric(symptom.metric).capitalize(),
        (f"{figures} ({low} to {high})",),
    )
    rows = f" on {symptom.rows:,} rows" if symptom.rows else ""
    yield Fact("Harm", (f"{clean(symptom.state)}{rows}",))
    onset = symptom.onset
    yield Fact("Since", (say_instant(onset.at),))
    if onset.low != onset.high:
        surely = say_between(onset.low, onset.high)
        yield Fact("Surely", (surely,))
