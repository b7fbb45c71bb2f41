"""Traffic of a real MLflow 3.17.2, recorded: every exchange and every webhook."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from registry_worlds import URL, Recorded, answer

from modelowners.connectors.mlflow import MLflowChanges
from modelowners.connectors.mlflow.client import Client, RegistryError
from modelowners.connectors.mlflow.servers import Server
from modelowners.connectors.mlflow.webhook import Webhook, accept
from modelowners.connectors.transport import Outside, Response
from modelowners.core.ids import asset_id
from modelowners.core.secrets import Secrets
from modelowners.core.time import EPOCH, TimeWindow, VirtualClock, parse_instant
from modelowners.incidents.ports import Reading
from modelowners.ledger.changes import Change, ChangeKind
from modelowners.ledger.ports import Batch
from modelowners.ledger.registrations import Registration

CHURN = asset_id("model:churn")
T0 = parse_instant("2026-11-23T12:00Z")
MINUTE = timedelta(minutes=1)
SECRET = "s3cret"  # noqa: S105 - stated beside the recording
RECORDED = 778


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "conformance" / "mlflow"


@pytest.fixture
def exchanges(folder: Path) -> list[dict[str, dict[str, Any]]]:
    found: list[dict[str, dict[str, Any]]] = json.loads(
        (folder / "fixture_mlflow_rest.json").read_text("utf-8")
    )
    return found


@pytest.fixture
def deliveries(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "fixture_mlflow_webhooks.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def client(recorded: Recorded) -> Client:
    return Client(Server(url=URL, instance="prod"), Outside(recorded))


def look(recorded: Recorded, cursor: str | None, minutes: int) -> Batch:
    declared = {CHURN: Registration(registry="mlflow", name="churn", alias="champion")}
    source = MLflowChanges(client(recorded), declared=declared, people={"demo": "ana"})
    return source.read(cursor, now=T0 + minutes * MINUTE)


def told(changes: tuple[Change, ...]) -> list[tuple[str | None, str, str]]:
    return [(change.version, change.kind.value, change.what) for change in changes]


class Registry(Recorded):
    """The recording, with the two listings it lacks made from what it holds."""

    def __init__(self, exchanges: list[dict[str, dict[str, Any]]]) -> None:
        self.models: dict[str, Any] = json.loads(exchanges[0]["response"]["text"])
        self.versions: dict[str, Any] = json.loads(exchanges[5]["response"]["text"])
        super().__init__(exchanges)

    def now(self, entry: Mapping[str, Any]) -> None:
        """Put the answer of a later `get` in the place of its entry."""
        others = [m for m in self.models["registered_models"] if m["name"] != "churn"]
        self.models["registered_models"] = [entry["registered_model"], *others]

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = 10,
    ) -> Response:
        if "registered-models/search" in url:
            return answer(200, self.models)
        if "model-versions/search" in url:
            return answer(200, self.versions)
        return super().request(method, url, headers=headers, body=body, timeout=timeout)


def test_the_first_look_tells_what_made_version_2(
    exchanges: list[dict[str, dict[str, Any]]],
) -> None:
    recorded = Registry(exchanges)
    batch = look(recorded, None, 0)
    assert recorded.unknown == []
    assert told(batch.changes) == [
        ("1", "note", "version 1 registered"),
        ("2", "note", "version 2 registered"),
        ("2", "hyperparameter", "max_depth 2 -> 3, n_estimators 50 -> 80"),
        ("2", "training_data", "churn_train: 1500 -> 2250 rows"),
    ]
    data = batch.changes[3]
    assert data.path == "dataset:churn_train"
    assert data.who.person == "ana"
    assert (data.before["num_rows"], data.after["num_rows"]) == (1500, 2250)
    assert data.occurred_at == parse_instant("2026-11-23T08:04:59.087Z")
    assert len([n for n in batch.notes if "stand for no asset" in n]) == 1


def test_alias_moves_twins_and_deletion(
    exchanges: list[dict[str, dict[str, Any]]],
) -> None:
    recorded = Registry(exchanges)
    first = look(recorded, None, 0)
    recorded.now(json.loads(exchanges[22]["response"]["text"]))
    moved = look(recorded, first.cursor, 1)
    assert told(moved.changes) == [("2", "deploy", "champion: version 1 -> 2")]
    (change,) = moved.changes
    assert change.observed_between == TimeWindow(T0, T0 + MINUTE)
    assert (change.who.person, change.who.raw) == (None, None)
    assert change.after["parameters"] == {"max_depth": "3", "n_estimators": "80"}
    recorded.now(json.loads(exchanges[24]["response"]["text"]))
    twin = look(recorded, moved.cursor, 2)
    assert told(twin.changes) == [
        ("1", "deploy", "Champion: version 1, it named none before")
    ]
    assert any("differ only in case" in note for note in twin.notes)
    recorded.now(json.loads(exchanges[30]["response"]["text"]))
    recorded.versions["model_versions"].pop(1)
    gone = look(recorded, twin.cursor, 3)
    deploys = [c.what for c in gone.changes if c.kind is ChangeKind.DEPLOY]
    assert deploys == [
        "challenger is gone: version 2, which it named, was deleted",
        "champion is gone: version 2, which it named, was deleted",
    ]
    assert look(recorded, gone.cursor, 4).changes == ()


def test_every_recorded_exchange_is_understood(
    exchanges: list[dict[str, dict[str, Any]]],
) -> None:
    recorded = Recorded(exchanges)
    asked = client(recorded)
    churn = asked.model("churn")
    assert churn is not None
    assert {one.alias: one.version for one in churn.aliases} == {
        "challenger": "2",
        "champion": "1",
    }
    assert asked.model("absent") is None
    assert len(asked.models().entries) == 101
    assert asked.alias("churn", "champion") == "1"
    assert asked.alias("churn", "absent") is None
    for number, depth in (("1", "2"), ("2", "3")):
        assert asked.artifact("churn", number, "MLmodel") is not None
        assert asked.artifact("churn", number, "absent.txt") is None
        run = asked.run(
            {
                "1": "6e59fabfc09a4ea4b0b1deffd1d19e30",
                "2": "af60efe605064a38b8da753333303569",
            }[number]
        )
        assert json.dumps(run).count(f'"value": "{depth}"') == 1
    asked.set_alias("churn", "champion", "2")
    for alias, version in (("champion", "99"), ("latest", "1"), ("v1", "1")):
        with pytest.raises(RegistryError):
            asked.set_alias("churn", alias, version)
    assert recorded.unknown == []


def accepted(
    delivery: Mapping[str, Any], raw: bytes | None = None, *, late: float = 0
) -> int:
    body = delivery["rawbody"].encode() if raw is None else raw
    now = EPOCH + timedelta(seconds=int(delivery["h"]["X-MLflow-Timestamp"]) + late)
    return accept(delivery["h"], body, secrets=[SECRET], now=now).status


def test_all_signatures_are_valid(deliveries: list[dict[str, Any]]) -> None:
    assert len(deliveries) == RECORDED
    assert Counter(map(accepted, deliveries)) == {200: RECORDED}


def test_forged_late_and_altered_posts_are_refused(
    deliveries: list[dict[str, Any]],
) -> None:
    chance = random.Random(4)  # noqa: S311 - a test's order, no secret
    for delivery in chance.sample(deliveries, 100):
        raw = bytearray(delivery["rawbody"].encode())
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(7)
        assert accepted(delivery, bytes(raw)) == 401
        assert accepted(delivery, late=301) == accepted(delivery, late=-301) == 401
        assert accepted(delivery, late=299) == accepted(delivery, late=-299) == 200
        other = dict(delivery, h={**delivery["h"], "X-MLflow-Delivery-Id": "other"})
        assert accepted(other) == 401


class Kept:
    """A spool in memory."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def keep(self, source: str, body: bytes, *, refused: str | None = None) -> str:
        assert (source, refused) == ("mlflow", None)
        self.bodies.append(body)
        return str(len(self.bodies))


