"""Checking: gather what a model's checks and claims stand on, and run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from modelowners.app.framing import Plan, count_labelled, frame_of, last_end
from modelowners.catalog.files import Catalog
from modelowners.core.errors import InputError
from modelowners.core.facets import nearest
from modelowners.core.ids import AssetId
from modelowners.core.time import Clock, TimeWindow, floor_instant
from modelowners.detection import check as run_checks
from modelowners.detection.checks import KINDS, Check, read_checks
from modelowners.detection.checks.grounds import Grounds, Questions
from modelowners.detection.checks.results import CheckResult
from modelowners.detection.claims import KIND as CLAIM
from modelowners.detection.claims import read_claims
from modelowners.detection.frames import HISTORY_DAYS, REFERENCE_DAYS, Frame
from modelowners.detection.verdicts import longest
from modelowners.observations.logs import PredictionLog
from modelowners.observations.questions import LogShape

if TYPE_CHECKING:
    from modelowners.observations.ports import Engine


class Bench(Protocol):
    """What checking needs of the program; `app.wiring.Program` has it."""

    @property
    def clock(self) -> Clock:
        """The present."""
        ...

    @property
    def catalog(self) -> Catalog:
        """The ownership file."""
        ...

    @property
    def engine(self) -> Engine:
        """Reads logs."""
        ...

    def log(self, model: AssetId) -> PredictionLog:
        """Give a model's log."""
        ...


class UnknownKind(InputError):
    """No kind of check is called "{kind}"{nearest}."""


def declared(
    program: Bench, model: AssetId, *, only: str | None = None
) -> tuple[Check, ...]:
    """
    Give a model's checks, then its claims, as its entry declares them.

    Parameters
    ----------
    program : Bench
        Wired for this command.
    model : AssetId
        Which model.
    only : str or None
        Only checks of this kind; ``claim`` for what `expect` declares.

    Returns
    -------
    tuple of Check
        In the order of the file.

    Raises
    ------
    UnknownKind
        If there is no such kind.
    """
    if only is not None and only not in KINDS and only != CLAIM:
        known = dict.fromkeys((*KINDS, CLAIM))
        raise UnknownKind(kind=only, nearest=nearest(only, known))
    facets, root = program.catalog.asset(model).facets, program.catalog.root
    found: list[Check] = []
    if "checks" in facets:
        found += read_checks(model, facets["checks"], root)
    if "expect" in facets:
        found += read_claims(model, facets["expect"], root)
    return tuple(one for one in found if only is None or one.kind == only)


def check(
    program: Bench,
    model: AssetId,
    *,
    as_of: datetime | None = None,
    only: str | None = None,
    candidate: str | None = None,
) -> tuple[CheckResult, ...]:
    """
    Run a model's checks and claims.

    Parameters
    ----------
    program : Bench
        Wired for this command.
    model : AssetId
        Which model.
    as_of : datetime or None
        What was known at that UTC instant; None: all that is there, the log's
        last complete window standing for now, save for freshness.
    only : str or None
        Only checks of this kind.
    candidate : str or None
        Only on the rows that this version answered, up to its last complete
        window. Checks of the feed itself, such as freshness, say nothing about
        a version and are left out; without a row of it the others have no data.

    Returns
    -------
    tuple of CheckResult
        As many as are declared, in the order of the file; empty where none is.
    """
    checks = declared(program, model, only=only)
    if candidate is not None:
        checks = tuple(one for one in checks if not one.rule.judges_silence)
    if not checks:
        return ()
    grounds = grounds_of(program, model, checks, as_of=as_of, candidate=candidate)
    return run_checks(checks, grounds)


def grounds_of(
    program: Bench,
    model: AssetId,
    checks: Sequence[Check],
    *,
    as_of: datetime | None = None,
    candidate: str | None = None,
) -> Grounds:
    """
    Profile what checks need of a log: their windows, and what came before.

    Parameters
    ----------
    program : Bench
        Wired for this command.
    model : AssetId
        Which model.
    checks : sequence of Check
        The longest window among them decides how far back is looked.
    as_of : datetime or None
        What was known then, UTC.
    candidate : str or None
        Only rows of this version.

    Returns
    -------
    Grounds
        Without any window where the log holds no row.
    """
    log, engine = program.log(model), program.engine
    if candidate is not None:
        log = replace(log, version=candidate)
    now = as_of or program.clock.now()
    shape = engine.describe(log)
    if shape.first is None or shape.last is None or now < shape.first:
        nothing = TimeWindow(now, now + log.grain)
        return Grounds(
            log=log, frame=Frame((), nothing, nothing, {}), complete=0, now=now
        )
    plan, complete = plan_checks(log, shape, longest=longest(checks), as_of=as_of)
    if candidate is not None:
        # Its labels have gone on coming in after its last row.
        labelled = count_labelled(log, plan.windows, now)
        plan = replace(plan, labelled_until=labelled)
    return Grounds(
        log=log,
        frame=frame_of(engine, log, plan, as_of=as_of, progress=_silent),
        complete=complete,
        now=now,
        task=engine.task(log),
        questions=Questions(engine, log, plan.windows, as_of),
    )


def plan_checks(
    log: PredictionLog,
    shape: LogShape,
    *,
    longest: timedelta = timedelta(0),
    as_of: datetime | None = None,
) -> tuple[Plan, int]:
    """
    Choose the windows that checks look at.

    Parameters
    ----------
    log : PredictionLog
        With its grain, label delay, delivery lag and declared reference.
    shape : LogShape
        With a first and a last row.
    longest : timedelta
        Length of the longest window any check asks for.
    as_of : datetime or None
        What was known then, UTC. The windows then end there, though the log may
        have ended before: silence is for checks to see.

    Returns
    -------
    tuple of (Plan, int)
        Up to 91 days before the last complete window, and what the longest
        check and its reference need; the window still filling up is the last
        one. The number says how many are complete.
    """
    assert shape.first is not None  # noqa: S101 - the caller saw rows
    assert shape.last is not None  # noqa: S101 - the same
    grain = log.grain
    if as_of is None:
        end, until = last_end(shape.last, grain), shape.last
    else:
        end, until = floor_instant(as_of - log.delivery_lag, grain), as_of
    history = max(HISTORY_DAYS, longest + REFERENCE_DAYS)
    labels = log.labels.delay if log.labels is not None else timedelta(0)
    begin = end - history - labels
    if log.reference is not None:
        begin = min(begin, log.reference.start)
    first = floor_instant(max(begin, shape.first), grain)
    # A log that went silent long ago leaves nothing but empty windows.
    first = min(first, floor_instant(until, grain))
    windows = TimeWindow(first, floor_instant(until, grain) + grain).split(grain)
    complete = sum(1 for window in windows if window.end <= end)
    known = as_of if as_of is not None else shape.last + grain
    test = windows[max(complete - 1, 0)]
    plan = Plan(
        windows=windows,
        reference=log.reference or TimeWindow(test.start - REFERENCE_DAYS, test.start),
        test=test,
        why="declared" if log.reference else "the 28 days before the window",
        labelled_until=count_labelled(log, windows, known),
    )
    return plan, complete


def _silent(text: str, done: float) -> None:
    del text, done
