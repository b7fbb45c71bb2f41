"""Signed webhooks, verified as a listener's library does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sink_servers import (
    NEW_SECRET,
    OLD_SECRET,
    Answer,
    Listener,
    outside,
    serving,
)
from sink_worlds import message

from modelowners.connectors.webhook import Endpoint, Webhook
from modelowners.core.time import HOUR, VirtualClock, parse_instant
from modelowners.incidents.incident import State
from modelowners.incidents.ports import Follower, Hope, NotSent

NOON = parse_instant("2026-06-10T12:00Z")
BOTH = ("${WEBHOOK_SECRET}", "${WEBHOOK_SECRET_OLD}")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with serving(Listener(now=NOON.timestamp())) as found:
        yield found


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


def sink(listener: Listener, clock: VirtualClock, *secrets: str) -> Webhook:
    endpoint = Endpoint(url=f"{listener.url}/hook", secrets=secrets or BOTH[:1])
    return Webhook({"ops": endpoint}, outside(), clock)


def test_a_listener_gets_what_happened(listener: Listener, clock: VirtualClock) -> None:
    found = message("webhook:ops")
    notice = replace(found.notice, tells="acked", state=State.ACKNOWLEDGED)
    receipt = sink(listener, clock).send(replace(found, notice=notice))
    (body,) = listener.taken
    assert receipt.ref == found.id
    assert body["type"] == "incident.acked"
    assert body["timestamp"] == "2026-06-10T12:00:00Z"
    data = body["data"]
    assert isinstance(data, dict)
    assert (data["incident"], data["state"]) == ("INC-7", "acknowledged")


def test_a_retry_bears_the_same_id_and_a_new_time(
    listener: Listener, clock: VirtualClock
) -> None:
    hook, sent = sink(listener, clock), message("webhook:ops")
    listener.swallow = 1
    with pytest.raises(NotSent) as lost:
        hook.send(sent)
    assert lost.value.hope is Hope.UNSURE
    clock.advance(HOUR)
    listener.now = clock.now().timestamp()
    hook.send(replace(sent, repeat=True))
    ids = {request.headers["webhook-id"] for request in listener.requests}
    times = [request.headers["webhook-timestamp"] for request in listener.requests]
    assert ids == {sent.id}
    assert int(times[1]) - int(times[0]) == 3600
    assert len(listener.seen) == 1


@pytest.mark.parametrize("known", [(NEW_SECRET,), (OLD_SECRET,)])
def test_while_a_secret_changes_both_listeners_verify(
    listener: Listener, clock: VirtualClock, known: tuple[str, ...]
) -> None:
    listener.secrets = known
    sink(listener, clock, *BOTH).send(message("webhook:ops"))
    assert len(listener.taken) == 1


def test_a_listener_with_another_secret_refuses(
    listener: Listener, clock: VirtualClock
) -> None:
    listener.secrets = (OLD_SECRET,)
    with pytest.raises(NotSent, match="status 401") as refused:
        sink(listener, clock).send(message("webhook:ops"))
    assert refused.value.hope is Hope.NONE


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_success_will_do(
    listener: Listener, clock: VirtualClock, status: int
) -> None:
    listener.answers.append(Answer(status))
    assert sink(listener, clock).send(message("webhook:ops")).ref == "INC-7.5.0badcafe"


@pytest.mark.parametrize(
    ("status", "hope"), [(410, Hope.NONE), (429, Hope.RETRY), (500, Hope.RETRY)]
)
def test_a_status_decides_whether_it_is_tried_again(
    listener: Listener, clock: VirtualClock, status: int, hope: Hope
) -> None:
    listener.answers.append(Answer(status))
    with pytest.raises(NotSent) as refused:
        sink(listener, clock).send(message("webhook:ops"))
    assert refused.value.hope is hope


def test_a_secret_that_is_none_is_told_without_being_shown(
    listener: Listener, clock: VirtualClock
) -> None:
    way = outside(WEBHOOK_SECRET="canary-too-short")  # noqa: S106 - a test's
    endpoint = Endpoint(url=f"{listener.url}/hook", secrets=BOTH[:1])
    with pytest.raises(NotSent, match="the signing secret is not whsec_") as refused:
        Webhook({"ops": endpoint}, way, clock).send(message("webhook:ops"))
    assert refused.value.hope is Hope.NONE
    assert "canary" not in str(refused.value)
    assert listener.requests == []


def test_it_follows_the_state(listener: Listener, clock: VirtualClock) -> None:
    assert isinstance(sink(listener, clock), Follower)
