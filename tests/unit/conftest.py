"""Investigations as `debug` would hand them over, made by hand, for every face."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import numpy as np
import pytest

from modelowners.app.investigation import Drift, Investigation, Point, Series
from modelowners.catalog.owners import Duty, Owner, Ownership, Status
from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId, asset_id
from modelowners.core.time import DAY, HOUR, Onset, TimeWindow, parse_instant
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

MODEL = asset_id("model:late-arrival")
WEATHER = asset_id("dataset:weather")
FLEET = asset_id("dataset:fleet")
ONSET_AT = parse_instant("2026-10-12T06:00Z")
ONSET = Onset(ONSET_AT, ONSET_AT - 2 * HOUR, ONSET_AT + HOUR)
REFERENCE = TimeWindow.parse("2026-09-01/2026-10-01")
WINDOW = TimeWindow.parse("2026-10-01/2026-11-01")
NORMAL = np.array([-1.96, -1.28, -0.67, 0.0, 0.67, 1.28, 1.96])
NORMAL_LEVELS = np.array([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])


def side(mean: float, sd: float, *, nulls: int = 0) -> Side:
    """One side of a numeric contrast, about normal, 10,000 rows."""
    bends = np.interp(QUANTILE_LEVELS, NORMAL_LEVELS, NORMAL)
    return Side(
        rows=10_000,
        n=10_000 - nulls,
        nulls=nulls,
        quantiles=mean + sd * bends,
        mean=mean,
        sd=sd,
        minimum=mean - 3 * sd,
        maximum=mean + 3 * sd,
        distinct=900,
    )


def words_side(values: Mapping[str, int], *, nulls: int = 0) -> Side:
    """One side of a text contrast."""
    n = sum(values.values())
    return Side(
        rows=n + nulls,
        n=n,
        nulls=nulls,
        quantiles=np.zeros(0),
        mean=float("nan"),
        sd=float("nan"),
        minimum=float("nan"),
        maximum=float("nan"),
        values=values,
        distinct=len(values),
    )


def owned(asset: AssetId, team: str, person: str | None, why: str) -> Ownership:
    """Who answers for an asset at the onset."""
    duty = Duty(person, why=(why,))
    return Ownership(
        asset=asset,
        at=ONSET_AT,
        status=Status.OWNED,
        owner=Owner("team", team),
        declared="modelowners.yaml:12",
        tier=1,
        accountable=duty,
        responder=duty,
    )


def daily_loss() -> Series:
    """61 days of log loss: near 0.31, then near 0.39 from the onset on."""
    points = []
    for day in range(61):
        start = REFERENCE.start + day * DAY
        worse = start + DAY > ONSET_AT
        value = (0.39 if worse else 0.31) + 0.006 * ((day * 7) % 5 - 2)
        known = day != 20
        points.append(
            Point(
                window=TimeWindow(start, start + DAY),
                value=value if known else float("nan"),
                low=value - 0.012 if known else float("nan"),
                high=value + 0.012 if known else float("nan"),
                rows=1_000 if known else 0,
            )
        )
    return Series(metric="log_loss", points=tuple(points))


GUILTY = Change(
    kind=ChangeKind.CONFIG,
    asset=WEATHER,
    what="Switch to the provider's metric feed",
    source=Source("git", "flights", "3f2a9c51", url=None),
    recorded_at=ONSET_AT + HOUR,
    occurred_at=ONSET_AT - HOUR,
    who=Who("wes", "Wes <wes@example.org>"),
    before={"units": "imperial"},
    after={"units": "metric"},
    diff_text="--- a/weather.toml\n+++ b/weather.toml\n"
    '@@ -3 +3 @@\n-units = "imperial"\n+units = "metric"\n',
    path="feeds/weather.toml",
    commit="3f2a9c51d0",
)
INNOCENT = Change(
    kind=ChangeKind.DEPENDENCY,
    asset=FLEET,
    what="Bump the fleet reader",
    source=Source("git", "flights", "77aa"),
    recorded_at=ONSET_AT - 2 * DAY,
    occurred_at=ONSET_AT - 3 * DAY,
)


def make_cause(kind: CauseKind, **fields: object) -> Cause:
    """A cause of a kind in the weather feed."""
    cause = Cause(
        rank=1,
        kind=kind,
        asset=WEATHER,
        level="source",
        column="temp",
        columns=("temp",),
        change_id=GUILTY.id,
        onset=ONSET,
        probability=0.93,
        share=0.81,
        owner=CauseOwner(
            team="weather-feed",
            person="wes",
            why=("feature temp is claimed by dataset:weather", "lead of weather-feed"),
        ),
        evidence=(
            Evidence(
                "signature",
                "values fit 0.5556 x - 17.78: °F -> °C, exact on 98 % of keys",
                0.98,
                0.0,
                "contrast",
            ),
            Evidence("repair", "undone, the harm falls by 81 %", 0.33, 0.39, "repair"),
            Evidence("ledger", "a change of its units fits the onset to the hour"),
        ),
        repair=RepairPlan(action="convert temp back to °F", harm_after=0.325),
    )
    return dataclasses.replace(cause, **fields)  # type: ignore[arg-type]  # by name


@pytest.fixture
def cause_of() -> Callable[..., Cause]:
    """Make a cause of a kind."""
    return make_cause


def diagnosed(*causes: Cause) -> Diagnosis:
    """A diagnosis of late-arrival with these causes."""
    return Diagnosis(
        model=MODEL,
        window=WINDOW,
        reference=Reference(window=REFERENCE, why="declared"),
        symptom=Symptom(
            metric="log_loss",
            before=0.31,
            after=0.389,
            ci=(0.38, 0.398),
            state="measured",
            onset=ONSET,
            segments=(
                SegmentHarm(
                    where={"origin": "JFK"}, before=0.30, after=0.45, rows=6_060
                ),
            ),
            rows=20_000,
        ),
        causes=causes,
        unexplained=0.19,
        weaknesses=(
            Evidence("join", "the fleet registry misses most rows of MQ", 0.93),
        ),
        not_looked_at=("no scorer: repair estimated from a stand-in",),
        notified_would_be=(
            Notice(person="wes", role="owner of the cause"),
            Notice(person="ana", role="symptom, note"),
        ),
    )


@pytest.fixture
def late_arrival() -> Investigation:
    """Weather's temperatures in °C: a sure cause, a weak second, a loud drift."""
    weak = make_cause(
        CauseKind.COVARIATE_SHIFT,
        rank=2,
        asset=MODEL,
        level="model",
        column="wind_speed",
        columns=("wind_speed", "visib", "precip"),
        change_id=None,
        probability=0.04,
        share=None,
        owner=CauseOwner(team="risk-ml", person="ana"),
        evidence=(Evidence("decomposition", "the inputs explain 6 %", 0.06, 0.0),),
        repair=None,
    )
    against = Against(
        text="wind_speed drifts, but rows with it have no excess loss",
        kind=CauseKind.COVARIATE_SHIFT,
        column="wind_speed",
    )
    sure = make_cause(CauseKind.UNIT_OR_SCALE_CHANGE, against=(against,))
    text = Contrast(
        column="wind_speed",
        numeric=False,
        before=words_side({"calm": 700, "gale": 300}),
        after=words_side({"calm": 400, "gale": 500, "storm": 100}, nulls=50),
    )
    number = Contrast(
        column="temp", numeric=True, before=side(57.0, 17.0), after=side(13.9, 9.4)
    )
    return Investigation(
        diagnosis=diagnosed(sure, weak),
        series=daily_loss(),
        contrasts={1: number, 2: text},
        changes={GUILTY.id: GUILTY, INNOCENT.id: INNOCENT},
        ownership={
            MODEL: owned(MODEL, "risk-ml", "ana", "lead of risk-ml"),
            WEATHER: owned(WEATHER, "weather-feed", "wes", "lead of weather-feed"),
        },
        drift_ranking=(
            Drift(column="wind_speed", score=0.41, asset=FLEET, team="fleet-team"),
            Drift(column="temp", score=0.40, asset=WEATHER, team="weather-feed"),
        ),
    )


