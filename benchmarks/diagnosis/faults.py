"""
Faults, one function a kind: each does to the inputs what such a fault does.

Inputs are altered before the model scores them, so the harm is the model's
own. Column, rows and strength are drawn at random; influential columns oftener.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from cases import (
    MODEL,
    NUMBERS,
    Case,
    Fault,
    Injected,
    in_segment,
    keep,
    replace_days,
)
from flights import DAY_US

from modelowners.app.demo import training as t

UNITS: dict[str, tuple[str, float, float]] = {
    "temp": ("degrees Celsius", 5 / 9, -160 / 9),
    "dewp": ("degrees Celsius", 5 / 9, -160 / 9),
    "wind_speed": ("metres per second", 0.44704, 0.0),
    "visib": ("kilometres", 1.609344, 0.0),
    "pressure": ("inches of mercury", 0.02953, 0.0),
    "humid": ("a fraction", 0.01, 0.0),
    "precip": ("millimetres", 25.4, 0.0),
    "distance": ("kilometres", 1.609344, 0.0),
    "dest_alt": ("metres", 0.3048, 0.0),
    "block": ("hours", 1 / 60, 0.0),
}
SCALABLE = ("sched_dep", "sched_arr", "block", "distance", "seats", "plane_year")
SHIFTABLE = tuple(
    name for name in NUMBERS if name not in {"precip", "visib", "weekday", "dest_tz"}
)
TWINS = (
    ("temp", "dewp"),
    ("humid", "temp"),
    ("sched_dep", "sched_arr"),
    ("wind_speed", "visib"),
    ("dest_lat", "dest_lon"),
    ("plane_year", "seats"),
    ("humid", "dewp"),
)


def missing_values(case: Case) -> Injected:
    """Null a column, or a whole source, in some rows."""
    column = case.pick(t.FEATURES)
    segment, hit = case.segment()
    hit = case.thin(hit, case.rng.uniform(0.4, 1.0))
    names: tuple[str, ...] = (column,)
    if column in t.WEATHER + t.FLEET and case.rng.random() < 0.4:
        names = t.WEATHER if column in t.WEATHER else t.FLEET
    for name in names:
        case.rows[name][hit] = "" if name in t.TEXTS else np.nan
    note = f"Leave {', '.join(names)} empty where the source is slow"
    return Injected("missing_values", case.asset_of(column), note, names, segment)


def default_fill(case: Case) -> Injected:
    """Put a constant where values were."""
    column = case.pick([n for n in NUMBERS if n not in {"precip", "weekday"}])
    segment, hit = case.segment()
    hit = case.thin(hit, case.rng.uniform(0.4, 1.0))
    mean = float(np.round(np.nanmean(case.rows[column][~case.after]), 2))
    value = float(case.rng.choice([0.0, mean, -999.0]))
    case.rows[column][hit] = value
    note = f"Fill {column} with {value:g}{in_segment(segment)}"
    return Injected("default_fill", case.asset_of(column), note, (column,), segment)


def unit_or_scale_change(case: Case) -> Injected:
    """Change a unit, or multiply; in all rows, a segment, or part of them."""
    known = case.rng.random() < 0.65
    column = case.pick(list(UNITS) if known else SCALABLE)
    segment, hit = case.segment(chance=0.25)
    if case.rng.random() < 0.2:
        hit = case.thin(hit, case.rng.uniform(0.4, 0.8))
    if known:
        unit, a, b = UNITS[column]
    else:
        a, b = float(np.exp(case.rng.choice([-1, 1]) * case.rng.uniform(0.4, 1.5))), 0.0
        unit = f"another scale (times {a:.3g})"
    columns: tuple[str, ...] = (column,)
    if column in t.TEMPERATURES and case.rng.random() < 0.5:
        columns = t.TEMPERATURES
    for name in columns:
        case.rows[name][hit] = np.round(case.rows[name][hit] * a + b, 4)
    note = f"Deliver {' and '.join(columns)} in {unit}{in_segment(segment)}"
    return Injected(
        "unit_or_scale_change", case.asset_of(column), note, columns, segment
    )


def offset(case: Case) -> Injected:
    """Add a constant."""
    column = case.pick(SHIFTABLE)
    segment, hit = case.segment()
    size = case.rng.choice([-1, 1]) * case.rng.uniform(0.7, 2.0) * case.spread(column)
    step = float(np.round(size, 1)) or 0.1
    case.rows[column][hit] += step
    note = f"Calibrate {column} anew ({step:+g}){in_segment(segment)}"
    return Injected("offset", case.asset_of(column), note, (column,), segment)


def clock_shift(case: Case) -> Injected:
    """Deliver local clock times in another zone."""
    hours = int(case.rng.choice([-5, -4, -3, 2, 3, 4, 5]))
    segment, hit = case.segment(chance=0.3)
    dep, arr = case.rows["sched_dep"], case.rows["sched_arr"]
    dep[hit] = (dep[hit] + 60 * hours) % 1440
    arr[hit] = dep[hit] + case.rows["block"][hit]
    note = f"Write schedule times in UTC{hours:+d} instead of local time"
    return Injected(
        "clock_shift",
        "dataset:flight-schedule",
        note,
        ("sched_dep", "sched_arr"),
        segment,
    )


def category_renamed(case: Case) -> Injected:
    """Write some or all values of a text column in another way."""
    column = case.pick(("carrier", "dest", "engine", "origin"))
    values, counts = np.unique(case.rows[column], return_counts=True)
    common = values[np.argsort(-counts)]
    common = common[common != ""]
    way = str(case.rng.choice(["lower", "prefix", "code"]))
    number = len(common) if way != "code" else int(case.rng.integers(1, 4))
    if column == "carrier" and way == "code":
        common = case.rng.permutation(common[:5])
    chosen = common[:number]
    hit = case.after
    old = case.rows[column].astype("U24")
    for value in chosen:
        old[hit & (old == value)] = rewrite(str(value), way)
    case.rows[column] = old
    sample = ", ".join(f"{v} as {rewrite(str(v), way)}" for v in chosen[:3])
    return Injected(
        "category_renamed",
        case.asset_of(column),
        f"Write {column} {sample}",
        (column,),
    )


def rewrite(value: str, way: str) -> str:
    """
    Write a value in another way.

    >>> rewrite("UA", "prefix")
    'US-UA'
    """
    return {"lower": value.lower(), "prefix": f"US-{value}", "code": f"{value}1"}[way]


def new_category(case: Case) -> Injected:
    """Put a value never seen on some rows of several values."""
    column = case.pick(("carrier", "dest", "engine"))
    hit = case.thin(case.after, case.rng.uniform(0.5, 0.95))
    value = str(case.rng.choice(["OTHER", "PARTNER", "ZZ"]))
    wide = case.rows[column].astype("U24")
    wide[hit] = value
    case.rows[column] = wide
    note = f"Introduce {column} {value} for joint operations"
    return Injected("new_category", case.asset_of(column), note, (column,))


def stale_or_frozen(case: Case) -> Injected:
    """Serve the weather of the onset, or of some days ago, ever since."""
    if case.rng.random() < 0.5:
        return _frozen(case)
    back = int(case.rng.integers(1, 6))
    hour = case.rows["scored_us"] // (3600 * t.SECONDS)
    _, place = np.unique(case.rows["origin"], return_inverse=True)
    key = place * 10**9 + hour
    order = np.argsort(key, kind="stable")
    wanted = key[case.after] - 24 * back
    found = np.clip(np.searchsorted(key[order], wanted, "right") - 1, 0, None)
    for name in t.WEATHER:
        case.rows[name][case.after] = case.rows[name][order][found].copy()
    note = f"Read weather from the copy that is {back} days behind"
    return Injected("stale_or_frozen", "dataset:weather", note, t.WEATHER)


def _frozen(case: Case) -> Injected:
    column = case.pick(t.WEATHER)
    names = (column,) if case.rng.random() < 0.5 else t.WEATHER
    for origin in np.unique(case.rows["origin"]):
        there = case.rows["origin"] == origin
        last = np.flatnonzero(there & ~case.after)[-1]
        for name in names:
            case.rows[name][there & case.after] = case.rows[name][last]
    note = f"Keep the last known {', '.join(names)} when a station does not answer"
    return Injected(
        "stale_or_frozen", "dataset:weather", note, names, kinds=("default_fill",)
    )


def rows_lost(case: Case) -> Injected:
    """Lose a share of the rows, of all or of one segment."""
    segment, hit = case.segment(chance=0.7)
    gone = case.thin(hit, case.rng.uniform(0.4, 0.95))
    keep(case, ~gone)
    note = f"Filter schedule rows by the new release flag{in_segment(segment)}"
    return Injected(
        "rows_lost",
        "dataset:flight-schedule",
        note,
        segment=segment,
        assets=(MODEL,),
        harmless=True,
    )


def duplicated_rows(case: Case) -> Injected:
    """Deliver a share of the rows twice."""
    segment, hit = case.segment(chance=0.5)
    again = np.flatnonzero(case.thin(hit, case.rng.uniform(0.3, 1.0)))
    note = f"Send schedule rows again after a time-out{in_segment(segment)}"
    return Injected(
        "duplicated_rows",
        "dataset:flight-schedule",
        note,
        segment=segment,
        assets=(MODEL,),
        repeated=again,
        harmless=True,
    )


def schema_change(case: Case) -> Injected:
    """Drop a column, or deliver it under another name: the model sees nothing."""
    column = case.pick(t.FEATURES)
    blank = "" if column in t.TEXTS else np.nan
    old = case.rows[column].copy()
    case.rows[column][case.after] = blank
    note = f"Remove the field {column} from the contract"
    logged: dict[str, npt.NDArray[Any]] = {}
    if case.rng.random() < 0.5:
        note = f"Rename the field {column} to {column}_v2"
        logged = {f"{column}_v2": old}
    return Injected(
        "schema_change",
        case.asset_of(column),
        note,
        (column,),
        kinds=("missing_values",),
        logged=logged,
        dropped=(column,),
        change="schema",
    )


def relation_broken(case: Case) -> Injected:
    """Let a sum between schedule columns no longer hold, in a segment or in all."""
    segment, hit = case.segment(chance=0.7)
    if case.rng.random() < 0.5:
        extra = float(case.rng.choice([20, 30, 45]))
        case.rows["block"][hit] += extra
        note = f"Count {extra:g} minutes of taxiing in block{in_segment(segment)}"
        column = "block"
    else:
        zone = (case.rows["dest_tz"] + 5) * 60
        hit &= ~np.isnan(zone) & (zone != 0)
        case.rows["sched_arr"][hit] -= zone[hit]
        note = f"Write sched_arr in the time of the origin{in_segment(segment)}"
        column = "sched_arr"
    return Injected(
        "relation_broken",
        "dataset:flight-schedule",
        note,
        (column,),
        segment,
        kinds=("offset",) if column == "block" else ("offset", "clock_shift"),
    )


def column_swap(case: Case) -> Injected:
    """Exchange two columns."""
    pairs = dict(TWINS)
    first = case.pick(tuple(pairs))
    second = pairs[first]
    segment, hit = case.segment(chance=0.3)
    kept = case.rows[first][hit].copy()
    case.rows[first][hit] = case.rows[second][hit]
    case.rows[second][hit] = kept
    note = f"Reorder the fields {first} and {second}{in_segment(segment)}"
    return Injected("column_swap", case.asset_of(first), note, (first, second), segment)


def corrupted_values(case: Case) -> Injected:
    """Add noise around the true value."""
    column = case.pick(SHIFTABLE)
    segment, hit = case.segment()
    hit = case.thin(hit, case.rng.uniform(0.6, 1.0))
    noise = case.rng.normal(
        0, case.rng.uniform(1.2, 3.0) * case.spread(column), hit.sum()
    )
    case.rows[column][hit] += np.round(noise, 2)
    note = f"Decode {column} with the fast parser{in_segment(segment)}"
    return Injected("corrupted_values", case.asset_of(column), note, (column,), segment)


def type_change(case: Case) -> Injected:
    """Log numbers as text with a unit: the model cannot read them."""
    column = case.pick(NUMBERS)
    suffix = str(case.rng.choice([" units", "*", " (est.)"]))
    text = np.array(
        ["" if np.isnan(v) else f"{v:g}{suffix}" for v in case.rows[column]],
        dtype="U32",
    )
    case.rows[column][case.after] = np.nan
    note = f'Deliver {column} as text such as "70{suffix}"'
    return Injected(
        "type_change",
        case.asset_of(column),
        note,
        (column,),
        kinds=("schema_change", "missing_values"),
        logged={column: text},
        change="schema",
    )


def label_fault(case: Case) -> Injected:
    """Record some flights that were on time as late, whatever they were."""
    share = case.rng.uniform(0.15, 0.35)
    late = case.rows["late"]
    late[case.thin(case.after & (late == 0), share)] = 1.0
    note = "Record arrivals by the gate clock"
    return Injected("label_fault", "dataset:outcomes", note, assets=(MODEL,))


def concept_shift(case: Case) -> Injected:
    """Make some carriers' flights late more often at equal inputs."""
    values, counts = np.unique(case.rows["carrier"], return_counts=True)
    big = values[counts >= 0.06 * counts.sum()]
    chosen = case.rng.choice(big, int(case.rng.integers(1, 3)), replace=False)
    there = case.after & np.isin(case.rows["carrier"], chosen)
    late = case.rows["late"]
    late[case.thin(there & (late == 0), case.rng.uniform(0.3, 0.6))] = 1.0
    segment = {"carrier": str(chosen[0])} if len(chosen) == 1 else {}
    note = f"Strike at {', '.join(map(str, chosen))}"
    return Injected("concept_shift", MODEL, note, segment=segment)


