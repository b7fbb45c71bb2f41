"""The document of `debug --json`: a contract, every field always present."""

from __future__ import annotations

import math
from collections.abc import Iterator

from modelowners.app.investigation import Drift, Investigation
from modelowners.core.evidence import Evidence
from modelowners.core.time import Onset, TimeWindow, format_instant
from modelowners.diagnosis.causes import (
    Cause,
    CauseKind,
    CauseOwner,
    Diagnosis,
    RepairPlan,
    SegmentHarm,
    Symptom,
)

Json = dict[str, object]

UNSAID = {
    "column": "it is about whole rows, not about one column",
    "change_id": "no recorded change fits the onset",
    "share": "neither a repair nor a group of unaffected rows to hold it against",
    "owner.team": "no team is declared for the asset at the onset",
    "owner.person": "nobody is declared for the asset at the onset",
    "repair": "no repair is known",
    "repair.harm_after": "the repair was not replayed",
}
"""Why a field of a cause is null, where the diagnosis did not say it itself."""


def contract(investigation: Investigation) -> Json:
    """
    Give the document that `debug --json` prints.

    Parameters
    ----------
    investigation : Investigation
        What `debug` found.

    Returns
    -------
    dict
        JSON values, keys in a fixed order, times UTC, figures to 10 digits;
        `SCHEMA` of `app.contract_schema` describes it. The same investigation
        gives the same bytes.
    """
    diagnosis = investigation.diagnosis
    symptom = diagnosis.symptom
    return {
        "model": diagnosis.model,
        "window": _window(diagnosis.window),
        "reference": {
            **_window(diagnosis.reference.window),
            "why": diagnosis.reference.why,
        },
        "symptom": None if symptom is None else _symptom(symptom),
        "causes": [_cause(cause) for cause in diagnosis.causes],
        "unexplained": figure(diagnosis.unexplained),
        "not_looked_at": list(reasons(diagnosis)),
        "notified_would_be": [
            {"person": notice.person, "as": notice.role}
            for notice in diagnosis.notified_would_be
        ],
        "weaknesses": [_evidence(weakness) for weakness in diagnosis.weaknesses],
        "drift_ranking": [_drift(drift) for drift in investigation.drift_ranking],
        "notes": list(investigation.notes),
        "as_of": format_instant(investigation.as_of) if investigation.as_of else None,
        "interrupted": investigation.interrupted,
    }


def reasons(diagnosis: Diagnosis) -> Iterator[str]:
    """
    Tell what was not looked at, and why each null of the document is null.

    Parameters
    ----------
    diagnosis : Diagnosis
        The answer of `debug`.

    Yields
    ------
    str
        First the diagnosis's own reasons, then ``causes[i].field: reason``
        (`i` from 0, as in the document), each text once.
    """
    seen = dict.fromkeys(diagnosis.not_looked_at)
    if diagnosis.symptom is None:
        seen["symptom: nothing is worse than in the reference"] = None
    if diagnosis.unexplained is None:
        seen[f"unexplained: {_why_unexplained(diagnosis)}"] = None
    for place, cause in enumerate(diagnosis.causes):
        seen.update(dict.fromkeys(_unsaid(cause, f"causes[{place}]")))
    yield from seen


def figure(value: float | None) -> float | None:
    """
    Round to 10 significant digits; what is not finite is not known.

    Examples
    --------
    >>> figure(1 / 3), figure(float("nan"))
    (0.3333333333, None)
    """
    if value is None or not math.isfinite(value):
        return None
    # The largest floats round up to infinity, which is no JSON.
    rounded = float(f"{value:.10g}")
    return rounded if math.isfinite(rounded) else None


def _why_unexplained(diagnosis: Diagnosis) -> str:
    if diagnosis.symptom is None:
        return "there is no harm to explain"
    return "the share of no cause is known"


def _unsaid(cause: Cause, place: str) -> Iterator[str]:
    if cause.kind is CauseKind.UNKNOWN:
        yield f"{place}: the cause is unknown, so are its column, change and repair"
        return
    for name, value in _nullable(cause).items():
        if value is None:
            yield f"{place}.{name}: {UNSAID[name]}"


def _nullable(cause: Cause) -> dict[str, object]:
    fields: dict[str, object] = {
        "column": cause.column,
        "change_id": cause.change_id,
        "share": cause.share,
        "owner.team": cause.owner.team,
        "owner.person": cause.owner.person,
        "repair": cause.repair,
    }
    if cause.repair is not None:
        fields["repair.harm_after"] = cause.repair.harm_after
    return fields


def _window(window: TimeWindow) -> Json:
    return {"from": format_instant(window.start), "to": format_instant(window.end)}


def _onset(onset: Onset) -> Json:
    return {
        "at": format_instant(onset.at),
        "low": format_instant(onset.low),
        "high": format_instant(onset.high),
    }


def _symptom(symptom: Symptom) -> Json:
    return {
        "metric": symptom.metric,
        "before": figure(symptom.before),
        "after": figure(symptom.after),
        "ci": [figure(bound) for bound in symptom.ci],
        "state": symptom.state,
        "onset": _onset(symptom.onset),
        "segments": [_segment(segment) for segment in symptom.segments],
        "rows": symptom.rows,
    }


def _segment(segment: SegmentHarm) -> Json:
    return {
        "where": dict(sorted(segment.where.items())),
        "before": figure(segment.before),
        "after": figure(segment.after),
        "rows": segment.rows,
    }


def _cause(cause: Cause) -> Json:
    return {
        "rank": cause.rank,
        "kind": cause.kind.value,
        "category": cause.category.value,
        "asset": cause.asset,
        "level": cause.level,
        "column": cause.column,
        "columns": list(cause.columns),
        "segment": dict(sorted(cause.segment.items())),
        "change_id": cause.change_id,
        "onset": _onset(cause.onset),
        "probability": figure(cause.probability),
        "share": figure(cause.share),
        "owner": _owner(cause.owner),
        "evidence": [_evidence(evidence) for evidence in cause.evidence],
        "against": [
            {
                "text": against.text,
                "kind": against.kind.value if against.kind else None,
                "column": against.column,
            }
            for against in cause.against
        ],
        "repair": _repair(cause.repair),
    }


def _owner(owner: CauseOwner) -> Json:
    return {"team": owner.team, "person": owner.person, "why": list(owner.why)}


def _evidence(evidence: Evidence) -> Json:
    return {
        "kind": evidence.kind,
        "text": evidence.text,
        "value": figure(evidence.value),
        "before": figure(evidence.before),
        "question": evidence.question,
    }


def _repair(repair: RepairPlan | None) -> Json | None:
    if repair is None:
        return None
    return {"action": repair.action, "harm_after": figure(repair.harm_after)}


def _drift(drift: Drift) -> Json:
    return {
        "column": drift.column,
        "score": figure(drift.score),
        "measure": drift.measure,
        "asset": drift.asset,
        "team": drift.team,
    }
