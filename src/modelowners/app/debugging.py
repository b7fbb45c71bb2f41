"""Debugging: gather what a diagnosis needs, ask for it, and keep what shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from modelowners.app.framing import (
    Plan,
    Progress,
    count_labelled,
    frame_of,
    last_end,
    series_of,
)
from modelowners.app.investigation import Drift, Investigation
from modelowners.app.ledger_text import unwatched
from modelowners.catalog.owners import Ownership
from modelowners.core.errors import InputError
from modelowners.core.ids import AssetId, ChangeId
from modelowners.core.time import DAY, TimeWindow, floor_instant
from modelowners.detection.drift import rank_drift
from modelowners.detection.findings import Finding, Harm, HarmState, gather
from modelowners.detection.frames import HISTORY_DAYS, REFERENCE_DAYS, Frame
from modelowners.detection.shifts import Shift, shifts_of
from modelowners.detection.streams import streams_of
from modelowners.diagnosis import Inquiry, Reasoned, diagnose
from modelowners.diagnosis.cases import Case, Site
from modelowners.diagnosis.causes import Diagnosis
from modelowners.diagnosis.inquiries import Focus, silent
from modelowners.diagnosis.symptoms import LOSS_NAMES, losses_in, metric_name
from modelowners.ledger.changes import Change
from modelowners.observations.logs import PRIMARY_LOSS, PredictionLog
from modelowners.observations.profiles import EVERYTHING
from modelowners.observations.questions import Contrast, LogShape

if TYPE_CHECKING:
    from modelowners.catalog.lineage import Lineage
    from modelowners.ledger.repository import Ledger
    from modelowners.observations.ports import Engine

TEST_DAYS = timedelta(days=28)
"""How far back `debug` looks for an onset when no window is given."""


class NothingLogged(InputError):
    """
    No rows of {model} up to {until}: {files} file(s) match {source}.

    Check `predictions.source` ({place}), or name another time with --as-of.
    """


class UnknownMetric(InputError):
    """No metric "{asked}" in this log; it carries: {known}."""


class UnknownSegment(InputError):
    """
    No rows "{asked}" are told apart in this log.

    Declare the column under `segments:`; some that are: {known}.
    """


class TooLittleLogged(InputError):
    """
    The log of {model} has {found} complete windows before {start}.

    At least {needed} are needed to know what is usual. Name a later window with
    --from, or a `reference:` in the entry.
    """


class Bench(Protocol):
    """What debugging needs of the program; `app.wiring.Program` has it."""

    @property
    def engine(self) -> Engine:
        """Reads logs."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Every change."""
        ...

    @property
    def lineage(self) -> Lineage:
        """What is made from what."""
        ...

    def log(self, model: AssetId) -> PredictionLog:
        """Give a model's log."""
        ...

    def resolve(self, asset: AssetId, at: datetime) -> Ownership:
        """Tell whose an asset is at an instant."""
        ...

    def has_state(self) -> bool:
        """Tell whether there is a state database to read."""
        ...


MIN_REFERENCE = 5


def debug(  # noqa: PLR0913 - what may be asked, each by name
    program: Bench,
    model: AssetId,
    *,
    window: TimeWindow | None = None,
    as_of: datetime | None = None,
    focus: Focus | None = None,
    progress: Progress = silent,
) -> Investigation:
    """
    Find what broke a model, and what shows it.

    Parameters
    ----------
    program : Program
        Wired for this command.
    model : AssetId
        Which model.
    window : TimeWindow or None
        Window under test; None: the last 28 days of complete labelled windows.
    as_of : datetime or None
        What was known at that UTC instant; None: all that is there.
    focus : Focus or None
        Which metric, in which rows; None: the task's own, in any.
    progress : callable
        Told a short sentence and the share done, 0 to 1.

    Returns
    -------
    Investigation
        With a symptom of None where nothing is worse and no input is broken.
    """
    log, engine = program.log(model), program.engine
    progress("reading the log's footers", 0.0)
    shape = engine.describe(log)
    plan = plan_windows(log, shape, window=window, as_of=as_of)
    task = engine.task(log)
    frame = frame_of(
        engine,
        log,
        plan,
        as_of=as_of,
        progress=lambda text, done: progress(text, 0.05 + 0.4 * done),
    )
    focus = _checked(focus or Focus(), frame, PRIMARY_LOSS[task])
    loss = focus.loss if log.labels is not None else None
    shifts = shifts_of(frame, streams_of(frame, loss=loss))
    changes, looked = _changes(program, model, as_of)
    inquiry = Inquiry(
        log=log,
        task=task,
        frame=frame,
        shifts=shifts,
        engine=engine,
        resolver=program.resolve,
        upstream=_upstream(program, log),
        changes=changes,
        progress=progress,
        looked_at_ledger=looked,
        focus=focus,
    )
    if shifts:
        span = TimeWindow(plan.windows[0].start, plan.windows[-1].end)
        engine.hold(log, span, as_of=as_of)
    reasoned = diagnose(inquiry)
    progress("done", 1.0)
    return _investigation(program, reasoned, shifts, changes, as_of)