def covariate_shift(case: Case) -> Injected:
    """Live through the half year's hardest days, whole days at a time."""
    replace_days(case, lambda half, rows: half.score[rows].mean(), share=0.25)
    return Injected("covariate_shift", MODEL, "A stormy fortnight")


def bad_retrain(case: Case) -> Injected:
    """Serve a version trained on too few, spoilt rows, to all or to a share."""
    hit = case.after
    if case.rng.random() < 0.5:
        hit = case.thin(hit, case.rng.uniform(0.4, 0.7))
    score = np.full(len(hit), np.nan)
    score[hit] = case.half.poor.score({n: v[hit] for n, v in case.rows.items()})
    version = np.where(hit, "2", "1")
    return Injected(
        "bad_retrain",
        MODEL,
        "Retrain on the last fortnight only",
        version=version,
        score=score,
        change="deploy",
        version_change="2",
    )


def wrong_version_served(case: Case) -> Injected:
    """Fall back to a version that was replaced four weeks before."""
    at = case.rows["scored_us"]
    replaced = case.since_us - 35 * DAY_US
    hit = case.after | (at < replaced)
    score = np.full(len(hit), np.nan)
    score[hit] = case.half.old.score({n: v[hit] for n, v in case.rows.items()})
    version = np.where(hit, "1", "2")
    return Injected(
        "wrong_version_served",
        MODEL,
        "Restore the service from its image of last month",
        version=version,
        score=score,
        change="config",
    )


