from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml
from frame_worlds import MODEL

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Facet, Node
from modelowners.detection.checks import Check
from modelowners.detection.checks.results import Severity
from modelowners.detection.claims import claims_schema, read_claims

GOOD = """\
metric: {log_loss: "<= 0.5", brier: "<= 0.2"}
range: {score: [0, 1]}
weak:
  - {segment: country=NO, why: few customers}
  - {segment: country=SE, limit: log_loss <= 0.7}
seasonal: weekly
"""
VALIDATOR = jsonschema.Draft202012Validator(claims_schema())


def located(value: object) -> Node:
    if isinstance(value, dict):
        inner = {k: located(v) for k, v in value.items()}
        return Node(inner, "f.yaml", 4, 7)
    if isinstance(value, list):
        return Node([located(v) for v in value], "f.yaml", 4, 7)
    assert value is None or isinstance(value, str | int)
    return Node(value, "f.yaml", 4, 7)


def read(text: str) -> tuple[Check, ...]:
    node = located(yaml.load(text, yaml.BaseLoader))
    return read_claims(MODEL, Facet("expect", node), Path())


def test_every_claim_is_a_check() -> None:
    found = {claim.name: claim for claim in read(GOOD)}
    assert list(found) == [
        "promised log_loss",
        "promised brier",
        "range of score",
        "weak where country=NO",
        "weak where country=SE",
        "weekly rhythm",
    ]
    assert {claim.kind for claim in found.values()} == {"claim"}
    assert found["weak where country=NO"].where == {"country": "NO"}
    assert found["weak where country=NO"].why == "few customers"
    assert found["weak where country=SE"].rule.expected == "log_loss <= 0.7"
    assert VALIDATOR.is_valid(yaml.load(GOOD, yaml.BaseLoader))


def test_only_promises_close_a_gate() -> None:
    graves = {c.name for c in read(GOOD) if c.severity is Severity.ERROR}
    assert graves == {
        "promised log_loss",
        "promised brier",
        "range of score",
        "weak where country=SE",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metrc: {log_loss: '<= 1'}", 'unknown key "metrc"; did you mean "metric"'),
        ("metric: {log_los: '<= 1'}", 'did you mean "log_loss"'),
        ("range: {score: [0]}", "expected two numbers, [from, to], found 1"),
        ("range: {score: [1, 0]}", "in order, found [1, 0]"),
        ("range: {score: [a, b]}", "expected a number"),
        ("weak: [{segment: NO}]", 'such as "country=NO", found "NO"'),
        ("weak: [{why: small}]", "expected `segment:`"),
        ("weak: [{segment: a=b, limt: x}]", 'did you mean "limit"'),
        ("seasonal: daily", 'expected the season weekly, found "daily"'),
        ("weekly", "expected a mapping"),
    ],
)
def test_bad_claims_are_refused_at_their_place(text: str, said: str) -> None:
    with pytest.raises(BadFacet) as caught:
        read(text)
    assert said in str(caught.value)
    assert str(caught.value).startswith("f.yaml:4:7 ")
