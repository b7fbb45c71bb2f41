"""From a post in the inbox to an incident, once, whatever fails in between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from incident_worlds import MODEL, NOON, World, read_catalog
from sink_servers import outside

from modelowners.app import reception
from modelowners.app.inbox import PostState
from modelowners.app.reception import KEPT, named_asset, take_posts
from modelowners.app.signals import take_signals
from modelowners.connectors.alertmanager.posts import Alertmanager
from modelowners.core.errors import StateError
from modelowners.core.ids import asset_id
from modelowners.core.time import HOUR, format_instant
from modelowners.incidents.incident import State

BEARER = {"authorization": "Bearer mo_canary_5d1f"}
DRIFT = {"alertname": "FeatureDrift", "model": "eta"}
OWNERS = """\
version: 1
people:
  ana: {email: ana@acme.example}
teams:
  risk: {lead: ana, members: [ana], notify: ["file:risk.jsonl"]}
owns:
  model:eta: {owner: risk, aliases: ["mlflow://prod/eta"]}
  "dataset:shop/*": {owner: risk}
"""


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(read_catalog(tmp_path_factory.mktemp("world")))
    tokens = ("${INGEST_TOKEN}",)
    made.receivers["alertmanager"] = Alertmanager(tokens, outside(), made.inbox)
    return made


def send(world: World, *alerts: dict[str, object], **fields: object) -> int:
    raw = json.dumps({"version": "4", "alerts": list(alerts), **fields}).encode()
    return world.receivers["alertmanager"].accept(BEARER, raw).status


def alert(*, ended: bool = False, **fields: object) -> dict[str, object]:
    return {
        "status": "resolved" if ended else "firing",
        "labels": DRIFT,
        "annotations": {"summary": "psi 0.4"},
        "startsAt": format_instant(NOON - HOUR),
        "endsAt": format_instant(NOON) if ended else "0001-01-01T00:00:00Z",
        **fields,
    }


def test_an_alert_opens_an_incident_on_the_model_it_names(world: World) -> None:
    assert send(world, alert()) == 200
    assert world.incidents.within() == ()
    assert take_posts(world, at=NOON) == []
    (incident,) = world.incidents.within()
    assert (incident.model, incident.symptom_class) == (MODEL, "drift")
    assert world.inbox.posts() == ()


def test_a_repeat_opens_nothing_and_is_counted(world: World) -> None:
    for _ in range(3):
        send(world, alert())
        take_posts(world, at=NOON)
    (incident,) = world.incidents.within()
    assert [one.count for one in incident.signals] == [3]


def test_a_post_read_twice_is_counted_once(world: World) -> None:
    send(world, alert())
    (post,) = world.inbox.posts()
    take_posts(world, at=NOON)
    before = world.incidents.within()
    world.inbox.settle([post], PostState.WAITING)
    take_posts(world, at=NOON)
    assert world.incidents.within() == before


def test_resolved_ends_the_signal(world: World) -> None:
    send(world, alert())
    send(world, alert(ended=True))
    take_posts(world, at=NOON)
    (incident,) = world.incidents.within()
    assert [one.ended for one in incident.signals] == [NOON]
    assert incident.state is State.OPEN


def test_an_alert_that_names_nothing_we_know_is_not_dropped(world: World) -> None:
    send(world, alert(labels={"alertname": "HTTP5xx", "model": "unheard-of"}))
    take_posts(world, at=NOON)
    (incident,) = world.incidents.within()
    assert incident.model == "service:alertmanager"


def test_gaps_are_told(world: World) -> None:
    send(world, alert(), 7, truncatedAlerts=3, groupKey="{}")  # type: ignore[arg-type]  # what a broken sender sends
    assert take_posts(world, at=NOON) == [
        "post 1 of alertmanager: 1 alerts could not be read; the post is kept",
        "post 1 of alertmanager: Alertmanager left out 3 alerts of the group {}",
    ]


def test_poison_never_reaches_an_incident(world: World) -> None:
    raw = b'{"alerts": 7}'
    assert world.receivers["alertmanager"].accept(BEARER, raw).status == 400
    assert take_posts(world, at=NOON) == []
    assert world.incidents.within() == ()
    assert [post.body for post in world.inbox.posts(PostState.REFUSED)] == [raw]


def test_what_came_in_later_waits(world: World) -> None:
    send(world, alert())
    assert take_posts(world, at=NOON - HOUR) == []
    assert len(world.inbox.posts()) == 1


def test_many_posts_are_taken_in_one_turn(world: World) -> None:
    for n in range(45):
        send(world, alert(labels={**DRIFT, "host": str(n)}))
    take_posts(world, at=NOON)
    assert world.inbox.posts() == ()
    (incident,) = world.incidents.within()
    assert len(incident.signals) == 45


def test_a_post_whose_receiver_is_gone_waits_for_it(world: World) -> None:
    send(world, alert())
    gone = world.receivers.pop("alertmanager")
    (note,) = take_posts(world, at=NOON)
    assert note == (
        "post 1 of alertmanager: it waits: no receiver alertmanager is set up "
        "under connectors"
    )
    world.receivers["alertmanager"] = gone
    take_posts(world, at=NOON)
    assert len(world.incidents.within()) == 1


@pytest.mark.parametrize(
    "error", [StateError(place="x", why="locked", remedy="Wait"), ZeroDivisionError()]
)
def test_a_post_that_fails_waits_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    send(world, alert())
    send(world, alert(labels={**DRIFT, "class": "latency"}))
    real, calls = take_signals, []

    def failing(*args: object, **kwargs: object) -> object:
        calls.append(args)
        if len(calls) == 1:
            raise error
        return real(*args, **kwargs)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(reception, "take_signals", failing)
    (note,) = take_posts(world, at=NOON)
    assert "post 1 of alertmanager: it waits for the next turn" in note
    assert [one.symptom_class for one in world.incidents.within()] == ["latency"]
    take_posts(world, at=NOON)
    assert len(world.incidents.within()) == 2
    assert world.inbox.posts() == ()


def test_what_a_receiver_cannot_read_after_all_is_kept_for_a_person(
    world: World,
) -> None:
    world.inbox.keep("alertmanager", b"no JSON")
    (note,) = take_posts(world, at=NOON)
    assert "it is kept: The body cannot be read: it is no JSON" in note
    (post,) = world.inbox.posts(PostState.REFUSED)
    assert post.reason == "The body cannot be read: it is no JSON."


def test_old_posts_are_forgotten(world: World) -> None:
    send(world, alert())
    take_posts(world, at=NOON)
    take_posts(world, at=NOON + KEPT)
    assert len(world.inbox.posts(PostState.DONE)) == 1
    take_posts(world, at=NOON + KEPT + HOUR)
    assert world.inbox.posts(PostState.DONE) == ()


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        ({"asset": "model:eta"}, "model:eta"),
        ({"model": "eta"}, "model:eta"),
        ({"model": "model:eta"}, "model:eta"),
        ({"model": " eta "}, "model:eta"),
        ({"asset": "mlflow://prod/eta"}, "model:eta"),
        ({"asset": "dataset:shop/orders", "model": "eta"}, "dataset:shop/orders"),
        ({"asset": "dataset:else", "model": "eta"}, "model:eta"),
        ({"asset": "eta"}, None),
        ({"model": "ETA"}, None),
        ({"model": "*"}, None),
        ({"model": "a\x00b"}, None),
        ({"model": ""}, None),
        ({}, None),
    ],
    ids=str,
)
def test_labels_name_an_asset_only_if_the_file_knows_it(
    tmp_path_factory: pytest.TempPathFactory,
    labels: dict[str, str],
    wanted: str | None,
) -> None:
    folder: Path = tmp_path_factory.mktemp("owners")
    found = named_asset(read_catalog(folder, OWNERS), labels)
    assert found == (asset_id(wanted) if wanted else None)
