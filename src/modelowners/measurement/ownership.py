"""Ownership: the same model without and with an owner."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import numpy as np

from modelowners.core.time import DAY, EPOCH, HOUR
from modelowners.measurement.cohorts import Cohort
from modelowners.measurement.flags import AFTER_TROUBLE
from modelowners.measurement.student import t_quantile
from modelowners.measurement.survival import Floats
from modelowners.measurement.timelines import Timeline
from modelowners.measurement.verdicts import (
    MIN_MODELS,
    MIN_PER_ARM,
    Verdict,
    log_sd,
    too_few,
)

PERMUTATIONS = 999
Starts: TypeAlias = Mapping[str, datetime | None]
"""When each model gained its owner, UTC; see `owned_since`."""

LEAD = 90 * DAY
TROUBLE = 7 * DAY
WORST_SHARE = 0.2
MAX_LEAD_T = 2.0
_VISIBLE = 2.8


class Design(enum.StrEnum):
    """How a comparison came about."""

    INSIDE_MODEL = "inside-model"
    """The same model before and after it gained its owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """
    How long incidents take with an owner, against the same models without.

    Parameters
    ----------
    design : Design
        How the comparison came about.
    ratio : float or None
        Of hours with an owner to hours without; below 1 is faster.
    ci : tuple of float, or None
        Its 95 % interval.
    p : float or None
        Share of reshuffled starting dates that give as much, 0 to 1.
    models_both : int
        Models seen in both states.
    arms : mapping of str to int
        Mature incidents `owned` and `unowned`.
    lead_t : float or None
        t of the 90 days *before* an owner came: large where things had begun
        to change already.
    after_trouble : float or None
        Share of owners that came within 7 days of one of the worst incidents.
    smallest_ratio : float or None
        Nearest to 1 that this record could show.
    verdict : Verdict
        What may be said.
    reason : str or None
        Why a figure is withheld, or the verdict is not more.
    """

    design: Design
    ratio: float | None
    ci: tuple[float, float] | None
    p: float | None
    models_both: int
    arms: Mapping[str, int]
    lead_t: float | None
    after_trouble: float | None
    smallest_ratio: float | None
    verdict: Verdict
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """
    Incidents by model, for a comparison inside models.

    Parameters
    ----------
    y : array, shape (n,)
        ln of the capped hours.
    model, quarter : array of int, shape (n,)
        Which model, which quarter of a year.
    opened : array, shape (n,)
        Hours since any fixed instant.
    starts : array, shape (n_models,)
        When each model gained its owner, on the same clock; inf where never.
    """

    y: Floats
    model: np.ndarray[tuple[int], np.dtype[np.int64]]
    quarter: np.ndarray[tuple[int], np.dtype[np.int64]]
    opened: Floats
    starts: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """
    A coefficient with its cluster-robust spread.

    Parameters
    ----------
    beta, se : float
        In logarithms.
    t : float
        Their ratio.
    models : int
        Clusters, at least 2.
    smallest : float
        Ratio that would be seen with power 80 %.
    """

    beta: float
    se: float
    t: float
    models: int
    smallest: float


def assess(cohort: Cohort, starts: Starts | None = None) -> Ownership:
    """
    Compare incidents of the same models without and with an owner.

    Parameters
    ----------
    cohort : Cohort
        Only its mature incidents that name a model are used.
    starts : mapping of str to datetime or None, optional
        When each model gained its owner, from `owned_since`; a model that is
        not there is left out.

    Returns
    -------
    Ownership
        Withheld, with its reason, wherever it could mislead.
    """
    dated = starts or {}
    pairs = zip(cohort.timelines, cohort.mature, strict=True)
    found = [one for one, ripe in pairs if ripe and one.asset in dated]
    owned = [_owned(one, dated) for one in found]
    arms = {"owned": sum(owned), "unowned": len(owned) - sum(owned)}
    states = {(one.asset, state) for one, state in zip(found, owned, strict=True)}
    both = len(states) - len({asset for asset, _ in states})
    bare = Ownership(
        design=Design.INSIDE_MODEL,
        ratio=None,
        ci=None,
        p=None,
        models_both=both,
        arms=arms,
        lead_t=None,
        after_trouble=after_trouble(cohort, found, dated),
        smallest_ratio=None,
        verdict=Verdict.TOO_FEW,
        reason=None,
    )
    if min(arms.values()) < MIN_PER_ARM or both < MIN_MODELS:
        return replace(bare, reason=_lacking(cohort, found, arms, both))
    if bare.after_trouble is not None and bare.after_trouble > AFTER_TROUBLE:
        reason = f"{100 * bare.after_trouble:.0f} % of the owners came right after a "
        reason += "bad incident: times would have fallen anyway"
        return replace(bare, reason=reason)
    return _judged(bare, panel_of(cohort, found, dated), seed=cohort.asked.seed)


