"""The alias protocol against a real MLflow server: it compares nothing, we do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fix_worlds import Workshop, order
from mlflow_worlds import ABSENT, MLflowServer, is_installed, mlflow_server

from modelowners.connectors.mlflow.client import Client
from modelowners.connectors.mlflow.registry import Aliases
from modelowners.connectors.mlflow.servers import Server
from modelowners.connectors.transport import Outside, Transport
from modelowners.core.secrets import Secrets
from modelowners.remediation import apply
from modelowners.remediation.actions import AliasMove
from modelowners.remediation.fixes import Fix, Reason, State
from modelowners.remediation.ports import RegistryFailed
from modelowners.remediation.refusals import AlreadyThere, Locked, Moved
from modelowners.store.database import Database

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_installed(), reason=ABSENT),
]

TRIALS = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MLflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as running:
        running.create("churn")
        for _ in range(3):
            running.version("churn")
        yield running


def aliases(server: MLflowServer) -> Aliases:
    outside = Outside(Transport(["127.0.0.1"]), Secrets())
    return Aliases(Client(Server(url=server.url, instance="test"), outside))


def moving(expect: str, to: str, alias: str = "champion") -> AliasMove:
    return AliasMove(
        registry="mlflow", model="churn", alias=alias, expect=expect, to=to
    )


def tags(server: MLflowServer, version: str) -> dict[str, str]:
    place = f"model-versions/get?name=churn&version={version}"
    found = server.call("GET", place)["model_version"]
    assert isinstance(found, dict)
    return {tag["key"]: tag["value"] for tag in found.get("tags", [])}


def test_an_alias_is_moved_and_the_version_tagged(server: MLflowServer) -> None:
    server.alias("churn", "champion", "2")
    shop = Workshop(registry=aliases(server))
    fix = apply(order(moving("2", "1")), tools=shop.tools)
    assert fix.state is State.ALIAS_SET
    assert aliases(server).alias("churn", "champion") == "1"
    assert tags(server, "1") == {
        "modelowners.incident": "INC-1",
        "modelowners.rolled_back_from": "2",
    }


def test_names_differ_by_case_and_absence_is_told(server: MLflowServer) -> None:
    server.alias("churn", "champion", "2")
    found = aliases(server)
    assert found.alias("churn", "Champion") is None
    assert found.alias("nobody", "champion") is None
    assert found.version("churn", "99") is None
    with pytest.raises(RegistryFailed):
        found.set_alias("churn", "champion", "99")
    assert found.alias("churn", "champion") == "2"


def test_a_foreign_overwrite_within_ten_seconds_is_noticed(
    server: MLflowServer,
) -> None:
    server.alias("churn", "champion", "2")
    shop = Workshop(registry=aliases(server))
    tools = shop.tools

    def meanwhile(length: timedelta) -> None:
        assert length == timedelta(seconds=10)
        server.alias("churn", "champion", "3")

    object.__setattr__(tools, "wait", meanwhile)
    fix = apply(order(moving("2", "1")), tools=tools)
    assert (fix.state, fix.reason) == (State.FAILED, Reason.CONFLICT)


def test_of_two_writers_exactly_one_succeeds_sixty_times(
    server: MLflowServer, tmp_path: Path
) -> None:
    place = tmp_path / "state.db"
    Database.open(place).close()
    for trial in range(TRIALS):
        alias = f"race{trial}"
        server.alias("churn", alias, "2")
        ended = _race(server, place, alias)
        won = [one for one in ended if isinstance(one, Fix)]
        lost = [one for one in ended if not isinstance(one, Fix)]
        assert len(won) == 1, (trial, ended)
        assert len(lost) == 1, (trial, ended)
        action = won[0].action
        assert isinstance(action, AliasMove)
        assert won[0].state is State.ALIAS_SET
        assert aliases(server).alias("churn", alias) == action.to, trial


def _race(server: MLflowServer, place: Path, alias: str) -> list[object]:
    """Let two owners move one alias to different versions at the same moment."""
    barrier = threading.Barrier(2)
    ended: list[object] = []

    def act(person: str, to: str) -> None:
        shop = Workshop(registry=aliases(server), database=Database.open(place))
        barrier.wait()
        try:
            asked = order(moving("2", to, alias), person=person)
            ended.append(apply(asked, tools=shop.tools))
        except (Locked, Moved, AlreadyThere) as refusal:
            ended.append(refusal)
        finally:
            shop.database.close()

    pairs = (("ana", "1"), ("ben", "3"))
    threads = [threading.Thread(target=act, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ended
