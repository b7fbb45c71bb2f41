"""Any investigation that `debug` could hand over, however odd, for every face."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
from hypothesis import strategies as st

from modelowners.app.investigation import Drift, Investigation, Point, Series
from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId
from modelowners.core.time import Onset, TimeWindow, parse_instant
from modelowners.diagnosis.causes import (
    Against,
    Cause,
    CauseKind,
    CauseOwner,
    Diagnosis,
    Notice,
    Reference,
    RepairPlan,
    SegmentHarm,
    Symptom,
)
from modelowners.ledger.changes import Change, ChangeKind, Source, Who
from modelowners.observations.questions import QUANTILE_LEVELS, Contrast, Side

START = parse_instant("2026-01-01")
texts = st.text(max_size=30)
names = st.text(min_size=1, max_size=20)
maybe = st.none() | texts
figures = st.floats(width=64)
finite = st.floats(-1e9, 1e9)
counts = st.integers(0, 10**9)
shares = st.floats(0, 1)
assets = st.builds(
    lambda kind, name: AssetId(f"{kind}:{name}"),
    st.sampled_from(["model", "dataset", "feature"]),
    names,
)
instants = st.integers(0, 400 * 24 * 60).map(lambda m: START + timedelta(minutes=m))
segments = st.dictionaries(names, texts, max_size=2)
evidence = st.builds(
    Evidence, texts, texts, st.none() | figures, st.none() | figures, maybe
)


@st.composite
def windows(draw: st.DrawFn) -> TimeWindow:
    """Draw a window of at least a minute."""
    start = draw(instants)
    return TimeWindow(start, start + timedelta(minutes=draw(st.integers(1, 90_000))))


@st.composite
def onsets(draw: st.DrawFn) -> Onset:
    """Draw an onset in its order."""
    low, at, high = sorted(draw(st.tuples(instants, instants, instants)))
    return Onset(at, low, high)


changes = st.builds(
    Change,
    kind=st.sampled_from(ChangeKind),
    asset=assets,
    what=texts,
    source=st.builds(
        Source, st.sampled_from(["git", "record"]), texts, names, url=maybe
    ),
    recorded_at=instants,
    occurred_at=st.none() | instants,
    observed_between=st.none() | windows(),
    who=st.builds(Who, maybe, maybe, texts),
    before=st.dictionaries(names, texts | finite | st.none(), max_size=3),
    after=st.dictionaries(names, st.lists(finite, max_size=2), max_size=3),
    diff_text=maybe,
    path=maybe,
    commit=maybe,
    why=maybe,
)
symptoms = st.builds(
    Symptom,
    metric=st.sampled_from(["log_loss", "mae", "bias", "score", "auc"]) | names,
    before=figures,
    after=figures,
    ci=st.tuples(figures, figures),
    state=st.sampled_from(["measured", "estimated", "not yet measurable"]),
    onset=onsets(),
    segments=st.lists(
        st.builds(
            SegmentHarm, where=segments, before=figures, after=figures, rows=counts
        ),
        max_size=5,
    ).map(tuple),
    rows=counts,
)


@st.composite
def sides(draw: st.DrawFn, *, numeric: bool) -> Side:
    """Draw one side of a contrast, perhaps without a single row."""
    values = draw(st.dictionaries(names, st.integers(1, 1_000), max_size=12))
    n = sum(values.values())
    nulls = draw(st.integers(0, 100))
    data = np.sort(np.array(draw(st.lists(finite, min_size=2, max_size=39))))
    known = numeric and n > 0
    nan = math.nan
    return Side(
        rows=n + nulls,
        n=n,
        nulls=nulls,
        quantiles=np.quantile(data, QUANTILE_LEVELS) if known else np.zeros(0),
        mean=float(data.mean()) if known else nan,
        sd=float(data.std()) if known else nan,
        minimum=float(data[0]) if known else nan,
        maximum=float(data[-1]) if known else nan,
        values=values,
        distinct=draw(st.integers(0, 10_000)),
    )


@st.composite
def contrasts(draw: st.DrawFn) -> Contrast:
    """Draw a column before and after."""
    numeric = draw(st.booleans())
    return Contrast(
        column=draw(names),
        numeric=numeric,
        before=draw(sides(numeric=numeric)),
        after=draw(sides(numeric=numeric)),
    )


@st.composite
def series(draw: st.DrawFn) -> Series:
    """Draw a metric over neighbouring windows, some of them unknown."""
    start, points = draw(instants), []
    step = timedelta(hours=draw(st.sampled_from([1, 24, 24 * 7])))
    for value in draw(st.lists(figures, min_size=1, max_size=70)):
        points.append(
            Point(
                window=TimeWindow(start, start + step),
                value=value,
                low=draw(st.sampled_from([math.nan, value])),
                high=value,
                rows=draw(st.integers(0, 1_000)),
            )
        )
        start += step
    return Series(metric=draw(names), points=tuple(points), segment=draw(segments))


@st.composite
def causes(draw: st.DrawFn, rank: int, known: list[Change]) -> Cause:
    """Draw a cause, perhaps matched to a known change."""
    change = draw(st.none() | st.sampled_from(known)) if known else None
    return Cause(
        rank=rank,
        kind=draw(st.sampled_from(CauseKind)),
        asset=draw(assets),
        level=draw(st.sampled_from(["source", "feature", "served", "model"])),
        onset=draw(onsets()),
        probability=draw(shares),
        owner=CauseOwner(
            team=draw(maybe),
            person=draw(maybe),
            why=tuple(draw(st.lists(texts, max_size=2))),
        ),
        column=draw(maybe),
        columns=tuple(draw(st.lists(names, max_size=3))),
        segment=draw(segments),
        change_id=change.id if change else None,
        share=draw(st.none() | shares),
        evidence=tuple(draw(st.lists(evidence, max_size=3))),
        against=tuple(
            draw(st.lists(st.builds(Against, text=texts, column=maybe), max_size=2))
        ),
        repair=draw(
            st.none()
            | st.builds(RepairPlan, action=texts, harm_after=st.none() | figures)
        ),
    )


@st.composite
def investigations(draw: st.DrawFn) -> Investigation:
    """Draw an investigation."""
    known = draw(st.lists(changes, max_size=3))
    found = tuple(
        draw(causes(rank=rank, known=known))
        for rank in range(1, draw(st.integers(0, 4)) + 1)
    )
    diagnosis = Diagnosis(
        model=AssetId(f"model:{draw(names)}"),
        window=draw(windows()),
        reference=Reference(window=draw(windows()), why=draw(texts)),
        symptom=draw(st.none() | symptoms),
        causes=found,
        unexplained=draw(st.none() | shares),
        weaknesses=tuple(draw(st.lists(evidence, max_size=2))),
        not_looked_at=tuple(draw(st.lists(texts, max_size=6))),
        notified_would_be=tuple(
            draw(st.lists(st.builds(Notice, person=texts, role=texts), max_size=2))
        ),
    )
    drifts = st.builds(
        Drift, column=names, score=figures, asset=st.none() | assets, team=maybe
    )
    return Investigation(
        diagnosis=diagnosis,
        series=draw(st.none() | series()),
        contrasts={cause.rank: draw(contrasts()) for cause in found},
        changes={change.id: change for change in known},
        drift_ranking=tuple(draw(st.lists(drifts, max_size=3))),
        notes=tuple(draw(st.lists(texts, max_size=2))),
        interrupted=draw(st.booleans()),
        as_of=draw(st.none() | instants),
    )
