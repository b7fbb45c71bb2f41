"""Secrets: found in every slot, and references and plain words left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog.credentials import literal_secrets
from modelowners.core.facets import Node


def node(value: str) -> Node:
    return Node(value, "f", 4, 2)


# Written in two parts, so that no scanner of this repository takes them for real.
SECRETS = [
    "AKIA" + "ABCDEFGHIJKLMNOP",
    "xoxb" + "-123456789012-abcdefghij",
    "https://hooks.slack.com" + "/services/T000/B000/XXXX",
    "ghp_" + "a1" * 18,
    "github_pat_" + "a1" * 20,
    "glpat-" + "a1" * 10,
    "mo_" + "a1" * 20,
    "sk-" + "a1" * 15,
    "pagerduty:" + "0123456789abcdef" * 2,
    "-----BEGIN RSA " + "PRIVATE KEY-----",
    "postgresql://app:" + "hunter2@db/x",
    "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIx.SflKxwRJSMeKKF2QT4",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_known_shapes_are_found_at_any_depth(secret: str) -> None:
    tree = Node(
        {"a": Node([Node({"note": node(f"{secret}")}, "f", 1, 1)], "f", 1, 1)},
        "f",
        1,
        1,
    )
    ((found, what),) = literal_secrets(tree)
    assert found.place == "f:4:2"
    assert secret not in what


@pytest.mark.parametrize(
    "key", ["token", "password", "api_key", "slack-token", "routing_key"]
)
def test_the_key_gives_a_secret_away(key: str) -> None:
    assert len(list(literal_secrets(node("hunter2"), key=key))) == 1
    for reference in ("${PD_RISK}", "file:/run/secrets/pd", ""):
        assert list(literal_secrets(node(reference), key=key)) == []


@pytest.mark.parametrize(
    "text",
    [
        "slack:#risk-ml",
        "pagerduty:${PD_RISK}",
        "https://user@host/x",
        "postgresql://${DB_USER}:${DB_PASSWORD}@db/x",
        "logs/fraud/*.parquet",
        "sha256:" + "ab" * 32,
        "task-list",
    ],
)
def test_plain_words_are_left_alone(text: str) -> None:
    assert list(literal_secrets(node(text), key="source")) == []


@given(st.from_regex(r"[a-z][a-z ./_-]{0,40}", fullmatch=True))
def test_lower_case_words_are_no_secrets(text: str) -> None:
    assert list(literal_secrets(node(text), key="why")) == []
