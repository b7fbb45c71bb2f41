"""MLflow's registry as remediation sees it, against a scripted server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import pytest

from modelowners.catalog import load
from modelowners.connectors.mlflow.client import Client
from modelowners.connectors.mlflow.registry import Aliases, model_registries
from modelowners.connectors.mlflow.servers import Server
from modelowners.connectors.transport import (
    NoAnswer,
    Outside,
    Response,
    Transport,
    Unreachable,
)
from modelowners.core.secrets import Secrets
from modelowners.remediation.ports import ModelRegistry, Registered, RegistryFailed

VERSIONS = {
    "model_versions": [
        {"name": "churn", "version": "1", "status": "READY"},
        {"name": "churn", "version": "2", "status": "PENDING_REGISTRATION"},
        {"name": "churn", "version": "3"},
        {"name": "churned", "version": "9", "status": "READY"},
    ]
}


@dataclass
class Scripted:
    """A transport that answers as told."""

    status: int = 200
    body: object = field(default_factory=dict)
    error: Exception | None = None
    sent: list[tuple[str, str, object]] = field(default_factory=list)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = 1.0,
    ) -> Response:
        self.sent.append((method, url, body))
        if self.error is not None:
            raise self.error
        return Response(self.status, body=json.dumps(self.body).encode())


def registry(scripted: Scripted) -> ModelRegistry:
    outside = Outside(cast("Transport", scripted), Secrets())
    server = Server(url="http://mlflow.example", instance="prod")
    return Aliases(Client(server, outside))


def test_an_alias_is_read() -> None:
    body = {"model_version": {"name": "churn", "version": "7"}}
    assert registry(Scripted(body=body)).alias("churn", "champion") == "7"


@pytest.mark.parametrize("status", [404, 400])
def test_an_absent_alias_is_none(status: int) -> None:
    body = {"message": "Registered model alias champion not found."}
    found = registry(Scripted(status=status, body=body))
    assert found.alias("churn", "champion") is None


def test_an_alias_is_set_by_one_request() -> None:
    scripted = Scripted()
    registry(scripted).set_alias("churn", "champion", "1")
    ((method, url, body),) = scripted.sent
    assert method == "POST"
    assert url.endswith("/registered-models/alias")
    assert body == {"name": "churn", "alias": "champion", "version": "1"}


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("1", Registered("1")),
        ("2", Registered("2", ready=False)),
        ("3", Registered("3")),
        ("9", None),
        ("01", None),
    ],
)
def test_a_version_is_found_with_whether_it_can_be_served(
    version: str, found: Registered | None
) -> None:
    assert registry(Scripted(body=VERSIONS)).version("churn", version) == found


def test_each_tag_is_one_request() -> None:
    scripted = Scripted()
    registry(scripted).tag("churn", "1", {"b": "2", "a": "1"})
    assert [cast("dict[str, str]", body)["key"] for _, _, body in scripted.sent] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    "scripted",
    [
        Scripted(error=Unreachable(origin="http://mlflow.example", why="down")),
        Scripted(error=NoAnswer(origin="http://mlflow.example", why="slow")),
        Scripted(status=500, body={"message": "boom"}),
        Scripted(status=403, body={"message": "not yours"}),
        Scripted(body=["no object"]),
    ],
    ids=["unreachable", "no answer", "500", "403", "not an object"],
)
def test_whatever_goes_wrong_is_told_in_one_way(scripted: Scripted) -> None:
    found = registry(scripted)
    with pytest.raises(RegistryFailed, match=r"mlflow \(prod\) did not") as caught:
        found.set_alias("churn", "champion", "1")
    assert "only known after reading it again" in str(caught.value)


def test_registries_are_named_after_the_connector_and_their_instance(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.mktemp("c") / "modelowners.yaml"
    outside = Outside(cast("Transport", Scripted()), Secrets())
    file.write_text("version: 1\n")
    assert model_registries(load(file), outside) == {}
    file.write_text(
        "version: 1\n"
        "connectors:\n"
        "  mlflow:\n"
        "    - {url: https://one.example, instance: prod}\n"
        "    - {url: https://two.example, instance: lab}\n"
    )
    made = model_registries(load(file), outside)
    assert sorted(made) == ["mlflow", "mlflow/lab", "mlflow/prod"]
    assert made["mlflow"] is made["mlflow/prod"]
