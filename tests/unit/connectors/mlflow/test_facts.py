from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import pytest
from registry_worlds import URL, answer

from modelowners.connectors.mlflow.client import Client, ModelVersion
from modelowners.connectors.mlflow.facts import instant, read_facts
from modelowners.connectors.mlflow.servers import Server
from modelowners.connectors.transport import Outside, Response, Transport
from modelowners.core.ids import canonical_json
from modelowners.core.time import parse_instant
from modelowners.ledger.changes import Strength
from modelowners.ledger.versions import Part, VersionFacts

ROOT = "mlflow-artifacts:/1/models/m-1/artifacts"
VERSION = ModelVersion(
    name="churn",
    version="2",
    creation_timestamp=1795421099087,
    run_id="r1",
    source="models:/m-1",
    user_id="fallback",
)


@dataclass
class Told(Transport):
    """A server that tells of one version what a test puts here."""

    run: object = field(default_factory=dict)
    logged: object = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    stored: Mapping[str, bytes] = field(default_factory=dict)

    def request(self, method: str, url: str, **rest: object) -> Response:
        del method, rest
        if "runs/get" in url:
            return answer(200, {"run": self.run})
        if "logged-models" in url:
            return answer(200, {"model": self.logged})
        files = self.files if "get-artifact" in url else self.stored
        for name, content in files.items():
            if url.endswith(name):
                return Response(200, body=content)
        return answer(404, {"message": "No such artifact"})


def read(told: Told, version: ModelVersion = VERSION) -> VersionFacts:
    return read_facts(Client(Server(url=URL, instance="x"), Outside(told)), version)


def described(**sides: object) -> bytes:
    lines = [f"  {side}: '{json.dumps(value)}'" for side, value in sides.items()]
    return ("signature:\n" + "\n".join(lines) + "\n").encode()


def data(name: str, *, context: str | None = None, **rest: object) -> dict[str, object]:
    entry: dict[str, object] = {"dataset": {"name": name, "digest": "d", **rest}}
    if context is not None:
        entry["tags"] = [{"key": "mlflow.data.context", "value": context}]
    return entry


def inputs(*entries: object) -> dict[str, object]:
    return {"inputs": {"dataset_inputs": list(entries)}}


def test_a_version_nobody_tells_about_is_unreadable_in_all_parts() -> None:
    class Silent(Told):
        def request(self, method: str, url: str, **rest: object) -> Response:
            return answer(404, {"message": "not found"})

    facts = read(Silent())
    assert facts.unreadable == frozenset(Part)
    assert facts.created_at == parse_instant("2026-11-23T08:04:59.087Z")
    assert facts.user == "fallback"


