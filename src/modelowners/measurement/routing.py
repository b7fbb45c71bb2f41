"""Routing: how often the first team that was asked was the right one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelowners.measurement.cohorts import Cohort

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """
    How incidents found their team: those mature, fixed, whose right team is known.

    Parameters
    ----------
    incidents : int
        How many, at least 0.
    kept : float or None
        Share whose first team was right and that nobody passed on.
    ci : tuple of float, or None
        Its 95 % interval.
    first_team_right : float or None
        Share whose first team was right, passed on in between or not.
    team_changes : float or None
        Mean changes of team.
    tosses : float or None
        Mean tosses; None for imports, which do not tell why a team changed.
    pingpong : float or None
        Share that some team held twice.
    routed_late : float or None
        Share that nobody held at opening.
    right_by : mapping of str to float or None
        Share whose right team is known by a confirmed `cause`, and by
        `resolver`: who held it when it was fixed.
    reasons : mapping of str to str
        Why a figure is withheld.
    """

    incidents: int
    kept: float | None
    ci: tuple[float, float] | None
    first_team_right: float | None
    team_changes: float | None
    tosses: float | None
    pingpong: float | None
    routed_late: float | None
    right_by: Mapping[str, float | None]
    reasons: Mapping[str, str] = field(default_factory=dict)


def routes(cohort: Cohort) -> Routing:
    """
    Count how a cohort's incidents found their team.

    Parameters
    ----------
    cohort : Cohort
        Of a question.
    """
    found = cohort.routed
    n = len(found)
    if not n:
        nothing = "no mature incident is fixed and has a known right team"
        return Routing(
            incidents=0,
            kept=None,
            ci=None,
            first_team_right=None,
            team_changes=None,
            tosses=None,
            pingpong=None,
            routed_late=None,
            right_by={"cause": None, "resolver": None},
            reasons={"kept": nothing},
        )
    kept = sum(one.kept for one in found)
    told = [one.tosses for one in found if one.tosses is not None]
    by_cause = sum(one.cause_team is not None for one in found) / n
    return Routing(
        incidents=n,
        kept=kept / n,
        ci=wilson(kept, n),
        first_team_right=sum(one.first_named == one.right_team for one in found) / n,
        team_changes=sum(one.changes for one in found) / n,
        tosses=sum(told) / len(told) if told else None,
        pingpong=sum(one.pingpong for one in found) / n,
        routed_late=sum(one.holds[0].team is None for one in found) / n,
        right_by={"cause": by_cause, "resolver": 1 - by_cause},
        reasons={} if told else {"tosses": "imports do not tell why a team changed"},
    )


def wilson(successes: int, n: int) -> tuple[float, float]:
    """
    Give the 95 % interval of a share.

    Parameters
    ----------
    successes, n : int
        0 <= successes <= n, n at least 1.

    Returns
    -------
    tuple of float
        Within 0 to 1; neither end is trivial, however few there are.

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical
    inference", JASA 22, 1927.

    Examples
    --------
    >>> tuple(round(bound, 4) for bound in wilson(9, 10))
    (0.5958, 0.9821)
    """
    share, z2 = successes / n, _Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    spread = share * (1 - share) / n + z2 / (4 * n * n)
    half = _Z * math.sqrt(spread) / (1 + z2 / n)
    # Exactly 0 and 1 at the ends, where rounding would leave the last bit.
    low = 0.0 if successes == 0 else middle - half
    return low, 1.0 if successes == n else middle + half
