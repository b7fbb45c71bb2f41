from __future__ import annotations

import json
import pickle
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelowners.core.errors import BadAssetId, InputError
from modelowners.core.ids import (
    ASSET_KINDS,
    MAX_NAME,
    asset_id,
    asset_kind,
    canonical_json,
    digest,
    stable_id,
)

names = st.text(
    st.characters(categories=("L", "N", "P", "S"), exclude_characters="*"),
    min_size=1,
    max_size=60,
)
scalars = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.sampled_from(ASSET_KINDS), names)
def test_every_printable_name_is_read_once_and_for_all(kind: str, name: str) -> None:
    read = asset_id(f"{kind}:{name}")
    assert asset_id(read) == read
    assert asset_kind(read) == kind
    assert read == unicodedata.normalize("NFC", read)


def test_two_spellings_of_one_name_are_one_id() -> None:
    assert asset_id("model:cafe\u0301") == asset_id("model:caf\u00e9")


@pytest.mark.parametrize("kind", ASSET_KINDS)
def test_every_kind_is_known(kind: str) -> None:
    assert asset_id(f"{kind}:a") == f"{kind}:a"


def test_a_name_may_hold_colons_slashes_and_spaces_inside() -> None:
    assert asset_id("dataset:db:public.a b/c") == "dataset:db:public.a b/c"


def test_the_longest_name_fits_and_one_more_does_not() -> None:
    assert asset_id("model:" + "a" * MAX_NAME)
    with pytest.raises(BadAssetId, match="1 to 255 characters"):
        asset_id("model:" + "a" * (MAX_NAME + 1))


def test_length_is_that_of_the_canonical_form() -> None:
    assert len(asset_id("model:" + "e\u0301" * MAX_NAME)) == len("model:") + MAX_NAME


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the kind is one of"),
        ("model", "the kind is one of"),
        (":churn", "the kind is one of"),
        ("Model:churn", "the kind is one of"),
        ("modell:churn", "the kind is one of"),
        ("model:", "1 to 255 characters"),
        ("model: churn", "outer space"),
        ("model:churn ", "outer space"),
        ("model:a\nb", "printable"),
        ("model:a\x00b", "printable"),
        ("model:a\u200bb", "printable"),
        ("model:\u202egpj", "printable"),
        ("model:risk/*", "end of a pattern"),
    ],
)
def test_what_is_no_id_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(BadAssetId, match=why) as caught:
        asset_id(text)
    assert caught.value.found == text
    assert "model:churn" in str(caught.value)
    assert isinstance(caught.value, InputError)


@given(values)
def test_canonical_json_is_json_and_blind_to_order(value: object) -> None:
    encoded = canonical_json(value)
    assert json.loads(encoded) == value
    assert canonical_json(json.loads(encoded)) == encoded


@given(st.dictionaries(st.text(), scalars, min_size=2))
def test_the_order_of_keys_does_not_count(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert digest(turned) == digest(value)


def test_canonical_json_keeps_characters_and_wastes_no_space() -> None:
    assert canonical_json({"ä": [1, "b"]}) == '{"ä":[1,"b"]}'.encode()


@given(values)
def test_a_digest_names_its_function_and_has_64_digits(value: object) -> None:
    name, _, digits = digest(value).partition(":")
    assert name == "sha256"
    assert len(digits) == 64
    assert set(digits) <= set(string.hexdigits.lower())


def test_digests_are_pinned() -> None:
    """A change here would orphan every journal and cache that exists."""
    assert digest({"b": [True, None], "a": "é"}) == (
        "sha256:c5cc0d1b9005cced90abb4178e4d502f70ee99f99e158b1841f82ab812241f3f"
    )
    assert stable_id("chg", "git", "main", "0a1b") == "chg_0be0ad617a8e37f7"


@given(st.lists(scalars, max_size=4), st.lists(scalars, max_size=4))
def test_stable_ids_differ_exactly_where_their_parts_do(
    a: list[object], b: list[object]
) -> None:
    same = canonical_json(a) == canonical_json(b)
    assert (stable_id("x", *a) == stable_id("x", *b)) is same


def test_the_borders_between_parts_count() -> None:
    assert stable_id("x", "ab", "c") != stable_id("x", "a", "bc")
    assert stable_id("x", "a") != stable_id("y", "a")


def test_an_id_survives_pickling_as_text() -> None:
    assert pickle.loads(pickle.dumps(asset_id("model:a"))) == "model:a"  # noqa: S301 - our own bytes
