"""Notices: foreign text made harmless, and where owners are reached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import OWNERSHIP, read_catalog
from sink_worlds import HOSTILE, message

from modelowners.incidents.notices import (
    MAX_TITLE,
    Address,
    address_book,
    plain_message,
    single_line,
)
from modelowners.incidents.tenures import NOBODY, Holder

ALL = ("console", "file", "email")
anything = st.text(st.characters(exclude_categories=()), max_size=60)


@given(anything)
def test_any_text_becomes_one_printable_line(text: str) -> None:
    shown = single_line(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert single_line(shown) == shown
    shown.encode("utf-8")


@given(st.text(st.characters(categories=("L", "N")), max_size=40))
def test_plain_text_is_left_alone(text: str) -> None:
    assert single_line(text) == text


def test_long_text_is_cut_with_a_sign() -> None:
    assert single_line("x" * 50, limit=10) == "x" * 9 + "…"


def test_every_text_of_a_notice_is_cleaned() -> None:
    notice = message("console:", text=HOSTILE * 9).notice
    assert len(notice.title) <= MAX_TITLE
    assert all(text.isprintable() for text in (notice.title, notice.to, *notice.lines))


@pytest.mark.parametrize("text", ["console:", "file:a:b.jsonl", "email:x@y.example"])
def test_addresses_read_back(text: str) -> None:
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    ("holder", "person", "sinks", "expected"),
    [
        (
            Holder("feeds", "cy"),
            None,
            ALL,
            ["email:cy@acme.example", "file:feeds.jsonl"],
        ),
        (
            Holder("feeds", "cy"),
            "di",
            ALL,
            ["email:di@acme.example", "file:feeds.jsonl"],
        ),
        (Holder("feeds", "cy"), None, ("console", "file"), ["file:feeds.jsonl"]),
        (Holder("feeds", "cy"), None, ("console",), ["console:"]),
        (Holder("fleet", "fay"), None, ("console", "file"), ["console:"]),
        (Holder(None, "di"), None, ALL, ["email:di@acme.example"]),
        (Holder("gone", "gone"), None, ALL, ["console:"]),
        (NOBODY, None, ALL, ["console:"]),
    ],
)
def test_the_book(
    tmp_path: Path,
    holder: Holder,
    person: str | None,
    sinks: tuple[str, ...],
    expected: list[str],
) -> None:
    book = address_book(read_catalog(tmp_path).organisation, sinks=sinks)
    found, _ = book(holder, person)
    assert [str(address) for address in found] == expected


def test_addresses_no_sink_serves_are_named(tmp_path: Path) -> None:
    text = OWNERSHIP.replace('"file:feeds.jsonl"', '"slack:#feeds", "file:f.jsonl"')
    book = address_book(read_catalog(tmp_path, text).organisation, sinks=ALL)
    found, missing = book(Holder("feeds", "cy"), None)
    assert missing == ("slack",)
    assert Address("file", "f.jsonl") in found


def test_a_message_as_json_holds_everything() -> None:
    sent = message("file:a.jsonl")
    found = json.loads(json.dumps(plain_message(sent)))
    assert list(found) == [
        *("id", "kind", "incident", "model", "severity", "to", "person"),
        *("title", "lines", "at", "tells", "state", "repeat"),
    ]
    assert found["at"] == "2026-06-10T12:00:00Z"
