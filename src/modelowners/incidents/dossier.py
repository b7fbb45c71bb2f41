"""A dossier: a diagnosis as the incident log keeps it, bounded and in plain JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime

from modelowners.core.evidence import Evidence
from modelowners.core.ids import canonical_json
from modelowners.core.time import Onset, TimeWindow, format_instant
from modelowners.diagnosis.causes import Cause, CauseKind, Diagnosis, Symptom
from modelowners.ledger.changes import Change

Json = dict[str, object]

MAX_CAUSES = 3
MAX_CHANGES = 10
MAX_EVIDENCE = 8
MAX_TEXT = 500
MAX_DIFF = 4000
MAX_BYTES = 48 * 1024
"""What a dossier may weigh, so that its packet stays below 64 KiB."""


def dossier(diagnosis: Diagnosis, changes: Iterable[Change]) -> Json:
    """
    Write down what a diagnosis says, as the context packet shows it.

    Parameters
    ----------
    diagnosis : Diagnosis
        What was found out; its three likeliest causes are kept.
    changes : iterable of Change
        On the model and upstream of it; the ten nearest to the onset are kept,
        and those matched to a cause whatever their distance.

    Returns
    -------
    dict
        JSON values, at most 48 KiB as canonical JSON; the same diagnosis gives
        the same bytes.
    """
    causes = diagnosis.causes[:MAX_CAUSES]
    onset = _onset_of(diagnosis)
    matched = {cause.change_id for cause in causes}
    near = sorted(
        changes,
        key=lambda c: (c.id not in matched, _distance(c, onset), c.id),
    )
    found: Json = {
        "window": _window(diagnosis.window),
        "reference": {
            **_window(diagnosis.reference.window),
            "why": diagnosis.reference.why,
        },
        "symptom": _symptom(diagnosis.symptom) if diagnosis.symptom else None,
        "causes": [_cause(cause) for cause in causes],
        "unexplained": _figure(diagnosis.unexplained),
        "changes": [_change(change) for change in near[:MAX_CHANGES]],
        "weaknesses_matched": [_evidence(e) for e in diagnosis.weaknesses[:3]],
        "unknown": [_short(text) for text in diagnosis.not_looked_at[:20]],
    }
    return _bounded(found)


def _bounded(found: Json) -> Json:
    """Drop differences, then changes, then evidence, until it is small enough."""
    if len(canonical_json(found)) <= MAX_BYTES:
        return found
    changes = [{**_json(c), "diff": None} for c in _list(found["changes"])]
    found = {**found, "changes": changes}
    if len(canonical_json(found)) <= MAX_BYTES:
        return found
    causes = [
        {**_json(c), "evidence": _list(_json(c)["evidence"])[:2], "against": []}
        for c in _list(found["causes"])
    ]
    columns = [{**c, "columns": _list(c["columns"])[:20]} for c in causes]
    return {**found, "changes": changes[:3], "causes": columns}


def _onset_of(diagnosis: Diagnosis) -> datetime:
    if diagnosis.causes:
        return diagnosis.causes[0].onset.at
    return diagnosis.symptom.onset.at if diagnosis.symptom else diagnosis.window.start


def _distance(change: Change, onset: datetime) -> float:
    window = change.window
    if window.start <= onset <= window.end:
        return 0.0
    gaps = (
        abs((bound - onset).total_seconds()) for bound in (window.start, window.end)
    )
    return min(gaps)


def _symptom(symptom: Symptom) -> Json:
    return {
        "metric": symptom.metric,
        "before": _figure(symptom.before),
        "after": _figure(symptom.after),
        "ci": [_figure(bound) for bound in symptom.ci],
        "state": str(symptom.state),
        "onset": onset_json(symptom.onset),
        "segments": [
            {
                "where": _texts(segment.where),
                "before": _figure(segment.before),
                "after": _figure(segment.after),
                "rows": segment.rows,
            }
            for segment in symptom.segments[:5]
        ],
        "rows": symptom.rows,
    }


def _cause(cause: Cause) -> Json:
    repair = cause.repair
    return {
        "rank": cause.rank,
        "kind": cause.kind.value,
        "category": cause.category.value,
        "asset": cause.asset,
        "level": cause.level,
        "column": _maybe(cause.column),
        "columns": [_short(column) for column in cause.columns[:100]],
        "segment": _texts(cause.segment),
        "change_id": cause.change_id,
        "onset": onset_json(cause.onset),
        "probability": _figure(cause.probability),
        "share": _figure(cause.share),
        "owner": {
            "team": cause.owner.team,
            "person": cause.owner.person,
            "why": [_short(why) for why in cause.owner.why[:10]],
        },
        "evidence": [_evidence(e) for e in cause.evidence[:MAX_EVIDENCE]],
        "against": [
            {
                "text": _short(against.text),
                "kind": against.kind.value if against.kind else None,
                "column": _maybe(against.column),
            }
            for against in cause.against[:3]
        ],
        "repair": None
        if repair is None
        else {
            "action": _short(repair.action),
            "harm_after": _figure(repair.harm_after),
        },
    }


def _change(change: Change) -> Json:
    diff = change.diff_text
    return {
        "id": change.id,
        "kind": change.kind.value,
        "asset": change.asset,
        "what": _short(change.what),
        "from": format_instant(change.window.start),
        "to": format_instant(change.window.end),
        "author": change.who.person or _maybe(change.who.raw),
        "commit": change.commit,
        "url": _maybe(change.source.url),
        "why": _maybe(change.why),
        "before": _values(change.before),
        "after": _values(change.after),
        "diff": None if diff is None else _cut(diff, MAX_DIFF),
    }


def cause_key(diagnosis: Diagnosis) -> Json:
    """
    Name the likeliest cause, so that two diagnoses can be told apart.

    Parameters
    ----------
    diagnosis : Diagnosis
        Any.

    Returns
    -------
    dict
        Asset, kind, category, column and change, each None where there is none.
    """
    top = diagnosis.causes[0] if diagnosis.causes else None
    if top is None or top.kind is CauseKind.UNKNOWN:
        fields = ("asset", "kind", "category", "column", "change_id")
        return dict.fromkeys(fields)
    return {
        "asset": top.asset,
        "kind": top.kind.value,
        "category": top.category.value,
        "column": top.column,
        "change_id": top.change_id,
    }


def onset_json(onset: Onset) -> dict[str, object]:
    """Give an onset as JSON: three UTC instants."""
    return {
        "at": format_instant(onset.at),
        "low": format_instant(onset.low),
        "high": format_instant(onset.high),
    }


def _window(window: TimeWindow) -> Json:
    return {"from": format_instant(window.start), "to": format_instant(window.end)}


def _evidence(evidence: Evidence) -> Json:
    return {
        "kind": evidence.kind,
        "text": _short(evidence.text),
        "value": _figure(evidence.value),
        "before": _figure(evidence.before),
        "question": evidence.question,
    }


def _figure(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.10g}")


def _short(text: str) -> str:
    return _cut(text, MAX_TEXT)


def _cut(text: str, limit: int) -> str:
    # A lone surrogate (a file name that was no UTF-8) has no bytes to store.
    whole = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


def _maybe(text: str | None) -> str | None:
    return None if text is None else _short(text)


def _texts(values: Mapping[str, str]) -> dict[str, str]:
    return {_short(key): _short(value) for key, value in sorted(values.items())}


def _values(values: Mapping[str, object]) -> dict[str, str]:
    shown = sorted(values.items())[:20]
    return {_short(key): _cut(str(value), 200) for key, value in shown}


def _json(value: object) -> Json:
    return dict(value) if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
