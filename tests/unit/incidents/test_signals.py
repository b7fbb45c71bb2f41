"""Signals: told apart as Alertmanager does; repeats are counted, texts bounded."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import MODEL, NOON

from modelowners.core.ids import canonical_json
from modelowners.incidents.signals import (
    CLASSES,
    EFFECTS,
    MAX_LABELS,
    MAX_VALUE,
    Alert,
    Signal,
    added,
    fingerprint,
)

TEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5)


def signal(**fields: object) -> Signal:
    known = {"source": "alertmanager", "fingerprint": "f", "starts_at": NOON}
    return Signal(**{**known, **fields})  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        # As Alertmanager 0.25 named them in recorded posts.
        (
            {
                "alertname": "ModelQualityDrop",
                "model": "churn",
                "owner": "team-growth",
                "severity": "page",
            },
            "ffb7f178cb941bac",
        ),
        ({}, "cbf29ce484222325"),
    ],
)
def test_fingerprints_are_alertmanagers(labels: dict[str, str], expected: str) -> None:
    assert fingerprint(labels) == expected


@given(TEXTS)
def test_the_order_of_labels_does_not_matter(labels: dict[str, str]) -> None:
    backwards = dict(reversed(labels.items()))
    assert fingerprint(backwards) == fingerprint(labels)
    assert len(fingerprint(labels)) == 16


def test_where_a_label_ends_matters() -> None:
    assert fingerprint({"a": "bc"}) != fingerprint({"ab": "c"})
    assert fingerprint({"a": "b\u00ff"}) != fingerprint({"a": "b"})


def test_every_class_has_an_effect() -> None:
    assert set(EFFECTS) == set(CLASSES)


def test_a_signal_that_names_no_asset_is_its_senders() -> None:
    assert signal().place == "service:alertmanager"
    assert signal(asset=MODEL).place == MODEL


def test_its_title_is_what_a_person_wrote_first() -> None:
    labels = {"alertname": "Drop"}
    assert signal(labels=labels).title == "Drop"
    assert (
        signal(labels=labels, annotations={"summary": " AUC 0.6 "}).title == "AUC 0.6"
    )
    assert signal(annotations={"summary": "  "}).title == "an alert of alertmanager"


def test_the_key_tells_receipts_and_ends_apart() -> None:
    keys = {
        signal(receipt="1").key,
        signal(receipt="2").key,
        signal(receipt="1", ends_at=NOON).key,
        signal(receipt="1", fingerprint="g").key,
    }
    assert len(keys) == 4
    assert signal(receipt="1", annotations={"x": "y"}).key in keys


@given(labels=TEXTS, annotations=TEXTS, url=st.none() | st.text())
def test_whatever_is_sent_can_be_kept(
    labels: dict[str, str], annotations: dict[str, str], url: str | None
) -> None:
    plain = signal(labels=labels, annotations=annotations, url=url).plain()
    assert json.loads(canonical_json(plain)) == plain


def test_what_is_kept_is_bounded() -> None:
    many = {f"l{n}": "x" * 9000 for n in range(200)}
    plain = signal(labels=many, url="x" * 9000).plain()
    kept = plain["labels"]
    assert isinstance(kept, dict)
    assert len(kept) == MAX_LABELS
    assert {len(value) for value in kept.values()} == {MAX_VALUE}
    assert len(str(plain["url"])) == MAX_VALUE


def test_a_lone_surrogate_has_bytes_to_store() -> None:
    plain = signal(labels={"a": "\ud800"}).plain()
    assert canonical_json(plain)
    assert fingerprint({"a": "\ud800"})


def test_repeats_are_counted_and_the_last_payload_kept() -> None:
    later = NOON + timedelta(minutes=1)
    one = added((), signal(annotations={"summary": "a"}).plain(), seen=NOON)
    two = added(one, signal(annotations={"summary": "b"}).plain(), seen=later)
    (alert,) = two
    assert (alert.count, alert.title, alert.first_seen) == (2, "b", NOON)
    (ended,) = added(two, signal(ends_at=later).plain(), seen=later)
    assert (ended.count, ended.ended) == (2, later), "its end is no repeat"
    (again,) = added((ended,), signal().plain(), seen=later)
    assert (again.count, again.ended) == (3, None)


def test_fingerprints_of_two_sources_are_two() -> None:
    one = added((), signal().plain(), seen=NOON)
    two = added(one, signal(source="pagerduty").plain(), seen=NOON)
    assert [alert.source for alert in two] == ["alertmanager", "pagerduty"]


def test_an_empty_body_adds_something_valid() -> None:
    (alert,) = added((), {}, seen=NOON)
    assert isinstance(alert, Alert)
    assert alert.started == NOON
