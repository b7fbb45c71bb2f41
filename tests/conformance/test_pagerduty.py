"""PagerDuty's Events API v2: one alert an incident, whatever is repeated or lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sink_servers import ROUTING_KEY, Answer, PagerDutyPeer, outside, serving
from sink_worlds import message

from modelowners.connectors.pagerduty import CHANGE, Account, PagerDuty
from modelowners.incidents.incident import State
from modelowners.incidents.notices import Message, NoticeKind
from modelowners.incidents.ports import Follower, Hope, NotSent
from modelowners.incidents.severity import Severity

KEY = "${PAGERDUTY_FEEDS}"


@pytest.fixture
def peer() -> Iterator[PagerDutyPeer]:
    with serving(PagerDutyPeer()) as found:
        yield found


@pytest.fixture
def sink(peer: PagerDutyPeer) -> PagerDuty:
    return PagerDuty(Account(services={"feeds": KEY}, url=peer.url), outside())


def told(
    kind: NoticeKind = NoticeKind.PAGE,
    state: State = State.OPEN,
    *,
    earlier: str | None = None,
) -> Message:
    found = message("pagerduty:feeds")
    notice = replace(found.notice, kind=kind, state=state)
    return replace(found, notice=notice, earlier=earlier)


NOTE = NoticeKind.NOTE


def test_an_incident_is_one_alert_from_trigger_to_resolve(
    peer: PagerDutyPeer, sink: PagerDuty
) -> None:
    ref = sink.send(told()).ref
    assert (ref, peer.alerts) == ("INC-7", {"INC-7": "triggered"})
    sink.send(told(NOTE, State.ACKNOWLEDGED, earlier=ref))
    assert peer.alerts == {"INC-7": "acknowledged"}
    sink.send(told(NOTE, State.MITIGATED, earlier=ref))
    assert peer.alerts == {"INC-7": "acknowledged"}
    sink.send(told(NOTE, State.RESOLVED, earlier=ref))
    assert peer.alerts == {"INC-7": "resolved"}
    assert peer.woken == 1


@pytest.mark.parametrize("state", [State.CLOSED, State.MERGED, State.DISMISSED])
def test_every_end_resolves(peer: PagerDutyPeer, sink: PagerDuty, state: State) -> None:
    sink.send(told())
    sink.send(told(NOTE, state, earlier="INC-7"))
    assert peer.alerts == {"INC-7": "resolved"}


def test_a_second_page_wakes_nobody_twice(peer: PagerDutyPeer, sink: PagerDuty) -> None:
    sink.send(told())
    sink.send(replace(told(earlier="INC-7"), id="INC-7.9.0badcafe", repeat=True))
    assert (peer.woken, len(peer.taken)) == (1, 2)


def test_a_page_after_a_reopening_wakes_again(
    peer: PagerDutyPeer, sink: PagerDuty
) -> None:
    ref = sink.send(told()).ref
    sink.send(told(NOTE, State.RESOLVED, earlier=ref))
    ref = sink.send(told(NOTE, State.OPEN, earlier=ref)).ref
    assert peer.woken == 1
    sink.send(told(earlier=ref))
    assert (peer.woken, peer.alerts) == (2, {"INC-7": "triggered"})


def test_a_note_raises_no_alert_that_somebody_closed_there(
    peer: PagerDutyPeer, sink: PagerDuty
) -> None:
    ref = sink.send(told()).ref
    peer.alerts["INC-7"] = "resolved"
    ref = sink.send(told(NOTE, earlier=ref)).ref
    assert (peer.woken, len(peer.changes)) == (1, 1)
    sink.send(told(NOTE, State.RESOLVED, earlier=ref))
    assert peer.taken[-1]["event_action"] == "resolve"


def test_a_note_where_nothing_paged_wakes_nobody(
    peer: PagerDutyPeer, sink: PagerDuty
) -> None:
    receipt = sink.send(told(NOTE))
    sink.send(told(NOTE, State.RESOLVED, earlier=receipt.ref))
    assert receipt.ref == CHANGE
    assert (peer.alerts, len(peer.changes)) == ({}, 2)


def test_the_alert_says_what_where_and_how_bad(
    peer: PagerDutyPeer, sink: PagerDuty
) -> None:
    sink.send(told())
    (event,) = peer.taken
    payload = event["payload"]
    assert isinstance(payload, dict)
    assert payload["summary"] == "INC-7 sev2: temp changed its unit"
    assert (payload["source"], payload["severity"]) == ("model:eta", "error")
    assert payload["timestamp"] == "2026-06-10T12:00:00Z"
    assert payload["custom_details"]["for"] == "cy (feeds)"


@pytest.mark.parametrize(
    ("severity", "word"),
    list(zip(Severity, ("critical", "error", "warning", "info"), strict=True)),
)
def test_severities_have_their_words(
    peer: PagerDutyPeer, sink: PagerDuty, severity: Severity, word: str
) -> None:
    found = told()
    sink.send(replace(found, notice=replace(found.notice, severity=severity)))
    payload = peer.taken[0]["payload"]
    assert isinstance(payload, dict)
    assert payload["severity"] == word


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_largest_message_stays_below_the_limits(
    peer: PagerDutyPeer, sink: PagerDuty, kind: NoticeKind
) -> None:
    found = told(kind)
    notice = replace(found.notice, title="é" * 200, lines=("\\\u2028€" * 333,) * 900)
    sink.send(replace(found, notice=notice))
    assert len(peer.requests[0].body) <= 512 * 1024
    payload = peer.taken[0]["payload"]
    assert isinstance(payload, dict)
    assert payload["custom_details"]["lines"][-1] == "…"


@pytest.mark.parametrize(
    ("status", "hope"),
    [
        (400, Hope.NONE),
        (403, Hope.NONE),
        (408, Hope.RETRY),
        (413, Hope.NONE),
        (425, Hope.RETRY),
        (429, Hope.RETRY),
        (500, Hope.RETRY),
        (502, Hope.RETRY),
        (504, Hope.UNSURE),
    ],
)
def test_a_status_decides_whether_it_is_tried_again(
    peer: PagerDutyPeer, sink: PagerDuty, status: int, hope: Hope
) -> None:
    peer.answers.append(Answer(status, {"status": "x"}, {"Retry-After": "12"}))
    with pytest.raises(NotSent) as refused:
        sink.send(told())
    assert refused.value.hope is hope
    assert refused.value.after == timedelta(seconds=12)


def test_an_answer_lost_and_repeated_is_one_alert(
    peer: PagerDutyPeer, sink: PagerDuty
) -> None:
    peer.swallow = 1
    with pytest.raises(NotSent) as lost:
        sink.send(told())
    assert lost.value.hope is Hope.UNSURE
    sink.send(replace(told(), repeat=True))
    assert (peer.woken, peer.alerts) == (1, {"INC-7": "triggered"})


def test_a_wrong_key_is_refused_and_never_shown(peer: PagerDutyPeer) -> None:
    account = Account(services={"feeds": KEY}, url=peer.url)
    wrong = PagerDuty(account, outside(PAGERDUTY_FEEDS="canary-of-the-wrong-length"))
    with pytest.raises(NotSent, match="status 400") as refused:
        wrong.send(told())
    assert refused.value.hope is Hope.NONE
    assert "canary" not in str(refused.value)
    assert ROUTING_KEY not in str(refused.value)


def test_it_follows_the_state(sink: PagerDuty) -> None:
    assert isinstance(sink, Follower)
    assert sink.follows
