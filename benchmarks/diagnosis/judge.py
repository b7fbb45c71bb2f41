"""Judge an answer against the truth, and sum up: pure functions, no product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import sqrt
from statistics import median
from typing import Any

SURE = 0.5
UNKNOWN = "unknown"
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Named:
    """One cause as an answer names it."""

    kind: str
    asset: str
    columns: tuple[str, ...]
    team: str | None
    probability: float
    change: str | None
    onset: tuple[datetime, datetime, datetime]
    """At, low, high, UTC."""


@dataclass(frozen=True)
class Verdict:
    """
    How one answer compares with the truth of its world.

    None where a figure does not apply: `change` without a guilty entry,
    `onset_error` without a cause, everything but `alarm` and `named` where
    nothing was wrong.
    """

    world: str
    seed: int
    kind: str | None
    harm: float
    top: str
    probability: float
    alarm: bool
    named: bool = False
    """A look-alike was taken for a kind it must not be taken for."""
    top1: bool | None = None
    top3: bool | None = None
    kind1: bool | None = None
    owner1: bool | None = None
    answered: bool | None = None
    change: bool | None = None
    onset_error: float | None = None
    onset_cover: bool | None = None
    drift_column: bool | None = None
    drift_owner: bool | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())


def judge(
    truth: dict[str, Any],
    causes: Sequence[Named],
    *,
    alarm: bool,
    drift: tuple[str, str],
    change: str | None = None,
    seconds: float = 0.0,
    notes: Iterable[str] = (),
) -> Verdict:
    """
    Compare an answer with the truth.

    Parameters
    ----------
    truth : dict
        Content of a world's `truth.json`.
    causes : sequence of Named
        Ranked; unknown included where it leads.
    alarm : bool
        Whether the program would have exited with findings.
    drift : (str, str)
        Most drifted column, and the team that delivers it.
    change : str or None
        The guilty entry's id in the ledger.
    seconds : float
        CPU seconds of the answer.
    notes : iterable of str
        What went wrong on the way, such as a probe that failed.
    """
    first = causes[0] if causes else None
    sure = first is not None and first.probability >= SURE and first.kind != UNKNOWN
    basis = Verdict(
        world=truth["world"],
        seed=truth["seed"],
        kind=truth["kind"],
        harm=truth["harm"],
        top=_describe(first),
        probability=first.probability if first else 0.0,
        alarm=alarm,
        named=bool(sure and first and first.kind in truth["forbidden"]),
        seconds=round(seconds, 2),
        notes=tuple(notes),
    )
    if truth["kind"] is None:
        return basis
    onset = datetime.fromisoformat(truth["onset"])
    team = truth["owner"]["team"]
    figures: dict[str, Any] = {
        "top1": first is not None and is_right(first, truth),
        "top3": any(is_right(cause, truth) for cause in causes[:3]),
        "kind1": first is not None and first.kind in _kinds(truth),
        "owner1": first is not None and first.team in truth["teams"],
        "answered": sure,
    }
    if first is not None and first.kind != UNKNOWN:
        at, low, high = first.onset
        figures["onset_error"] = abs((at - onset).total_seconds()) / DAY_SECONDS
        figures["onset_cover"] = low <= onset <= high
    if change is not None:
        figures["change"] = first is not None and first.change == change
    if truth["columns"]:
        figures["drift_column"] = drift[0] in truth["columns"]
    figures["drift_owner"] = drift[1] == team
    return Verdict(**{**asdict(basis), **figures})


def is_right(cause: Named, truth: dict[str, Any]) -> bool:
    """Tell whether kind and, where the truth names any, a column are right."""
    if cause.kind not in _kinds(truth):
        return False
    return not truth["columns"] or bool(set(cause.columns) & set(truth["columns"]))


def _kinds(truth: dict[str, Any]) -> set[str]:
    return {truth["kind"], *truth["kinds"]}


def _describe(cause: Named | None) -> str:
    if cause is None:
        return "none"
    return " ".join([cause.kind, *cause.columns[:2]])


def wilson(hits: int, total: int) -> tuple[float, float]:
    """
    Give the 95 % interval of a share (Wilson, 1927).

    >>> [round(x, 3) for x in wilson(9, 10)]
    [0.596, 0.982]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if not total:
        return (0.0, 1.0)
    z = 1.959964
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total**2))
    half /= 1 + z * z / total
    return (max(0.0, middle - half), min(1.0, middle + half))


def share(values: Iterable[bool | None]) -> dict[str, Any]:
    """
    Give a share with its interval; None does not count.

    >>> share([True, None, False])["n"]
    2
    """
    known = [value for value in values if value is not None]
    low, high = wilson(sum(known), len(known))
    return {
        "value": round(sum(known) / len(known), 4) if known else None,
        "low": round(low, 4),
        "high": round(high, 4),
        "n": len(known),
    }


def summarise(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Sum up verdicts: shares with intervals, and the onset error in days."""
    faults = [verdict for verdict in verdicts if verdict.kind is not None]
    answered = [verdict for verdict in faults if verdict.answered]
    errors = [v.onset_error for v in faults if v.onset_error is not None]
    found: dict[str, Any] = {"n": len(faults)}
    for name in ("top1", "top3", "kind1", "owner1", "answered", "change"):
        found[name] = share(getattr(verdict, name) for verdict in faults)
    found["precision_answered"] = share(verdict.top1 for verdict in answered)
    found["onset_within_1"] = share(error <= 1 for error in errors)
    found["onset_error_median_days"] = round(median(errors), 3) if errors else None
    found["onset_cover"] = share(verdict.onset_cover for verdict in faults)
    found["drift_column"] = share(verdict.drift_column for verdict in faults)
    found["drift_owner"] = share(verdict.drift_owner for verdict in faults)
    return found


def summarise_calm(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Sum up worlds in which nothing, or something else, was wrong."""
    none = [v for v in verdicts if v.world == "no_fault"]
    alike = [v for v in verdicts if v.world not in {"no_fault", v.kind}]
    return {
        "false_alarm": share(v.alarm for v in none),
        "false_answer": share(v.probability >= SURE for v in none),
        "lookalike_named": share(v.named for v in alike),
    }