def owned_since(
    history: Sequence[tuple[datetime, frozenset[str]]], models: Iterable[str]
) -> Starts:
    """
    Tell when each model gained its owner.

    Parameters
    ----------
    history : sequence of (datetime, frozenset of str)
        From when (UTC) which of the models had an owner, oldest first.
    models : iterable of str
        Which.

    Returns
    -------
    mapping of str to datetime or None
        None where it never had one; the epoch where it had one from the
        beginning of the record. A model that lost its owner is left out.

    Examples
    --------
    >>> from modelowners.core.time import parse_instant
    >>> june, july = parse_instant("2026-06-01"), parse_instant("2026-07-01")
    >>> history = [(june, frozenset()), (july, frozenset({"model:eta"}))]
    >>> owned_since(history, ["model:eta"])["model:eta"] == july
    True
    """
    found: dict[str, datetime | None] = {}
    for model in sorted(set(models)) if history else ():
        states = [model in owned for _, owned in history]
        if states != sorted(states):
            continue
        if not states[-1]:
            found[model] = None
        else:
            first = states.index(True)
            found[model] = history[first][0] if first else EPOCH
    return found


def after_trouble(
    cohort: Cohort, timelines: Sequence[Timeline], starts: Starts
) -> float | None:
    """
    Give the share of owners that came within 7 days of one of the worst incidents.

    Parameters
    ----------
    cohort : Cohort
        Whose cap counts.
    timelines : sequence of Timeline
        Mature; the worst are the fifth with the most capped hours.
    starts : mapping of str to datetime or None
        From `owned_since`.

    Returns
    -------
    float or None
        0 to 1; None where no model gained an owner meanwhile.
    """
    if not timelines:
        return None
    begun = timelines[0].opened
    dates = {model: at for model, at in starts.items() if at is not None and at > begun}
    if not dates:
        return None
    hours = np.minimum(cohort.spent(timelines), cohort.asked.cap_h)
    bad = hours >= np.quantile(hours, 1 - WORST_SHARE)
    struck = {
        one.asset
        for one, worst in zip(timelines, bad, strict=True)
        if worst and _preceded(one, dates.get(one.asset or ""), cohort.asked.as_of)
    }
    return len(struck) / len(dates)


def panel_of(cohort: Cohort, timelines: Sequence[Timeline], starts: Starts) -> Panel:
    """Lay incidents out as arrays."""
    names = sorted({one.asset for one in timelines if one.asset is not None})
    places = {name: place for place, name in enumerate(names)}
    zero = timelines[0].opened
    hours = np.minimum(cohort.spent(timelines), cohort.asked.cap_h)
    dates = [starts[name] for name in names]
    return Panel(
        y=np.log(hours),
        model=np.array([places[one.asset or ""] for one in timelines]),
        quarter=np.array([_quarter(one.opened) for one in timelines]),
        opened=np.array([(one.opened - zero) / HOUR for one in timelines]),
        starts=np.array(
            [np.inf if at is None else (at - zero) / HOUR for at in dates], float
        ),
    )


def estimate(
    panel: Panel, *, starts: Floats | None = None, lead: bool = False
) -> Estimate | None:
    """
    Estimate the effect of an owner with both model and quarter held fixed.

    Parameters
    ----------
    panel : Panel
        Incidents by model.
    starts : array, shape (n_models,), optional
        Other dates than the panel's own.
    lead : bool
        Of the 90 days before an owner came, instead of its presence.

    Returns
    -------
    Estimate or None
        None where the dates leave nothing to compare.

    References
    ----------
    Liang and Zeger, "Longitudinal data analysis using generalized linear
    models", Biometrika 73, 1986.
    """
    inner = _Inside(panel)
    dates = panel.starts if starts is None else starts
    x = _after(panel, dates)[:, None]
    if lead:
        ahead = (~_after(panel, dates)) & _after(panel, dates - LEAD / HOUR)
        x = np.column_stack((ahead, x))
    return inner.fit(x.astype(float))


def permutation_p(panel: Panel, *, seed: int, draws: int = PERMUTATIONS) -> float:
    """
    Give how often reshuffled starting dates show as large a |t|.

    Parameters
    ----------
    panel : Panel
        Incidents by model.
    seed : int
        Of the shuffles.
    draws : int
        How many, at least 1.

    Returns
    -------
    float
        1 / (draws + 1) to 1; the dates as they were count as one draw.

    References
    ----------
    Phipson and Smyth, "Permutation p-values should never be zero",
    Statistical Applications in Genetics and Molecular Biology 9, 2010.
    """
    inner = _Inside(panel)
    rng = np.random.default_rng(seed)
    dates = np.array(
        [panel.starts, *(rng.permutation(panel.starts) for _ in range(draws))]
    )
    x = panel.opened[:, None] >= dates[:, panel.model].T
    sizes = np.abs(inner.statistics(x.astype(float)))
    # Equal but for rounding counts as equal.
    return float((sizes >= sizes[0] * (1 - 1e-9)).mean())


