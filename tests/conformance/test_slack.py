"""Slack, as its Web API takes it: one message an incident, answers, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sink_servers import TOKEN, Answer, SlackPeer, outside, serving
from sink_worlds import message

from modelowners.connectors.slack import Posted, Slack, Workspace
from modelowners.incidents.incident import State
from modelowners.incidents.notices import Message, NoticeKind
from modelowners.incidents.ports import Follower, Hope, NotSent

BOT = "${SLACK_BOT_TOKEN}"


@pytest.fixture
def peer() -> Iterator[SlackPeer]:
    with serving(SlackPeer()) as found:
        yield found


@pytest.fixture
def slack(peer: SlackPeer) -> Slack:
    return Slack(Workspace(token=BOT, url=f"{peer.url}/api"), outside())


def told(
    state: State = State.OPEN,
    *,
    kind: NoticeKind = NoticeKind.NOTE,
    earlier: str | None = None,
    text: str = "temp changed its unit",
) -> Message:
    found = message("slack:#feeds", text=text)
    notice = replace(found.notice, state=state, kind=kind)
    return replace(found, notice=notice, earlier=earlier)


def test_an_incident_is_one_message_that_shows_its_state(
    peer: SlackPeer, slack: Slack
) -> None:
    first = slack.send(told(kind=NoticeKind.PAGE))
    ref = first.ref
    for state in (State.ACKNOWLEDGED, State.MITIGATED, State.RESOLVED):
        ref = slack.send(told(state, earlier=ref)).ref
    paths = [request.path for request in peer.requests]
    assert paths == ["/api/chat.postMessage", *["/api/chat.update"] * 3]
    (shown,) = peer.shown.values()
    assert '"resolved"' in json.dumps(shown["blocks"])
    assert Posted.read(ref) == Posted("C024BE91L", "1700000000.000100", "resolved")


def test_a_page_is_seen_in_the_channel_a_note_only_below(
    peer: SlackPeer, slack: Slack
) -> None:
    root = slack.send(told(kind=NoticeKind.PAGE)).ref
    again = slack.send(told(kind=NoticeKind.PAGE, earlier=root))
    quiet = slack.send(told(earlier=root))
    assert root == again.ref == quiet.ref
    aloud = [body.get("reply_broadcast") for body in peer.taken]
    threads = [body.get("thread_ts") for body in peer.taken]
    assert aloud == [None, True, None]
    assert threads == [None, "1700000000.000100", "1700000000.000100"]


def test_a_message_that_somebody_deleted_is_posted_anew(
    peer: SlackPeer, slack: Slack
) -> None:
    root = slack.send(told()).ref
    peer.gone = True
    receipt = slack.send(told(State.RESOLVED, earlier=root))
    assert Posted.read(receipt.ref) == Posted(
        "C024BE91L", "1700000001.000100", "resolved"
    )


def test_a_webhook_posts_anew_for_each_state(peer: SlackPeer) -> None:
    way = outside(HOOK=f"{peer.url}{SlackPeer.HOOK}")
    slack = Slack(Workspace(webhooks={"#feeds": "${HOOK}"}), way)
    for state in (State.OPEN, State.RESOLVED):
        assert slack.send(told(state)).ref is None
    assert [request.path for request in peer.requests] == [SlackPeer.HOOK] * 2


@pytest.mark.parametrize(
    ("answer", "hope"),
    [
        (Answer(200, {"ok": False, "error": "channel_not_found"}), Hope.NONE),
        (Answer(200, {"ok": False, "error": "not_in_channel"}), Hope.NONE),
        (Answer(200, {"ok": False, "error": "ratelimited"}), Hope.RETRY),
        (Answer(200, {"ok": False, "error": "service_unavailable"}), Hope.RETRY),
        (Answer(200, {"ok": False, "error": "internal_error"}), Hope.UNSURE),
        (Answer(200, {"ok": False, "error": "fatal_error"}), Hope.UNSURE),
        (Answer(200, "<html>log in</html>"), Hope.UNSURE),
        (Answer(200, []), Hope.UNSURE),
        (Answer(500, "oops"), Hope.RETRY),
        (Answer(503, ""), Hope.RETRY),
        (Answer(504, ""), Hope.UNSURE),
        (Answer(404, ""), Hope.NONE),
        (Answer(302, "", {"Location": "http://127.0.0.1:1/"}), Hope.NONE),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_answer_decides_whether_it_is_tried_again(
    peer: SlackPeer, slack: Slack, answer: Answer, hope: Hope
) -> None:
    peer.answers.append(answer)
    with pytest.raises(NotSent) as refused:
        slack.send(told())
    assert refused.value.hope is hope
    assert len(peer.requests) == 1


def test_it_waits_as_long_as_it_is_asked_to(peer: SlackPeer, slack: Slack) -> None:
    peer.answers.append(Answer(429, "", {"Retry-After": "37"}))
    with pytest.raises(NotSent) as refused:
        slack.send(told())
    assert (refused.value.hope, refused.value.after) == (
        Hope.RETRY,
        timedelta(seconds=37),
    )


def test_a_lost_answer_is_no_answer(peer: SlackPeer, slack: Slack) -> None:
    peer.swallow = 1
    with pytest.raises(NotSent) as lost:
        slack.send(told())
    assert lost.value.hope is Hope.UNSURE
    assert len(peer.taken) == 1


def test_nobody_there_is_worth_another_try(slack: Slack, peer: SlackPeer) -> None:
    away = Slack(Workspace(token=BOT, url="http://127.0.0.1:9/api"), outside())
    with pytest.raises(NotSent) as refused:
        away.send(told())
    assert refused.value.hope is Hope.RETRY


def test_a_wrong_token_is_refused_and_never_shown(peer: SlackPeer) -> None:
    way = outside(SLACK_BOT_TOKEN="xoxb-canary-wrong")  # noqa: S106 - a test's
    slack = Slack(Workspace(token=BOT, url=f"{peer.url}/api"), way)
    with pytest.raises(NotSent, match="invalid_auth") as refused:
        slack.send(told())
    assert refused.value.hope is Hope.NONE
    assert "canary" not in str(refused.value)


def test_a_server_that_repeats_the_token_is_masked(
    peer: SlackPeer, slack: Slack
) -> None:
    peer.answers.append(Answer(403, f"no such token: {TOKEN}\r\nBcc: x"))
    with pytest.raises(NotSent, match=r"status 403: no such token: \*\*\*") as refused:
        slack.send(told())
    assert TOKEN not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_it_follows_the_state(slack: Slack) -> None:
    assert isinstance(slack, Follower)
    assert slack.follows
