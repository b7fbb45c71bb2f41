"""A canary in every slot for a secret: none is in state, errors, logs or output."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from incident_worlds import World, cause, read_catalog
from sink_servers import (
    INGEST_TOKEN,
    NEW_SECRET,
    OLD_SECRET,
    ROUTING_KEY,
    TOKEN,
    Answer,
    Listener,
    PagerDutyPeer,
    Peer,
    Request,
    SlackPeer,
    outside,
    serving,
)

from modelowners.app.loop import TurnReport, turn
from modelowners.connectors import alertmanager, pagerduty, slack, webhook
from modelowners.connectors.transport import Response
from modelowners.core.time import SystemClock
from modelowners.incidents.ports import Notifier
from modelowners.store.database import Database

HOOK_PATH = "hook-canary-77"
CANARIES = (TOKEN, ROUTING_KEY, NEW_SECRET, OLD_SECRET, INGEST_TOKEN, HOOK_PATH)
OWNERS = """\
version: 1
people:
  ana: {{email: ana@acme.example}}
  cy: {{email: cy@acme.example}}
teams:
  risk: {{lead: ana, members: [ana], notify: ["slack:hook"]}}
  feeds:
    lead: cy
    members: [cy]
    notify: ["pagerduty:feeds", "slack:#feeds", "slack:hook", "webhook:ops"]
owns:
  model:eta:
    owner: risk
    needs: [dataset:weather]
    predictions: {{source: logs}}
  dataset:weather: {{owner: feeds}}
connectors:
  slack:
    token: ${{SLACK_BOT_TOKEN}}
    webhooks: {{hook: "${{SLACK_HOOK}}"}}
    url: {slack}/api
  pagerduty: {{services: {{feeds: "${{PAGERDUTY_FEEDS}}"}}, url: {pagerduty}}}
  webhook:
    ops: {{url: {listener}, secret: ["${{WEBHOOK_SECRET}}", "${{WEBHOOK_SECRET_OLD}}"]}}
  alertmanager: {{token: "${{INGEST_TOKEN}}"}}
"""


@dataclass
class Open(World):
    """A world with every sink that takes a secret."""

    sinks: dict[str, Notifier] = field(default_factory=dict)

    @property
    def notifiers(self) -> dict[str, Notifier]:
        return {**self.sinks, "console": self.sink}


class Echo(Peer):
    """Refuses everything, and repeats in its answer all it was sent."""

    def handle(self, request: Request) -> Answer:
        said = " ".join([request.path, *request.headers.values()])
        return Answer(400, said.encode() + request.body)


@pytest.fixture(params=["takes", "repeats what it was sent"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """One turn is over: each sink took its message, or refused it."""
    echoes = request.param != "takes"
    now = SystemClock().now().timestamp()
    with ExitStack() as stack:
        peers: dict[str, Peer] = {
            "slack": Echo() if echoes else SlackPeer(),
            "pagerduty": Echo() if echoes else PagerDutyPeer(),
            "listener": Echo() if echoes else Listener(now=now),
        }
        urls = {name: stack.enter_context(serving(p)).url for name, p in peers.items()}
        catalog = read_catalog(tmp_path, OWNERS.format(**urls))
        found = Open(catalog, database=Database.open(tmp_path / "state.db"))
        way = outside(SLACK_HOOK=f"{urls['slack']}/services/T0/B0/{HOOK_PATH}")
        for name, module in (
            ("slack", slack),
            ("pagerduty", pagerduty),
            ("webhook", webhook),
        ):
            sink = module.notifier(catalog, way)
            assert sink is not None
            found.sinks[name] = sink
        receiver = alertmanager.receiver(catalog, way, found.inbox)
        assert receiver is not None
        found.receivers["alertmanager"] = receiver
        found.make_sick(cause(0.9))
        yield found


def search(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


def run(world: Open) -> TurnReport:
    receiver = world.receivers["alertmanager"]
    for token, status in ((INGEST_TOKEN, 200), (f"{INGEST_TOKEN}-not", 401)):
        headers = {"authorization": f"Bearer {token}"}
        reply = receiver.accept(headers, b'{"alerts": [{"labels": {"a": "b"}}]}')
        assert reply.status == status
        assert search(str(reply)) == []
    return turn(world, as_of=world.clock.now())


def test_no_secret_is_in_the_state_the_logs_or_the_report(
    world: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    report = run(world)
    tried = {one.address.sink for one in (*report.delivered.accepted,)}
    tried |= {one.address.sink for one in report.delivered.failed}
    assert {"slack", "pagerduty", "webhook"} <= tried
    world.database.close()
    kept = b"".join(place.read_bytes() for place in tmp_path.glob("state.db*"))
    assert len(kept) > 10_000
    assert search(kept.decode("latin-1")) == []
    assert search(caplog.text) == []
    assert search(repr(report)) == []
    assert search(repr(world.sinks) + repr(world.receivers)) == []


def test_an_unexpected_error_shows_none_either(
    world: Open, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash report holds the traceback's text; secrets are no part of it."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(Response, "ok", property(_fault))
    report = run(world)
    assert {one.reason for one in report.delivered.failed} == {"ZeroDivisionError: no"}
    assert search(caplog.text + repr(report)) == []


def _fault(response: Response) -> bool:
    raise ZeroDivisionError("no")
