"""Paging: a plan frozen when it starts; each person bound when a step falls due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from modelowners.catalog.owners import Ownership

RESTS = timedelta(minutes=60)
"""How long an exhausted plan rests before it starts again."""

LAPSES = timedelta(hours=4)
"""How long an acknowledgement holds without another act."""

LAPSES_SEV1 = timedelta(hours=1)
"""The same for the worst severity."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """
    One step: how long after the plan's start, and which role.

    `person` held the role when the plan was frozen; it counts only if the role
    is gone from the ownership file when the step falls due.
    """

    after: timedelta
    role: str
    person: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """
    An escalation plan as it stood when it started; later edits leave it alone.

    Parameters
    ----------
    of : str
        Whose roles it names: an asset's id, ``team:NAME`` or ``person:NAME``.
    steps : tuple of PlanStep
        In order.
    """

    of: str
    steps: tuple[PlanStep, ...]

    def plain(self) -> dict[str, object]:
        """Give it as JSON has it."""
        steps = [
            {
                "after_s": int(step.after.total_seconds()),
                "role": step.role,
                "person": step.person,
            }
            for step in self.steps
        ]
        return {"of": self.of, "steps": steps}

    @classmethod
    def read(cls, value: object) -> Plan | None:
        """Read what `plain` wrote; None for anything else."""
        if not isinstance(value, Mapping):
            return None
        steps = value.get("steps")
        if not isinstance(steps, Sequence) or not steps:
            return None
        return cls(str(value.get("of")), tuple(map(_read_step, steps)))


def _read_step(value: Mapping[str, object]) -> PlanStep:
    person = value.get("person")
    return PlanStep(
        timedelta(seconds=int(str(value["after_s"]))),
        str(value["role"]),
        person if isinstance(person, str) else None,
    )


def freeze(ownership: Ownership, *, of: str | None = None) -> Plan | None:
    """
    Copy an escalation, as it stands, into a plan.

    Parameters
    ----------
    ownership : Ownership
        At the instant the plan starts.
    of : str, optional
        Whose roles they are, where not the asset's: ``team:NAME``, ``person:NAME``.

    Returns
    -------
    Plan or None
        None where nobody can be reached at all.
    """
    steps = tuple(PlanStep(s.after, s.role, s.person) for s in ownership.escalation)
    if not steps and ownership.responder.person is not None:
        steps = (PlanStep(timedelta(0), "oncall", ownership.responder.person),)
    return Plan(of or ownership.asset, steps) if steps else None


def bind(
    step: PlanStep, ownership: Ownership, *, away: Collection[str] = ()
) -> str | None:
    """
    Tell who holds a step's role now.

    Parameters
    ----------
    step : PlanStep
        Of a frozen plan.
    ownership : Ownership
        Of whom the plan is, at the instant the step falls due.
    away : collection of str
        People who cannot be reached at that instant.

    Returns
    -------
    str or None
        A person; None where nobody holds the role now, and the step is skipped.
    """
    for now in ownership.escalation:
        if now.role == step.role:
            return now.person
    # The role is gone from the plan: later edits never take a step away.
    return step.person if step.person not in away else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    How far a plan has come, as the log tells.

    Parameters
    ----------
    plan : Plan
        What was frozen.
    started : datetime
        UTC; start of the present round.
    round : int
        From 0; one more after each rest.
    done : tuple of int
        Steps of this round already taken, from 0.
    exhausted_at : datetime or None
        UTC; when this round's last step was taken.
    """

    plan: Plan
    started: datetime
    round: int = 0
    done: tuple[int, ...] = ()
    exhausted_at: datetime | None = None


def paused(progress: Progress, length: timedelta) -> Progress:
    """
    Let a plan stand still for a while: what was to come comes later by it.

    Parameters
    ----------
    progress : Progress
        So far.
    length : timedelta
        At least 0.
    """
    rest = progress.exhausted_at
    return replace(
        progress,
        started=progress.started + length,
        exhausted_at=rest + length if rest is not None else None,
    )


def anew(progress: Progress, at: datetime) -> Progress:
    """
    Start a plan again in a round of its own.

    Parameters
    ----------
    progress : Progress
        Of the round before.
    at : datetime
        UTC; when the new round starts.
    """
    return Progress(plan=progress.plan, started=at, round=progress.round + 1)


def due(progress: Progress, at: datetime) -> tuple[Progress, tuple[int, ...]]:
    """
    Tell which steps are due; after a rest the plan starts again.

    Parameters
    ----------
    progress : Progress
        So far.
    at : datetime
        UTC, the loop's clock.

    Returns
    -------
    Progress
        The round that the steps belong to.
    tuple of int
        Steps to take, in order; a step is taken once, however late.

    Examples
    --------
    >>> from modelowners.core.time import HOUR, parse_instant
    >>> start = parse_instant("2026-06-01")
    >>> steps = (PlanStep(timedelta(0), "oncall", "bo"), PlanStep(HOUR, "lead", "ana"))
    >>> begun = Progress(plan=Plan("model:eta", steps), started=start)
    >>> due(begun, start)[1], due(begun, start + HOUR)[1]
    ((0,), (0, 1))
    """
    if progress.exhausted_at is not None:
        again = progress.exhausted_at + RESTS
        if at < again:
            return progress, ()
        progress = anew(progress, again)
    steps = tuple(
        index
        for index, step in enumerate(progress.plan.steps)
        if index not in progress.done and progress.started + step.after <= at
    )
    return progress, steps
