from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import BadFacet
from modelowners.core.facets import Facet, Node
from modelowners.core.ids import AssetId
from modelowners.ledger.registrations import Registration, read_registration


def read(value: object) -> Registration:
    def node(inner: object) -> Node:
        if isinstance(inner, dict):
            inner = {key: node(child) for key, child in inner.items()}
        return Node(inner, "f.yaml", 7, 15)  # type: ignore[arg-type] # of a test

    facet = Facet("registry", node(value))
    return read_registration(AssetId("model:x"), facet, Path())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("mlflow:fraud", ("mlflow", "fraud", None, None)),
        ("mlflow:fraud@champion", ("mlflow", "fraud", "champion", None)),
        ("mlflow:a:b/c@d@Champion", ("mlflow", "a:b/c@d", "Champion", None)),
        ({"mlflow": "fraud"}, ("mlflow", "fraud", None, None)),
        (
            {"mlflow": "fraud@x", "alias": "a", "instance": "prod"},
            ("mlflow", "fraud@x", "a", "prod"),
        ),
        ({"x-note": "y", "mlflow": 7}, ("mlflow", "7", None, None)),
    ],
)
def test_both_forms(written: object, expected: tuple[str | None, ...]) -> None:
    found = read(written)
    told = (found.registry, found.name, found.alias, found.instance)
    assert told == expected


@pytest.mark.parametrize(
    "written",
    [
        "fraud",
        ":fraud",
        "mlflow:",
        "mlflow:@champion",
        "mlflow:fraud@",
        "",
        None,
        {},
        {"alias": "champion"},
        {"mlflow": "a", "sagemaker": "b"},
        {"mlflow": "a", "alais": "champion"},
        {"mlflow": ""},
        {"mlflow": "a", "alias": ""},
        {"mlflow": {"name": "a"}},
    ],
)
def test_what_is_neither_is_refused_at_its_place(written: object) -> None:
    with pytest.raises(BadFacet) as refused:
        read(written)
    assert "f.yaml:7:15" in str(refused.value)


NAMES = st.text(st.characters(exclude_characters="@"), min_size=1, max_size=9)


@given(NAMES, NAMES)
def test_name_and_alias_come_back(name: str, alias: str) -> None:
    found = read(f"mlflow:{name}@{alias}")
    assert (found.name, found.alias) == (name, alias)
