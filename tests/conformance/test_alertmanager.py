"""Alertmanager, recorded and real: each alert arrives once, and opens one incident."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alertmanager_worlds import alertmanager, fire, until
from incident_worlds import World, read_catalog
from sink_servers import INGEST_TOKEN, LOOPBACK, Answer, Peer, Request, outside, serving

from modelowners.app.inbox import PostState
from modelowners.app.reception import take_posts
from modelowners.connectors.alertmanager.alerts import AlertBoard
from modelowners.connectors.alertmanager.posts import Alertmanager
from modelowners.connectors.transport import Transport
from modelowners.core.time import MICROSECOND, SystemClock, VirtualClock, parse_instant
from modelowners.incidents.incident import State
from modelowners.incidents.ports import NotShown
from modelowners.incidents.signals import fingerprint
from modelowners.store.database import Database

OWNERS = """\
version: 1
people:
  ana: {email: ana@acme.example}
teams:
  growth: {lead: ana, members: [ana], notify: ["file:growth.jsonl"]}
owns:
  model:churn: {owner: growth, tier: 2}
  model:fraud: {owner: growth, tier: 2}
"""
AFTER = parse_instant("2026-11-24")
"""A day after the recording."""


def build(folder: Path, clock: VirtualClock | SystemClock) -> World:
    """A program with two models and a receiver, its state on the disk."""
    world = World(
        read_catalog(folder, OWNERS),
        clock=clock,  # type: ignore[arg-type]  # any clock will do
        database=Database.open(folder / "state.db"),
    )
    tokens = ("${INGEST_TOKEN}",)
    world.receivers["alertmanager"] = Alertmanager(tokens, outside(), world.inbox)
    return world


@pytest.fixture
def recorded(shared: Path) -> Path:
    folder = shared / "conformance" / "alertmanager"
    assert folder.is_dir()
    return folder


def lines(place: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in place.read_text("utf-8").splitlines()]


def accept(world: World, raw: bytes, headers: Mapping[str, str]) -> int:
    return world.receivers["alertmanager"].accept(headers, raw).status


def test_recorded_webhooks_open_one_incident_for_each_class(
    recorded: Path, tmp_path: Path
) -> None:
    world = build(tmp_path, VirtualClock(AFTER))
    posts = lines(recorded / "fixture_alertmanager_webhooks.jsonl")
    assert len(posts) == 2
    for post in posts:
        raw, headers = str(post["rawbody"]).encode(), post["h"]
        assert isinstance(headers, dict)
        assert accept(world, raw, headers) == 401, "its token is another's"
        ours = {**headers, "Authorization": f"Bearer {INGEST_TOKEN}"}
        assert accept(world, raw, ours) == 200
    assert take_posts(world, at=AFTER) == []
    found = {(one.model, one.symptom_class) for one in world.incidents.within()}
    assert found == {("model:churn", "quality"), ("model:churn", "drift")}


def test_recorded_fingerprints_are_ours(recorded: Path) -> None:
    seen = set()
    for place in recorded.glob("*.jsonl"):
        for line in lines(place):
            body = line.get("body")
            for alert in body.get("alerts", []) if isinstance(body, dict) else []:
                assert fingerprint(alert["labels"]) == alert["fingerprint"]
                seen.add(alert["fingerprint"])
    assert seen == {
        *("8a803e11a817aff5", "2ab8261240f00b74"),
        *("ffb7f178cb941bac", "d6528e03dbec6023"),
    }


def test_a_recorded_group_fires_repeats_and_resolves(
    recorded: Path, tmp_path: Path
) -> None:
    """Six receivers saw it; the two that are webhooks are posted to us in order."""
    world = build(tmp_path, VirtualClock(AFTER))
    whole = lines(recorded / "fixture_alertmanager_payloads.jsonl")
    paths = [str(line["path"]) for line in whole]
    assert {path.split("/")[1] for path in paths if path != "smtp"} == {
        *("hook", "flaky", "slack", "pd", "og"),
    }
    posts = [line for line in whole if line["path"] in {"/hook", "/flaky"}]
    assert len(posts) == 6
    told = []
    for post in posts:
        bearer = {"Authorization": f"Bearer {INGEST_TOKEN}"}
        assert accept(world, json.dumps(post["body"]).encode(), bearer) == 200
        assert take_posts(world, at=AFTER) == []
        told.append([len(one.signals) for one in world.incidents.within()])
    # The first opens both; repeats and the end open nothing.
    assert told == [[1, 1]] * 6
    found = {one.symptom_class: one for one in world.incidents.within()}
    assert found.keys() == {"latency", "drift"}
    for incident in found.values():
        (alert,) = incident.signals
        assert alert.count == 4
        assert alert.started == parse_instant("2026-11-23T08:31:56.186298Z")
        assert alert.ended == parse_instant("2026-11-23T08:32:01Z")


@pytest.mark.parametrize("path", ["/slack", "/pd/v2/enqueue", "/og/v2/alerts"])
def test_other_recorded_shapes_are_refused_and_kept(
    recorded: Path, tmp_path: Path, path: str
) -> None:
    world = build(tmp_path, VirtualClock(AFTER))
    whole = lines(recorded / "fixture_alertmanager_payloads.jsonl")
    body = next(line["body"] for line in whole if line["path"] == path)
    bearer = {"Authorization": f"Bearer {INGEST_TOKEN}"}
    assert accept(world, json.dumps(body).encode(), bearer) == 400
    assert take_posts(world, at=AFTER) == []
    assert world.incidents.within() == ()
    assert len(world.inbox.posts(PostState.REFUSED)) == 1


@dataclass
class Door(Peer):
    """A server that hands each post to the receiver, as `modelowners serve` does."""

    world: World | None = None
    statuses: list[int] = field(default_factory=list)

    def handle(self, request: Request) -> Answer:
        assert self.world is not None
        assert request.path == "/v1/in/alertmanager"
        receiver = self.world.receivers["alertmanager"]
        reply = receiver.accept(request.headers, request.body)
        self.statuses.append(reply.status)
        return Answer(reply.status, dict(reply.body), reply.headers)


DRIFT = {"alertname": "FeatureDrift", "model": "fraud", "severity": "critical"}
SLOW = {"alertname": "LatencyHigh", "model": "fraud"}


@pytest.mark.slow
def test_a_real_alertmanager_opens_and_clears_an_incident(tmp_path: Path) -> None:
    world = build(tmp_path, SystemClock())
    with (
        serving(Door(world=world)) as door,
        alertmanager(tmp_path, door.url, token=INGEST_TOKEN) as url,
    ):
        # First nothing can be kept: it has to come again.
        door.answers += [Answer(503, "", {"Retry-After": "1"})]
        fire(url, {"labels": DRIFT, "annotations": {"summary": "psi 0.4"}})
        until(lambda: door.statuses[:1] == [200], why=lambda: door.requests)
        take(world)
        (incident,) = world.incidents.within()
        assert (incident.model, incident.symptom_class) == ("model:fraud", "drift")
        (alert,) = incident.signals
        assert (alert.title, alert.fingerprint) == ("psi 0.4", fingerprint(DRIFT))

        fire(url, {"labels": SLOW})
        until(lambda: len(taken(world)) == 2)

        now = SystemClock().now()
        ended = (now - timedelta(seconds=1)).isoformat()
        fire(url, *({"labels": one, "endsAt": ended} for one in (DRIFT, SLOW)))
        until(lambda: all(taken(world).values()))
    found = world.incidents.within()
    assert {one.symptom_class for one in found} == {"drift", "latency"}
    assert set(door.statuses) == {200}
    assert world.inbox.posts(PostState.REFUSED) == ()


@pytest.mark.slow
def test_a_real_alertmanager_with_a_wrong_token_opens_nothing(tmp_path: Path) -> None:
    world = build(tmp_path, SystemClock())
    with (
        serving(Door(world=world)) as door,
        alertmanager(tmp_path, door.url, token="wrong") as url,  # noqa: S106 - a test's
    ):
        fire(url, {"labels": DRIFT})
        until(lambda: bool(door.statuses))
    assert set(door.statuses) == {401}
    assert world.inbox.posts() == ()


def take(world: World) -> None:
    assert take_posts(world, at=SystemClock().now() + MICROSECOND) == []


def taken(world: World) -> dict[str, bool]:
    """Take in what came, and tell of each alert whether it has ended."""
    take(world)
    alerts = [one for incident in world.incidents.within() for one in incident.signals]
    return {one.fingerprint: one.ended is not None for one in alerts}


@pytest.mark.slow
def test_a_real_alertmanager_shows_our_incidents_while_they_last(
    tmp_path: Path,
) -> None:
    world = build(tmp_path, SystemClock())
    with serving(Door(world=world)) as door:
        with alertmanager(tmp_path, door.url, token=INGEST_TOKEN) as url:
            fire(url, {"labels": {**SLOW, "severity": "critical"}})
            until(lambda: bool(taken(world)))
            board = AlertBoard(url, outside())
            for _ in range(3):
                assert board.show(world.incidents.within(), at=now()) == 1
            assert shown_of(url) == {"INC-1": "open"}
            # It comes back to us by the same route, and opens nothing.
            until(lambda: any(b"ModelIncident" in r.body for r in door.requests))
            take_posts(world, at=now())
            (incident,) = world.incidents.within()
            over = replace(incident, state=State.RESOLVED, changed_at=now())
            board.show([over], at=now())
            until(lambda: "INC-1" not in shown_of(url))
        with pytest.raises(NotShown, match="cannot be reached"):
            board.show(world.incidents.within(), at=now())
        (tmp_path / "data").rename(tmp_path / "lost")
        with alertmanager(tmp_path, door.url, token=INGEST_TOKEN) as url:
            # It forgot everything: the next turn brings it back.
            again = AlertBoard(url, outside())
            again.show(world.incidents.within(), at=now())
            assert shown_of(url) == {"INC-1": "open"}


def shown_of(url: str) -> dict[str, str]:
    """What Alertmanager holds of ours: the state it shows, by incident."""
    response = Transport(LOOPBACK).request("GET", f"{url}/api/v2/alerts")
    alerts = response.json()
    assert isinstance(alerts, list)
    return {
        one["labels"]["incident"]: one["annotations"]["state"]
        for one in alerts
        if one["labels"]["alertname"] == "ModelIncident"
    }


def now() -> datetime:
    return SystemClock().now() + MICROSECOND