def _checked(focus: Focus, frame: Frame, usual: str) -> Focus:
    """
    Turn what was asked about into what the log can answer.

    Raises
    ------
    UnknownMetric
        If the log carries no such loss.
    UnknownSegment
        If no such rows are told apart.
    """
    losses = losses_in(frame)
    asked = LOSS_NAMES.get(focus.loss or "", focus.loss)
    if asked is not None and asked not in losses:
        known = ", ".join(map(metric_name, losses)) or "none: nothing is labelled"
        raise UnknownMetric(asked=focus.loss, known=known)
    # A log without scores carries another loss than its task's own.
    chosen = asked or (usual if usual in losses or not losses else losses[0])
    if focus.segment:
        parts = [p for p in frame.profiles if dict(p.where) == dict(focus.segment)]
        if not parts:
            some = [str(p) for p in sorted(frame.profiles) if p != EVERYTHING][:10]
            where = " and ".join(f"{c}={v}" for c, v in focus.segment.items())
            raise UnknownSegment(asked=where, known=", ".join(some) or "none")
    return Focus(loss=chosen, segment=focus.segment)


def plan_windows(
    log: PredictionLog,
    shape: LogShape,
    *,
    window: TimeWindow | None,
    as_of: datetime | None,
) -> Plan:
    """
    Choose the windows to look at.

    Parameters
    ----------
    log : PredictionLog
        With its grain, label delay and declared reference.
    shape : LogShape
        With its first and last row.
    window : TimeWindow or None
        As asked.
    as_of : datetime or None
        What was known then, UTC.

    Returns
    -------
    Plan
        History of up to 91 days before the test, which is 28 days at most
        unless it was asked for.

    Raises
    ------
    NothingLogged
        If no row lies before the end.
    TooLittleLogged
        If fewer than 5 windows come before the test.
    """
    if shape.first is None or shape.last is None or (as_of and as_of <= shape.first):
        raise NothingLogged(
            model=log.asset,
            until=f"{as_of:%Y-%m-%d %H:%M} UTC" if as_of else "now",
            files=len(shape.files),
            source=", ".join(log.source),
            place=log.place,
        )
    grain = log.grain
    end = last_end(shape.last, grain)
    if as_of is not None:
        end = min(end, floor_instant(as_of, grain))
    if window is not None:
        end = min(end, floor_instant(window.end + grain - _TICK, grain))
    first = floor_instant(shape.first, grain)
    start = max(
        floor_instant(window.start, grain) if window else end - TEST_DAYS, first
    )
    if window is None:
        # A young log: a third of it is test, the rest is what is usual.
        start = (
            max(start, floor_instant(first + (end - first) * (2 / 3), grain))
            if (start - first < REFERENCE_DAYS / 2)
            else start
        )
    reference, why = _reference(log, start, first)
    begin = max(min(start - HISTORY_DAYS, reference.start), first)
    windows = TimeWindow(begin, max(end, begin + grain)).split(grain)
    before = sum(1 for w in windows if w.start in reference)
    if before < MIN_REFERENCE or end <= start:
        raise TooLittleLogged(
            model=log.asset,
            found=before,
            start=f"{start:%Y-%m-%d}",
            needed=MIN_REFERENCE,
        )
    known = as_of if as_of is not None else shape.last + grain
    return Plan(
        windows=windows,
        reference=reference,
        test=TimeWindow(start, end),
        why=why,
        labelled_until=count_labelled(log, windows, known),
    )


_TICK = timedelta(microseconds=1)


def _reference(
    log: PredictionLog, start: datetime, first: datetime
) -> tuple[TimeWindow, str]:
    if log.reference is not None:
        return log.reference, "declared"
    days = REFERENCE_DAYS
    return (
        TimeWindow(max(start - days, first), start),
        f"the {days.days} days before the window",
    )


def _upstream(
    program: Bench, log: PredictionLog
) -> Mapping[AssetId, Mapping[AssetId, int]]:
    """Give what lies upstream of the model and of each asset there, with steps."""
    lineage = program.lineage
    assets = [log.asset, *lineage.upstream(log.asset)]
    return {asset: {asset: 0, **lineage.upstream(asset)} for asset in assets}