def test_shuffled_repeated_and_some_forged_they_are_never_state(
    deliveries: list[dict[str, Any]], exchanges: list[dict[str, dict[str, Any]]]
) -> None:
    chance = random.Random(7)  # noqa: S311 - a test's order, no secret
    posts = [*deliveries, *chance.sample(deliveries, 200)]
    chance.shuffle(posts)
    forged = {n for n in range(len(posts)) if n % 10 == 0}
    recorded, spool = Registry(exchanges), Kept()
    cursor = look(recorded, None, 0).cursor
    server = Server(url=URL, instance="prod", webhook=("${HOOK}",))
    statuses: Counter[int] = Counter()
    for number, sent in enumerate(posts):
        at = EPOCH + timedelta(seconds=int(sent["h"]["X-MLflow-Timestamp"]))
        secrets = Secrets({"HOOK": "another" if number in forged else SECRET})
        outside = Outside(recorded, secrets, VirtualClock(at))
        webhook = Webhook([server], outside, spool)
        statuses[webhook.accept(sent["h"], sent["rawbody"].encode()).status] += 1
    assert statuses == {200: len(posts) - len(forged), 401: len(forged)}
    assert len(spool.bodies) == statuses[200]
    assert all(webhook.read(b, receipt="1", at=T0) == Reading() for b in spool.bodies)
    assert look(recorded, cursor, 1).changes == (), "only the registry is state"
