"""
Look-alikes: what resembles a fault and is none, or is another one.

Each names the kinds it must not be taken for.
"""

from __future__ import annotations

import numpy as np
from cases import MODEL, Case, Fault, Injected, drift_mix, keep, replace_days
from faults import FAULTS, concept_shift
from flights import DAY_US

from modelowners.app.demo import training as t


def no_fault(case: Case) -> Injected:
    """Leave everything as it is."""
    del case
    return Injected(None, MODEL, "Nothing", harmless=True)


def restless_season(case: Case) -> Injected:
    """Pass through days that are harder to predict, as they came: nothing broke."""
    del case
    return Injected(
        None,
        MODEL,
        "Nothing",
        kinds=("covariate_shift", "concept_shift", "weak_segment"),
        forbidden=tuple(
            kind
            for kind in FAULTS
            if kind not in {"covariate_shift", "concept_shift", "weak_segment"}
        ),
        harmless=True,
    )


def hot_month(case: Case) -> Injected:
    """Live through the warmest days: not a unit, not an offset."""
    replace_days(
        case, lambda half, rows: float(np.nanmean(half.rows["temp"][rows])), share=0.3
    )
    return Injected(
        None,
        MODEL,
        "A hot fortnight",
        kinds=("covariate_shift",),
        forbidden=("unit_or_scale_change", "offset", "default_fill"),
        harmless=True,
    )


def dry_spell(case: Case) -> Injected:
    """Live through days without rain: true zeros."""
    replace_days(
        case,
        lambda half, rows: -float(np.nanmean(half.rows["precip"][rows])),
        share=0.3,
    )
    return Injected(
        None,
        MODEL,
        "A dry fortnight",
        kinds=("covariate_shift",),
        forbidden=("default_fill", "stale_or_frozen", "missing_values"),
        harmless=True,
    )


def new_product(case: Case) -> Injected:
    """Replace one destination by a new one with other outcomes: not a rename."""
    values, counts = np.unique(case.rows["dest"], return_counts=True)
    old = str(case.rng.choice(values[np.argsort(-counts)][3:12]))
    hit = case.after & (case.rows["dest"] == old)
    column = case.rows["dest"].astype("U24")
    column[hit] = "QQX"
    case.rows["dest"] = column
    for name, step in (("distance", 700.0), ("dest_lat", 6.0), ("dest_lon", -9.0)):
        case.rows[name][hit] += step
    late = case.rows["late"]
    late[case.thin(hit & (late == 0), 0.4)] = 1.0
    return Injected(
        None,
        MODEL,
        f"Serve QQX in place of {old}",
        kinds=("new_category", "concept_shift", "covariate_shift"),
        forbidden=("category_renamed",),
        harmless=True,
    )


def holiday(case: Case) -> Injected:
    """Fly much less on two days: not lost rows."""
    first = case.since_us + int(case.rng.integers(2, 9)) * DAY_US
    at = case.rows["scored_us"]
    quiet = (at >= first) & (at < first + 2 * DAY_US)
    keep(case, ~case.thin(quiet, 0.45))
    return Injected(
        None, MODEL, "Two holidays", forbidden=("rows_lost",), harmless=True
    )


def marked_retries(case: Case) -> Injected:
    """Deliver one row in twenty twice, as ever."""
    everywhere = np.ones(len(case.score), dtype=bool)
    again = np.flatnonzero(case.thin(everywhere, 0.05))
    return Injected(
        None,
        MODEL,
        "Retries",
        forbidden=("duplicated_rows",),
        repeated=again,
        harmless=True,
    )


def growing_fleet(case: Case) -> Injected:
    """Fly larger planes than before: a loud drift without harm."""
    drift_mix(case, "seats", since_us=case.since_us, share=0.6)
    return Injected(
        None,
        MODEL,
        "Larger planes",
        kinds=("covariate_shift",),
        forbidden=("unit_or_scale_change", "offset", "default_fill"),
        harmless=True,
    )


def new_version_new_world(case: Case) -> Injected:
    """Deploy an equally good version to half the rows as the world changes."""
    found = concept_shift(case)
    half = case.rng.random(len(case.score)) < 0.5
    found.version = np.where(case.after & half, "2", "1")
    found.forbidden = ("bad_retrain", "wrong_version_served")
    return found


def innocent_deploy(case: Case) -> Injected:
    """Deploy an equally good version, and nothing else."""
    return Injected(
        None,
        MODEL,
        "Deploy version 2",
        version=np.where(case.after, "2", "1"),
        forbidden=("bad_retrain", "wrong_version_served"),
        harmless=True,
    )


LOOKALIKES: dict[str, Fault] = {
    world.__name__: world
    for world in (
        no_fault,
        restless_season,
        hot_month,
        dry_spell,
        new_product,
        holiday,
        marked_retries,
        growing_fleet,
        new_version_new_world,
        innocent_deploy,
    )
}
"""Name of the world and what makes it."""

CALM = (*t.AIRPORTS[2:], "seats", "plane_year", "distance")
"""Columns that hardly weigh: innocent drift beside a fault happens here."""
