from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from modelowners.app.contract import contract
from modelowners.app.contract_schema import SCHEMA
from modelowners.app.investigation import Investigation
from modelowners.diagnosis.causes import CauseKind

Document = dict[str, Any]


@pytest.fixture
def document(late_arrival: Investigation) -> Document:
    found: Document = json.loads(json.dumps(contract(late_arrival)))
    return found


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_is_plain_json() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def forget(*path: str | int) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


def put(value: object, *path: str | int) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        forget("symptom"),
        forget("causes", 0, "change_id"),
        forget("causes", 0, "owner", "why"),
        forget("symptom", "onset", "low"),
        put("flat", "causes", 0, "kind"),
        put("upstream", "causes", 0, "level"),
        put(1.2, "causes", 0, "probability"),
        put(-0.1, "unexplained"),
        put(0, "causes", 0, "rank"),
        put([0.1], "symptom", "ci"),
        put("2026-10-12 06:00", "window", "from"),
        put("2026-10-12T06:00:00+00:00", "causes", 0, "onset", "at"),
        put("guessed", "symptom", "state"),
        put(None, "not_looked_at"),
        put({"vendor": 2}, "causes", 0, "segment"),
    ],
)
def test_what_breaks_the_contract_is_refused(
    document: Document, change: Callable[[Document], None]
) -> None:
    broken = copy.deepcopy(document)
    change(broken)
    jsonschema.validate(document, SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_a_later_version_may_add_fields(document: Document) -> None:
    document["causes"][0]["more"] = 1
    document["more"] = {}
    jsonschema.validate(document, SCHEMA)


def test_every_kind_may_be_named(document: Document) -> None:
    for kind in CauseKind:
        document["causes"][0]["kind"] = kind.value
        jsonschema.validate(document, SCHEMA)
