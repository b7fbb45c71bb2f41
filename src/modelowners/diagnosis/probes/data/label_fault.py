"""Wrong labels: outcomes change evenly at equal scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelowners.core.evidence import Evidence
from modelowners.diagnosis.cases import Case
from modelowners.diagnosis.causes import CauseKind, Suspect
from modelowners.diagnosis.strengths import percent, rising
from modelowners.diagnosis.symptoms import (
    labelled_masks,
    outcome_between,
    split_growth,
)
from modelowners.observations.logs import Task
from modelowners.observations.profiles import EVERYTHING

FEWEST = 3
"""Groups of scores through which a line can be fitted; slices that can be compared."""
FEWEST_ROWS = 30
LEAST_PART = 0.03
"""A slice with a smaller share of the rows has outcomes of its own by chance."""
BINS = 10
Floats = npt.NDArray[np.float64]


def probe(case: Case) -> list[Suspect]:
    """
    Find labels that flipped, vanished or jumped alike at every score.

    A changed world moves outcomes in some slices more than in others; a fault
    of the labels moves them alike everywhere. A changed model moves the scores:
    then equal ones stand for other rows, and their outcomes tell nothing.
    """
    harmed = case.harmed
    if harmed is None or case.task is not Task.BINARY:
        return []
    flat = flattening(case, harmed.index)
    split = split_growth(case.frame, harmed.index)
    if flat is None or split is None:
        return []
    residual = rising(1 - split.explained, 0.3, 0.8)
    even = evenness(case, harmed.index, by="signed" if flat.lifts else case.loss)
    strength = 0.9 * residual * flat.strength * even * _same_scores(case)
    if strength <= 0:
        return []
    column = case.log.labels.actual if case.log.labels is not None else "label"
    return [
        Suspect(
            kind=CauseKind.LABEL_FAULT,
            columns=(column,),
            onset=harmed.onset,
            strength=strength,
            size=harmed.shift.size,
            affected=flat.wrong,
            evidence=(
                Evidence(
                    "outcome",
                    f"at equal scores outcomes moved alike in every slice, by "
                    f"{percent(abs(flat.lift))} of the rows, as if "
                    f"{percent(flat.wrong)} of the labels were wrong",
                    flat.lift,
                    0.0,
                    "profile",
                ),
            ),
            repair="read the labels again from their source",
        )
    ]


def _same_scores(case: Case) -> float:
    """Tell how surely equal inputs still get equal scores, 0 to 1."""
    moved = case.mapping_moved(case.harmed.index) if case.harmed is not None else None
    return 1.0 if moved is None else 1 - rising(moved, 1.5, 4.0)


@dataclass(frozen=True, slots=True)
class Flattening:
    """
    How outcomes at equal scores now depend on those before.

    Parameters
    ----------
    slope : float
        1 where nothing changed, 0 where outcomes no longer follow the score.
    lift : float
        How much the rate of positives rose at equal scores, -1 to 1.
    wrong : float
        Share of labels that would have to be wrong at the least, 0 to 1.
    strength : float
        How well that alone fits, 0 to 1.
    lifts : bool
        Whether labels moved one way rather than flipped both ways.
    """

    slope: float
    lift: float
    wrong: float
    strength: float
    lifts: bool


def flattening(case: Case, index: int) -> Flattening | None:
    """
    Fit ``rate after = slope * rate before + lift`` over ten groups of scores.

    Returns
    -------
    Flattening or None
        None where labels are too few.
    """
    rates = rates_by_score(case, index)
    if rates is None:
        return None
    x, y, weight = rates
    centre_x, centre_y = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = float(np.average((x - centre_x) ** 2, weights=weight))
    if spread <= 1e-6:  # noqa: PLR2004 - the model does not tell rows apart
        return None
    slope = float(np.average((x - centre_x) * (y - centre_y), weights=weight)) / spread
    lift = float(centre_y - slope * centre_x)
    error = np.sqrt(np.average((y - slope * x - lift) ** 2, weights=weight))
    noise = np.sqrt(np.average(y * (1 - y) / np.maximum(weight, 1), weights=weight))
    moved = np.sqrt(np.average((y - x) ** 2, weights=weight))
    rise = float(np.average(y - x, weights=weight))
    fits = 1 - rising(float(error / max(moved, 1e-9)), 0.3, 0.8)
    clear = rising(float(moved / max(noise, 1e-9)), 2.0, 5.0)
    seen = max(rising(1 - slope, 0.05, 0.25), rising(abs(rise), 0.05, 0.15))
    wrong = max(abs(rise), float(np.clip((1 - slope) / 2, 0, 1)))
    lifts = abs(rise) >= 0.5 * float(moved)
    return Flattening(slope, rise, wrong, seen * fits * clear, lifts)


def rates_by_score(case: Case, index: int) -> tuple[Floats, Floats, Floats] | None:
    """
    Give outcome rates before and after in ten groups of equal scores.

    Returns
    -------
    tuple of ndarray or None
        Rates before, after, and rows after, each of shape (n_groups,) with at
        most 10; None where a side has no labelled score.
    """
    before, after = labelled_masks(case.frame, index)
    old = outcome_between(case.frame.of(), before)
    new = outcome_between(case.frame.of(), after)
    if not len(old.score_n) or len(old.score_n) != len(new.score_n):
        return None
    total = old.score_n.cumsum()
    if not total[-1] or not new.score_n.sum():
        return None
    group = np.clip((total - 1) * BINS // total[-1], 0, BINS - 1)
    figures = [
        np.bincount(group, weights=part, minlength=BINS)
        for part in (old.score_n, old.score_actual, new.score_n, new.score_actual)
    ]
    keep = (figures[0] > 0) & (figures[2] > 0)
    n_old, a_old, n_new, a_new = (f[keep] for f in figures)
    if len(n_old) < FEWEST:
        return None
    return a_old / n_old, a_new / n_new, n_new.astype(np.float64)


def evenness(case: Case, index: int, *, by: str = "signed") -> float:
    """
    Tell how alike outcomes moved in all slices, at equal scores.

    Parameters
    ----------
    case : Case
        With its slices.
    index : int
        Window of the onset.
    by : str
        Loss whose growth is compared: ``signed`` where labels moved one way,
        the primary one where they flipped both ways.

    Returns
    -------
    float
        1 where every slice moved as all rows did, 0 where some moved clearly
        more; of fewer than three slices, as far as none holds the growth.
    """
    before, after = labelled_masks(case.frame, index)
    rows = outcome_between(case.frame.of(), after).labelled
    moves = []
    for partition in sorted(case.frame.profiles):
        if partition == EVERYTHING:
            continue
        sides = [
            outcome_between(case.frame.of(partition), mask).losses.get(by)
            for mask in (before, after)
        ]
        old, new = sides
        if old is None or new is None or min(old.n, new.n) < FEWEST_ROWS:
            continue
        if new.n >= LEAST_PART * rows:
            noise = old.variance / old.n + new.variance / new.n
            moves.append((new.mean - old.mean, noise, new.n))
    if len(moves) < FEWEST:
        return 1 - 0.5 * case.concentration()
    move, noise, n = np.array(moves, np.float64).T
    centre = np.average(move, weights=n)
    between = np.average((move - centre) ** 2, weights=n) - np.average(noise, weights=n)
    uneven = np.sqrt(max(between, 0.0)) / max(abs(centre), 1e-9)
    return 1 - rising(float(uneven), 0.12, 0.3)