def _changes(
    program: Bench, model: AssetId, as_of: datetime | None
) -> tuple[tuple[Change, ...], bool]:
    """Give the changes of a model and upstream of it, and whether anyone looked."""
    if not program.has_state():
        return (), False
    assets = {model, *program.lineage.upstream(model)}
    found = program.ledger.changes(assets, until=as_of)
    if as_of is not None:
        found = tuple(c for c in found if c.window.start <= as_of)
    return found, bool(found)


def _investigation(
    program: Bench,
    reasoned: Reasoned,
    shifts: Sequence[Shift],
    changes: Sequence[Change],
    as_of: datetime | None,
) -> Investigation:
    diagnosis, case = reasoned.diagnosis, reasoned.case
    onset = diagnosis.symptom.onset.at if diagnosis.symptom else diagnosis.window.start
    assets = {diagnosis.model, *(c.asset for c in diagnosis.causes)}
    shown = _shown_changes(diagnosis, changes)
    return Investigation(
        diagnosis=diagnosis,
        findings=_findings(case, diagnosis, shifts),
        series=series_of(case.frame, case.loss),
        contrasts=_contrasts(reasoned),
        changes=shown,
        ownership={a: program.resolve(a, onset) for a in sorted(assets)},
        drift_ranking=drift_ranking(program, case, onset),
        notes=_unwatched(program, diagnosis),
        interrupted=reasoned.interrupted,
        as_of=as_of,
    )


def _unwatched(program: Bench, diagnosis: Diagnosis) -> tuple[str, ...]:
    """Tell which sources of changes nobody read around the symptom's onset."""
    if diagnosis.symptom is None or not program.has_state():
        return ()
    onset = diagnosis.symptom.onset
    around = TimeWindow(onset.low - DAY, onset.high + DAY)
    return tuple(unwatched(program.ledger.watermarks(), around))


def _findings(
    case: Case, diagnosis: Diagnosis, shifts: Sequence[Shift]
) -> tuple[Finding, ...]:
    symptom = diagnosis.symptom
    harm = Harm(HarmState.NONE_SHOWN)
    if symptom is not None and symptom.state == "measured":
        harm = Harm(HarmState.MEASURED, symptom.after - symptom.before)
    elif symptom is not None or case.log.labels is None:
        harm = Harm(HarmState.UNKNOWN)
    return gather(
        diagnosis.model,
        shifts,
        loss=case.loss,
        harm=harm,
        under_test=diagnosis.window,
    )


def _contrasts(reasoned: Reasoned) -> dict[int, Contrast]:
    """Ask for the guilty columns before and after, once more from the case's cache."""
    case, found = reasoned.case, {}
    for cause in reasoned.diagnosis.causes:
        if cause.column is None:
            continue
        sites = [s for s in case.sites() if s.column == cause.column]
        site = min(
            sites,
            key=lambda s: (
                dict(s.segment) != dict(cause.segment),
                abs(s.index - case.frame.index_of(cause.onset)),
                -s.size,
            ),
            default=None,
        ) or case.at_harm(cause.column)
        contrast = _contrast(case, site) if site is not None else None
        if contrast is not None:
            found[cause.rank] = contrast
    return found


def _contrast(case: Case, site: Site) -> Contrast | None:
    known = site.column in case.frame.columns()
    return case.contrast(site) if known else None


def drift_ranking(program: Bench, case: Case, onset: datetime) -> tuple[Drift, ...]:
    """
    Say what a look at drift alone would have said, loudest first.

    Parameters
    ----------
    program : Program
        Resolves owners.
    case : Case
        With its frame.
    onset : datetime
        When owners are asked for, UTC.

    Returns
    -------
    tuple of Drift
        At most ten feature columns.
    """
    features = [c for c in case.features() if c in case.frame.columns()]
    ranked = rank_drift(case.frame, features)[:10]
    out = []
    for drift in ranked:
        claim = case.log.claim_for(drift.column)
        asset = claim.asset if claim is not None else case.log.asset
        owner = program.resolve(asset, onset).owner
        out.append(
            Drift(
                column=drift.column,
                score=drift.distance,
                asset=asset,
                team=owner.name if owner is not None else None,
            )
        )
    return tuple(out)


def _shown_changes(
    diagnosis: Diagnosis, changes: Sequence[Change]
) -> dict[ChangeId, Change]:
    matched = {c.change_id for c in diagnosis.causes}
    since = diagnosis.window.start - timedelta(days=7)
    return {
        change.id: change
        for change in changes
        if change.id in matched or since <= change.window.end <= diagnosis.window.end
    }