def test_a_signature_of_columns_tensors_and_parameters() -> None:
    columns = [
        {"type": "double", "name": "tenure", "required": True},
        {"type": "long", "name": "tickets", "required": False},
    ]
    tensor = [{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]
    params = [{"name": "t", "type": "double", "default": 0.5}]
    files = {"MLmodel": described(inputs=columns, outputs=tensor, params=params)}
    assert read(Told(files=files)).signature == {
        "inputs.tenure": "double",
        "inputs.tickets": "long, optional",
        "outputs.0": "tensor int64 [-1]",
        "params.t": "double = 0.5",
    }


@pytest.mark.parametrize(
    "content",
    [
        b"- a\n- b\n",
        b"a: &a [1]\nb: *a\n",
        b"\xff\xfe",
        b"a: [",
        b"!!python/object/apply:os.system [echo]\n",
        b"[" * 5000,
        b"x: " + b"y" * 300_000,
    ],
)
def test_a_description_that_is_none_is_unreadable_and_harmless(content: bytes) -> None:
    facts = read(Told(files={"MLmodel": content}))
    assert Part.SIGNATURE in facts.unreadable


@pytest.mark.parametrize(
    "signature", [b"signature: null\n", b"signature: x\n", b"a: 1\n"]
)
def test_a_model_without_signature_is_readable(signature: bytes) -> None:
    facts = read(Told(files={"MLmodel": signature}))
    assert (facts.signature, Part.SIGNATURE in facts.unreadable) == ({}, False)


def test_files_of_a_deleted_version_are_read_where_they_lie() -> None:
    logged = {"info": {"artifact_uri": ROOT}}
    stored = {"/1/models/m-1/artifacts/requirements.txt": b"numpy==2.1\n"}
    facts = read(Told(logged=logged, stored=stored))
    assert facts.libraries == {"numpy": "==2.1"}
    assert Part.LIBRARIES not in facts.unreadable
    elsewhere = {"info": {"artifact_uri": "s3://bucket/models"}}
    assert Part.LIBRARIES in read(Told(logged=elsewhere, stored=stored)).unreadable


def test_only_training_data_counts_where_it_is_marked() -> None:
    run = inputs(
        data("train", context="training", profile='{"num_rows": 1500}'),
        data("dataset"),
        data("held-out", context="evaluation"),
    )
    facts = read(Told(run=run))
    assert list(facts.datasets) == ["train"]
    assert facts.datasets["train"].rows == 1500
    assert facts.datasets["train"].digest.strength is Strength.SAMPLED
    plain = inputs(data("a"), data("b", context="eval"))
    assert list(read(Told(run=plain)).datasets) == ["a"]


def test_where_data_came_from_and_its_columns() -> None:
    schema = json.dumps({"mlflow_colspec": [{"name": "a", "type": "double"}, "junk"]})
    run = inputs(data("t", source='{"uri": "s3://lake/t"}', schema=schema))
    (found,) = read(Told(run=run)).datasets.values()
    assert (found.source, found.columns) == ("s3://lake/t", {"a": "double"})


@pytest.mark.parametrize(
    "run",
    [
        {"inputs": None},
        {"inputs": {"dataset_inputs": "x"}},
        inputs("x", {"dataset": 3}, {"dataset": {"name": 3}}, None),
        inputs(data("t", profile="{", schema="[]", source="null")),
        inputs(data("t", profile='{"num_rows": true}', schema='{"mlflow_colspec": 1}')),
        {"data": {"params": [1, {"key": 2}], "metrics": "x", "tags": None}},
    ],
)
def test_a_run_of_nonsense_is_read_as_far_as_it_goes(run: object) -> None:
    facts = read(Told(run=run))
    assert Part.DATASETS not in facts.unreadable
    assert facts.metrics == {}
    assert all(one.rows is None for one in facts.datasets.values())


def test_metrics_that_are_no_numbers_are_left_out() -> None:
    entries = [
        {"key": "auc", "value": 0.7},
        {"key": "nan", "value": "NaN"},
        {"key": "flag", "value": True},
        {"key": "n", "value": 3},
    ]
    assert read(Told(run={"data": {"metrics": entries}})).metrics == {
        "auc": 0.7,
        "n": 3.0,
    }


def test_foreign_names_are_one_printable_line() -> None:
    tags = [{"key": "mlflow.user", "value": "\x1b[31mana\nx" + "y" * 500}]
    user = read(Told(run={"data": {"tags": tags}})).user
    assert user is not None
    assert user.isprintable()
    assert len(user) == 200


def test_instants_that_are_none() -> None:
    assert instant(0) is None
    assert instant(-5) is None
    assert instant(10**18) is None


def test_half_a_character_anywhere_is_replaced() -> None:
    half = "x\\ud800y"
    schema = f'{{"mlflow_colspec": [{{"name": "{half}", "type": "{half}"}}]}}'
    run = {
        **inputs(data("t\ud800", schema=schema, source=f'{{"uri": "{half}"}}')),
        "data": {"params": [{"key": "k\ud800", "value": "v\ud800"}]},
    }
    files = {"MLmodel": f'signature: {{inputs: "[]", outputs: "{half}"}}'.encode()}
    facts = read(Told(run=run, files=files))
    assert canonical_json(msgspec.to_builtins(facts)).isascii()
    assert facts.parameters == {"k?": "v?"}
    assert facts.datasets["t?"].columns == {"x?y": "x?y"}
