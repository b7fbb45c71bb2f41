"""Patterns: which keys there are, and that the longest wins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.catalog.patterns import Patterns, is_pattern, read_key
from modelowners.core.errors import BadAssetId
from modelowners.core.ids import AssetId, asset_id


@pytest.mark.parametrize(
    "key", ["*", "model:*", "model:risk/*", "model:risk", "dataset:a b*", "dataset:a *"]
)
def test_keys_are_ids_prefixes_or_everything(key: str) -> None:
    assert read_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "**",
        "mod*",
        "model*",
        "*:a",
        "model:a*b",
        "model:*a",
        "model:a**",
        "model:",
        "model: a*",
    ],
)
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(BadAssetId):
        read_key(key)


def test_keys_are_canonical() -> None:
    assert read_key("model:e\u0301*") == read_key("model:é*") == "model:é*"


def test_a_prefix_covers_the_name_that_equals_it() -> None:
    keys = Patterns(["model:a*", "model:a"])
    assert list(keys.matches(AssetId("model:a"))) == ["model:a", "model:a*"]
    assert list(keys.matches(AssetId("model:A"))) == []


NAMES = st.text(st.sampled_from("ab/"), min_size=1, max_size=5)


@given(
    st.lists(NAMES.map(lambda n: f"model:{n}") | NAMES.map(lambda n: f"model:{n}*")),
    NAMES,
)
def test_matches_are_those_of_every_key_tried(keys: list[str], name: str) -> None:
    asset = asset_id(f"model:{name}")
    tried = {
        key
        for key in keys
        if (asset.startswith(key[:-1]) if is_pattern(key) else asset == key)
    }
    found = list(Patterns(keys).matches(asset))
    assert set(found) == tried
    assert found == sorted(found, key=lambda k: (is_pattern(k), -len(k)))
