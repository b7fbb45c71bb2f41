"""Every sink is down for an hour: afterwards all arrives, in order per incident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from incident_worlds import (
    NOON,
    Recorder,
    World,
    cause,
    diagnosis,
    finding,
    read_catalog,
)
from sink_servers import (
    Listener,
    PagerDutyPeer,
    Peer,
    SlackPeer,
    outside,
    serving,
)

from modelowners.app.handling import act
from modelowners.app.loop import turn
from modelowners.app.moves import acking, resolving
from modelowners.app.scenes import Request
from modelowners.connectors.pagerduty import Account, PagerDuty
from modelowners.connectors.slack import Slack, Workspace
from modelowners.connectors.webhook import Endpoint, Webhook
from modelowners.core.ids import IncidentId, asset_id
from modelowners.incidents import deliver
from modelowners.incidents.incident import CloseReason, State
from modelowners.incidents.ports import Notifier
from modelowners.ledger.changes import Who

MINUTE = timedelta(minutes=1)
BROKEN = {
    asset_id("model:eta"): asset_id("dataset:weather"),
    asset_id("model:fare"): asset_id("dataset:tariffs"),
}
"""Which feed broke which model: two troubles, two incidents."""

OWNERS = """\
version: 1
people:
  ana: {email: ana@acme.example}
  cy: {email: cy@acme.example}
  di: {email: di@acme.example}
teams:
  risk: {lead: ana, members: [ana]}
  feeds:
    lead: cy
    members: [cy, di]
    notify: ["pagerduty:feeds", "slack:#feeds", "webhook:ops"]
owns:
  model:eta: {owner: risk, tier: 2, needs: [dataset:weather], predictions: {source: a}}
  model:fare: {owner: risk, tier: 2, needs: [dataset:tariffs], predictions: {source: b}}
  dataset:weather: {owner: feeds}
  dataset:tariffs: {owner: feeds}
"""


@dataclass
class Outage(World):
    """A world whose messages leave it by HTTP."""

    sinks: dict[str, Notifier] = field(default_factory=dict)

    @property
    def notifiers(self) -> Mapping[str, Notifier]:
        return {**self.sinks, "console": self.sink}


@dataclass
class Story:
    """The world and its peers."""

    world: Outage
    pagerduty: PagerDutyPeer
    slack: SlackPeer
    listener: Listener

    @property
    def peers(self) -> tuple[Peer, ...]:
        return (self.pagerduty, self.slack, self.listener)

    def wait(self, minutes: int) -> int:
        """Deliver each minute; count what was accepted."""
        accepted = 0
        for _ in range(minutes):
            self.world.clock.advance(MINUTE)
            self.listener.now = self.world.clock.now().timestamp()
            done = deliver(
                self.world.incidents, self.world.notifiers, clock=self.world.clock
            )
            accepted += len(done.accepted)
        return accepted


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    world = Outage(read_catalog(tmp_path, OWNERS))
    way = outside()
    with ExitStack() as stack:
        pagerduty = stack.enter_context(serving(PagerDutyPeer()))
        slack = stack.enter_context(serving(SlackPeer()))
        listener = stack.enter_context(serving(Listener(now=NOON.timestamp())))
        space = Workspace(token="${SLACK_BOT_TOKEN}", url=f"{slack.url}/api")  # noqa: S106 - a reference
        endpoint = Endpoint(url=listener.url, secrets=("${WEBHOOK_SECRET}",))
        services = {"feeds": "${PAGERDUTY_FEEDS}"}
        world.sinks = {
            "pagerduty": PagerDuty(Account(services=services, url=pagerduty.url), way),
            "slack": Slack(space, way),
            "webhook": Webhook({"ops": endpoint}, way, world.clock),
        }
        yield Story(world, pagerduty, slack, listener)


def break_both(world: World) -> None:
    """Let two feeds of one team break a model each."""
    for model, feed in BROKEN.items():
        found = diagnosis(cause(0.9, asset=feed), model=model)
        world.answers[model] = (found, (finding(asset=model),))
    turn(world, as_of=world.clock.now())


def test_all_arrives_in_order_after_an_hour(story: Story) -> None:
    world = story.world
    for peer in story.peers:
        peer.down = True
    break_both(world)
    opened = [one.id for one in world.incidents.within()]
    assert opened
    assert story.wait(20) == 0
    world.user = Who("cy")
    for incident in opened:
        act(world, Request(incident=incident), acking())
    assert story.wait(20) == 0
    for incident in opened:
        act(world, Request(incident=incident), resolving(CloseReason.FIXED, ""))
    assert story.wait(20) == 0
    waiting = [
        one for one in world.incidents.waiting() if one.address.sink != "console"
    ]
    assert len(waiting) >= 6 * len(opened)

    for peer in story.peers:
        peer.down = False
    accepted = story.wait(30)
    assert world.incidents.waiting() == ()
    assert accepted >= len(waiting)
    assert_in_order(story, opened)


def assert_in_order(story: Story, opened: list[IncidentId]) -> None:
    """Each peer saw trigger or opening, then acknowledgement, then the end."""
    told: dict[str, list[int]] = defaultdict(list)
    for body in story.listener.taken:
        data = body["data"]
        assert isinstance(data, dict)
        incident, n, _ = str(data["id"]).split(".")
        told[incident].append(int(n))
    for incident in opened:
        assert told[incident] == sorted(set(told[incident]))
        said = [
            str(body["event_action"])
            for body in story.pagerduty.taken
            if body.get("dedup_key") == incident
        ]
        assert list(dict.fromkeys(said)) == ["trigger", "acknowledge", "resolve"]
        assert said == sorted(said, key=("trigger", "acknowledge", "resolve").index)
    assert story.pagerduty.alerts == dict.fromkeys(opened, "resolved")
    assert all(
        '"resolved"' in str(root).replace("'", '"') for root in roots(story.slack)
    )
    assert len(roots(story.slack)) == len(opened)


def roots(slack: SlackPeer) -> list[object]:
    """Messages that stand in the channel, as they are shown now."""
    return [body for body in slack.shown.values() if "thread_ts" not in body]


def test_one_sink_down_keeps_no_other_waiting(story: Story) -> None:
    story.slack.down = True
    break_both(story.world)
    story.wait(2)
    assert story.pagerduty.woken == len(story.world.incidents.within())
    assert story.slack.taken == []
    assert {one.address.sink for one in story.world.incidents.waiting()} == {"slack"}


def test_a_sink_that_refuses_for_good_is_replaced_at_once(story: Story) -> None:
    """Where no other channel is left, the console has it."""
    world = story.world
    world.sinks = {
        "pagerduty": PagerDuty(Account(services={"feeds": "${UNSET}"}), outside())
    }
    break_both(world)
    story.wait(1)
    assert isinstance(world.sink, Recorder)
    pages = [m for m in world.sink.taken if m.notice.person == "cy"]
    assert len(pages) == len(world.incidents.within())
    assert any("could not be reached" in line for line in pages[0].notice.lines)
    assert all(one.state is State.OPEN for one in world.incidents.within())