def weak_segment(case: Case) -> Injected:
    """Let the share of a slice grow in which the model was always bad."""
    loss = t.log_loss(case.rows["late"], case.score)
    before = ~case.after
    values, counts = np.unique(case.rows["carrier"][before], return_counts=True)
    big = [v for v, n in zip(values, counts, strict=True) if n >= 0.05 * counts.sum()]
    bad = max(big, key=lambda v: np.nanmean(loss[before & (case.rows["carrier"] == v)]))
    there = case.rows["carrier"] == bad
    keep(case, before_or(case, there, case.rng.uniform(0.1, 0.25)))
    return Injected(
        "weak_segment",
        MODEL,
        f"More flights of {bad}",
        segment={"carrier": str(bad)},
        kinds=("covariate_shift",),
    )


def before_or(case: Case, chosen: t.Bools, rest: float) -> t.Bools:
    """Keep all rows before the onset, all chosen since, and a share of the rest."""
    return ~case.after | chosen | case.thin(case.after, rest)


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        missing_values,
        default_fill,
        unit_or_scale_change,
        offset,
        clock_shift,
        category_renamed,
        new_category,
        stale_or_frozen,
        rows_lost,
        duplicated_rows,
        schema_change,
        relation_broken,
        column_swap,
        corrupted_values,
        type_change,
        label_fault,
        concept_shift,
        covariate_shift,
        bad_retrain,
        wrong_version_served,
        weak_segment,
    )
}
"""Kind of cause and what injects it."""
