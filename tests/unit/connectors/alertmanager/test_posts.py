"""What Alertmanager posts: what is taken, what is refused, what is read."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_worlds import NOON
from sink_servers import INGEST_TOKEN

from modelowners.connectors.alertmanager.posts import (
    MAX_BODY,
    MAX_DEPTH,
    Alertmanager,
    Unreadable,
    inflate,
    parse,
    read_alerts,
    symptom_class,
)
from modelowners.connectors.transport import Outside
from modelowners.core.errors import StateError
from modelowners.core.secrets import Secrets
from modelowners.core.time import HOUR, format_instant
from modelowners.incidents.ports import Reply
from modelowners.incidents.severity import Severity
from modelowners.incidents.signals import CLASSES, Signal, fingerprint

BEARER = {"Authorization": f"Bearer {INGEST_TOKEN}", "Content-Type": "application/json"}
LABELS = {"alertname": "FeatureDrift", "model": "fraud", "severity": "critical"}


@dataclass
class Box:
    """A spool in memory, which fails as it is told to."""

    kept: list[tuple[str, bytes, str | None]] = field(default_factory=list)
    locked: bool = False

    def keep(self, source: str, body: bytes, *, refused: str | None = None) -> str:
        """Keep a body."""
        if self.locked:
            raise StateError(place="state.db", why="it is locked", remedy="Wait")
        self.kept.append((source, body, refused))
        return str(len(self.kept))


def door(box: Box, *tokens: str, **values: str) -> Alertmanager:
    secrets = Secrets(values or {"INGEST_TOKEN": INGEST_TOKEN})
    return Alertmanager(tokens or ("${INGEST_TOKEN}",), Outside(secrets=secrets), box)


def alert(**fields: object) -> dict[str, object]:
    return {
        "status": "firing",
        "labels": LABELS,
        "annotations": {"summary": "psi 0.4"},
        "startsAt": format_instant(NOON - HOUR),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/1",
        "fingerprint": fingerprint(LABELS),
        **fields,
    }


def post(*alerts: object, **fields: object) -> bytes:
    return json.dumps({"version": "4", "alerts": list(alerts), **fields}).encode()


def accept(
    raw: bytes, headers: Mapping[str, str] = BEARER, box: Box | None = None
) -> tuple[Reply, Box]:
    found = box or Box()
    return door(found).accept(headers, raw), found


def read(*alerts: object, **fields: object) -> tuple[tuple[Signal, ...], str]:
    found = read_alerts(parse(post(*alerts, **fields)), receipt="7", at=NOON)
    return found.signals, " ".join(found.notes)


def test_what_is_accepted_was_kept_first() -> None:
    raw = post(alert())
    reply, box = accept(raw)
    assert (reply.status, reply.body) == (200, {"receipt": "1", "alerts": 1})
    assert box.kept == [("alertmanager", raw, None)]


def test_gzip_is_unpacked_before_it_is_kept() -> None:
    raw = post(alert())
    reply, box = accept(gzip.compress(raw), {**BEARER, "Content-Encoding": "gzip"})
    assert reply.status == 200
    assert box.kept[0][1] == raw


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {INGEST_TOKEN}"},
        {"Authorization": f"Bearer {INGEST_TOKEN}x"},
        {"Authorization": f"Bearer {INGEST_TOKEN[:-1]}"},
        {"Authorization": "Bearer \udcff"},
        {"X-Authorization": f"Bearer {INGEST_TOKEN}"},
    ],
    ids=str,
)
def test_strangers_are_refused_and_keep_nothing(headers: Mapping[str, str]) -> None:
    reply, box = accept(post(alert()), headers)
    assert reply.status == 401
    assert reply.headers == {"WWW-Authenticate": "Bearer"}
    assert box.kept == []
    assert INGEST_TOKEN not in str(reply)


def test_header_names_have_any_case_and_both_tokens_serve_while_one_changes() -> None:
    box = Box()
    both = door(box, "${NEW}", "${OLD}", NEW="token-new", OLD="token-old")
    for token in ("token-new", "token-old"):
        assert both.accept({"AUTHORIZATION": f"bearer {token}"}, post()).status == 200
    assert both.accept({"authorization": "Bearer token"}, post()).status == 401
    assert len(box.kept) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no JSON",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"alerts": {}}',
        b'{"alerts": [NaN]}',
        b'{"alerts": [Infinity]}',
        b"\xff\xfe",
        b'{"alerts": ["\xc3("]}',
        b'{"alerts": ' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"alerts": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"alerts": []}{"alerts": []}',
    ],
    ids=lambda raw: raw[:24].decode("ascii", "replace"),
)
def test_poison_is_refused_for_good_and_kept_with_the_reason(raw: bytes) -> None:
    reply, box = accept(raw)
    assert reply.status == 400
    ((source, body, reason),) = box.kept
    assert (source, body) == ("alertmanager", raw)
    assert reason == reply.body["error"]


def test_broken_gzip_is_refused() -> None:
    packed = {**BEARER, "Content-Encoding": "gzip"}
    whole = gzip.compress(post(alert()))
    for raw in (b"no gzip", b"", whole[:-9], whole + whole, whole + b"x"):
        assert accept(raw, packed)[0].status == 400


def test_another_encoding_is_refused_by_name() -> None:
    reply, box = accept(b"x", {**BEARER, "Content-Encoding": "br\r\nX: y"})
    assert reply.status == 415
    assert "\r" not in str(reply.body["error"])
    assert box.kept == []


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_too_large_is_refused_and_not_kept(packed: bool) -> None:
    raw = post(alert(), padding="x" * MAX_BODY)
    headers = {**BEARER, **({"Content-Encoding": "gzip"} if packed else {})}
    reply, box = accept(gzip.compress(raw) if packed else raw, headers)
    assert (reply.status, box.kept) == (413, [])


def test_a_bomb_is_never_unpacked() -> None:
    bomb = gzip.compress(b"0" * (64 * MAX_BODY))
    tracemalloc.start()
    reply, box = accept(bomb, {**BEARER, "Content-Encoding": "gzip"})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (reply.status, box.kept) == (413, [])
    assert peak < 8 * MAX_BODY


def test_a_body_at_the_limit_is_taken() -> None:
    short = post(padding="")
    raw = post(padding="x" * (MAX_BODY - len(short)))
    assert len(raw) == MAX_BODY
    assert accept(raw)[0].status == 200


@pytest.mark.parametrize("raw", [post(), b"poison"])
def test_a_locked_database_asks_to_come_again_never_with_429(raw: bytes) -> None:
    reply, _ = accept(raw, box=Box(locked=True))
    assert reply.status == 503
    assert reply.headers == {"Retry-After": "5"}


def test_without_a_token_in_the_environment_nothing_is_admitted() -> None:
    box = Box()
    reply = door(box, "${UNSET}").accept({"authorization": "Bearer "}, post())
    assert (reply.status, box.kept) == (503, [])


@given(st.binary(max_size=300), st.text(max_size=20))
def test_whatever_is_sent_gets_an_answer(raw: bytes, encoding: str) -> None:
    reply, box = accept(raw, {**BEARER, "Content-Encoding": encoding})
    assert reply.status in {200, 400, 413, 415}
    assert bool(box.kept) == (reply.status in {200, 400}) or encoding == "gzip"


def test_an_alert_becomes_a_signal() -> None:
    (found,), notes = read(alert())
    assert notes == ""
    assert found == Signal(
        source="alertmanager",
        fingerprint=fingerprint(LABELS),
        symptom_class="drift",
        starts_at=NOON - HOUR,
        labels=LABELS,
        annotations={"summary": "psi 0.4"},
        url="http://prometheus.example/1",
        receipt="7",
        severity=Severity.SEV1,
    )


def test_resolved_ends_the_signal_at_the_time_that_is_stated() -> None:
    ended = format_instant(NOON - HOUR / 2)
    (found,), _ = read(alert(status="resolved", endsAt=ended))
    assert found.ends_at == NOON - HOUR / 2


@pytest.mark.parametrize("ends", ["0001-01-01T00:00:00Z", "yesterday", None, 7])
def test_an_end_that_is_not_stated_is_now(ends: object) -> None:
    (found,), _ = read(alert(status="resolved", endsAt=ends))
    assert found.ends_at == NOON


def test_nanoseconds_and_zones_are_read_and_the_future_is_now() -> None:
    starts = ("2026-06-10T13:00:00.123456789+02:00", "2126-01-01T00:00:00Z", "soon")
    found, _ = read(*(alert(startsAt=one) for one in starts))
    assert [one.starts_at for one in found][1:] == [NOON, NOON]
    assert format_instant(found[0].starts_at) == "2026-06-10T11:00:00.123456Z"


def test_the_fingerprint_is_of_the_labels_whatever_is_claimed() -> None:
    (found,), _ = read(alert(fingerprint="0" * 16))
    assert found.fingerprint == fingerprint(LABELS)


@pytest.mark.parametrize(
    "bad",
    [7, None, [], {}, {"labels": {}}, {"labels": {"a": 1}}, {"labels": ["a"]}],
    ids=str,
)
def test_an_alert_that_cannot_be_read_is_a_gap_and_stops_no_other(bad: object) -> None:
    found, notes = read(bad, alert())
    assert len(found) == 1
    assert "1 alerts could not be read" in notes


def test_what_alertmanager_left_out_is_a_gap() -> None:
    _, notes = read(truncatedAlerts=12, groupKey='{}:{model="a"}\r\n')
    assert notes == r'Alertmanager left out 12 alerts of the group {}:{model="a"}\r\n'


def test_our_own_alerts_open_nothing() -> None:
    ours = alert(labels={"alertname": "ModelIncident", "incident": "INC-12"})
    named = alert(labels={"alertname": "ModelIncident", "incident": "mine"})
    found, notes = read(ours, named)
    assert [one.labels["incident"] for one in found] == ["mine"]
    assert notes == "1 alerts are our own and open nothing"


def test_unknown_keys_change_nothing() -> None:
    plain, _ = read(alert())
    more, _ = read(alert(colour="red"), receiver="all", future={"a": [1]})
    assert plain == more


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        ({"alertname": "ModelQualityDrop"}, "quality"),
        ({"alertname": "FeatureDrift"}, "drift"),
        ({"alertname": "LatencyHigh"}, "latency"),
        ({"alertname": "P99LatencyHigh"}, "latency"),
        ({"alertname": "prediction_log_stale"}, "freshness"),
        ({"alertname": "SchemaChanged"}, "contract"),
        ({"alertname": "NullRate"}, "data"),
        ({"alertname": "HTTP5xx"}, "errors"),
        ({"alertname": ""}, "errors"),
        ({}, "errors"),
        ({"alertname": "FeatureDrift", "symptom_class": "Data"}, "data"),
        ({"alertname": "FeatureDrift", "class": "latency"}, "latency"),
        ({"alertname": "FeatureDrift", "class": "unheard of"}, "drift"),
    ],
)
def test_the_class_is_named_by_a_label_or_told_from_the_name(
    labels: dict[str, str], wanted: str
) -> None:
    assert symptom_class(labels) == wanted
    assert wanted in CLASSES


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", Severity.SEV1),
        ("Page", Severity.SEV2),
        ("warning", Severity.SEV3),
        ("info", Severity.SEV4),
        ("sev2", Severity.SEV2),
        ("purple", None),
    ],
)
def test_severities_are_understood(word: str, severity: Severity | None) -> None:
    (found,), _ = read(alert(labels={"alertname": "A", "severity": word}))
    assert found.severity is severity


TEXTS = st.text(max_size=60)


@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=6), TEXTS)
def test_any_labels_are_kept_as_they_are(labels: dict[str, str], said: str) -> None:
    (found,), _ = read(alert(labels=labels, annotations={"summary": said}))
    assert found.labels == labels
    assert found.annotations == {"summary": said}
    assert found.fingerprint == fingerprint(labels)


def test_nesting_up_to_the_limit_is_read() -> None:
    deep: object = {}
    for _ in range(MAX_DEPTH - 2):
        deep = {"a": deep}
    assert parse(post(x=deep))["alerts"] == []
    with pytest.raises(Unreadable, match="deeper than 64"):
        parse(post(x={"a": deep}))


def test_nothing_is_done_to_a_plain_body() -> None:
    assert inflate(b"x", " Identity ") == b"x"
