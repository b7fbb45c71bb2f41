"""
The story: a diagnosis as one screen of text, written for a tired reader.

A story is a sequence of lines, each with a tone; a face decides what a tone
looks like. Without colour it loses nothing.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from modelowners.app.charts.sparkline import draw_sparkline
from modelowners.app.investigation import Investigation, Series
from modelowners.app.lines import Line, Tone
from modelowners.app.phrases import (
    clean,
    say_between,
    say_figure,
    say_instant,
    say_metric,
    say_segment,
    say_share,
    say_window,
    short,
)
from modelowners.app.sentences import (
    LABELS_QUESTION,
    WORDS,
    ask,
    ask_owner,
    happened,
    headline,
    question,
    surety,
)
from modelowners.core.time import TimeWindow, format_instant
from modelowners.diagnosis.causes import Cause, CauseKind, Symptom
from modelowners.ledger.changes import Change

CHART_WIDTH = 80
MAX_CAUSES = 3
MAX_EVIDENCE = 2
MAX_GAPS = 4
EVIDENCE_LINES = 2
NO_CHANGE = "No recorded change fits the onset."


def tell(investigation: Investigation) -> tuple[Line, ...]:
    """
    Tell what broke, since when, whose it is, why we think so and what to do.

    Parameters
    ----------
    investigation : Investigation
        What `debug` found.

    Returns
    -------
    tuple of Line
        About one screen; a single line where nothing is wrong and everything
        was looked at.
    """
    if investigation.healthy:
        return tuple(_calm(investigation))
    return tuple(
        line
        for part in (
            _opening(investigation),
            _figures(investigation),
            _causes(investigation),
            _loudest(investigation),
            _change(investigation),
            _next(investigation),
            _gaps(investigation),
        )
        for line in part
    )


def deciding_questions(investigation: Investigation) -> tuple[str, ...]:
    """
    Give the two questions whose answers would decide, each with whom to ask.

    Parameters
    ----------
    investigation : Investigation
        One without a named cause; others have nothing left to decide.

    Returns
    -------
    tuple of str
        At most two, those of the best candidates first.
    """
    diagnosis = investigation.diagnosis
    candidates = [c for c in diagnosis.causes if c.kind is not CauseKind.UNKNOWN]
    asked = [f"{question(cause)} {ask(cause)}" for cause in candidates[:2]]
    onset = diagnosis.symptom.onset if diagnosis.symptom else None
    if onset is not None:
        since, whom = say_instant(onset.at), _ask_model_owner(investigation)
        words = WORDS[CauseKind.UNKNOWN].question
        for template in (words, LABELS_QUESTION):
            text = template.format(who=short(diagnosis.model), since=since)
            asked.append(f"{text} {whom}")
    return tuple(asked[:2])


def diff_command(change: Change) -> str:
    """
    Give the command, or the address, that shows what a change did.

    Parameters
    ----------
    change : Change
        A ledger entry.

    Returns
    -------
    str
        Quoted for a shell where it is a command.
    """
    if change.source.connector == "git" and change.commit:
        return f"git show {quote(change.commit[:12])}"
    if change.source.url:
        return clean(change.source.url)
    since = format_instant(change.window.start)
    return f"modelowners changes {quote(change.asset)} --since {since} --json"


def say_change_time(change: Change) -> str:
    """Say when a change happened, or between which two looks."""
    window = change.window
    if window.start == window.end:
        return say_instant(window.start)
    return say_between(window.start, window.end)


def quote(word: str) -> str:
    r"""
    Quote a word for a shell, control characters made visible.

    Examples
    --------
    >>> quote("model:late-arrival"), quote("a'; rm -rf /")
    ('model:late-arrival', '\'a\'"\'"\'; rm -rf /\'')
    """
    return shlex.quote(clean(word))


def _ask_model_owner(investigation: Investigation) -> str:
    model = investigation.diagnosis.model
    answer = investigation.ownership.get(model)
    if answer is None:
        return ask_owner(None, None, asset=model)
    return ask_owner(answer.accountable.person, answer.team, asset=model)


def _calm(investigation: Investigation) -> Iterator[Line]:
    diagnosis = investigation.diagnosis
    said = headline(diagnosis)
    if investigation.interrupted:
        yield Line(f"Stopped before the end; until then {said}")
    else:
        if weak := len(diagnosis.weaknesses):
            noun = "weakness" if weak == 1 else "weaknesses"
            name = quote(short(diagnosis.model))
            said += f" {weak} standing {noun}: modelowners card {name}"
        yield Line(said, Tone.GOOD)
    yield from _gaps(investigation, blank=False)


def _opening(investigation: Investigation) -> Iterator[Line]:
    if investigation.interrupted:
        yield Line("Stopped before the end; this is what was known.", Tone.QUIET)
    yield Line(headline(investigation.diagnosis), Tone.TITLE)
    if investigation.verdict is None:
        yield Line()
        yield Line("Two answers would decide:", Tone.BAD)
        for number, asked in enumerate(deciding_questions(investigation), 1):
            yield Line(f"{number}. {asked}", indent=2, hang=3)


def _figures(investigation: Investigation) -> Iterator[Line]:
    symptom = investigation.diagnosis.symptom
    if symptom is None:
        return
    yield Line()
    yield Line(_figure_line(symptom), indent=2, hang=2)
    if investigation.series is not None and investigation.series.points:
        yield from _chart(investigation.series, symptom)


def _figure_line(symptom: Symptom) -> str:
    low, high = (say_figure(bound) for bound in symptom.ci)
    said = f"{say_metric(symptom.metric)} {say_figure(symptom.before)} → "
    said += f"{say_figure(symptom.after)} ({low} to {high}), {clean(symptom.state)}"
    if symptom.rows:
        said += f" on {symptom.rows:,} rows"
    worst = symptom.segments[0] if symptom.segments else None
    if worst is not None and worst.where:
        rows, after = f"{worst.rows:,}", say_figure(worst.after)
        said += f"; worst{say_segment(worst.where)}: {after} on {rows} rows"
    return f"{said}."


def _chart(series: Series, symptom: Symptom) -> Iterator[Line]:
    points = series.thin(CHART_WIDTH).points
    blocks = draw_sparkline([point.value for point in points])
    yield Line(blocks, Tone.BAD, indent=2, fixed=True)
    at = symptom.onset.at
    began = [i for i, point in enumerate(points) if point.window.start <= at]
    place = began[-1] if began else 0
    mark = f"▲ {say_instant(at)}"
    # The label stands left of the mark where it would run over the edge.
    if place > len(points) // 2 and place >= len(mark) - 1:
        mark, place = f"{say_instant(at)} ▲", place - len(mark) + 1
    yield Line(" " * place + mark, Tone.QUIET, indent=2, fixed=True)
    first, last = points[0].window, points[-1].window
    spanned = say_window(TimeWindow(first.start, last.end))
    # Without labels the series is another figure, such as rows: then it is named.
    name = "" if series.metric == symptom.metric else f"{say_metric(series.metric)}, "
    said = f"{name}{spanned}{say_segment(series.segment)}"
    yield Line(said, Tone.QUIET, indent=2)


def _causes(investigation: Investigation) -> Iterator[Line]:
    causes = investigation.diagnosis.causes[:MAX_CAUSES]
    if not causes:
        return
    yield Line()
    yield Line("Why" if investigation.verdict else "Suspects", Tone.TITLE)
    for cause in causes:
        yield Line(f"{cause.rank}. {cause_line(cause)}", indent=2, hang=3)
        for evidence in cause.evidence[:MAX_EVIDENCE]:
            yield Line(
                f"· {clean(evidence.text)}", indent=5, hang=2, rows=EVIDENCE_LINES
            )


def cause_line(cause: Cause) -> str:
    """Say what a cause did, how sure that is, and how much of the harm it explains."""
    said = f"{happened(cause)} ({surety(cause.probability)}"
    if cause.share is not None:
        said += f"; explains {say_share(cause.share)} of the harm"
    return f"{said})"


def _loudest(investigation: Investigation) -> Iterator[Line]:
    causes = investigation.diagnosis.causes
    against = [a for cause in causes[:MAX_CAUSES] for a in cause.against]
    guilty = {c for cause in causes[:1] for c in (cause.column, *cause.columns)}
    loudest = investigation.drift_ranking[:1]
    said = [
        f"{clean(drift.column)} moved most ({drift.measure} {say_figure(drift.score)})"
        f"{_would_have_asked(drift.team)}."
        for drift in loudest
        if drift.column not in guilty
    ]
    said += [clean(item.text) for item in against[:2]]
    if said:
        yield Line()
        yield Line("Not the cause", Tone.TITLE)
        for statement in said[:2]:
            yield Line(f"· {statement}", indent=2, hang=2, rows=EVIDENCE_LINES)


def _would_have_asked(team: str | None) -> str:
    return f"; drift alone would have asked {clean(team)}" if team else ""


def _change(investigation: Investigation) -> Iterator[Line]:
    cause = investigation.verdict
    change = investigation.change_of(cause) if cause else None
    if cause is None:
        return
    yield Line()
    yield Line("Change", Tone.TITLE)
    if change is None:
        yield Line(NO_CHANGE, Tone.QUIET, indent=2)
        return
    yield Line(change_line(change), indent=2, hang=2, rows=EVIDENCE_LINES)
    yield Line(diff_command(change), Tone.COMMAND, indent=4)


def change_line(change: Change) -> str:
    """Say when, where and what a change was, and in which role somebody made it."""
    who = change.who.person or change.who.raw
    by = f" ({clean(change.who.role)} {clean(who)})" if who else ""
    what = f"{clean(change.asset)}: {clean(change.what)}{by}"
    return f"{say_change_time(change)}, {what}"


def _next(investigation: Investigation) -> Iterator[Line]:
    diagnosis, cause = investigation.diagnosis, investigation.verdict
    model = quote(short(diagnosis.model))
    yield Line()
    yield Line("Next", Tone.TITLE)
    if cause is not None:
        repair = f" To mend: {clean(cause.repair.action)}." if cause.repair else ""
        yield Line(f"{ask(cause)}{repair}", indent=2, hang=2, rows=EVIDENCE_LINES)
        asset, onset = quote(cause.asset), cause.onset
        at = format_instant(onset.at)
        yield Line(f"modelowners who {asset} --at {at}", Tone.COMMAND, indent=4)
    else:
        asset = quote(diagnosis.model)
        symptom = diagnosis.symptom
        onset = symptom.onset if symptom else diagnosis.causes[0].onset
    since = format_instant(onset.low)
    upstream = "" if cause is not None else " --upstream"
    yield Line(
        f"modelowners changes {asset}{upstream} --since {since}",
        Tone.COMMAND,
        indent=4,
    )
    if diagnosis.causes:
        again = f"modelowners debug {model} --at {_argument(diagnosis.window)}"
        yield Line(f"{again} --explain 1", Tone.COMMAND, indent=4)


def _argument(window: TimeWindow) -> str:
    """Write a window as it is typed: dates where they say it all."""
    return str(window).replace("T00:00:00Z", "")


def _gaps(investigation: Investigation, *, blank: bool = True) -> Iterator[Line]:
    gaps = [*investigation.diagnosis.not_looked_at, *investigation.notes]
    if not gaps:
        return
    if blank:
        yield Line()
    yield Line("Not looked at, or good to know", Tone.QUIET)
    for gap in gaps[:MAX_GAPS]:
        yield Line(f"· {clean(gap)}", Tone.QUIET, 2, 2, rows=EVIDENCE_LINES)
    if (more := len(gaps) - MAX_GAPS) and more > 0:
        yield Line(f"· and {more} more: --json lists them", Tone.QUIET, 2, 2)
