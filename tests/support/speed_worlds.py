"""Small worlds for tests of measurement: timelines by hand, panels by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from modelowners.app.speed import Measured
from modelowners.core.time import DAY, HOUR, Onset, parse_instant
from modelowners.measurement import report
from modelowners.measurement.cohorts import Cohort, Question, choose
from modelowners.measurement.speed import Origin
from modelowners.measurement.timelines import OURS, FixedBy, Hold, Step, Timeline

JUNE = parse_instant("2026-06-01")
MONTH = timedelta(days=30.4375)
MONTHS, MODELS = 24, 40


def timeline(
    name: str = "1",
    *,
    teams: Sequence[str | None] = ("feeds",),
    moves: Sequence[float] = (),
    hours: float | None = 5.0,
    opened: datetime = JUNE,
    **fields: object,
) -> Timeline:
    """A timeline by hand: its teams, the hours of its moves, its time to fix."""
    starts = (0.0, *moves)
    return Timeline(
        id=name,
        source=str(fields.pop("source", "tickets")),
        opened=opened,
        holds=tuple(
            Hold(team, opened + start * HOUR)
            for team, start in zip(teams, starts, strict=True)
        ),
        fixed=None if hours is None else opened + hours * HOUR,
        fixed_by=None if hours is None else FixedBy.STATED,
        **fields,  # type: ignore[arg-type]  # by name
    )


def cohort(timelines: Sequence[Timeline], **asked: object) -> Cohort:
    """Choose among timelines, by default a year after June 2026."""
    question = Question(**{"as_of": JUNE + 365 * DAY, **asked})  # type: ignore[arg-type]  # by name
    return choose(timelines, question)


@dataclass(frozen=True)
class Fleet:
    """Two years of incidents of 40 models, and when each gained its owner."""

    timelines: tuple[Timeline, ...]
    starts: dict[str, datetime | None]

    def cohort(self, *, seed: int = 7) -> Cohort:
        """All of it, once everything is known."""
        as_of = JUNE + (MONTHS + 30) * MONTH
        return choose(self.timelines, Question(as_of=as_of, seed=seed))


def fleet(
    rng: np.random.Generator,
    *,
    ratio: float = 1.0,
    order: float = 0.0,
    troubled: float = 0.0,
) -> Fleet:
    """
    Draw a fleet whose truth is known.

    Parameters
    ----------
    rng : Generator
        Where chance comes from.
    ratio : float
        Of hours with an owner to hours without; 1 for no effect.
    order : float
        -6 gives owners to hard models first, 6 to easy ones, 0 to any.
    troubled : float
        Share of the models that get their owner only after a bad incident.
    """
    hardness = rng.normal(size=MODELS)
    rates = np.exp(rng.normal(-0.5, 0.5, size=MODELS))
    noise = rng.normal(0, 4, size=MODELS)
    starts = rng.uniform(3, 30, size=MODELS)
    if order:
        starts = np.clip(12 + order * hardness + noise, 2, 30)
    waits = rng.random(MODELS) < troubled
    found: list[Timeline] = []
    dated: dict[str, datetime | None] = {}
    for model in range(MODELS):
        times = np.sort(rng.uniform(0, MONTHS, rng.poisson(rates[model] * MONTHS)))
        start = np.inf if waits[model] else starts[model]
        trend = 0.0 if troubled else 0.7
        for at in times:
            log = np.log(8) + hardness[model] + rng.normal(0, 1.8) - trend * at / 24
            log += np.log(ratio) if at >= start else 0.0
            if waits[model] and start == np.inf and log > np.log(8) + 2:
                # Named right after it, or not at all this time.
                start = at + 1e-6 if rng.random() < 0.5 else np.inf
            hours = min(float(np.exp(log)), 336.0)
            found.append(
                timeline(
                    f"{model}-{len(found)}",
                    hours=max(hours, 1 / 60),
                    opened=JUNE + at * MONTH,
                    asset=f"model:{model}",
                )
            )
        dated[f"model:{model}"] = None if start > MONTHS else JUNE + start * MONTH
    return Fleet(tuple(found), dated)


def desk_year(*, seed: int = 5, teams: int = 8) -> list[Timeline]:
    """A year of tickets: a desk, teams behind it, some open, some closed late."""
    rng = np.random.default_rng(seed)
    found = []
    for n in range(teams * 50):
        own, detoured = f"team-{n % teams}", rng.random() < 0.45
        hours = float(np.exp(rng.normal(2.0, 1.8)))
        waited = hours * float(rng.uniform(0.2, 0.6)) if detoured else 0.0
        still_open = rng.random() < 0.04
        opened = JUNE + float(rng.uniform(0, 350)) * DAY
        whole = waited + hours
        found.append(
            timeline(
                f"T-{n}",
                teams=("desk", own) if detoured else (own,),
                moves=(waited,) if detoured else (),
                hours=None if still_open else whole,
                opened=opened,
                closed=None if still_open else opened + (whole + 120.5) * HOUR,
            )
        )
    return found


def our_incident(name: str = "INC-1", *, opened: datetime = JUNE) -> Timeline:
    """An incident of our own log that was passed on once, then fixed."""
    at = {hours: opened + hours * HOUR for hours in (0.0, 0.1, 1.0, 3.0, 4.0, 6.0, 9.0)}
    return Timeline(
        id=name,
        source=OURS,
        opened=opened,
        holds=(Hold("risk", at[0.0], at[1.0]), Hold("feeds", at[3.0], at[4.0])),
        fixed=at[9.0],
        fixed_by=FixedBy.LOG,
        outcome="fixed",
        asset="model:eta",
        severity="sev2",
        cause_team="feeds",
        first_team="risk",
        tosses=1,
        began=Onset(opened - 3 * HOUR, opened - 5 * HOUR, opened - 2 * HOUR),
        steps={
            Step.DETECTED: at[0.0],
            Step.NOTIFIED: at[0.1],
            Step.ACKED: at[1.0],
            Step.OWNER_ENGAGED: at[4.0],
            Step.FIX_STARTED: at[6.0],
            Step.RESOLVED: at[9.0],
        },
    )


ORIGIN = Origin(command="modelowners report speed --seed 7", seed=7)


def measured(timelines: Sequence[Timeline], **asked: object) -> Measured:
    """Measure timelines as the command does."""
    question = Question(**{"as_of": JUNE + 365 * DAY, **asked})  # type: ignore[arg-type]  # by name
    return Measured(
        report=report(timelines, question, origin=ORIGIN),
        timelines=tuple(timelines),
        asked=question,
    )