@pytest.fixture
def healthy(late_arrival: Investigation) -> Investigation:
    """Nothing is worse, everything was looked at."""
    diagnosis = dataclasses.replace(
        late_arrival.diagnosis,
        symptom=None,
        causes=(),
        unexplained=None,
        weaknesses=(),
        not_looked_at=(),
        notified_would_be=(),
    )
    return Investigation(diagnosis=diagnosis, series=daily_loss())


@pytest.fixture
def undecided(late_arrival: Investigation) -> Investigation:
    """Worse, and no candidate reaches one half."""
    first, second = late_arrival.diagnosis.causes
    causes = (
        dataclasses.replace(first, probability=0.4, change_id=None, share=None),
        dataclasses.replace(second, probability=0.2),
    )
    diagnosis = dataclasses.replace(
        late_arrival.diagnosis, causes=causes, unexplained=None
    )
    return dataclasses.replace(late_arrival, diagnosis=diagnosis)


HOSTILE = "<script>alert('x')</script>\"&\x1b[31m\u202e\n"


@pytest.fixture
def hostile(late_arrival: Investigation) -> Investigation:
    """The same, with a hostile text wherever foreign text may stand."""
    return hostile_copy(late_arrival)


def hostile_copy(investigation: Investigation) -> Investigation:
    """Put hostile text into every slot that others write."""
    diagnosis = investigation.diagnosis
    model = AssetId(f"model:{HOSTILE}")
    evidence = Evidence(HOSTILE, HOSTILE, 0.5, 0.1, HOSTILE)
    cause = dataclasses.replace(
        diagnosis.causes[0],
        asset=AssetId(f"dataset:{HOSTILE}"),
        level=HOSTILE,
        column=HOSTILE,
        columns=(HOSTILE,),
        segment={HOSTILE: HOSTILE},
        owner=CauseOwner(team=HOSTILE, person=HOSTILE, why=(HOSTILE,)),
        evidence=(evidence, evidence),
        against=(Against(text=HOSTILE, column=HOSTILE),),
        repair=RepairPlan(action=HOSTILE, harm_after=0.1),
    )
    assert diagnosis.symptom is not None
    symptom = dataclasses.replace(
        diagnosis.symptom,
        metric=HOSTILE,
        segments=(
            SegmentHarm(where={HOSTILE: HOSTILE}, before=0.1, after=0.2, rows=5),
        ),
    )
    change = dataclasses.replace(
        GUILTY,
        what=HOSTILE,
        who=Who(HOSTILE, HOSTILE, HOSTILE),
        before={HOSTILE: HOSTILE},
        after={HOSTILE: [HOSTILE]},
        diff_text=f"+{HOSTILE}",
        path=HOSTILE,
        commit=HOSTILE,
        why=HOSTILE,
    )
    contrast = Contrast(
        column=HOSTILE,
        numeric=False,
        before=words_side({HOSTILE: 10, "a": 5}),
        after=words_side({HOSTILE: 5, "a": 10}),
    )
    return Investigation(
        diagnosis=dataclasses.replace(
            diagnosis,
            model=model,
            reference=Reference(window=REFERENCE, why=HOSTILE),
            symptom=symptom,
            causes=(dataclasses.replace(cause, change_id=change.id),),
            weaknesses=(evidence,),
            not_looked_at=(HOSTILE,),
            notified_would_be=(Notice(person=HOSTILE, role=HOSTILE),),
        ),
        series=dataclasses.replace(
            daily_loss(), metric=HOSTILE, segment={HOSTILE: HOSTILE}
        ),
        contrasts={1: contrast},
        changes={change.id: change},
        ownership={model: owned(model, HOSTILE, HOSTILE, HOSTILE)},
        drift_ranking=(Drift(column=f"x{HOSTILE}", score=1.0, team=HOSTILE),),
        notes=(HOSTILE,),
    )


@pytest.fixture
def instant() -> Callable[[str], datetime]:
    """Read an instant."""
    return parse_instant


@pytest.fixture
def minute() -> timedelta:
    """One minute."""
    return timedelta(minutes=1)
