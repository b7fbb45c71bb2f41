"""Shapes: the ownership file as JSON Schema, for editors and other tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelowners.catalog.allowances import ALLOWANCE_KEYS
from modelowners.catalog.assets import (
    DATA_KINDS,
    EXACT_KEYS,
    FACET_KEYS,
    PATTERN_KEYS,
    TIERS,
)
from modelowners.catalog.files import TOP_KEYS, VERSION
from modelowners.catalog.people import AWAY_KEYS, COVER_KEYS, PERSON_KEYS, TEAM_KEYS
from modelowners.catalog.rotation import SEGMENT_KEYS
from modelowners.core.ids import ASSET_KINDS

Schema = dict[str, object]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXT: Schema = {"$ref": "#/$defs/text"}
_TEXTS: Schema = {"$ref": "#/$defs/texts"}
_MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}([T ].+)?$"}
_NOTES: Schema = {"^x-": True}


def file_schema(facets: Mapping[str, Schema] | None = None) -> Schema:
    """
    Give the JSON Schema (2020-12) of the ownership file.

    Whatever the reader accepts validates; what the schema cannot say (that a
    name is declared, that a shift starts after the one before) is `lint`'s.

    Parameters
    ----------
    facets : mapping of str to dict, optional
        Schemas of the sections that later stages read; open where absent.

    Returns
    -------
    dict
        JSON.

    Examples
    --------
    >>> file_schema()["properties"]["version"]
    {'const': 1}
    """
    sections: dict[str, Schema] = {name: {} for name in FACET_KEYS}
    sections |= dict(facets or {})
    return {
        "$schema": DIALECT,
        "title": "modelowners.yaml",
        "type": "object",
        "required": ["version"],
        "properties": _top(),
        "patternProperties": _NOTES,
        "additionalProperties": False,
        "$defs": {
            "text": {"type": ["string", "integer", "boolean"]},
            "texts": {
                "anyOf": [_TEXT, {"type": "array", "items": _TEXT}],
            },
            "person": _person(),
            "team": _team(),
            "segment": _closed(
                SEGMENT_KEYS,
                {
                    "from": _MOMENT,
                    "every": {"type": "string", "pattern": r"^[1-9]\d{0,3}[dw]$"},
                    "order": _TEXTS,
                },
                required=("from", "every", "order"),
            ),
            "pattern": _closed(PATTERN_KEYS, _ownership()),
            "data": _closed(EXACT_KEYS, _ownership() | _details() | sections),
            "asset": _closed(
                [key for key in EXACT_KEYS if key not in {"source", "key"}],
                _ownership() | _details() | sections,
            ),
        },
    }


def _top() -> dict[str, Schema]:
    kinds = "|".join(kind for kind in ASSET_KINDS if kind not in DATA_KINDS)
    patterns: Schema = {
        r"^(\*|[a-z]+:.*\*)$": {"$ref": "#/$defs/pattern"},
        rf"^({'|'.join(DATA_KINDS)}):.*[^*]$": {"$ref": "#/$defs/data"},
        rf"^({kinds}):.*[^*]$": {"$ref": "#/$defs/asset"},
    }
    owns: Schema = {
        "type": ["object", "null"],
        "patternProperties": patterns | _NOTES,
        "additionalProperties": False,
    }
    found: dict[str, Schema] = {
        "version": {"const": VERSION},
        "include": _TEXTS,
        "people": _by_name("person"),
        "teams": _by_name("team"),
        "calendar": _calendar(),
        "owns": owns,
        "allow": _entries(ALLOWANCE_KEYS, ALLOWANCE_KEYS, {"until": _MOMENT}),
        "connectors": {},
        "identities": {},
    }
    return {key: found[key] for key in TOP_KEYS}


def _person() -> Schema:
    special: dict[str, Schema] = {
        "email": _TEXTS,
        "active": {"type": "boolean"},
        "left": _MOMENT,
    }
    return _closed(PERSON_KEYS, special)


def _team() -> Schema:
    segment = {"$ref": "#/$defs/segment"}
    special: dict[str, Schema] = {
        "members": _TEXTS,
        "notify": _TEXTS,
        "escalate": _TEXTS,
        "oncall": {"type": "array", "items": segment},
    }
    return _closed(TEAM_KEYS, special, required=("lead",))


def _calendar() -> Schema:
    ends: Schema = {"oneOf": [{"required": ["to"]}, {"required": ["through"]}]}
    moments = dict.fromkeys(("from", "to", "through"), _MOMENT)
    return _closed(
        ("away", "cover"),
        {
            "away": _entries(AWAY_KEYS, ("who", "from"), moments, ends),
            "cover": _entries(COVER_KEYS, ("who", "by", "from"), moments, ends),
        },
    )


def _ownership() -> dict[str, Schema]:
    return {"consult": _TEXTS, "tier": {"enum": list(TIERS)}}


def _details() -> dict[str, Schema]:
    lists = ("needs", "code", "aliases", "source", "key")
    verified = _closed(("on", "by"), {"on": _MOMENT}, required=("on",))
    return dict.fromkeys(lists, _TEXTS) | {"verified": verified}


def _by_name(definition: str) -> Schema:
    return {
        "type": ["object", "null"],
        "patternProperties": _NOTES,
        "additionalProperties": {"$ref": f"#/$defs/{definition}"},
    }


def _entries(
    keys: Iterable[str],
    required: Iterable[str],
    special: Mapping[str, Schema],
    more: Schema | None = None,
) -> Schema:
    entry = _closed(keys, special, required=required) | (more or {})
    return {"type": ["array", "null"], "items": entry}


def _closed(
    keys: Iterable[str],
    special: Mapping[str, Schema],
    *,
    required: Iterable[str] = (),
) -> Schema:
    """Give a mapping of these keys only; text where nothing special is said."""
    found: Schema = {
        "type": "object",
        "properties": {key: special.get(key, _TEXT) for key in keys},
        "patternProperties": _NOTES,
        "additionalProperties": False,
    }
    return found | ({"required": list(required)} if list(required) else {})