class _Inside:
    """The panel's outcome with models' and quarters' effects projected out."""

    def __init__(self, panel: Panel) -> None:
        models = panel.model[:, None] == np.unique(panel.model)
        quarters = panel.quarter[:, None] == np.unique(panel.quarter)
        dummies = np.hstack((models, quarters)).astype(float)
        left, sizes, _ = np.linalg.svd(dummies, full_matrices=False)
        self._basis = left[:, sizes > 1e-9 * sizes[0]]
        self._members = models.astype(float)
        self.rank = self._basis.shape[1]
        self.y = self.residuals(panel.y[:, None])

    def residuals(self, columns: Floats) -> Floats:
        """Take the effects out of columns, shape (n, k)."""
        rest: Floats = columns - self._basis @ (self._basis.T @ columns)
        return rest

    def fit(self, x: Floats) -> Estimate | None:
        """Estimate the first column's coefficient, the others held fixed."""
        rest = self.residuals(x)
        if rest.shape[1] > 1:
            others = rest[:, 1:]
            found, *_ = np.linalg.lstsq(others, np.hstack((rest[:, :1], self.y)))
            kept = np.hstack((rest[:, :1], self.y)) - others @ found
            rest, y = kept[:, :1], kept[:, 1:]
        else:
            y = self.y
        power = float((rest**2).sum())
        if power < 1e-9:  # noqa: PLR2004 - nothing but rounding is left
            return None
        beta = float((rest * y).sum() / power)
        errors = y - beta * rest
        parameters = self.rank + x.shape[1]
        n, groups = len(y), self._members.shape[1]
        if n <= parameters or groups < 2:  # noqa: PLR2004 - no spread of one cluster
            return None
        scores = self._members.T @ (rest * errors)
        factor = groups / (groups - 1) * (n - 1) / (n - parameters)
        se = math.sqrt(factor * float((scores**2).sum())) / power
        sigma = math.sqrt(float((errors**2).sum()) / (n - parameters))
        return Estimate(
            beta=beta,
            se=se,
            t=beta / se if se > 0 else math.inf * np.sign(beta) if beta else 0.0,
            models=groups,
            smallest=math.exp(-_VISIBLE * sigma / math.sqrt(power)),
        )

    def statistics(self, x: Floats) -> Floats:
        """Give t of each column by itself, shape (k,); 0 where it tells nothing."""
        rest = self.residuals(x)
        power = (rest**2).sum(axis=0)
        usable = power > 1e-9  # noqa: PLR2004 - nothing but rounding is left
        safe = np.where(usable, power, 1.0)
        beta = (rest * self.y).sum(axis=0) / safe
        scores = self._members.T @ (rest * (self.y - beta * rest))
        spread = np.sqrt((scores**2).sum(axis=0)) / safe
        # The factor of the variance is the same for all: it changes no order.
        found: Floats = np.where(
            usable & (spread > 0), beta / np.maximum(spread, 1e-300), 0
        )
        return found


def _after(panel: Panel, starts: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return panel.opened >= starts[panel.model]


def _judged(bare: Ownership, panel: Panel, *, seed: int) -> Ownership:
    found = estimate(panel)
    if found is None or found.se == 0:
        return replace(bare, reason="models and quarters leave nothing to compare")
    half = t_quantile(0.975, found.models - 1) * found.se
    ci = math.exp(found.beta - half), math.exp(found.beta + half)
    p = permutation_p(panel, seed=seed)
    lead = estimate(panel, lead=True)
    seen = not ci[0] <= 1 <= ci[1] and p <= 0.05  # noqa: PLR2004 - the usual 5 %
    early = lead is not None and abs(lead.t) >= MAX_LEAD_T
    reason = None
    if seen and early:
        reason = "times had begun to change before the owners came"
    return replace(
        bare,
        ratio=math.exp(found.beta),
        ci=ci,
        p=p,
        lead_t=None if lead is None else lead.t,
        smallest_ratio=found.smallest,
        verdict=Verdict.INSIDE_MODEL if seen and not early else Verdict.NO_DIFFERENCE,
        reason=reason,
    )


def _owned(one: Timeline, starts: Starts) -> bool:
    start = starts[one.asset or ""]
    return start is not None and one.opened >= start


def _preceded(one: Timeline, start: datetime | None, as_of: datetime) -> bool:
    """Tell whether an owner came within 7 days of an incident's end, or during it."""
    if start is None or start < one.opened:
        return False
    return start - one.end(as_of) <= TROUBLE


def _quarter(at: datetime) -> int:
    return 4 * at.year + (at.month - 1) // 3


def _lacking(
    cohort: Cohort, found: Sequence[Timeline], arms: Mapping[str, int], both: int
) -> str:
    if not found:
        return "too few to say; no old incident of a model whose owners are on record"
    hours = cohort.spent(found)
    if not math.isfinite(log_sd(hours)) or min(arms.values()) >= MIN_PER_ARM:
        said = Verdict.TOO_FEW.value
    else:
        said = too_few(hours, min(arms.values()))
    return f"{said}; {both} of {MIN_MODELS} models were seen in both states"
