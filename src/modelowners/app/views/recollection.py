"""
Recollection: the diagnosis an incident keeps, as the values it once was.

Pages show what was known when the incident's holder was told, from the
incident's own log; they never diagnose again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from modelowners.app.investigation import Investigation
from modelowners.core.errors import BadTime
from modelowners.core.evidence import Evidence
from modelowners.core.ids import AssetId, ChangeId
from modelowners.core.time import Onset, TimeWindow, parse_instant
from modelowners.diagnosis.causes import (
    Against,
    Cause,
    CauseKind,
    CauseOwner,
    Diagnosis,
    Reference,
    RepairPlan,
    SegmentHarm,
    Symptom,
)
from modelowners.incidents.incident import Incident
from modelowners.ledger.changes import Change

Json = Mapping[str, object]


Find = Callable[[ChangeId], Change | None]
"""Gives the ledger's entry with an id."""


def recall(incident: Incident, *, find: Find) -> Investigation | None:
    """
    Read back what an incident's last diagnosis said.

    Parameters
    ----------
    incident : Incident
        Any.
    find : callable
        Gives the ledger's entry with an id, whose difference is whole.

    Returns
    -------
    Investigation or None
        Without series and contrasts, which the log keeps no copy of; None where
        the incident came without a diagnosis of ours, such as a foreign alert.
    """
    found = incident.diagnosis
    window, reference = _window(found.get("window")), _json(found.get("reference"))
    held = _window(reference)
    if window is None or held is None:
        return None
    diagnosis = Diagnosis(
        model=incident.model,
        window=window,
        reference=Reference(window=held, why=_text(reference.get("why"))),
        symptom=_symptom(_json(found.get("symptom"))),
        causes=tuple(_causes(found)),
        unexplained=_figure(found.get("unexplained")),
        weaknesses=tuple(map(_evidence, _list(found.get("weaknesses_matched")))),
        not_looked_at=_texts(found.get("unknown")),
    )
    told = [ChangeId(_text(one.get("id"))) for one in _list(found.get("changes"))]
    entries = {name: find(name) for name in dict.fromkeys(told)}
    return Investigation(
        diagnosis=diagnosis,
        changes={name: one for name, one in entries.items() if one is not None},
        as_of=incident.diagnosed_at,
    )


def _symptom(found: Json) -> Symptom | None:
    onset = _onset(found.get("onset"))
    if onset is None:
        return None
    low, high = (*_listed(found.get("ci")), None, None)[:2]
    return Symptom(
        metric=_text(found.get("metric")),
        before=_nan(found.get("before")),
        after=_nan(found.get("after")),
        ci=(_nan(low), _nan(high)),
        state=_text(found.get("state")),
        onset=onset,
        segments=tuple(
            SegmentHarm(
                where=_values(one.get("where")),
                before=_nan(one.get("before")),
                after=_nan(one.get("after")),
                rows=_count(one.get("rows")),
            )
            for one in _list(found.get("segments"))
        ),
        rows=_count(found.get("rows")),
    )


def _causes(found: Json) -> Iterator[Cause]:
    for rank, one in enumerate(_list(found.get("causes")), start=1):
        onset = _onset(one.get("onset"))
        kind = _kind(one.get("kind"))
        if onset is None or kind is None:
            continue
        owner, repair = _json(one.get("owner")), one.get("repair")
        change = _maybe(one.get("change_id"))
        yield Cause(
            rank=_count(one.get("rank")) or rank,
            kind=kind,
            asset=AssetId(_text(one.get("asset"))),
            level=_text(one.get("level")),
            onset=onset,
            probability=_figure(one.get("probability")) or 0.0,
            owner=CauseOwner(
                team=_maybe(owner.get("team")),
                person=_maybe(owner.get("person")),
                why=_texts(owner.get("why")),
            ),
            column=_maybe(one.get("column")),
            columns=_texts(one.get("columns")),
            segment=_values(one.get("segment")),
            change_id=ChangeId(change) if change else None,
            share=_figure(one.get("share")),
            evidence=tuple(map(_evidence, _list(one.get("evidence")))),
            against=tuple(map(_against, _list(one.get("against")))),
            repair=_repair(repair) if isinstance(repair, Mapping) else None,
        )


def _repair(found: Json) -> RepairPlan:
    return RepairPlan(
        action=_text(found.get("action")), harm_after=_figure(found.get("harm_after"))
    )


def _evidence(found: Json) -> Evidence:
    return Evidence(
        kind=_text(found.get("kind")),
        text=_text(found.get("text")),
        value=_figure(found.get("value")),
        before=_figure(found.get("before")),
        question=_maybe(found.get("question")),
    )


def _against(found: Json) -> Against:
    return Against(
        text=_text(found.get("text")),
        kind=_kind(found.get("kind")),
        column=_maybe(found.get("column")),
    )


def _kind(value: object) -> CauseKind | None:
    known = {kind.value: kind for kind in CauseKind}
    return known.get(str(value))


def _window(value: object) -> TimeWindow | None:
    found = _json(value)
    start, end = _instant(found.get("from")), _instant(found.get("to"))
    return TimeWindow(start, end) if start and end else None


def _onset(value: object) -> Onset | None:
    found = _json(value)
    at, low, high = (_instant(found.get(key)) for key in ("at", "low", "high"))
    return Onset(at, low, high) if at and low and high else None


def _instant(value: object) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except BadTime:
        return None


def _json(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _list(value: object) -> list[Json]:
    return [item for item in _listed(value) if isinstance(item, Mapping)]


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in _listed(value))


def _values(value: object) -> dict[str, str]:
    return {str(key): str(item) for key, item in _json(value).items()}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _maybe(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _figure(value: object) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number else None  # type: ignore[arg-type]  # checked


def _nan(value: object) -> float:
    found = _figure(value)
    return math.nan if found is None else found


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
