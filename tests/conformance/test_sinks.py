"""Every sink keeps the same laws; what is particular to each is in its unit test."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Callable, Iterator
from email.message import Message as Mail
from pathlib import Path

import pytest
from sink_servers import (
    Listener,
    PagerDutyPeer,
    Peer,
    SlackPeer,
    outside,
    serving,
    texts_of,
)
from sink_worlds import SENDER, Inbox, smtp_server

from modelowners.connectors import testing
from modelowners.connectors.console import Console
from modelowners.connectors.email import Email, Server
from modelowners.connectors.file import JsonLines
from modelowners.connectors.pagerduty import Account, PagerDuty
from modelowners.connectors.slack import Slack, Workspace
from modelowners.connectors.testing import SinkOnTrial
from modelowners.connectors.webhook import Endpoint, Webhook
from modelowners.core.time import VirtualClock, from_micros


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as box:
        yield box


Trial = Iterator[SinkOnTrial]
LAWS: list[Callable[[SinkOnTrial], None]] = [
    testing.a_message_arrives_once_and_whole,
    testing.messages_arrive_in_order,
    testing.a_repeat_is_marked,
    testing.foreign_text_stays_text,
]


def mail_text(mail: Mail) -> str:
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return f"{mail['Subject']}\n{payload.decode()}"


def console(request: pytest.FixtureRequest, folder: Path) -> Trial:
    stream = io.StringIO()
    yield SinkOnTrial(
        Console(stream),
        "console:",
        lambda: [f"[{part}" for part in stream.getvalue().split("[PAGE")[1:]],
    )


def file(request: pytest.FixtureRequest, folder: Path) -> Trial:
    place = folder / "alerts.jsonl"
    yield SinkOnTrial(
        JsonLines(folder),
        "file:alerts.jsonl",
        lambda: place.read_text("utf-8").splitlines(),
    )


def email(request: pytest.FixtureRequest, folder: Path) -> Trial:
    box: Inbox = request.getfixturevalue("inbox")
    yield SinkOnTrial(
        Email(Server("127.0.0.1", box.port, SENDER)),
        "email:cy@acme.example",
        lambda: [mail_text(mail) for mail in box.mails],
    )


def shown(peer: Peer) -> list[str]:
    """What a person reads there: texts joined, escapes undone."""
    return [html.unescape("\n".join(texts_of(body))) for body in peer.taken]


def slack_bot(request: pytest.FixtureRequest, folder: Path) -> Trial:
    with serving(SlackPeer()) as peer:
        space = Workspace(token="${SLACK_BOT_TOKEN}", url=f"{peer.url}/api")  # noqa: S106 - a reference
        yield SinkOnTrial(Slack(space, outside()), "slack:#feeds", lambda: shown(peer))


def slack_webhook(request: pytest.FixtureRequest, folder: Path) -> Trial:
    with serving(SlackPeer()) as peer:
        way = outside(SLACK_HOOK=f"{peer.url}{SlackPeer.HOOK}")
        space = Workspace(webhooks={"feeds": "${SLACK_HOOK}"})
        yield SinkOnTrial(Slack(space, way), "slack:feeds", lambda: shown(peer))


def pagerduty(request: pytest.FixtureRequest, folder: Path) -> Trial:
    with serving(PagerDutyPeer()) as peer:
        account = Account(services={"feeds": "${PAGERDUTY_FEEDS}"}, url=peer.url)
        yield SinkOnTrial(
            PagerDuty(account, outside()),
            "pagerduty:feeds",
            lambda: shown(peer),
            deduplicates=True,
        )


def webhook(request: pytest.FixtureRequest, folder: Path) -> Trial:
    with serving(Listener(now=1_780_000_000)) as peer:
        clock = VirtualClock(from_micros(1_780_000_000_000_000))
        endpoint = Endpoint(url=f"{peer.url}/hook", secrets=("${WEBHOOK_SECRET}",))
        yield SinkOnTrial(
            Webhook({"ops": endpoint}, outside(), clock),
            "webhook:ops",
            lambda: [json.dumps(body, ensure_ascii=False) for body in peer.taken],
        )


SINKS = (console, file, email, slack_bot, slack_webhook, pagerduty, webhook)


@pytest.fixture(params=SINKS, ids=lambda make: make.__name__)
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Trial:
    yield from request.param(request, tmp_path)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_every_sink_keeps_every_law(
    sink: SinkOnTrial, law: Callable[[SinkOnTrial], None]
) -> None:
    law(sink)


def test_the_kit_runs_them_all(tmp_path: Path) -> None:
    numbers = iter(range(10))

    def make() -> SinkOnTrial:
        name = f"{next(numbers)}.jsonl"
        return SinkOnTrial(
            JsonLines(tmp_path),
            f"file:{name}",
            lambda: (tmp_path / name).read_text("utf-8").splitlines(),
        )

    testing.check_notifier(make)
    assert next(numbers) == len(LAWS)
