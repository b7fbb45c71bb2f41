"""The JSON Schema of `debug --json`."""

from __future__ import annotations

from collections.abc import Mapping

from modelowners.diagnosis.causes import Category, CauseKind

Schema = Mapping[str, object]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_INSTANT: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$",
}


def _list(of: Schema, **more: object) -> Schema:
    return {"type": "array", "items": of, **more}


def _record(**fields: Schema) -> Schema:
    """Describe an object whose fields are all present; later versions may add."""
    return {"type": "object", "required": list(fields), "properties": fields}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_SHARE: Schema = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_WINDOW = {"from": _INSTANT, "to": _INSTANT}
_WHERE: Schema = {"type": "object", "additionalProperties": _TEXT}
_ONSET = _record(at=_INSTANT, low=_INSTANT, high=_INSTANT)
_EVIDENCE = _record(
    kind=_TEXT,
    text=_TEXT,
    value=_NUMBER_OR_NULL,
    before=_NUMBER_OR_NULL,
    question=_TEXT_OR_NULL,
)
_SYMPTOM = _record(
    metric=_TEXT,
    before=_NUMBER_OR_NULL,
    after=_NUMBER_OR_NULL,
    ci=_list(_NUMBER_OR_NULL, minItems=2, maxItems=2),
    state={"enum": ["measured", "estimated", "not yet measurable", "none shown"]},
    onset=_ONSET,
    segments=_list(
        _record(
            where=_WHERE, before=_NUMBER_OR_NULL, after=_NUMBER_OR_NULL, rows=_COUNT
        ),
        maxItems=5,
    ),
    rows=_COUNT,
)
_CAUSE = _record(
    rank={"type": "integer", "minimum": 1},
    kind={"enum": [kind.value for kind in CauseKind]},
    category={"enum": [category.value for category in Category]},
    asset=_TEXT,
    level={"enum": ["source", "feature", "served", "model"]},
    column=_TEXT_OR_NULL,
    columns=_list(_TEXT),
    segment=_WHERE,
    change_id=_TEXT_OR_NULL,
    onset=_ONSET,
    probability={"type": "number", "minimum": 0, "maximum": 1},
    share=_SHARE,
    owner=_record(team=_TEXT_OR_NULL, person=_TEXT_OR_NULL, why=_list(_TEXT)),
    evidence=_list(_EVIDENCE),
    against=_list(
        _record(
            text=_TEXT,
            kind={"enum": [*(kind.value for kind in CauseKind), None]},
            column=_TEXT_OR_NULL,
        )
    ),
    repair=_or_null(_record(action=_TEXT, harm_after=_NUMBER_OR_NULL)),
)
_DRIFT = _record(
    column=_TEXT,
    score=_NUMBER_OR_NULL,
    measure=_TEXT,
    asset=_TEXT_OR_NULL,
    team=_TEXT_OR_NULL,
)

SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "modelowners debug",
    "description": (
        "Which change broke a model, since when, and whose it is. Every field is "
        "present; null is unknown, with its reason in not_looked_at. Times UTC, "
        "windows half-open."
    ),
    **_record(
        model=_TEXT,
        window=_record(**_WINDOW),
        reference=_record(**_WINDOW, why=_TEXT),
        symptom=_or_null(_SYMPTOM),
        causes=_list(_CAUSE),
        unexplained=_SHARE,
        not_looked_at=_list(_TEXT),
        notified_would_be=_list(_record(person=_TEXT, **{"as": _TEXT})),
        weaknesses=_list(_EVIDENCE),
        drift_ranking=_list(_DRIFT),
        notes=_list(_TEXT),
        as_of=_or_null(_INSTANT),
        interrupted={"type": "boolean"},
    ),
}
"""JSON Schema (2020-12) of the document that `contract` gives."""
